"""Allowing: one access list that somebody is about to change: what they may give, and what must not come of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.orm.attributes import flag_modified

from acl.decision import Rule
from acl.errors import InvalidAce, LastAdministrator
from acl.evaluate import evaluate
from acl.facts import Resource, Subject
from acl.gaining import gained
from acl.loading import read_resources
from acl.people import People, read_people
from acl.permission import APPLICABLE, Permission, ResourceKind, names_of
from acl.resolver import deciding
from acl.subjects import read_asking, tenant_of
from acl.tables import AccessList
from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.errors import PermissionDenied
from app.identity.caller import Caller
from app.identity.queries import exists
from app.identity.tables import ACTIVE, User

MOST_ENTRIES = 1_000  # in one list
_AT_LAST = datetime.max.replace(tzinfo=UTC)
_OWNING = {Rule.SUPER_ADMIN, Rule.TENANT_ADMIN, Rule.OWNER}


@dataclass(frozen=True, slots=True)
class Weighing:
    """A list as it is, held by its row until the commit, and who wants to change it."""

    transaction: Transaction
    access: AccessList
    maker: Subject
    before: Resource
    at: datetime
    force: bool = False  # whether an administrator said that it must be

    @classmethod
    async def begin(
        cls, transaction: Transaction, user: Caller, access: AccessList, *, force: bool = False
    ) -> Weighing:
        """Read the list and its maker as they are in this transaction."""
        with deciding():
            tenant_id, at = tenant_of(transaction.session), transaction.clock.now()
            connection = await transaction.session.connection()
            asking = await connection.run_sync(read_asking, user, tenant_id, at)
            found = await connection.run_sync(read_resources, tenant_id, {access.resource_id})
        administers = asking.subject.is_super_admin or asking.subject.is_tenant_admin
        return cls(transaction, access, asking.subject, found[access.resource_id], at, force and administers)

    @property
    def session(self) -> TenantSession:
        """The session it all happens in."""
        return self.transaction.session

    @property
    def is_owned(self) -> bool:
        """Whether its maker owns the thing, or administers whoever does."""
        asked = evaluate(self.maker, self.before, int(Permission.TAKE_OWNERSHIP), self.at)
        return asked.allowed and asked.ground.rule in _OWNING

    def require_given(self, permissions: int) -> None:
        """Refuse to let somebody give what they do not hold."""
        held = evaluate(self.maker, self.before, APPLICABLE[self.before.kind], self.at).granted
        beyond = names_of(permissions & ~held)
        if beyond:
            raise PermissionDenied(f"Nobody can give what they do not hold: {', '.join(beyond)}.")

    def require_room(self, after: Resource, field: str) -> None:
        """Refuse a list that nobody could look through any more."""
        if len(after.entries) > max(MOST_ENTRIES, len(self.before.entries)):
            raise InvalidAce.of(field, f"a list has {MOST_ENTRIES} entries at most")

    async def settle(self, after: Resource, *, taking: bool = False) -> None:
        """Refuse a change that gives to its maker or locks everybody out, or else count it as one of the list."""
        gain = 0 if taking else gained(self.maker, self.before, after, self.at)
        if gain:
            raise PermissionDenied(f"This would let you do more than you may: {', '.join(names_of(gain))}.")
        if after.kind is ResourceKind.COLLECTION and not self.force:
            await self._require_administered(after)
        self.access.updated_at = self.at
        flag_modified(self.access, "updated_at")  # two changes at one moment are two all the same

    async def _require_administered(self, after: Resource) -> None:
        owner = (User.id == after.owner_id, User.tenant_id == after.tenant_id, User.status == ACTIVE)
        if after.owner_id is not None and await exists(self.session, User, *owner):
            return
        connection = await self.session.connection()
        people = await connection.run_sync(read_people, after.tenant_id)
        if await asyncio.to_thread(self._locks_out, people, after):
            raise LastAdministrator

    def _locks_out(self, people: People, after: Resource) -> bool:
        """Whether a change leaves nobody a way, now or once everything that has an end has ended."""
        # Administrators pass every list by; whether a list leaves anybody a way is asked as if there were none.
        crowds = [
            replace(crowd.subject, is_super_admin=False, is_tenant_admin=False)
            for crowd in people.crowds([self.before, after])
        ]
        return any(
            not _is_administered(after, crowds, moment) and _is_administered(self.before, crowds, moment)
            for moment in (self.at, _AT_LAST)
        )


def _is_administered(resource: Resource, people: list[Subject], at: datetime) -> bool:
    wanted = int(Permission.CHANGE_PERMISSIONS)
    return any(evaluate(subject, resource, wanted, at).allowed for subject in people)
