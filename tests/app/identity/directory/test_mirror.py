"""Groups are what ScaiKey says they are, matched by immutable ids alone."""

from __future__ import annotations

from sqlalchemy import select

from acl.facts import Effect, PrincipalType
from acl.permission import Permission
from acl.ref import ResourceRef
from app.audit.tables import AuditEvent
from app.db.tenancy import Reach
from app.identity.tables import RoleMapping
from app.ids import new_id
from tests.app.identity.asking import data
from tests.app.identity.directory.world import Followed
from tests.world.shelves import Shelf, enter, group, shelf


async def epochs_of(tenant: Followed) -> int:
    return (await tenant.running.platform.credentials.epochs.read(tenant.here.id))[tenant.here.id]


async def test_groups_people_and_nesting_come_and_go_as_they_do_there(tenant: Followed) -> None:
    for sub in ("ada", "ben"):
        await tenant.arrive(sub)
    tenant.group("staff", "ada", inside=("legal",))
    tenant.group("legal", "ben", "cleo", inside=("staff",), called="Legal & Co")
    await tenant.follow()
    assert await tenant.edges() == {"staff": {"ada", "/legal"}, "legal": {"ben", "cleo?", "/staff"}}
    assert "Legal & Co" in (await tenant.groups()).values()
    tenant.group("staff", "ben")
    tenant.group("legal")
    await tenant.follow()
    assert await tenant.edges() == {"staff": {"ben"}, "legal": set()}


async def test_an_empty_but_complete_directory_is_applied(tenant: Followed) -> None:
    tenant.group("staff", "ada")
    await tenant.follow()
    tenant.directory.remove(tenant.external, tenant.id_of("staff"))
    await tenant.follow()
    assert await tenant.groups() == {}


async def test_a_directory_that_did_not_change_makes_nothing_stale(tenant: Followed) -> None:
    await tenant.arrive("ada")
    tenant.group("staff", "ada", "ben")
    await tenant.follow()
    before = await epochs_of(tenant)
    await tenant.follow()
    assert await epochs_of(tenant) == before
    tenant.group("staff", "ada", "ben", called="Everybody")
    await tenant.follow()
    assert await epochs_of(tenant) > before


async def test_a_renamed_group_stays_the_same_and_a_recreated_one_does_not(tenant: Followed) -> None:
    tenant.group("one", called="Board")
    await tenant.follow()
    first = await tenant.ours("one")
    tenant.group("one", called="Old board")
    await tenant.follow()
    assert await tenant.groups() == {first: "Old board"}
    tenant.directory.remove(tenant.external, tenant.id_of("one"))
    tenant.group("two", called="Old board")
    await tenant.follow()
    assert list((await tenant.groups()).values()) == ["Old board"]
    assert await tenant.ours("two") != first


async def may_read(tenant: Followed, sub: str, papers: Shelf) -> bool:
    platform = tenant.running.platform
    caller = (await platform.credentials.admit(tenant.provider.token(sub, tenant.external))).caller
    async with platform.transactions.open(Reach.one(tenant.here.id), writes=False) as transaction:
        resolver = platform.access.resolver(transaction.session)
        return await resolver.can(caller, ResourceRef.collection(papers.id), Permission.READ)


async def test_access_follows_the_group_and_is_inherited_by_no_other_of_its_name(tenant: Followed) -> None:
    await tenant.arrive("ada")
    tenant.group("board", "ada", called="Board")
    await tenant.follow()
    papers = await shelf(tenant.here, "minutes")
    await enter(tenant.here, papers.id, Effect.ALLOW, (PrincipalType.GROUP, await tenant.ours("board")))
    assert await may_read(tenant, "ada", papers)
    tenant.group("board", "ada", called="Supervisory board")
    await tenant.follow()
    assert await may_read(tenant, "ada", papers)
    tenant.directory.remove(tenant.external, tenant.id_of("board"))
    tenant.group("again", "ada", called="Board")
    await tenant.follow()
    assert not await may_read(tenant, "ada", papers)


async def test_groups_that_were_made_here_are_left_alone(tenant: Followed) -> None:
    await group(tenant.here, "ours", "user")
    tenant.group("staff")
    await tenant.follow()
    tenant.directory.remove(tenant.external, tenant.id_of("staff"))
    await tenant.follow()
    assert await tenant.edges() == {"ours": {"User"}}


async def test_what_a_group_brings_ends_with_the_group(tenant: Followed) -> None:
    tenant.group("staff", "ada")
    await tenant.arrive("ada")
    await tenant.follow()
    platform, staff = tenant.running.platform, await tenant.ours("staff")
    async with platform.transactions.open(Reach.one(tenant.here.id)) as transaction:
        now = transaction.clock.now()
        mapping = RoleMapping(id=new_id("rmap"), group_id=staff, role="tenant_admin", created_at=now, updated_at=now)
        transaction.session.add(mapping)
    async with tenant.running.client(tenant.provider.token("ada", tenant.external)) as ada:
        data(await ada.get("/v1/users"))
        tenant.directory.remove(tenant.external, tenant.id_of("staff"))
        await tenant.follow()
        assert (await ada.get("/v1/users")).status_code == 403


async def test_every_change_is_in_the_trail_and_nothing_else(tenant: Followed) -> None:
    await tenant.arrive("ada")
    tenant.group("staff", "ada")
    await tenant.follow()
    await tenant.follow()
    async with tenant.running.platform.transactions.open(Reach.one(tenant.here.id), writes=False) as transaction:
        noted = select(AuditEvent.details).where(AuditEvent.action == "directory.mirrored")
        (details,) = await transaction.session.scalars(noted)
    staff = await tenant.ours("staff")
    assert (details["groups_added"], details["members_added"], details["members_removed"]) == ([staff], 1, 0)


async def test_tenants_are_apart_even_where_ids_are_the_same(tenant: Followed) -> None:
    tenant.group("staff", "ada")
    tenant.directory.tenants["another"] = {tenant.id_of("staff"): "Staff"}
    await tenant.follow()
    assert await tenant.edges() == {"staff": {"ada?"}}
    del tenant.directory.tenants["another"]
