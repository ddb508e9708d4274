"""Everything that can change who reads a document: what is true before, what is done, and what is true after."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.opening import close_access
from acl.tables import AccessEntry, AccessList
from app.db.tenancy import Reach
from app.db.transaction import Transaction
from app.identity.groups import delete_group
from app.identity.tables import ApiKey, Group, GroupMember, GroupNesting, RoleMapping, Tenant, User
from app.ids import new_id
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group, shelf, withdraw

TURNED_AWAY = "AUTH_TOKEN_INVALID"
Deed = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Stage:
    """A tenant, a restricted collection with one document of the admin's, and the user whose right is at stake."""

    acme: Organisation
    shelf: Shelf

    @property
    def document(self) -> str:
        return self.shelf.documents["plan"]

    @property
    def user(self) -> str:
        return self.acme.people["user"].id

    @property
    def now(self) -> datetime:
        return self.acme.running.platform.clock.now()

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Transaction]:
        async with self.acme.running.platform.transactions.open(Reach.one(self.acme.id)) as transaction:
            yield transaction

    async def set(self, kind: type[Any], id: Any, **values: Any) -> None:  # noqa: A002 - it is the id
        async with self.changing() as transaction:
            row = await transaction.session.get_one(kind, id)
            for name, value in values.items():
                setattr(row, name, value)

    async def add(self, row: Any) -> None:
        async with self.changing() as transaction:
            transaction.session.add(row)

    async def drop(self, kind: type[Any], id: Any) -> None:  # noqa: A002 - it is the id
        async with self.changing() as transaction:
            await transaction.session.delete(await transaction.session.get_one(kind, id))

    async def enter(
        self, effect: Effect, *, on: str = "", group_id: str | None = None, seconds: float | None = None
    ) -> str:
        kind = PrincipalType.USER if group_id is None else PrincipalType.GROUP
        until = None if seconds is None else self.now + timedelta(seconds=seconds)
        return await enter(self.acme, on or self.shelf.id, effect, (kind, group_id or self.user), expires_at=until)

    async def allowed_through(self, *groups: str) -> list[str]:
        """Let the user in through groups, each inside the next."""
        made: list[str] = []
        for name in reversed(groups):
            made.insert(0, await group(self.acme, name, *(["user"] if name == groups[0] else []), inside=made[:1]))
        await self.enter(Effect.ALLOW, group_id=made[-1])
        return made


async def stage(acme: Organisation) -> Stage:
    made = Stage(acme, await shelf(acme, "plan", default_access=DefaultAccess.RESTRICTED))
    await made.set(User, made.user, module_permissions=["scaimatrix:view", "scaimatrix:search"])
    return made


# Each sets the stage and returns the deed. The name says what is done; whoever may read before may not after, and the
# other way round. Those of PEOPLE turn the user away altogether.
async def an_entry_is_removed(on: Stage) -> Deed:
    entry = await on.enter(Effect.ALLOW)
    return lambda: withdraw(on.acme, entry)


async def an_entry_is_added(on: Stage) -> Deed:
    return lambda: on.enter(Effect.ALLOW)


async def a_deny_is_added_to_the_document(on: Stage) -> Deed:
    await on.enter(Effect.ALLOW)
    return lambda: on.enter(Effect.DENY, on=on.document)


async def an_entry_becomes_a_deny(on: Stage) -> Deed:
    entry = await on.enter(Effect.ALLOW)
    return lambda: on.set(AccessEntry, entry, ace_type=Effect.DENY)


async def an_entry_gives_less(on: Stage) -> Deed:
    entry = await on.enter(Effect.ALLOW)
    return lambda: on.set(AccessEntry, entry, permissions=16)


async def an_entry_ends(on: Stage) -> Deed:
    entry = await on.enter(Effect.ALLOW)
    past = on.now - timedelta(seconds=1)
    return lambda: on.set(AccessEntry, entry, expires_at=past)


async def an_entry_is_given_to_another(on: Stage) -> Deed:
    entry = await on.enter(Effect.ALLOW)
    return lambda: on.set(AccessEntry, entry, principal_id=on.acme.people["viewer"].id)


async def the_document_is_given_away(on: Stage) -> Deed:
    await on.set(AccessList, on.document, owner_id=on.user)
    return lambda: on.set(AccessList, on.document, owner_id=on.acme.people["admin"].id)


async def the_document_is_given_to_them(on: Stage) -> Deed:
    return lambda: on.set(AccessList, on.document, owner_id=on.user)


async def the_collection_is_given_away(on: Stage) -> Deed:
    await on.set(AccessList, on.shelf.id, owner_id=on.user)
    return lambda: on.set(AccessList, on.shelf.id, owner_id=None)


async def inheritance_is_broken(on: Stage) -> Deed:
    await on.enter(Effect.ALLOW)
    return lambda: on.set(AccessList, on.document, inherits=False)


async def inheritance_is_mended(on: Stage) -> Deed:
    await on.enter(Effect.ALLOW)
    await on.set(AccessList, on.document, inherits=False)
    return lambda: on.set(AccessList, on.document, inherits=True)


async def the_collection_is_restricted(on: Stage) -> Deed:
    await on.set(AccessList, on.shelf.id, default_access=DefaultAccess.TENANT)
    return lambda: on.set(AccessList, on.shelf.id, default_access=DefaultAccess.RESTRICTED)


async def the_document_is_put_elsewhere(on: Stage) -> Deed:
    await on.enter(Effect.ALLOW)
    other = await shelf(on.acme)
    return lambda: on.set(AccessList, on.document, collection_id=other.id)


async def the_document_goes(on: Stage) -> Deed:
    await on.enter(Effect.ALLOW)

    async def close() -> None:
        async with on.changing() as transaction:
            await close_access(transaction, await transaction.session.get_one(AccessList, on.document))

    return close


async def the_collection_goes(on: Stage) -> Deed:
    await on.enter(Effect.ALLOW)
    return lambda: on.drop(AccessList, on.shelf.id)


async def they_leave_a_group(on: Stage) -> Deed:
    (made,) = await on.allowed_through("readers")
    return lambda: on.drop(GroupMember, (made, on.user))


async def they_join_a_group(on: Stage) -> Deed:
    made = await group(on.acme, "readers")
    await on.enter(Effect.ALLOW, group_id=made)
    tie = GroupMember(tenant_id=on.acme.id, group_id=made, user_id=on.user, created_at=on.now)
    return lambda: on.add(tie)


async def a_group_is_taken_out_of_another(on: Stage) -> Deed:
    _, middle, top = await on.allowed_through("team", "department", "company")
    return lambda: on.drop(GroupNesting, (top, middle))


async def a_group_is_put_into_another(on: Stage) -> Deed:
    team, company = await group(on.acme, "team", "user"), await group(on.acme, "company")
    await on.enter(Effect.ALLOW, group_id=company)
    tie = GroupNesting(tenant_id=on.acme.id, group_id=company, child_id=team, created_at=on.now)
    return lambda: on.add(tie)


async def a_group_in_the_middle_is_deleted(on: Stage) -> Deed:
    _, middle, _ = await on.allowed_through("team", "department", "company")

    async def delete() -> None:
        admin = (await on.acme.running.platform.credentials.admit(on.acme.people["admin"].key)).caller
        async with on.changing() as transaction:
            await delete_group(transaction, admin, await transaction.session.get_one(Group, middle))

    return delete


async def their_role_is_taken(on: Stage) -> Deed:
    await on.set(User, on.user, roles=["tenant_admin"])
    return lambda: on.set(User, on.user, roles=["tenant_viewer"])


async def a_role_is_given_to_them(on: Stage) -> Deed:
    return lambda: on.set(User, on.user, roles=["tenant_admin"])


async def the_role_of_their_group_is_taken(on: Stage) -> Deed:
    made, mapping = await group(on.acme, "admins", "user"), new_id("rmap")
    times = {"created_at": on.now, "updated_at": on.now}
    await on.add(RoleMapping(id=mapping, tenant_id=on.acme.id, group_id=made, role="tenant_admin", **times))
    return lambda: on.drop(RoleMapping, mapping)


async def they_are_suspended(on: Stage) -> Deed:
    await on.enter(Effect.ALLOW)
    return lambda: on.set(User, on.user, status="suspended")


async def their_tenant_is_suspended(on: Stage) -> Deed:
    await on.enter(Effect.ALLOW)

    async def suspend() -> None:
        async with on.acme.running.platform.transactions.open(Reach.everywhere()) as transaction:
            (await transaction.session.get_one(Tenant, on.acme.id)).status = "suspended"

    return suspend


async def their_key_is_revoked(on: Stage) -> Deed:
    await on.enter(Effect.ALLOW)
    return lambda: _end_key(on, "revoked_at")


async def their_key_is_made_to_end(on: Stage) -> Deed:
    await on.enter(Effect.ALLOW)
    return lambda: _end_key(on, "expires_at")


async def _end_key(on: Stage, column: str) -> None:
    async with on.changing() as transaction:
        key = (await transaction.session.scalars(select(ApiKey).where(ApiKey.user_id == on.user))).one()
        setattr(key, column, transaction.clock.now())


LOSSES = [
    an_entry_is_removed, a_deny_is_added_to_the_document, an_entry_becomes_a_deny, an_entry_gives_less, an_entry_ends,
    an_entry_is_given_to_another, the_document_is_given_away, the_collection_is_given_away, inheritance_is_broken,
    the_collection_is_restricted, the_document_is_put_elsewhere, the_document_goes, the_collection_goes,
    they_leave_a_group, a_group_is_taken_out_of_another, a_group_in_the_middle_is_deleted, their_role_is_taken,
    the_role_of_their_group_is_taken,
]  # fmt: skip
GAINS = [
    an_entry_is_added, the_document_is_given_to_them, inheritance_is_mended, they_join_a_group,
    a_group_is_put_into_another, a_role_is_given_to_them,
]  # fmt: skip
ENDS = [they_are_suspended, their_tenant_is_suspended, their_key_is_revoked, their_key_is_made_to_end]
