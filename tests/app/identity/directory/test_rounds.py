"""Readings without any event, how the platform says it is, and our own token at the provider."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.clock import FixedClock
from app.db.tenancy import Reach
from app.identity.directory.bearer import ClientBearer
from app.identity.directory.client import DirectoryClient
from app.identity.directory.reading import ReadingFailed
from app.identity.directory.tables import DirectoryMirror
from app.telemetry.metrics import REGISTRY
from tests.app.identity.directory.world import Followed, followed, where
from tests.world.directory import CLIENT, Directory
from tests.world.patience import PATIENCE, eventually, until
from tests.world.platform import Running, fresh
from tests.world.scaikey import ScaiKey, scaikey

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def directory_part(running: Running) -> dict[str, Any]:
    async with running.client(running.root_key) as root:
        parts = (await root.get("/health/detailed")).json()["data"]["dependencies"]
    return next(part for part in parts if part["name"] == "directory")


async def test_changes_are_followed_without_any_event(provider: ScaiKey) -> None:
    async with fresh(scaikey=where(provider, reconcile_seconds=1)) as running, followed(running, provider) as tenant:
        for members in ({"ada"}, {"ada", "ben"}, set[str]()):
            tenant.group("staff", *members)

            async def is_so(wanted: set[str] = members) -> bool:
                return await tenant.edges() == {"staff": {f"{name}?" for name in wanted}}

            await eventually(is_so)


async def test_the_health_page_says_how_well_it_is_followed(provider: ScaiKey) -> None:
    async with fresh() as alone:
        assert (await directory_part(alone))["state"] == "off"
    async with fresh(scaikey=where(provider, client_id="")) as unable:
        part = await directory_part(unable)
        assert (part["state"], "SCAIGRID_SCAIKEY_CLIENT_ID" in part["notice"]) == ("degraded", True)
    async with fresh(scaikey=where(provider)) as running:
        assert (await directory_part(running))["state"] == "up"
        async with followed(running, provider) as one, followed(running, provider) as two:
            await one.follow()
            await two.follow()
            part = await directory_part(running)
            assert (part["state"], part["notice"][:13]) == ("up", "As in ScaiKey")
            del provider.directory.tenants[two.external]
            since = (await two.follow(fails=True)).failing_since
            assert since is not None
            part = await directory_part(running)
            assert part["state"] == "degraded"
            assert part["notice"].startswith("Group changes of some tenants in ScaiKey are not followed since ")
            assert "the last complete reading counts, of 20" in part["notice"]
            del provider.directory.tenants[one.external]
            await one.follow(fails=True)
            assert (await directory_part(running))["state"] == "down"
            provider.directory.tenants |= {one.external: {}, two.external: {}}
            for each in (one, two):
                await each.follow()
            assert (await directory_part(running))["state"] == "up"


async def test_a_mirror_nobody_keeps_is_told_too(tenant: Followed) -> None:
    await tenant.follow()
    async with tenant.running.platform.transactions.open(Reach.everywhere()) as transaction:
        mirror = await transaction.session.get_one(DirectoryMirror, tenant.here.id)
        mirror.read_at = transaction.clock.now() - timedelta(days=2)
    assert "not followed" in (await directory_part(tenant.running))["notice"]
    await tenant.follow()


async def test_readings_are_measured(tenant: Followed) -> None:
    def count(outcome: str) -> float:
        name = "scaigrid_directory_reading_duration_seconds_count"
        return REGISTRY.get_sample_value(name, {"outcome": outcome}) or 0

    await tenant.follow()  # from here on nothing is read but what we ask for
    tenant.group("early")
    await tenant.follow()
    unchanged = count("unchanged")
    await tenant.follow()
    await until(lambda: count("unchanged") == unchanged + 1)  # a reading is measured a moment after it can be seen
    before = {outcome: count(outcome) for outcome in ("applied", "unchanged", "away")}
    tenant.group("staff")
    await tenant.follow()
    await tenant.follow()
    tenant.directory.twist = lambda *_: (500, {})
    await tenant.follow(fails=True)

    async def counted() -> bool:
        made = {outcome: count(outcome) - number for outcome, number in before.items()}
        # What failed is tried again after two seconds, and may have failed once more.
        return made["applied"] == made["unchanged"] == 1 and made["away"] >= 1

    await eventually(counted)


@asynccontextmanager
async def reader(provider: ScaiKey, clock: FixedClock, secret: str = CLIENT[1]) -> AsyncIterator[DirectoryClient]:
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        yield DirectoryClient(provider.url, ClientBearer(provider.url, CLIENT[0], secret, clock, client), client)


@pytest.fixture
async def alone() -> AsyncIterator[ScaiKey]:
    """A provider with an empty directory of one tenant, which nobody else asks: the others' platforms read on."""
    async with scaikey() as provider:
        provider.directory = Directory(tenants={"ext": {}})
        yield provider


async def test_our_token_is_kept_until_shortly_before_its_end(alone: ScaiKey) -> None:
    clock = FixedClock(NOON)
    async with reader(alone, clock) as client:
        for _ in range(3):
            await client.read("ext")
        assert alone.directory.asked["token"] == 1
        clock.advance(timedelta(seconds=269))
        await client.read("ext")
        assert alone.directory.asked["token"] == 1
        clock.advance(timedelta(seconds=1))
        await client.read("ext")
        assert alone.directory.asked["token"] == 2


async def test_a_token_that_ends_at_once_is_still_used_and_a_withdrawn_one_is_got_anew(alone: ScaiKey) -> None:
    alone.directory.expires_in = 0
    async with reader(alone, FixedClock(NOON)) as client:
        await client.read("ext")
        alone.directory.expires_in = 300
        await client.read("ext")
        alone.directory.good.clear()
        await client.read("ext")
        assert alone.directory.asked["token"] == 3


async def test_the_secret_goes_in_the_header_where_the_form_is_refused(alone: ScaiKey) -> None:
    alone.directory.form = False
    async with reader(alone, FixedClock(NOON)) as client:
        assert dict((await client.read("ext")).groups) == {}


async def test_neither_secret_nor_token_is_in_what_is_shown(alone: ScaiKey, capsys: pytest.CaptureFixture[str]) -> None:
    async with reader(alone, FixedClock(NOON)) as client:
        await client.read("ext")
        assert not any(hidden in repr(client) for hidden in (CLIENT[1], *alone.directory.good))
        alone.directory.good.clear()
        alone.directory.twist = lambda *_: (401, {})
        with pytest.raises(ReadingFailed) as failed:
            await client.read("ext")
    assert failed.value.fault == "refused"
    assert failed.value.__cause__ is None
    shown = "".join(capsys.readouterr())
    assert not any(hidden in shown for hidden in (CLIENT[1], *alone.directory.good))


async def test_a_provider_that_is_away_or_answers_nonsense_ends_the_reading(provider: ScaiKey) -> None:
    async with reader(provider, FixedClock(NOON)) as client:
        provider.away = True
        with pytest.raises(ReadingFailed) as failed:
            await client.read("ext")
        provider.away = False
        assert failed.value.fault == "away"
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
        nowhere = "http://127.0.0.1:9"
        bearer = ClientBearer(nowhere, *CLIENT, FixedClock(NOON), http)
        with pytest.raises(ReadingFailed) as failed:
            await DirectoryClient(nowhere, bearer, http).read("ext")
        assert failed.value.fault == "away"
