"""Ground floor, webhooks: which deliveries are due, whose attempt it is, and how it ended.

An attempt belongs to whoever raised the row's count of attempts; a claim that outlives its lease is free again, and
what its late owner has to say changes nothing, because the count has moved on.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from app.identity.tables import ACTIVE as RUNNING
from app.identity.tables import Tenant
from app.ids import first_id_at
from app.webhooks.signing import Message
from app.webhooks.tables import ACTIVE, DELIVERED, FAILED, PENDING, Webhook, WebhookDelivery

LEASE = timedelta(seconds=60)  # several times what an attempt may take
KEPT = timedelta(days=30)
BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 3600, 6 * 3600))
_JITTER = 0.2
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt that is ours to make."""

    message: Message
    attempt: int
    webhook_id: str
    url: str
    sealed_secret: str
    wanted: bool  # whether the webhook is still active


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended; `final` where trying again cannot help."""

    status: int | None
    error: str | None
    final: bool = False

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.error is None


def due(connection: Connection, now: datetime, *, without: Collection[str], most: int) -> Sequence[Claimed]:
    """The deliveries to attempt next, of other webhooks than some; not claimed yet."""
    rows = connection.execute(
        select(WebhookDelivery, Webhook.url, Webhook.sealed_secret, Webhook.status)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .join(Tenant, Tenant.id == WebhookDelivery.tenant_id)
        .where(WebhookDelivery.state == PENDING, WebhookDelivery.due_at <= now, is_free(now))
        .where(WebhookDelivery.webhook_id.not_in(sorted(without)), Tenant.status == RUNNING)
        .order_by(WebhookDelivery.due_at)
        .limit(most)
    )
    return [_claimed(row) for row in rows]


def claim(connection: Connection, wanted: Sequence[Claimed], now: datetime) -> Sequence[Claimed]:
    """Take these attempts; returns those that nobody else took first."""
    return [one for one in sorted(wanted, key=lambda one: one.message.id) if _take(connection, one, now)]


def settle(connection: Connection, attempt: Claimed, outcome: Outcome, now: datetime) -> str | None:
    """Write down how an attempt ended; returns the delivery's state, None where it was no longer ours."""
    values: dict[str, Any] = {"leased_until": None, "last_status": outcome.status, "last_error": outcome.error}
    wait = next_wait(attempt.attempt)
    if outcome.delivered:
        values |= {"state": DELIVERED, "delivered_at": now}
    elif outcome.final or wait is None:
        values |= {"state": FAILED}
    else:
        values |= {"state": PENDING, "due_at": now + wait}
    changed = connection.execute(update(WebhookDelivery).where(*_still_ours(attempt)).values(values)).rowcount
    return str(values["state"]) if changed else None


def give_back(connection: Connection, attempt: Claimed) -> None:
    """Undo a claim whose attempt was not made, so that it can be made at once by somebody else."""
    values = {"leased_until": None, "attempts": attempt.attempt - 1}
    connection.execute(update(WebhookDelivery).where(*_still_ours(attempt)).values(values))


def next_wait(attempts: int) -> timedelta | None:
    """How long until the next attempt, spread a little so that not all come back at once; None is never."""
    if attempts > len(BACK_OFF):
        return None
    return BACK_OFF[attempts - 1] * (1 + _JITTER * random.random())  # noqa: S311 - only spreads load


def sweep(connection: Connection, now: datetime) -> int:
    """Forget a batch of deliveries made a month ago; ids sort by time, so none other is looked at."""
    before = WebhookDelivery.id < first_id_at("whd", now - KEPT)
    old = connection.scalars(select(WebhookDelivery.id).where(before).order_by(WebhookDelivery.id).limit(_AT_ONCE))
    gone = list(old)
    if gone:
        connection.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(gone)))
    return len(gone)


def is_free(now: datetime) -> Any:
    """The condition that nobody is at an attempt."""
    return or_(WebhookDelivery.leased_until.is_(None), WebhookDelivery.leased_until <= now)


def overdue(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    """How many deliveries should have been attempted by now, and since when the oldest has."""
    row = connection.execute(
        select(func.count(), func.min(WebhookDelivery.due_at)).where(
            WebhookDelivery.state == PENDING, WebhookDelivery.due_at <= now
        )
    ).one()
    return int(row[0]), row[1]


def _take(connection: Connection, one: Claimed, now: datetime) -> bool:
    mine = (WebhookDelivery.id == one.message.id, WebhookDelivery.attempts == one.attempt - 1)
    taken = update(WebhookDelivery).where(*mine, WebhookDelivery.state == PENDING, is_free(now))
    return connection.execute(taken.values(attempts=one.attempt, leased_until=now + LEASE)).rowcount == 1


def _still_ours(attempt: Claimed) -> tuple[Any, ...]:
    mine, counted = WebhookDelivery.id == attempt.message.id, WebhookDelivery.attempts == attempt.attempt
    return mine, counted, WebhookDelivery.state == PENDING


def _claimed(row: Any) -> Claimed:
    return Claimed(
        message=Message(row.id, row.event, row.tenant_id, row.created_at, row.payload),
        attempt=row.attempts + 1,
        webhook_id=row.webhook_id,
        url=row.url,
        sealed_secret=row.sealed_secret,
        wanted=row.status == ACTIVE,
    )
