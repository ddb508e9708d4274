"""A change made in one process counts for the very next decision in another, whatever that one remembers."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from acl.facts import Effect
from acl.permission import Permission
from acl.ref import ResourceRef
from acl.tables import AccessEntry
from app.db.tenancy import Reach
from tests.acl.changes import ENDS, GAINS, LOSSES, TURNED_AWAY, Deed, Stage, stage
from tests.acl.levers import levers
from tests.world.beside import Beside, beside
from tests.world.by_night import by_night
from tests.world.patience import PATIENCE
from tests.world.people import Organisation, organisation
from tests.world.platform import Running
from tests.world.shelves import shelf

Change = Callable[[Stage], Awaitable[Deed]]
LEAST = {"found": {"secret": 20}, "shown": {"public": 20}}  # how often, to have been looking at all


@pytest.fixture(scope="module")
async def other(running: Running) -> AsyncIterator[Beside]:
    async with beside(running) as process:
        yield process


@pytest.fixture
async def on(acme: Organisation) -> Stage:
    return await stage(acme)


async def answers(other: Beside, on: Stage) -> set[str]:
    """What the other process says of the document: to somebody let in long ago, and to a request of this moment."""
    held = await other.sees(on.user, on.acme.id, [on.document])
    async with other.client(on.acme.people["user"].key) as client:
        asked = await client.get("/v1/reading-room/documents", params={"document_id": on.document})
    said = asked.json()
    fresh = [shown["document_id"] for shown in said["data"]] if asked.status_code == 200 else said["error"]["code"]
    return {str(held), str(fresh)}


async def warm(other: Beside, on: Stage) -> set[str]:
    """Have the other process learn everything it can remember; twice, so that it answers from memory."""
    await other.ask("admit", who=on.user, key=on.acme.people["user"].key)
    before = await answers(other, on)
    assert await answers(other, on) == before
    return before


@pytest.mark.parametrize("change", LOSSES, ids=lambda change: change.__name__)
async def test_who_loses_a_right_does_so_at_once(other: Beside, on: Stage, change: Change) -> None:
    deed = await change(on)
    assert await warm(other, on) == {str([on.document])}
    await deed()
    assert await answers(other, on) == {"[]"}


@pytest.mark.parametrize("change", GAINS, ids=lambda change: change.__name__)
async def test_who_gains_a_right_does_so_at_once(other: Beside, on: Stage, change: Change) -> None:
    deed = await change(on)
    assert await warm(other, on) == {"[]"}
    await deed()
    assert await answers(other, on) == {str([on.document])}


@pytest.mark.parametrize("change", ENDS, ids=lambda change: change.__name__)
async def test_who_may_not_come_in_any_more_is_turned_away_at_once(other: Beside, on: Stage, change: Change) -> None:
    deed = await change(on)
    assert await warm(other, on) == {str([on.document])}
    await deed()
    assert await answers(other, on) == {TURNED_AWAY}


async def test_an_entry_ends_by_the_clock_alone(other: Beside, on: Stage) -> None:
    """Nothing is written at that moment, and so no epoch moves."""
    await warm(other, on)
    for seconds in (0.5, 5, 30):  # the first is enough, but where two questions take longer
        earliest = on.now + timedelta(seconds=seconds)
        await on.enter(Effect.ALLOW, seconds=seconds)
        latest = on.now + timedelta(seconds=seconds)
        seen = [await answers(other, on) for _ in range(2)]
        if on.now < earliest:
            break
    assert seen == [{str([on.document])}] * 2
    await asyncio.sleep((latest - on.now).total_seconds() + 0.01)
    assert await answers(other, on) == {"[]"}


class Undone(Exception):
    """Something went wrong before the commit."""


async def test_what_is_not_committed_counts_in_its_own_transaction_alone(other: Beside, on: Stage) -> None:
    """And is remembered nowhere: once it is undone, it was never there."""
    entry = await on.enter(Effect.ALLOW)
    platform, ref = on.acme.running.platform, ResourceRef.document(on.document)
    caller = (await platform.credentials.admit(on.acme.people["user"].key)).caller
    assert await warm(other, on) == {str([on.document])}
    with suppress(Undone):
        async with on.changing() as transaction:
            (await transaction.session.get_one(AccessEntry, entry)).ace_type = Effect.DENY
            await transaction.session.flush()
            assert not await platform.access.resolver(transaction.session).can(caller, ref, Permission.READ)
            assert await answers(other, on) == {str([on.document])}
            raise Undone
    assert await answers(other, on) == {str([on.document])}
    async with platform.transactions.open(Reach.one(on.acme.id), writes=False) as transaction:
        assert await platform.access.resolver(transaction.session).can(caller, ref, Permission.READ)


async def frames_of(other: Beside, on: Stage, seen: asyncio.Event) -> list[Any]:
    """Everything a run says until it ends."""
    said = []
    params: dict[str, Any] = {"document_id": on.document, "steps": 400, "pause": 0.02}
    async with (
        other.client(on.acme.people["user"].key) as client,
        client.stream("GET", "/v1/reading-room/run", params=params) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                said.append(json.loads(line.removeprefix("data: ")))
                seen.set()
                if len(said) > 1 and "code" not in said[-1] and not said[-1]["shown"] and not said[-2]["shown"]:
                    break
    return said


@pytest.mark.parametrize("change", LOSSES, ids=lambda change: change.__name__)
async def test_a_run_under_way_retrieves_nothing_more_that_was_taken_away(
    other: Beside, on: Stage, change: Change
) -> None:
    deed, seen = await change(on), asyncio.Event()
    reading = asyncio.create_task(frames_of(other, on, seen))
    await asyncio.wait_for(seen.wait(), PATIENCE)
    await deed()
    changed = time.monotonic()  # one clock for all processes of a machine
    said = await asyncio.wait_for(reading, PATIENCE)
    assert [frame for frame in said if frame.get("began", 0) > changed and frame["shown"]] == []
    assert [frame for frame in said if frame.get("shown")], "it had something to lose"


@pytest.mark.parametrize("change", ENDS, ids=lambda change: change.__name__)
async def test_a_run_of_somebody_turned_away_ends(other: Beside, on: Stage, change: Change) -> None:
    deed, seen = await change(on), asyncio.Event()
    reading = asyncio.create_task(frames_of(other, on, seen))
    await asyncio.wait_for(seen.wait(), PATIENCE)
    await deed()
    changed = time.monotonic()
    said = await asyncio.wait_for(reading, PATIENCE)
    assert said[-1]["code"] == TURNED_AWAY
    assert [frame for frame in said if frame.get("began", 0) > changed] == []


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [1_000, *by_night([10_000])])
async def test_no_interleaving_of_revoking_and_reading_gives_a_stale_answer(
    running: Running, other: Beside, rounds: int
) -> None:
    """Whatever was committed here before a question was put there is in its answer; four tenants at the same time."""
    tenants = [await organisation(running) for _ in range(4)]
    stages = [await stage(tenant) for tenant in tenants]
    stale = await asyncio.gather(
        *(interleaved(other, on, rounds // len(stages), random.Random(seed)) for seed, on in enumerate(stages))
    )
    assert sum(stale) == 0
    for tenant in tenants:
        await tenant.aclose()


async def interleaved(other: Beside, on: Stage, rounds: int, rng: random.Random) -> int:
    """Change and ask, hand over hand; says how many answers were not of the moment they were asked for at."""
    all_of_them, stale = await levers(on), 0
    await other.ask("admit", who=on.user, key=on.acme.people["user"].key)
    for _ in range(rounds):
        for lever in rng.sample(all_of_them, rng.choice((0, 1, 1, 1))):
            await lever.pull()
        asked = rng.sample(all_of_them, rng.randint(1, len(all_of_them)))
        seen = await other.sees(on.user, on.acme.id, [lever.document for lever in asked])
        stale += seen != [lever.document for lever in asked if lever.opens]
    return stale


@pytest.mark.slow
async def test_what_is_added_after_a_deny_is_never_shown(other: Beside, on: Stage, tmp_path: Path) -> None:
    """Deny, then write the secret; who reads all the while shows what they found before and never the secret."""
    store, until = tmp_path / "store", tmp_path / "until"
    await other.ask("admit", who=on.user, key=on.acme.people["user"].key)
    rng, rounds, writing = random.Random(7), 240, writer(store)
    writing(on.document, "nothing")
    watching = asyncio.create_task(
        other.ask("watch", who=on.user, tenant_id=on.acme.id, file=str(store), until=str(until), least=LEAST)
    )
    while not watching.done():
        if rounds == 0:
            until.touch()
        rounds -= 1
        at = Stage(on.acme, await shelf(on.acme, "plan"))
        await at.enter(Effect.ALLOW)
        writing(at.document, "public")
        await asyncio.sleep(rng.random() * 0.01)
        on_the_document = rng.random() < 0.5
        await at.enter(Effect.DENY, on=at.document if on_the_document else at.shelf.id)
        if on_the_document:
            writing(at.document, "secret")
        else:
            await at.shelf.hold("added")
            writing(at.shelf.documents["added"], "secret")
        await asyncio.sleep(rng.random() * 0.01)
    counted = await watching
    assert "secret" not in counted["shown"], counted


def writer(store: Path) -> Callable[[str, str], None]:
    """Say what is in a store, all at once."""

    def write(document: str, word: str) -> None:
        draft = store.with_suffix(".draft")
        draft.write_text(f"{document} {word}")
        draft.replace(store)

    return write
