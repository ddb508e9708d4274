"""Allowing: changes of a list are made by the very deeds that make them, looked at, and undone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from acl.evaluate import evaluate
from acl.facts import DefaultAccess, Resource
from acl.grants import Grant, add_entry, change_entry, find_entry, remove_entry
from acl.inheritance import set_inheritance
from acl.openness import set_default_access
from acl.ownership import set_owner
from acl.people import People, read_people
from acl.permission import Permission
from acl.rehearsing import Rehearsal, rehearse
from acl.resolver import deciding
from acl.tables import AccessList
from acl.weighing import Weighing
from app.db.transaction import Transaction
from app.errors import FieldIssue, PermissionDenied, PlatformError
from app.identity.caller import Caller


@dataclass(frozen=True, slots=True)
class Adding:
    """An entry comes."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class Changing:
    """An entry says something else."""

    entry_id: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Removing:
    """An entry goes."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class Inheriting:
    """A document inherits, or no longer."""

    inherit: bool
    copy: bool


@dataclass(frozen=True, slots=True)
class Owning:
    """It becomes somebody else's."""

    owner_id: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A collection gives more, or less, to those no entry speaks of."""

    default_access: DefaultAccess


_CHANGING = Permission.CHANGE_PERMISSIONS
Proposal = Adding | Changing | Removing | Inheriting | Owning | Opening


@dataclass(frozen=True, slots=True)
class Outcome:
    """A list before and after some changes, and everybody to whom it may matter."""

    before: Resource
    after: Resource
    people: People
    at: datetime

    async def rehearsal(self) -> Rehearsal:
        """Work out who gains and who loses, on a thread: there may be very many."""
        with deciding():
            return await asyncio.to_thread(rehearse, self.people, self.before, self.after, self.at)


@dataclass(frozen=True, slots=True)
class Trial:
    """One list, and who would change it."""

    transaction: Transaction
    caller: Caller
    access: AccessList
    force: bool = False

    async def outcome(self, proposals: Sequence[Proposal]) -> Outcome:
        """Make the changes one after the other, look, and undo them; what could not be made is refused the same way.

        Nothing else may have been changed in the transaction: it is undone with them.
        """
        begun, tenant_id = await self._weighing(), self.access.tenant_id
        for place, proposal in enumerate(proposals):
            try:
                await self._make(proposal)
            except PlatformError as error:
                inside = f"changes.{place}.ace" if isinstance(proposal, Adding) else f"changes.{place}"
                error.details = tuple(FieldIssue(f"{inside}.{it.field}", it.message) for it in error.details)
                raise
        ended = await self._weighing()
        with deciding():
            connection = await self.transaction.session.connection()
            people = await connection.run_sync(read_people, tenant_id)
        await self.transaction.session.rollback()
        return Outcome(begun.before, ended.before, people, begun.at)

    async def _weighing(self) -> Weighing:
        return await Weighing.begin(self.transaction, self.caller, self.access, force=self.force)

    def _require(self, weighing: Weighing, needed: Permission) -> None:
        """Each change needs by itself what it needs when it is meant, also after those before it."""
        if not evaluate(weighing.maker, weighing.before, int(needed), weighing.at).allowed:
            raise PermissionDenied(f"This needs {needed.name} on the {weighing.before.kind}.")

    async def _make(self, proposal: Proposal) -> None:
        weighing = await self._weighing()
        self._require(weighing, Permission.TAKE_OWNERSHIP if isinstance(proposal, Owning) else _CHANGING)
        match proposal:
            case Adding(grant):
                await add_entry(weighing, grant)
            case Changing(entry_id, said):
                row = await find_entry(self.transaction, self.access, entry_id)
                await change_entry(weighing, row, dict(said))
            case Removing(entry_id):
                await remove_entry(weighing, await find_entry(self.transaction, self.access, entry_id))
            case Inheriting(inherit, copy):
                await set_inheritance(weighing, inherit=inherit, copy=copy)
            case Owning(owner_id):
                await set_owner(weighing, owner_id)
            case Opening(default_access):
                await set_default_access(weighing, default_access)
