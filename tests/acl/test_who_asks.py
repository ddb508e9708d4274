"""Who asks is who they are at the moment of deciding, or nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from acl.decision import Rule
from acl.permission import Permission
from acl.ref import ResourceRef
from acl.resolver import AclResolver
from app.db.tenancy import Reach, TenantSession
from app.errors import InternalFault
from app.identity.caller import Caller
from app.identity.credentials import epoch_in
from app.identity.errors import KnownCredential, TokenInvalid
from app.identity.keys import digest, new_key
from app.identity.tables import ACTIVE, SUSPENDED, ApiKey, GroupMember, RoleMapping, Tenant, User
from app.ids import new_id
from tests.acl.worlds import NOW, Line, Person, Thing, World
from tests.acl.written import write
from tests.world.platform import Running, unique

READ = Permission.READ
SPAN = timedelta(microseconds=1)


class House:
    """Ada, who is in a group that may read the plan, on one platform."""

    def __init__(self, running: Running) -> None:
        mark = unique("who") + "-"
        self.platform, self.tenant = running.platform, mark + "acme"
        self.ada, self.group, self.plan = (mark + name for name in ("ada", "staff", "plan"))
        self.running = running
        self.world = World(
            {self.tenant: False},
            {self.ada: Person(self.ada, self.tenant)},
            {self.group: self.tenant},
            [(self.group, self.ada)],
            things={
                mark + "shelf": Thing(mark + "shelf", self.tenant),
                self.plan: Thing(self.plan, self.tenant, None, mark + "shelf"),
            },
            lines=[Line(mark + "line", self.plan, "allow", "group", self.group, int(READ))],
        )

    async def arrives(self) -> Caller:
        keys = await write(self.world, self.running)
        return (await self.platform.credentials.admit(keys[self.ada])).caller

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TenantSession]:
        async with self.platform.transactions.open(Reach.one(self.tenant)) as transaction:
            yield transaction.session

    async def may_read(self, caller: Caller) -> bool:
        async with self.platform.transactions.open(Reach.one(self.tenant), writes=False) as transaction:
            resolver: AclResolver = self.platform.access.resolver(transaction.session)
            return await resolver.can(caller, ResourceRef.document(self.plan), READ)


@pytest.fixture
def house(at_noon: Running) -> House:
    return House(at_noon)


async def refused(house: House, caller: Caller) -> KnownCredential | None:
    """Whose credential it was that was refused."""
    with pytest.raises(TokenInvalid) as refusal:
        await house.may_read(caller)
    return refusal.value.known


async def test_leaving_a_group_counts_at_once(house: House) -> None:
    ada = await house.arrives()
    assert await house.may_read(ada)
    async with house.session() as session:
        await session.delete(await session.get_one(GroupMember, (house.group, house.ada)))
    assert not await house.may_read(ada)


async def test_becoming_an_administrator_counts_at_once_and_so_does_ceasing_to_be(house: House) -> None:
    house.world.lines.clear()
    ada = await house.arrives()
    for role, may in (("tenant_admin", True), ("partner_admin", False), ("super_admin", True), ("tenant_user", False)):
        async with house.session() as session:
            (await session.get_one(User, house.ada)).roles = [role]
        assert await house.may_read(ada) is may


async def test_somebody_suspended_is_nobody_until_they_are_back(house: House) -> None:
    ada = await house.arrives()
    for status in (SUSPENDED, ACTIVE):
        async with house.session() as session:
            (await session.get_one(User, house.ada)).status = status
        if status == ACTIVE:
            assert await house.may_read(ada)
        else:
            assert await refused(house, ada) == KnownCredential(house.tenant, house.ada, ada.key_id)


async def test_everybody_of_a_suspended_tenant_is_nobody(house: House) -> None:
    ada = await house.arrives()
    async with house.platform.transactions.open(Reach.everywhere()) as transaction:
        (await transaction.session.get_one(Tenant, house.tenant)).status = SUSPENDED
    assert await refused(house, ada) == KnownCredential(house.tenant, house.ada, ada.key_id)


async def test_somebody_who_was_removed_is_nobody(house: House) -> None:
    ada = await house.arrives()
    async with house.session() as session:
        await session.delete(await session.get_one(User, house.ada))
    assert await refused(house, ada) is None


async def test_somebody_who_is_not_of_the_tenant_they_say_is_nobody(house: House) -> None:
    ada = await house.arrives()
    other = House(house.running)
    await other.arrives()
    assert await refused(house, replace(ada, as_of=-1, tenant_id=other.tenant)) is None


async def test_a_revoked_key_opens_nothing_more(house: House) -> None:
    ada = await house.arrives()
    async with house.session() as session:
        (await session.get_one(ApiKey, ada.key_id)).revoked_at = NOW
    assert await refused(house, ada) == KnownCredential(house.tenant, house.ada, ada.key_id)
    assert await house.may_read(replace(ada, key_id=None))  # who came in otherwise stays


async def test_a_deleted_key_opens_nothing_more(house: House) -> None:
    ada = await house.arrives()
    async with house.session() as session:
        await session.delete(await session.get_one(ApiKey, ada.key_id))
    assert await refused(house, ada) == KnownCredential(house.tenant, house.ada, ada.key_id)


async def test_of_two_keys_each_opens_by_itself(house: House) -> None:
    ada = await house.arrives()
    second = ApiKey(id=new_id("key"), user_id=house.ada, name="second", digest=digest(new_key()), prefix="sgk_")
    second.created_at = second.updated_at = second.revoked_at = NOW
    async with house.session() as session:
        session.add(second)
    assert await house.may_read(ada)
    assert await refused(house, replace(ada, key_id=second.id)) is not None
    async with house.session() as session:
        (await session.get_one(ApiKey, ada.key_id)).revoked_at = NOW
        (await session.get_one(ApiKey, second.id)).revoked_at = None
    assert await refused(house, ada) is not None
    assert await house.may_read(replace(ada, key_id=second.id))


async def test_somebody_elses_key_is_no_key(house: House) -> None:
    ada = await house.arrives()
    other = House(house.running)
    ben = await other.arrives()
    assert await refused(house, replace(ada, as_of=-1, key_id=ben.key_id)) is not None


@pytest.mark.parametrize(("expires_at", "opens"), [(NOW - SPAN, False), (NOW, False), (NOW + SPAN, True)])
async def test_a_key_ends_at_its_expiry_to_the_microsecond(house: House, expires_at: object, opens: bool) -> None:
    ada = await house.arrives()
    async with house.session() as session:  # given an end after ada came in
        (await session.get_one(ApiKey, ada.key_id)).expires_at = expires_at  # type: ignore[assignment] # a datetime
    assert (await house.may_read(ada)) if opens else (await refused(house, ada)) is not None


@pytest.mark.parametrize(("expires_at", "opens"), [(NOW - SPAN, False), (NOW, False), (NOW + SPAN, True)])
async def test_a_key_that_ends_during_a_request_ends_it(house: House, expires_at: object, opens: bool) -> None:
    ada = replace(await house.arrives(), key_expires_at=expires_at)  # type: ignore[arg-type] # a datetime
    if opens:
        assert await house.may_read(ada)
    else:
        with pytest.raises(TokenInvalid):
            await house.may_read(ada)


async def test_what_is_known_of_a_caller_counts_at_the_epoch_it_was_learned_at_and_at_no_other(house: House) -> None:
    ada = await house.arrives()
    async with house.session() as session:
        epoch = await epoch_in(session, house.tenant)
    assert ada.as_of == epoch > 0
    apart = replace(ada, groups=frozenset())
    assert not await house.may_read(apart)
    for other in (epoch - 1, epoch + 1, -1, 0):
        assert await house.may_read(replace(apart, as_of=other))


async def test_access_is_decided_in_a_session_of_one_tenant_alone(house: House) -> None:
    ada = await house.arrives()
    for reach in (Reach.everywhere(), Reach.several(frozenset({house.tenant, "other"}))):
        async with house.platform.transactions.open(reach, writes=False) as transaction:
            with pytest.raises(InternalFault):
                await house.platform.access.resolver(transaction.session).can(ada, ResourceRef.document("x"), READ)


async def test_the_answer_and_its_reason_are_the_same_decision(house: House) -> None:
    ada = await house.arrives()
    async with house.session() as session:
        resolver, plan = house.platform.access.resolver(session), ResourceRef.document(house.plan)
        decision = await resolver.explain(ada, plan, READ | Permission.WRITE)
        assert (decision.granted, decision.ground.rule) == (READ, Rule.NONE)
        assert not await resolver.can(ada, plan, READ | Permission.WRITE)
        assert await resolver.can(ada, plan, READ)


@pytest.mark.parametrize("role", ["tenant_admin", "super_admin"])
async def test_a_role_that_a_group_brings_is_held_by_all_inside_it(house: House, role: str) -> None:
    outer = house.group + "-outer"
    house.world.lines.clear()
    house.world.groups[outer] = house.tenant
    house.world.nestings, house.world.mapped = [(outer, house.group)], [(outer, role)]
    ada = await house.arrives()
    assert await house.may_read(ada)
    assert await house.may_read(replace(ada, as_of=-1, roles=frozenset(), groups=frozenset()))
    async with house.session() as session:
        await session.delete(await session.get_one(GroupMember, (house.group, house.ada)))
    assert not await house.may_read(ada)


@pytest.mark.parametrize("named", [None, "", "tenant_user", "tenant_admin"])
async def test_an_entry_for_a_group_that_is_none_is_about_nobody(house: House, named: str | None) -> None:
    house.world.lines = [Line(house.group + "-line", house.plan, "allow", "group", named, int(READ))]
    house.world.nestings = [(house.group, house.group)]
    ada = await house.arrives()
    assert not await house.may_read(ada)
    assert not await house.may_read(replace(ada, as_of=-1))


@pytest.mark.parametrize("tied", ["member", "nested"])
async def test_a_group_of_another_tenant_is_nobodys_here_whatever_ties_them(house: House, tied: str) -> None:
    foreign, theirs = house.group + "-foreign", house.tenant + "-globex"
    house.world.tenants[theirs], house.world.groups[foreign] = False, theirs
    if tied == "member":
        house.world.members.append((foreign, house.ada))
    else:
        house.world.nestings.append((foreign, house.group))
    house.world.lines = [Line(foreign + "-line", house.plan, "allow", "group", foreign, int(READ))]
    ada = await house.arrives()
    assert not await house.may_read(ada)
    assert not await house.may_read(replace(ada, as_of=-1))


async def test_a_role_that_another_tenant_ties_to_a_group_is_nobodys(house: House) -> None:
    theirs = house.tenant + "-globex"
    house.world.tenants[theirs] = False
    house.world.lines.clear()
    ada = await house.arrives()
    made = {"created_at": NOW, "updated_at": NOW}
    async with house.platform.transactions.open(Reach.everywhere()) as transaction:
        mapping = RoleMapping(id=new_id("map"), tenant_id=theirs, group_id=house.group, role="tenant_admin", **made)
        transaction.session.add(mapping)
    assert not await house.may_read(replace(ada, as_of=-1))


async def test_a_group_that_is_called_like_a_role_brings_none(house: House) -> None:
    house.world.groups["super_admin"] = house.tenant
    house.world.nestings, house.world.lines = [("super_admin", house.group)], []
    ada = await house.arrives()
    assert not await house.may_read(ada)
    assert not await house.may_read(replace(ada, as_of=-1))
