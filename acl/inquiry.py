"""Allowing: what is read in one transaction to answer about anybody's access to one thing."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from acl.case import Case
from acl.explaining import Explanation, explain, mentioned
from acl.facts import Resource
from acl.holders import Way, ways_to
from acl.loading import read_resources
from acl.names import Names, read_names
from acl.people import read_people
from acl.permission import Permission
from acl.ref import ResourceRef
from acl.requiring import not_there, require_access
from acl.resolver import AclResolver, deciding
from acl.subjects import tenant_of
from acl.tables import AccessEntry, AccessList
from acl.ties import Ties, read_ties
from app.errors import ValidationFailed
from app.identity.caller import Caller


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Answers a caller about somebody and one thing, by what is true in the transaction of the resolver's session."""

    resolver: AclResolver
    caller: Caller
    ref: ResourceRef

    async def admit(self, user_id: str | None) -> bool:
        """Let the caller ask about somebody, or refuse; returns whether they may see the whole list.

        About oneself whoever sees the thing may ask, and is then told only what the list says of themselves.
        """
        await self._look()
        if not self._is_self(user_id):
            await require_access(self.resolver, self.caller, self.ref, Permission.READ_PERMISSIONS)
            return True
        decision = await self.resolver.explain(self.caller, self.ref, Permission.READ | Permission.READ_PERMISSIONS)
        if not decision.granted:
            raise not_there(self.ref)
        return bool(decision.granted & Permission.READ_PERMISSIONS)

    async def case(self, user_id: str | None, wanted: int) -> Case:
        """Read all that bears on what somebody may do; for callers who were admitted."""
        with deciding():
            tenant_id = self.caller.tenant_id if self._is_self(user_id) else tenant_of(self.resolver.session)
            ties = await self._ties(tenant_id, user_id or self.caller.user_id)
            resource = await self._resource()
        if ties is None:
            raise ValidationFailed.of("user_id", "names nobody of this organisation")
        return Case(ties, resource, wanted, self.resolver.clock.now())

    async def explanation(self, case: Case, *, discreet: bool) -> Explanation:
        """Explain on a thread: a list can be long, and much is tried for the remedies."""
        with deciding():
            return await asyncio.to_thread(explain, case, discreet=discreet)

    async def ways(self, wanted: int) -> list[Way]:
        """Find everybody who may; for callers who may see the list."""
        await self._look()
        await require_access(self.resolver, self.caller, self.ref, Permission.READ_PERMISSIONS)
        with deciding():
            resource, at = await self._resource(), self.resolver.clock.now()
            connection = await self.resolver.session.connection()
            people = await connection.run_sync(read_people, resource.tenant_id)
            return await asyncio.to_thread(ways_to, people, resource, wanted, at)

    async def _look(self) -> None:
        """Begin what is seen before the caller is admitted to it: nothing that came after is shown by an older yes."""
        with deciding():
            await self.resolver.session.scalar(select(AccessList.kind).where(AccessList.resource_id == self.ref.id))

    def _is_self(self, user_id: str | None) -> bool:
        return user_id in {None, self.caller.user_id}

    async def _resource(self) -> Resource:
        tenant_id = tenant_of(self.resolver.session)

        def read(connection: Connection) -> Resource | None:
            return read_resources(connection, tenant_id, [self.ref.id]).get(self.ref.id)

        found = await (await self.resolver.session.connection()).run_sync(read)
        if found is None or found.kind is not self.ref.kind:
            raise not_there(self.ref)
        return found

    async def lines_of(self, entry_ids: Collection[str]) -> dict[str, AccessEntry]:
        """Some entries, as they stand in the lists."""
        wanted = select(AccessEntry).where(AccessEntry.id.in_(entry_ids))
        return {line.id: line for line in await self.resolver.session.scalars(wanted)}

    async def names_for(self, explanation: Explanation, lines: Iterable[AccessEntry], groups: Iterable[str]) -> Names:
        """What everybody is called of whom an explanation speaks, who wrote its entries, and some groups."""
        people, spoken_of = mentioned(explanation)
        writers = {line.created_by for line in lines if line.created_by is not None}
        return await read_names(self.resolver.session, people | writers, spoken_of | set(groups))

    async def _ties(self, tenant_id: str, user_id: str) -> Ties | None:
        connection = await self.resolver.session.connection()
        return await connection.run_sync(read_ties, tenant_id, user_id)
