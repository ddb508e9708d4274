"""A crawl whose time has come is begun once: by one of all who look, and however many times have passed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.clock import SystemClock
from app.db.transaction import Transactions
from indexing.crawls.coming import begin_due
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.crawls.http.crawling import crawl_path, put_run, save
from tests.indexing.documents.filing import filed
from tests.world.clocks import LeapingClock
from tests.world.models import data
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, running, settings_for


@dataclass(slots=True)
class Later:
    """Two processes on one database, whose clock can be put forward."""

    here: Running
    there: Running
    clock: LeapingClock
    acme: Organisation

    async def look(self) -> int:
        """Both look at the same moment; says how many crawls were begun."""
        platforms = [self.here.platform, self.there.platform]
        looks = [begin_due(Transactions(one.database, self.clock), one.jobs, one.credentials) for one in platforms * 2]
        return sum(await asyncio.gather(*looks))


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Running, Running]]:
    home: Path = tmp_path_factory.mktemp("home")
    settings = settings_for(home, allow_hosts=("127.0.0.1",))
    async with running(settings, deeds={}) as here, running(settings, deeds={}) as there:
        yield here, there


@pytest.fixture
async def later(pair: tuple[Running, Running]) -> AsyncIterator[Later]:
    acme = await organisation(pair[0])
    yield Later(*pair, LeapingClock(), acme)
    await acme.aclose()


def half_an_hour_away() -> int:
    """A minute of the hour that does not come while a test looks."""
    return (SystemClock().now().minute + 30) % 60


async def runs(admin: httpx.AsyncClient, crawl: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(await admin.get(f"{COLLECTIONS}/{crawl['collection_id']}/crawl"))
    return found


async def test_it_is_begun_once_when_its_time_comes_and_then_at_the_next(later: Later) -> None:
    plans, people = await filed(later.acme)
    hourly = {"type": "hourly", "time": f"00:{half_an_hour_away():02}"}
    crawl = await save(people["admin"], plans["id"], schedule=hourly)
    assert await later.look() == 0
    later.clock.leap(hours=1)
    assert await later.look() == 1
    assert await later.look() == 0
    (run,) = await runs(people["admin"], crawl)
    assert (run["trigger"], run["crawl_id"], run["started_by"]) == (
        "schedule",
        crawl["id"],
        later.acme.people["admin"].id,
    )
    shown = await people["admin"].get(crawl_path(crawl))
    coming = datetime.fromisoformat(data(shown)["next_run_at"])
    assert coming > later.clock.now()
    assert (data(shown)["updated_at"], data(shown)["owner_id"]) == (crawl["updated_at"], crawl["owner_id"])
    trail = data(await people["admin"].get("/v1/audit/events", params={"action": "crawl.started"}))["items"]
    assert [(one["target_id"], one["actor_id"], one["details"]["trigger"]) for one in trail] == [
        (run["id"], later.acme.people["admin"].id, "schedule")
    ]
    await put_run(later.acme, run["id"], status="completed")
    later.clock.leap(hours=1)
    assert await later.look() == 1
    assert len(await runs(people["admin"], crawl)) == 2


async def test_times_that_were_missed_are_made_up_for_once(later: Later) -> None:
    plans, people = await filed(later.acme)
    crawl = await save(people["admin"], plans["id"], schedule={"type": "daily", "time": "12:00"})
    later.clock.leap(days=40)
    assert await later.look() == 1
    assert await later.look() == 0
    assert len(await runs(people["admin"], crawl)) == 1
    assert datetime.fromisoformat(data(await people["admin"].get(crawl_path(crawl)))["next_run_at"]) > later.clock.now()


async def test_one_that_still_runs_is_not_begun_again_but_waits_for_its_next_time(later: Later) -> None:
    plans, people = await filed(later.acme)
    hourly = {"type": "cron", "cron": f"{half_an_hour_away()} * * * *"}
    crawl = await save(people["admin"], plans["id"], schedule=hourly)
    run = data(await people["admin"].post(f"{crawl_path(crawl)}/run"), 202)
    later.clock.leap(hours=1)
    assert await later.look() == 0
    await put_run(later.acme, run["id"], status="completed")
    assert await later.look() == 0
    later.clock.leap(hours=1)
    assert await later.look() == 1
    assert len(await runs(people["admin"], crawl)) == 2


async def test_without_a_schedule_any_more_it_is_not_begun(later: Later) -> None:
    plans, people = await filed(later.acme)
    gone = await save(people["admin"], plans["id"], schedule={"type": "hourly"})
    deleted = await save(people["admin"], plans["id"], schedule={"type": "hourly"})
    data(await people["admin"].patch(crawl_path(gone), json={"schedule": None}))
    data(await people["admin"].delete(crawl_path(deleted)))
    others, _ = await filed(later.acme)
    await save(people["admin"], others["id"], schedule={"type": "hourly"})
    data(await people["admin"].delete(f"{COLLECTIONS}/{others['id']}"))
    later.clock.leap(days=2)
    assert await later.look() == 0
