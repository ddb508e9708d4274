"""Random worlds in the database: resolver, chokepoint and plan agree with the oracle, however they come to know."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from acl.decision import Decision, Ground, Rule
from acl.permission import Permission
from acl.plan import plan_access, readable_documents
from acl.ref import ResourceRef
from app.db.tenancy import Reach, TenantSession
from app.identity.caller import Caller
from app.identity.errors import TokenInvalid
from tests.acl.facing import must_say
from tests.acl.oracle import decide, is_let_in
from tests.acl.worlds import NOW, Thing, World, world_from
from tests.acl.written import change, write
from tests.world.by_night import by_night
from tests.world.platform import Running, unique

ALL = Permission(255)
NEEDS = (Permission.READ, Permission.LIST | Permission.WRITE)
NOTHING = {wanted: Decision((Ground(wanted, allowed=False, rule=Rule.NONE),)) for wanted in (255, 1)}


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate."""

    document_id: str | None


@dataclass(frozen=True, slots=True)
class Trial:
    """A world in the database, and the platform that decides there."""

    running: Running
    world: World

    async def everything_agrees(self, caller: Caller, *, writes: bool = False) -> int:
        """Ask about all there is, in each tenant, and hold it against the oracle; returns how much was compared."""
        for tenant in self.world.tenants:
            async with self.running.platform.transactions.open(Reach.one(tenant), writes=writes) as transaction:
                await self._decisions_agree(transaction.session, caller, tenant)
                for needs in NEEDS:
                    await self._lists_agree(transaction.session, caller, tenant, needs)
        return len(self.world.tenants) * len(self.world.things)

    async def _decisions_agree(self, session: TenantSession, caller: Caller, tenant: str) -> None:
        asked = [ref_of(thing) for thing in self.world.things.values()] * 2
        astray = [ResourceRef.document("nowhere"), *(other_kind(ref) for ref in asked)]
        decisions = await self.running.platform.access.resolver(session).explain_many(caller, [*asked, *astray], ALL)
        for ref, decision in zip(asked, decisions, strict=False):
            if self.world.things[ref.id].tenant == tenant:
                must_say(decision, decide(self.world, caller.user_id, ref.id, NOW), 255)
            else:
                assert decision == NOTHING[255]
        assert decisions[len(asked) :] == [NOTHING[255]] * len(astray)

    async def _lists_agree(self, session: TenantSession, caller: Caller, tenant: str, needs: Permission) -> None:
        may = {thing.id for thing in self.world.things.values() if self._may(caller, thing, tenant, needs)}
        found = [Found(id_) for id_ in [*self.world.things, None, "", "nowhere", *reversed(self.world.things)]]
        seen = await self.running.platform.chokepoint.filter_results_by_acl(session, caller, found, needs=needs)
        assert [item.value for item in seen] == [one for one in found if one.document_id in may]
        resolver, things = self.running.platform.access.resolver(session), self.world.things
        for collection in [id_ for id_, thing in things.items() if not thing.collection] + list(things)[-1:]:
            inside = {thing.id for thing in self.world.things.values() if thing.collection == collection}
            plan = await plan_access(resolver, caller, collection, needs)
            if things[collection].tenant == tenant and things[collection].collection is None:
                assert {id_ for id_ in inside if plan.admits(id_)} == inside & may
            else:
                assert plan.admits_nothing
            assert plan.document_ids <= inside
            assert not plan.admits_nothing or not inside & may
            assert await readable_documents(resolver, caller, collection, needs) == inside & may

    def _may(self, caller: Caller, thing: Thing, tenant: str, needs: Permission) -> bool:
        if thing.tenant != tenant or thing.collection is None:
            return False
        verdicts = decide(self.world, caller.user_id, thing.id, NOW)
        return all(verdicts[bit].allowed for bit in needs)


def ref_of(thing: Thing) -> ResourceRef:
    """Mean a thing."""
    return ResourceRef.document(thing.id) if thing.collection else ResourceRef.collection(thing.id)


def other_kind(ref: ResourceRef) -> ResourceRef:
    """Mean a thing of the other kind by the same id."""
    swapped = ResourceRef.document(ref.id)
    return swapped if swapped != ref else ResourceRef.collection(ref.id)


def misled(caller: Caller, world: World, as_of: int = -1) -> Caller:
    """The same caller, known of old: as an administrator who is in every group."""
    everything = frozenset({"super_admin", "tenant_admin"})
    return replace(caller, as_of=as_of, roles=everything, groups=frozenset(world.groups))


async def admitted(world: World, running: Running, keys: dict[str, str]) -> list[Caller]:
    """Everybody whom the platform lets in, who must be those whom the oracle lets in."""
    callers = []
    for id_ in world.people:
        try:
            callers.append((await running.platform.credentials.admit(keys[id_])).caller)
        except TokenInvalid:
            assert not is_let_in(world, id_)
    assert [caller.user_id for caller in callers] == [id_ for id_ in world.people if is_let_in(world, id_)]
    return callers


async def agree_in(seed: int, running: Running) -> int:
    """Compare everything in one world: cold, warm, known of old, in a writing session, and after a change."""
    world = world_from(random.Random(seed).randbytes(384), unique("w"))
    keys = await write(world, running)
    trial, compared = Trial(running, world), 0
    for caller in await admitted(world, running, keys):
        fresh: Sequence[Caller] = (caller, caller, misled(caller, world))
        for asker in fresh:
            compared += await trial.everything_agrees(asker)
        compared += await trial.everything_agrees(misled(caller, world), writes=True)
    old = await admitted(world, running, keys)
    await change(world, running)
    for caller in old:
        compared += await trial.everything_agrees(caller)
    return compared


@pytest.mark.parametrize("seed", [*range(8), *by_night(range(8, 25))])
async def test_everything_that_decides_agrees_with_the_oracle(seed: int, at_noon: Running) -> None:
    await agree_in(seed, at_noon)


@pytest.mark.nightly
async def test_everything_that_decides_agrees_in_500_worlds_of_chance(at_noon: Running) -> None:
    compared = sum([await agree_in(random.randrange(2**32), at_noon) for _ in range(500)])
    assert compared > 10_000
