"""Limits are exact, shared, and said on every answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from app.db.tenancy import Reach
from app.identity.tables import Tenant
from tests.world.databases import empty_database
from tests.world.patience import PATIENCE
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, running, settings_for

LIMITS = {"rate_key": 5, "rate_user": 8, "rate_tenant": 12, "rate_partner": 100}
HEADERS = [f"x-scaigrid-ratelimit-{name}" for name in ("limit", "remaining", "reset")]


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Running, Running]]:
    """Two platforms on one home and one database, as two processes would be."""
    home: Path = tmp_path_factory.mktemp("home")
    async with AsyncExitStack() as stack:
        address = stack.enter_context(empty_database(home))
        settings = settings_for(home, address, **LIMITS)
        yield await stack.enter_async_context(running(settings)), await stack.enter_async_context(running(settings))


@pytest.fixture
async def people(pair: tuple[Running, Running]) -> AsyncIterator[Organisation]:
    made = await organisation(pair[0])
    yield made
    await made.aclose()


async def ask(platform: Running, key: str, times: int, path: str = "/v1/me") -> list[int]:
    async with platform.client(key) as client:
        return [(await client.get(path)).status_code for _ in range(times)]


async def test_five_pass_and_the_sixth_is_refused(pair: tuple[Running, Running], people: Organisation) -> None:
    assert await ask(pair[0], people.people["user"].key, 6) == [200] * 5 + [429]


async def test_two_processes_share_the_count(pair: tuple[Running, Running], people: Organisation) -> None:
    key = people.people["user"].key
    both = await asyncio.gather(*(ask(platform, key, 4) for platform in pair))
    assert sorted(both[0] + both[1]) == [200] * 5 + [429] * 3


async def test_a_refusal_says_when_to_come_back(pair: tuple[Running, Running], people: Organisation) -> None:
    await ask(pair[0], people.people["user"].key, 5)
    refused = await people.client("user").get("/v1/me")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (429, "RATE_LIMITED")
    assert refused.headers["retry-after"] == str(error["retry_after"]) == refused.headers[HEADERS[2]]
    assert 1 <= error["retry_after"] <= 120
    assert [refused.headers[name] for name in HEADERS[:2]] == ["5", "0"]


async def test_every_authenticated_answer_says_how_one_stands(
    pair: tuple[Running, Running], people: Organisation
) -> None:
    client = people.client("user")
    left = [(await client.get("/v1/me")).headers[HEADERS[1]] for _ in range(3)]
    assert left == ["4", "3", "2"]
    refused = await client.get("/v1/me", headers={"Accept": "application/problem+json"})
    assert all(name in refused.headers for name in HEADERS)


async def test_of_several_limits_the_most_restrictive_wins(pair: tuple[Running, Running], people: Organisation) -> None:
    """The tenant may do twelve, however its people divide them."""
    answers = [
        status for name in ("admin", "user", "viewer") for status in await ask(pair[0], people.people[name].key, 5)
    ]
    assert answers == [200] * 12 + [429] * 3


async def test_a_tenants_own_settings_come_before_the_platforms(
    pair: tuple[Running, Running], people: Organisation
) -> None:
    async with pair[0].platform.transactions.open(Reach.one(people.id)) as transaction:
        tenant = await transaction.session.get_one(Tenant, people.id)
        tenant.settings = {"rate_limits": {"key": 2, "user": 0, "tenant": 0}}
    assert await ask(pair[1], people.people["user"].key, 3) == [200, 200, 429]


async def test_what_is_open_to_everybody_is_not_counted(
    pair: tuple[Running, Running], people: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.http.routes.health.TIMEOUT_SECONDS", PATIENCE)
    key = people.people["user"].key
    for path in ("/health", "/health/ready", "/livez", "/readyz", "/metrics"):
        assert await ask(pair[0], key, 7, path) == [200] * 7
    assert await ask(pair[0], key, 5) == [200] * 5


async def test_who_has_no_credential_uses_up_nobodys_limit(pair: tuple[Running, Running], people: Organisation) -> None:
    assert await ask(pair[0], "sgk_" + "x" * 40, 7) == [401] * 7
    assert await ask(pair[0], people.people["user"].key, 5) == [200] * 5
