"""Ground floor, audit: walk a tenant's chain from its first event to its head and name the first broken link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, select

from app.audit.chain import link
from app.audit.tables import AuditEvent, AuditHead
from app.db.lane import Lane

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Break:
    """The first link that does not hold."""

    number: int
    event_id: str | None  # None where the event itself is gone
    fault: str  # changed | missing | reordered | truncated | unannounced
    sentence: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What came of looking at one tenant's chain."""

    tenant_id: str
    checked: int  # links that hold
    broken: Break | None

    @property
    def intact(self) -> bool:
        """Whether every link holds, up to the head."""
        return self.broken is None


class ChainInspector:
    """Inspects chains on a thread of its own, one at a time, however many ask."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(writes=False)
        self._lane: Lane[str, Inspection] = Lane("audit-verify", self._inspect_all)

    async def inspect(self, tenant_id: str) -> Inspection:
        """Inspect one tenant's chain."""
        return await self._lane.ask(tenant_id)

    def close(self) -> None:
        """Stop the thread."""
        self._lane.close()

    def _inspect_all(self, tenants: Sequence[str]) -> Sequence[Inspection]:
        with self._engine.connect() as connection:
            found = {tenant: inspect(connection, tenant) for tenant in set(tenants)}
        return [found[tenant] for tenant in tenants]


def inspect(connection: Connection, tenant_id: str) -> Inspection:
    """Check every link of one tenant; the head is read first, and what came after it is not looked at."""
    # Without one view of both, an event added meanwhile would look like one nobody announced.
    head = connection.execute(select(AuditHead).where(AuditHead.tenant_id == tenant_id)).one_or_none()
    checked, previous = 0, ""
    for event in _events(connection, tenant_id):
        broken = _look_at(event, checked + 1, previous)
        if broken is None and checked >= (head.number if head else 0):
            broken = Break(event["number"], event["id"], "unannounced", "The event is beyond the chain's head.")
        if broken is not None:
            return Inspection(tenant_id, checked, broken)
        checked, previous = checked + 1, event["digest"]
    return Inspection(tenant_id, checked, _look_at_end(head, checked, previous))


def _look_at(event: RowMapping, expected: int, previous: str) -> Break | None:
    number, event_id = event["number"], event["id"]
    if number != expected:
        return Break(expected, None, "missing", f"Event {expected} is missing; the next one there is {number}.")
    if link(event) != event["digest"]:
        return Break(number, event_id, "changed", f"Event {number} says something else than when it was written.")
    if event["previous"] != previous:
        return Break(number, event_id, "reordered", f"Event {number} does not follow the one before it.")
    return None


def _look_at_end(head: Any, checked: int, previous: str) -> Break | None:
    if head is None or (head.number == checked and head.digest == previous):
        return None
    if head.number > checked:
        sentence = f"The chain ends after {checked} events, but {head.number} were written."
        return Break(checked + 1, None, "truncated", sentence)
    return Break(checked, None, "changed", "The chain's head is not the digest of its newest event.")


def _events(connection: Connection, tenant_id: str) -> Iterator[RowMapping]:
    after: int | None = None
    while True:
        batch = select(AuditEvent).where(AuditEvent.tenant_id == tenant_id).order_by(AuditEvent.number).limit(_BATCH)
        if after is not None:
            batch = batch.where(AuditEvent.number > after)
        rows = connection.execute(batch).mappings().all()
        yield from rows
        if len(rows) < _BATCH:
            return
        after = rows[-1]["number"]
