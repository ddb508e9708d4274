"""Ground floor, directory: a complete reading becomes what counts, in one transaction, unless a later one does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from app.db.base import STANDING
from app.db.epochs import hold
from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transaction, Transactions
from app.identity.directory.changes import Changes, changes_of
from app.identity.directory.holding import held_of, write
from app.identity.directory.reading import Reading
from app.identity.directory.tables import DirectoryMirror
from app.identity.directory.turns import Turn, Turns, mirror_held
from app.identity.tables import Tenant
from app.ids import new_id

Note = Callable[[Transaction, str, Mapping[str, Any]], None]
_MOST_NAMED = 100


class Outcome(StrEnum):
    """What became of a complete reading."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Mirror:
    """Applies readings."""

    transactions: Transactions
    turns: Turns
    note: Note  # puts what was changed into the audit trail

    async def apply(self, turn: Turn, reading: Reading) -> Outcome:
        """Make the reading count; only what differs is written, so an unchanged directory makes nothing stale."""
        applied, expected = await self._look(turn, reading)
        async with self.transactions.open(Reach.one(turn.tenant_id)) as transaction:
            session = transaction.session
            mirror = await mirror_held(session, turn.tenant_id)
            tenant = await session.get_one(Tenant, turn.tenant_id)
            if mirror.applied > turn.number or tenant.external_id != turn.external_id:
                return Outcome.SUPERSEDED
            # What was seen without a lock holds if nothing was applied since: arrivals keep to what was applied.
            changed = expected or mirror.applied != applied
            changes = await self._write(transaction, turn, reading) if changed else None
            self.turns.succeed(mirror, turn)
        return Outcome.APPLIED if changes else Outcome.UNCHANGED

    async def _look(self, turn: Turn, reading: Reading) -> tuple[int, bool]:
        """Which reading counts now, and whether this one differs from it; holds nobody up."""
        async with self.transactions.open(Reach.one(turn.tenant_id), writes=False) as transaction:
            mirror = await transaction.session.get_one(DirectoryMirror, turn.tenant_id)
            return mirror.applied, bool(await _compared(transaction.session, reading))

    async def _write(self, transaction: Transaction, turn: Turn, reading: Reading) -> Changes:
        session = transaction.session
        # Whoever comes for the first time at this moment is either seen here, or sees what is written here.
        await (await session.connection()).run_sync(hold, STANDING.format(tenant=turn.tenant_id))
        changes = await _compared(session, reading)
        if changes:
            await write(transaction, turn.tenant_id, changes)
            self.note(transaction, turn.tenant_id, _said_of(changes))
        return changes


async def _compared(session: TenantSession, reading: Reading) -> Changes:
    held = await held_of(session)
    return await asyncio.to_thread(changes_of, held, reading, partial(new_id, "grp"))


def _said_of(changes: Changes) -> dict[str, Any]:
    touched = {group for edges in (changes.people, changes.nested) for group, _ in (*edges.come, *edges.gone)}
    return {
        "groups_added": _named(ours for ours, _ in changes.made.values()),
        "groups_renamed": _named(changes.renamed),
        "groups_removed": _named(changes.gone),
        "groups_with_other_members": _named(touched),
        "members_added": len(changes.people.come) + len(changes.nested.come),
        "members_removed": len(changes.people.gone) + len(changes.nested.gone),
    }


def _named(ids: Any) -> list[str]:
    return sorted(ids)[:_MOST_NAMED]
