"""Ground floor, webhooks: say that something happened, in the transaction it happens in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, insert, select

from app.clock import SystemClock
from app.db.asking import Asking
from app.ids import new_id
from app.webhooks.tables import ACTIVE, PENDING, Webhook, WebhookDelivery

_WEBHOOKS = cast("Table", Webhook.__table__)
_WANTED = Asking(
    lambda among: select(_WEBHOOKS.c.id, _WEBHOOKS.c.tenant_id, _WEBHOOKS.c.events).where(
        among(_WEBHOOKS.c.tenant_id, "tenants"), _WEBHOOKS.c.status == ACTIVE
    )
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing others may want to be told of; the payload is what JSON can say."""

    tenant_id: str
    event: str
    payload: Mapping[str, Any] = field(default_factory=dict)


def publish(
    connection: Connection, tenant_id: str, event: str, payload: Mapping[str, Any], *, at: datetime | None = None
) -> bool:
    """Promise a delivery to every webhook of the tenant that asked for the event; says whether there is one.

    Nothing is sent before the transaction commits; wake the deliverer then, or it looks by itself soon after.
    """
    return publish_all(connection, [Happening(tenant_id, event, payload)], at=at) > 0


def publish_all(connection: Connection, happenings: Sequence[Happening], *, at: datetime | None = None) -> int:
    """Promise deliveries for many things at the price of one question; returns how many there are."""
    tenants = sorted({happening.tenant_id for happening in happenings})
    if not tenants:
        return 0
    wanted = _who_wants(connection, tenants)
    now = at or SystemClock().now()
    rows = [
        {
            "id": new_id("whd"),
            "tenant_id": happening.tenant_id,
            "webhook_id": webhook_id,
            "event": str(happening.event),
            "payload": dict(happening.payload),
            "state": PENDING,
            "attempts": 0,
            "due_at": now,
            "created_at": now,
        }
        for happening in happenings
        for webhook_id in wanted[happening.tenant_id, str(happening.event)]
    ]
    if rows:
        connection.execute(insert(WebhookDelivery), rows)
    return len(rows)


def _who_wants(connection: Connection, tenants: Sequence[str]) -> Mapping[tuple[str, str], Sequence[str]]:
    rows = _WANTED.put(connection, tenants=tenants)
    wanted: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for webhook_id, tenant_id, events in rows:
        for event in set(events):
            wanted[tenant_id, event].append(webhook_id)
    return wanted
