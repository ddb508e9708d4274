"""How far a run is, is told as it happens to those who may read its collection, and looked at once for all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import event

from acl.permission import OWNER, VIEWER
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.errors import Unavailable
from indexing.crawls.progress import Progress, Told
from indexing.crawls.tables import CrawlJob
from tests.indexing.crawls.http.crawling import begin, path_of, put_run
from tests.indexing.documents.filing import deny, filed, let
from tests.indexing.documents.test_watching import Heard, events, hear
from tests.world.models import code, data
from tests.world.patience import PATIENCE, until
from tests.world.people import Organisation
from tests.world.platform import Running


@asynccontextmanager
async def listening(
    client: httpx.AsyncClient, job: dict[str, Any], **headers: str
) -> AsyncIterator[AsyncIterator[Heard]]:
    """Listen to a run."""
    async with asyncio.timeout(PATIENCE), client.stream("GET", f"{path_of(job)}/stream", headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield events(answer)


async def test_a_run_is_told_of_at_once_then_as_it_moves_and_then_how_it_ended(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await begin(people["admin"], plans["id"])
    began = time.monotonic()
    async with listening(people["admin"], made) as heard:
        first = await anext(heard)
        assert (first.event, first.data) == ("progress", made)
        await put_run(acme, made["id"], status="running", pages_fetched=1)
        await put_run(acme, made["id"], pages_fetched=2)
        told = [await anext(heard)]
        while told[-1].data["pages_fetched"] < 2:  # on a busy machine two seconds may lie between the two moves
            told.append(await anext(heard))
        second = told[-1]
        assert {one.event for one in told} == {"progress"}
        assert time.monotonic() - began > 1.5 * len(told), "at most every two seconds"
        await put_run(acme, made["id"], status="completed", pages_fetched=3)
        last = [one async for one in heard]
    assert [(one.event, one.data["status"], one.data["pages_fetched"]) for one in last] == [
        ("completed", "completed", 3)
    ]
    assert [int(one.id) for one in (first, second, *last)] == [1, 3, 4]


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
async def test_a_run_that_has_ended_says_so_and_the_stream_ends(acme: Organisation, status: str) -> None:
    plans, people = await filed(acme)
    made = await begin(people["admin"], plans["id"])
    await put_run(acme, made["id"], status=status)
    path = f"{path_of(made)}/stream"
    (only,) = await hear(people["admin"], path)
    assert (only.event, only.data["status"]) == (status, status)
    for earlier in ("0", "1", "nonsense", "99999", "-1"):
        assert await hear(people["admin"], path, last=earlier) == [only]
    done = await people["admin"].get(path, headers={"Last-Event-ID": only.id})
    assert (done.status_code, done.content) == (204, b"")


async def test_who_is_cut_off_is_told_when_to_come_back(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await begin(people["admin"], plans["id"])
    await put_run(acme, made["id"], status="completed")
    whole = await people["admin"].get(f"{path_of(made)}/stream")
    assert whole.text.startswith("retry: 3000\n\nid: 2\nevent: completed\ndata: {")


async def test_who_comes_back_hears_nothing_twice(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await begin(people["admin"], plans["id"])
    async with listening(people["admin"], made) as heard:
        first = await anext(heard)
    async with listening(people["admin"], made, **{"Last-Event-ID": first.id}) as heard:
        coming = asyncio.ensure_future(anext(heard))
        assert not (await asyncio.wait({coming}, timeout=0.6))[0]
        await put_run(acme, made["id"], status="running")
        assert (await coming).data["status"] == "running"


async def test_a_watcher_who_loses_read_is_cut_off_and_the_others_are_not(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve", VIEWER)
    made = await begin(people["admin"], plans["id"])
    async with listening(people["eve"], made) as hers, listening(people["admin"], made) as ours:
        await anext(hers), await anext(ours)
        await deny(acme, plans["id"], "eve", OWNER)
        last = [one async for one in hers]
        assert [(one.event, one.data["code"]) for one in last] == [("error", "COLLECTION_NOT_FOUND")]
        await put_run(acme, made["id"], status="completed")
        assert [one.event async for one in ours] == ["completed"]
    assert code(await people["eve"].get(f"{path_of(made)}/stream")) == (404, "COLLECTION_NOT_FOUND")


async def test_a_run_that_is_not_there_any_more_ends_its_streams(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await begin(people["admin"], plans["id"])
    async with listening(people["admin"], made) as heard:
        await anext(heard)
        async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
            await transaction.session.delete(await transaction.session.get_one(CrawlJob, made["id"]))
        (last,) = [one async for one in heard]
    assert (last.event, last.data["code"]) == ("error", "CRAWL_JOB_NOT_FOUND")


async def test_a_thousand_watchers_cost_one_look_and_none_misses_the_end(running: Running, acme: Organisation) -> None:
    plans, people = await filed(acme)
    runs = [await begin(people["admin"], plans["id"]) for _ in range(3)]
    platform = running.platform
    progress, asked = Progress(platform.transactions, pause=0.05), list[str]()
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        first = [Told(await transaction.session.get_one(CrawlJob, run["id"])) for run in runs]

    async def watch(told: Told) -> list[int]:
        heard, changes = [], None
        with progress.watching(told) as watched:
            while True:
                now = await watched.beyond(changes)
                heard.append(changes := now.changes)
                if now.ended:
                    return heard

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "mod_scaimatrix_crawl_jobs" in statement and statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(platform.database.lanes, "before_cursor_execute", note)
    watchers = [asyncio.create_task(watch(told)) for told in first for _ in range(334)]
    began = time.monotonic()
    await until(lambda: len(asked) >= 5)
    idle, seconds = len(asked), time.monotonic() - began
    assert idle <= seconds / progress.pause + 2, "one statement a look"
    for run in runs:
        await put_run(acme, run["id"], status="running")
        await put_run(acme, run["id"], status="completed")
    heard = await asyncio.wait_for(asyncio.gather(*watchers), PATIENCE)
    event.remove(platform.database.lanes, "before_cursor_execute", note)
    assert len(heard) == 1002
    assert {(one[0], one[-1]) for one in heard} == {(1, 3)}
    assert all(one == sorted(set(one)) for one in heard)
    await until(lambda: progress._looking is None)
    await progress.aclose()


class Broken:
    """A database of which nobody foresaw what it would say, once."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions, self._said = transactions, False

    async def look(self, look: Any) -> Any:
        if not self._said:
            self._said = True
            raise ValueError("nobody foresaw this")
        return await self._transactions.look(look)


async def test_a_look_that_fails_leaves_nobody_waiting_and_the_next_who_comes_is_told(
    running: Running, acme: Organisation
) -> None:
    plans, people = await filed(acme)
    made = await begin(people["admin"], plans["id"])
    transactions = running.platform.transactions
    progress = Progress(cast("Transactions", Broken(transactions)), pause=0.01)
    async with transactions.open(Reach.one(acme.id), writes=False) as transaction:
        first = Told(await transaction.session.get_one(CrawlJob, made["id"]))
    with progress.watching(first) as watched, pytest.raises(Unavailable):
        await watched.beyond(first.changes)
    with progress.watching(first) as watched:
        await put_run(acme, made["id"], status="running")
        assert (await asyncio.wait_for(watched.beyond(first.changes), PATIENCE)).job.status == "running"
    await progress.aclose()


async def test_watchers_are_forgotten_with_their_connections(running: Running, acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await begin(people["admin"], plans["id"])
    progress = running.platform.crawls
    for _ in range(3):
        async with listening(people["admin"], made) as heard:
            await anext(heard)
            assert made["id"] in progress._watched
    await until(lambda: made["id"] not in progress._watched)
    data(await people["admin"].get(path_of(made)))
