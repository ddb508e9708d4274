"""How the platform says how it is, whatever its parts do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.clock import FixedClock
from app.telemetry.health import Check, Finding, Health, State
from app.telemetry.metrics import REGISTRY
from tests.world.patience import PATIENCE, eventually, until
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Part:
    """A dependency that does as it is told."""

    def __init__(self, name: str) -> None:
        self.state = State.UP
        self.asked = 0
        self.free = asyncio.Event()  # until then it hangs
        self.free.set()
        self.stubborn = False
        self.left = False
        self.fault: Exception | None = None
        self.check = Check(name, f"{name} is missed", self.look)

    async def look(self) -> Finding:
        self.asked += 1
        if self.fault:
            raise self.fault
        while not self.free.is_set():
            try:
                await self.free.wait()
            except asyncio.CancelledError:
                if not self.stubborn:
                    raise
        self.left = True
        return Finding(self.state)


async def test_a_part_that_fails_or_hangs_is_down_and_holds_up_nobody() -> None:
    well, broken, stuck = Part("well"), Part("broken"), Part("stuck")
    broken.fault = RuntimeError("secret detail")
    stuck.free.clear()
    health = Health([well.check, broken.check, stuck.check], FixedClock(NOON), timeout=0.05)
    async with asyncio.timeout(PATIENCE):
        found = {standing.name: standing for standing in await health.look()}
    assert {name: standing.state for name, standing in found.items()} == {
        "well": State.UP,
        "broken": State.DOWN,
        "stuck": State.DOWN,
    }
    assert found["broken"].notice == "broken is missed"
    assert REGISTRY.get_sample_value("scaigrid_store_up", {"store": "stuck"}) == 0
    assert REGISTRY.get_sample_value("scaigrid_store_up", {"store": "well"}) == 1
    await health.aclose()


async def test_since_moves_only_when_the_state_does() -> None:
    part, clock = Part("part"), FixedClock(NOON)
    health = Health([part.check], clock)
    await health.look()
    clock.advance(timedelta(minutes=1))
    (same,) = await health.look()
    assert same.since == NOON
    part.state = State.DEGRADED
    (changed,) = await health.look()
    assert changed.since == NOON + timedelta(minutes=1)


async def test_a_part_that_does_not_even_let_go_is_not_asked_twice_at_once() -> None:
    part = Part("stubborn")
    part.stubborn = True
    part.free.clear()
    health = Health([part.check], FixedClock(NOON), timeout=0.02)
    for _ in range(3):
        (standing,) = await health.look()
        assert standing.state is State.DOWN
    assert part.asked == 1
    part.free.set()
    await until(lambda: part.left)
    (standing,) = await health.look()
    assert standing.state is State.UP


@pytest.fixture
async def alone() -> AsyncIterator[Organisation]:
    """A tenant of a platform on which no other test has just let a backend fail."""
    async with fresh() as running:
        made = await organisation(running)
        yield made
        await made.aclose()


async def test_the_health_page_is_for_admins_and_says_what_is_embedded(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.http.routes.health.TIMEOUT_SECONDS", PATIENCE)

    async def all_up() -> Any:
        page = (await alone.client("admin").get("/health/detailed")).json()["data"]
        return page if page["state"] == "up" else None  # a part may once have taken too long to say so

    page = await eventually(all_up)
    states = {part["name"]: part["state"] for part in page["dependencies"]}
    database = "embedded" if alone.running.settings.embedded_database else "up"
    assert states.items() >= {"database": database, "rate_counter": "embedded", "webhooks": "up"}.items()
    assert states["vectors"] == "embedded"
    assert states["graphs"] == "embedded"
    assert "model_backends" in states
    assert all(part["since"].endswith("Z") for part in page["dependencies"])
    assert (await alone.client("user").get("/health/detailed")).status_code == 403
    async with alone.running.client() as stranger:
        assert (await stranger.get("/health/detailed")).status_code == 401
        for lives, ready in (("/health", "/health/ready"), ("/livez", "/readyz")):
            assert (await stranger.get(lives)).json()["data"] == {"state": "up"}
            assert (await stranger.get(ready)).json()["data"] == {"state": "ready"}


async def test_the_health_page_works_while_a_part_hangs_and_is_not_counted() -> None:
    async with fresh(rate_key=1) as running:
        tenant = await organisation(running)
        part = Part("stuck")
        part.free.clear()
        running.platform.health.add(part.check)
        admin = tenant.client("admin")
        assert [(await admin.get("/v1/me")).status_code for _ in range(2)] == [200, 429]

        async def shown() -> Any:
            page = await admin.get("/health/detailed")
            assert page.status_code == 200
            data = page.json()["data"]
            return data if data["state"] != "down" else None  # the database may once have taken too long to say so

        data = await eventually(shown)
        assert data["state"] == "degraded"
        assert data["dependencies"][-1]["state"] == "down"
        assert data["dependencies"][-1]["notice"] == "stuck is missed"
        await tenant.aclose()


async def test_measurements_are_named_by_routes_and_never_by_what_is_in_a_path(
    acme: Organisation, running: Running
) -> None:
    admin = acme.client("admin")
    await admin.get("/v1/webhooks/whk_very_particular")
    await admin.get("/no/such/path_very_particular")
    await admin.request("PROPFIND", "/v1/me")
    async with running.client() as stranger:
        said = (await stranger.get("/metrics")).text
    assert "very_particular" not in said
    assert 'route="/v1/webhooks/{webhook_id}"' in said
    assert 'route="unmatched"' in said
    assert "PROPFIND" not in said
    names = {line.split()[2] for line in said.splitlines() if line.startswith("# TYPE")}
    assert names
    assert all(name.startswith("scaigrid_") for name in names)
