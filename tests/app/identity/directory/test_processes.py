"""Two processes on one database: the reading that began later counts, whichever ends first."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.identity.directory.world import Followed, followed, where
from tests.world.databases import empty_database
from tests.world.directory import Held
from tests.world.patience import PATIENCE, eventually
from tests.world.platform import running, settings_for
from tests.world.scaikey import ScaiKey


@pytest.fixture
async def pair(provider: ScaiKey) -> AsyncIterator[tuple[Followed, Followed]]:
    """One tenant, as seen by each of two platforms on one database."""
    with tempfile.TemporaryDirectory() as folder, empty_database(Path(folder)) as address:
        settings = settings_for(Path(folder), address, scaikey=where(provider))
        async with running(settings) as one, running(settings) as two, followed(one, provider) as here:
            yield here, replace(here, running=two)


async def test_a_slow_old_reading_does_not_undo_a_newer_one(pair: tuple[Followed, Followed]) -> None:
    one, two = pair
    one.group("staff", "ada")
    await one.follow()
    old = Held(f"{one.id_of('staff')}/members")
    one.directory.before = old
    await one.tell()
    await asyncio.wait_for(old.arrived.wait(), PATIENCE)  # its answer, still with ada, is held
    one.group("staff", "ben")
    newer = await two.follow()
    assert await two.edges() == {"staff": {"ben?"}}
    old.free.set()
    await asyncio.sleep(0.5)
    now = await one.mirror()
    assert now is not None
    assert (now.applied, now.failures) == (newer.applied, 0)
    assert await one.edges() == {"staff": {"ben?"}}


async def test_a_slow_old_failure_does_not_make_a_newer_reading_one(pair: tuple[Followed, Followed]) -> None:
    one, two = pair
    one.group("staff", "ada")
    await one.follow()
    old = Held(f"{one.id_of('staff')}/members")
    one.directory.before = old
    await one.tell()
    await asyncio.wait_for(old.arrived.wait(), PATIENCE)
    await two.follow()
    one.directory.twist = lambda *_: (500, {})
    old.free.set()
    await asyncio.sleep(0.5)
    now = await one.mirror()
    assert now is not None
    assert (now.failures, now.fault) == (0, None)


async def test_what_one_process_heard_and_read_the_other_serves_at_once(pair: tuple[Followed, Followed]) -> None:
    one, two = pair
    await two.arrive("ada")
    one.group("staff", "ada")
    await one.follow()
    caller = (await two.running.platform.credentials.admit(two.provider.token("ada", two.external))).caller
    assert caller.groups == {await one.ours("staff")}


async def test_each_reading_is_made_by_one_process(pair: tuple[Followed, Followed]) -> None:
    one, _ = pair

    async def read() -> bool:
        mirror = await one.mirror()
        return mirror is not None and mirror.applied > 0

    await eventually(read)
    asked = one.directory.asked["groups"]
    await asyncio.sleep(1)
    assert one.directory.asked["groups"] == asked
    mirror = await one.mirror()
    assert mirror is not None
    assert mirror.begun == 1


async def test_both_reading_at_once_end_in_what_is_there(pair: tuple[Followed, Followed]) -> None:
    one, two = pair
    for number in range(12):
        one.group("staff", f"p{number}", inside=("legal",))
        one.group("legal", f"q{number}")
        await asyncio.gather(one.tell(), two.tell())
        await asyncio.sleep(0.05)

    async def is_last() -> bool:
        return await two.edges() == {"staff": {"p11?", "/legal"}, "legal": {"q11?"}}

    await eventually(is_last)


async def test_a_process_that_stops_in_the_middle_leaves_the_rest_to_the_other(provider: ScaiKey) -> None:
    with tempfile.TemporaryDirectory() as folder, empty_database(Path(folder)) as address:
        settings = settings_for(Path(folder), address, scaikey=where(provider))
        async with running(settings) as two:
            async with running(settings) as one, followed(one, provider) as here:
                here.group("staff", "ada")
                await here.follow()
                held = Held("/members", every=True)  # the other one may take it up before it is looked at
                here.directory.before = held
                here.group("staff", "ben")
                await here.tell()
                await asyncio.wait_for(held.arrived.wait(), PATIENCE)
            there = replace(here, running=two)
            assert await there.edges() == {"staff": {"ada?"}}
            held.free.set()

            async def is_new() -> bool:
                return await there.edges() == {"staff": {"ben?"}}

            await eventually(is_new)
