"""Ground floor, audit: adding to a tenant's chain; each link is bound to the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, RowMapping, Table, bindparam, insert, select, update

from app.audit.tables import AuditEvent, AuditHead
from app.clock import wire_time
from app.db.upsert import insert_missing
from app.ids import new_id

_HEADS = cast("Table", AuditHead.__table__)
# Making a statement costs more than running it, and these are run with nearly every change there is.
_HELD = select(AuditHead.number, AuditHead.digest).where(AuditHead.tenant_id == bindparam("of")).with_for_update()
_ADDED = insert(AuditEvent)
_MOVED = (
    update(AuditHead)
    .where(AuditHead.tenant_id == bindparam("of"))
    .values(number=bindparam("to"), digest=bindparam("by"))
)
# What actions name first, by the module it belongs to; everything else is the grid's own.
_MODULES = {
    "scaimatrix": ("acl", "collection", "crawl", "document", "graph"),
    "scaipersona": ("evaluation", "evaluation_set", "persona"),
}
_MODULE_OF = {first: module for module, firsts in _MODULES.items() for first in (module, *firsts)}
_LINKED = (
    "id", "tenant_id", "number", "action", "outcome", "module", "actor_id", "actor_tenant_id", "key_id",
    "target_type", "target_id", "details", "request_id", "previous",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to be remembered, before it has its place in the chain."""

    tenant_id: str
    action: str
    at: datetime
    outcome: str = "done"
    actor_id: str | None = None
    actor_tenant_id: str | None = None
    key_id: str | None = None
    target_type: str | None = None
    target_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""

    @property
    def module(self) -> str:
        """The part of the platform it belongs to: `document.deleted` is ScaiMatrix's, as is what was refused there."""
        if self.target_type == "route" and self.target_id:
            return next((name for name in _MODULES if self.target_id.startswith(f"/v1/modules/{name}/")), "core")
        return _MODULE_OF.get(self.action.split(".", 1)[0], "core")


def append(connection: Connection, entries: Sequence[Entry]) -> None:
    """Add entries, in order, to the chains of their tenants; holds those chains' heads until the commit."""
    for tenant_id in sorted({entry.tenant_id for entry in entries}):
        _append_to(connection, tenant_id, [entry for entry in entries if entry.tenant_id == tenant_id])


def _append_to(connection: Connection, tenant_id: str, entries: Sequence[Entry]) -> None:
    number, previous = _head(connection, tenant_id)
    rows: list[dict[str, Any]] = []
    for entry in entries:
        number += 1
        row = _row(entry, number, previous)
        previous = row["digest"]
        rows.append(row)
    connection.execute(_ADDED, rows)
    connection.execute(_MOVED, {"of": tenant_id, "to": number, "by": previous})


def _head(connection: Connection, tenant_id: str) -> tuple[int, str]:
    """How long a chain is and its last digest, held; asked first, for nearly always there is one."""
    head = connection.execute(_HELD, {"of": tenant_id}).one_or_none()
    if head is None:
        insert_missing(connection, _HEADS, [{"tenant_id": tenant_id, "number": 0, "digest": ""}])
        head = connection.execute(_HELD, {"of": tenant_id}).one()
    return head.number, head.digest


def _row(entry: Entry, number: int, previous: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": new_id("evt"),
        "tenant_id": entry.tenant_id,
        "number": number,
        "at": entry.at,
        "action": entry.action,
        "outcome": entry.outcome,
        "module": entry.module,
        "actor_id": entry.actor_id,
        "actor_tenant_id": entry.actor_tenant_id,
        "key_id": entry.key_id,
        "target_type": entry.target_type,
        "target_id": entry.target_id,
        "details": dict(entry.details),
        "request_id": entry.request_id,
        "previous": previous,
    }
    row["digest"] = link(row)
    return row


def link(row: Mapping[str, Any] | RowMapping) -> str:
    """The digest of an event: over everything it says and the digest before it."""
    said = {name: row[name] for name in _LINKED} | {"at": wire_time(row["at"])}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
