"""Two processes that meet the same newcomer make one user; what is remembered ends with the epoch."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.tenancy import Reach
from app.identity.tables import Tenant, User
from tests.world.people import organisation
from tests.world.platform import Running, running, settings_for
from tests.world.scaikey import AUDIENCE, ISSUER, ScaiKey, scaikey

EXTERNAL = "ext-one"


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[ScaiKey]:
    async with scaikey() as provider:
        yield provider


@pytest.fixture(scope="module")
async def pair(provider: ScaiKey) -> AsyncIterator[tuple[Running, Running]]:
    """Two platforms on one database, and a tenant the provider knows."""
    where = {"url": provider.url, "issuer": ISSUER, "audience": AUDIENCE}
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(Path(folder), scaikey=where)
        async with running(settings) as one, running(settings) as two:
            made = await organisation(one)
            async with one.platform.transactions.open(Reach.everywhere()) as transaction:
                (await transaction.session.get_one(Tenant, made.id)).external_id = EXTERNAL
            yield one, two


async def test_a_newcomer_in_two_processes_at_once_is_one_user(
    pair: tuple[Running, Running], provider: ScaiKey
) -> None:
    token = provider.token("newcomer", EXTERNAL, email="new@example.com")

    async def arrive(platform: Running) -> str:
        async with platform.client(token) as client:
            answer = await client.get("/v1/me")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["id"])

    ids = await asyncio.gather(*(arrive(platform) for platform in pair * 5))
    assert len(set(ids)) == 1
    async with pair[0].platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        same = select(func.count()).select_from(User).where(User.external_id == "newcomer")
        assert await transaction.session.scalar(same) == 1


async def test_a_person_suspended_in_one_process_is_out_in_the_other(
    pair: tuple[Running, Running], provider: ScaiKey
) -> None:
    one, two = pair
    token = provider.token("leaving", EXTERNAL)
    async with one.client(one.root_key) as root, two.client(token) as person:
        user = (await person.get("/v1/me")).json()["data"]
        assert (await root.patch(f"/v1/users/{user['id']}", json={"status": "suspended"})).status_code == 200
        assert (await person.get("/v1/me")).status_code == 401
        assert (await root.patch(f"/v1/users/{user['id']}", json={"status": "active"})).status_code == 200
        assert (await person.get("/v1/me")).status_code == 200


async def test_roles_given_in_one_process_hold_in_the_other_at_once(
    pair: tuple[Running, Running], provider: ScaiKey
) -> None:
    one, two = pair
    async with one.client(one.root_key) as root, two.client(provider.token("rising", EXTERNAL)) as person:
        user = (await person.get("/v1/me")).json()["data"]
        assert (await person.get("/v1/users")).status_code == 403
        roles = {"roles": ["tenant_admin"]}
        assert (await root.put(f"/v1/users/{user['id']}/roles", json=roles)).status_code == 200
        assert (await person.get("/v1/users")).status_code == 200
