"""Levers: each opens and closes one document to one person, every one by another kind of change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.tables import AccessList
from app.identity.tables import GroupMember, GroupNesting
from tests.acl.changes import Stage
from tests.world.shelves import Shelf, enter, group, shelf, withdraw

Turn = Callable[[bool], Awaitable[None]]


@dataclass(slots=True)
class Lever:
    """A document that opens and closes."""

    document: str
    turn: Turn
    opens: bool = False

    async def pull(self) -> None:
        """Open it if it is closed, close it if it is open; on return the change is committed."""
        await self.turn(not self.opens)
        self.opens = not self.opens


async def levers(on: Stage) -> list[Lever]:
    """One of each kind, all closed."""
    made = []
    for kind in (_by_entry, _by_deny, _by_owner, _by_inheritance, _by_default, _by_membership, _by_nesting):
        shelf_of_its_own = await shelf(on.acme, "it")
        made.append(Lever(shelf_of_its_own.documents["it"], await kind(on, shelf_of_its_own)))
    return made


def _by_entries(on: Stage, resource_id: str, effect: Effect, *, there_when: bool) -> Turn:
    """An entry that is there, or is not."""
    entry: list[str] = []

    async def turn(opens: bool) -> None:
        if opens is there_when:
            entry.append(await enter(on.acme, resource_id, effect, (PrincipalType.USER, on.user)))
        else:
            await withdraw(on.acme, entry.pop())

    return turn


async def _by_entry(on: Stage, its: Shelf) -> Turn:
    return _by_entries(on, its.id, Effect.ALLOW, there_when=True)


async def _by_deny(on: Stage, its: Shelf) -> Turn:
    turn = _by_entries(on, its.documents["it"], Effect.DENY, there_when=False)
    await enter(on.acme, its.id, Effect.ALLOW, (PrincipalType.USER, on.user))
    await turn(False)
    return turn


async def _by_owner(on: Stage, its: Shelf) -> Turn:
    owners = {True: on.user, False: on.acme.people["admin"].id}
    return lambda opens: on.set(AccessList, its.documents["it"], owner_id=owners[opens])


async def _by_inheritance(on: Stage, its: Shelf) -> Turn:
    await on.set(AccessList, its.documents["it"], inherits=False)
    await enter(on.acme, its.id, Effect.ALLOW, (PrincipalType.USER, on.user))
    return lambda opens: on.set(AccessList, its.documents["it"], inherits=opens)


async def _by_default(on: Stage, its: Shelf) -> Turn:
    given = {True: DefaultAccess.TENANT, False: DefaultAccess.RESTRICTED}
    return lambda opens: on.set(AccessList, its.id, default_access=given[opens])


async def _by_membership(on: Stage, its: Shelf) -> Turn:
    readers = await group(on.acme, "readers")
    await enter(on.acme, its.id, Effect.ALLOW, (PrincipalType.GROUP, readers))
    tie = {"tenant_id": on.acme.id, "group_id": readers, "user_id": on.user, "created_at": on.now}

    async def turn(opens: bool) -> None:
        await (on.add(GroupMember(**tie)) if opens else on.drop(GroupMember, (readers, on.user)))

    return turn


async def _by_nesting(on: Stage, its: Shelf) -> Turn:
    team, company = await group(on.acme, "team", "user"), await group(on.acme, "company")
    await enter(on.acme, its.id, Effect.ALLOW, (PrincipalType.GROUP, company))
    tie = {"tenant_id": on.acme.id, "group_id": company, "child_id": team, "created_at": on.now}

    async def turn(opens: bool) -> None:
        await (on.add(GroupNesting(**tie)) if opens else on.drop(GroupNesting, (company, team)))

    return turn
