"""Who is in a group there before they ever came here is in it from their first request on."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.identity.tables import RoleMapping
from app.ids import new_id
from tests.app.identity.asking import DENIED, data, refusal
from tests.app.identity.directory.world import Followed


async def give_role(tenant: Followed, group: str, role: str) -> None:
    async with tenant.running.platform.transactions.open(Reach.one(tenant.here.id)) as transaction:
        now = transaction.clock.now()
        ours = await tenant.ours(group)
        transaction.session.add(
            RoleMapping(id=new_id("rmap"), group_id=ours, role=role, created_at=now, updated_at=now)
        )


async def test_their_first_token_puts_them_into_their_groups(tenant: Followed) -> None:
    tenant.group("staff", "ada", "ben")
    tenant.group("admins", "ada")
    await tenant.follow()
    await give_role(tenant, "admins", "tenant_admin")
    async with tenant.running.client(tenant.provider.token("ada", tenant.external)) as ada:
        data(await ada.get("/v1/users"))  # the very first request
    assert await tenant.edges() == {"staff": {"ada", "ben?"}, "admins": {"ada"}}


async def test_an_address_that_changed_hands_takes_nothing_along(tenant: Followed) -> None:
    await tenant.arrive("ada", email="chief@example.com")
    tenant.group("board", "ada")
    await tenant.follow()
    await tenant.arrive("eve", email="chief@example.com")
    await tenant.follow()
    assert await tenant.edges() == {"board": {"ada"}}


async def test_who_left_the_group_before_they_came_is_not_put_into_it(tenant: Followed) -> None:
    tenant.group("staff", "ada")
    await tenant.follow()
    tenant.group("staff")
    await tenant.follow()
    await tenant.arrive("ada")
    assert await tenant.edges() == {"staff": set()}


async def test_who_is_made_beforehand_under_their_id_is_put_into_their_groups_too(tenant: Followed) -> None:
    tenant.group("staff", "ada")
    await tenant.follow()
    body = {"email": "ada@example.com", "name": "Ada", "roles": [], "external_id": "ada"}
    data(await tenant.here.client("admin").post("/v1/users", json=body), 201)
    assert await tenant.edges() == {"staff": {"ada"}}


async def test_only_administrators_say_whom_scaikey_knows_somebody_as(tenant: Followed) -> None:
    """Or whoever manages people could make one who is let into everything a stranger's groups may see."""
    admin = tenant.here.client("admin")
    role = data(await admin.post("/v1/iam/custom-roles", json={"name": "people", "permissions": ["users:manage"]}), 201)
    body = {"roles": ["tenant_user"], "custom_role_ids": [role["id"]]}
    data(await admin.put(f"/v1/users/{tenant.here.people['user'].id}/roles", json=body))
    new = {"email": "eve@example.com", "name": "Eve", "roles": [], "external_id": "ada"}
    clerk = tenant.here.client("user")
    assert refusal(await clerk.post("/v1/users", json=new)) == DENIED
    del new["external_id"]
    data(await clerk.post("/v1/users", json=new), 201)


@pytest.mark.parametrize("round_", range(5))
async def test_whoever_comes_while_a_reading_is_applied_is_in_their_groups(tenant: Followed, round_: int) -> None:
    people = [f"p{number}" for number in range(12)]
    tenant.group("staff", *people)

    async def come(sub: str, after: float) -> None:
        await asyncio.sleep(after)
        await tenant.arrive(sub)

    coming = [come(sub, 0.2 + 0.01 * number) for number, sub in enumerate(people)]
    await asyncio.gather(tenant.follow(), *coming)
    assert await tenant.edges() == {"staff": set(people)}
    async with tenant.running.platform.transactions.open(Reach.one(tenant.here.id), writes=False) as transaction:
        assert (await transaction.session.scalars(select(RoleMapping))).all() == []
