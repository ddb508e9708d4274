"""A collection's graph is extracted anew beside the one that answers, and then answers anew, all at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace as replaced
from pathlib import Path

import pytest
from sqlalchemy import update

from app.jobs.tables import Job
from app.jobs.work import Failed, Later
from indexing.collections.errors import GraphNotEnabled
from indexing.documents.tables import Document
from indexing.maintenance.errors import JobAlreadyRunning, JobNotRunning
from indexing.maintenance.rebuilds import REEXTRACT
from indexing.maintenance.turn import note_failed
from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from tests.indexing.maintenance.conftest import paper, press_with
from tests.indexing.maintenance.reading import MODEL, Reader
from tests.indexing.pipeline.conftest import Bench, bench, model
from tests.indexing.pipeline.test_ingest import replace

__all__ = ["bench", "model"]


@pytest.fixture
async def reader(bench: Bench) -> Reader:
    """Three documents, read into a graph as they were indexed."""
    empty = Reader(bench, [])
    await empty.set(graph_enabled=True, graph_extraction_model=MODEL, graph_generation=1)
    return Reader(bench, (await press_with(bench, ["ada", "bob", "eve"])).ids)


@pytest.fixture
async def plain(bench: Bench) -> Reader:
    """Three documents of a collection that keeps no graph."""
    return Reader(bench, (await press_with(bench, ["ada", "bob", "eve"])).ids)


async def test_every_document_is_read_anew_and_nothing_old_is_kept(reader: Reader) -> None:
    before = await reader.known()
    assert await reader.require_one_layer() == "1.1"
    await reader.read_anew()
    assert await reader.counted() == ("queued", 3, 0, 0)
    assert await reader.work() is None
    assert await reader.counted() == ("completed", 3, 3, 0)
    assert await reader.require_one_layer() == "1.2"
    assert await reader.known() == before


async def test_until_the_last_document_is_read_the_old_graph_answers_whole(reader: Reader) -> None:
    before = await reader.known()
    await reader.read_anew()
    for _ in range(2):
        assert isinstance(await reader.work(seconds=-1), Later)
        assert (await reader.layer(), await reader.known()) == ("1.1", before)
    await reader.work()
    assert await reader.require_one_layer() == "1.2"


async def test_a_graph_that_is_switched_on_is_read_out_of_what_is_there(plain: Reader) -> None:
    assert await plain.kept() == set()
    await plain.set(graph_enabled=True, graph_extraction_model=MODEL, graph_generation=1)
    await plain.read_anew("switched_on")
    late = await plain.bench.papers.add("late.md", paper("late"))
    await plain.bench.ingest(late)
    await plain.work()
    assert await plain.counted() == ("completed", 4, 4, 0)
    assert await plain.require_one_layer() == "1.2"


async def test_a_graph_that_is_switched_off_is_dropped_and_comes_back_when_it_is_switched_on(reader: Reader) -> None:
    before = await reader.known()
    await reader.set(graph_enabled=False)
    await reader.read_anew("switched_off")
    assert await reader.work() is None
    assert await reader.kept() == set()
    assert await reader.counted() == ("idle", 0, 0, 0)
    await reader.set(graph_enabled=True)
    await reader.read_anew("switched_on")
    await reader.work()
    assert await reader.require_one_layer() == "1.2"
    assert await reader.known() == before


async def test_switched_off_in_the_middle_nothing_of_it_is_left(reader: Reader) -> None:
    await reader.read_anew()
    await reader.work(seconds=-1)
    await reader.set(graph_enabled=False)
    await reader.read_anew("switched_off")
    await reader.work()
    assert await reader.kept() == set()
    assert (await reader.collection()).graph_generation == 1


async def test_a_graph_store_that_is_away_is_waited_for_with_the_reason(reader: Reader, tmp_path: Path) -> None:
    before, here = await reader.known(), reader.bench.workshop
    await reader.read_anew()
    (tmp_path / "away").touch()
    reader.bench.workshop = replaced(here, graphs=EmbeddedGraphs(tmp_path / "away"))
    assert isinstance(await reader.work(), Later)
    state = await reader.how()
    assert state.status == "running"
    assert state.waiting_for is not None
    assert state.waiting_for.startswith("the graph store")
    reader.bench.workshop = here
    assert (await reader.layer(), await reader.known()) == ("1.1", before)
    assert await reader.work() is None
    assert await reader.require_one_layer() == "1.2"
    assert await reader.known() == before


async def test_cancelled_in_the_middle_the_old_graph_answers_and_nothing_else_is_left(reader: Reader) -> None:
    before = await reader.known()
    with pytest.raises(JobNotRunning):
        await reader.read_anew("cancel")
    await reader.read_anew()
    await reader.work(seconds=-1)
    await reader.read_anew("cancel")
    assert await reader.counted() == ("idle", 0, 0, 0)
    assert await reader.work() is None
    assert await reader.require_one_layer() == "1.1"
    assert await reader.known() == before
    await reader.read_anew()
    await reader.work()
    assert await reader.require_one_layer() == "1.3"


async def test_a_collection_without_a_graph_is_not_read(plain: Reader) -> None:
    with pytest.raises(GraphNotEnabled):
        await plain.read_anew()


async def test_one_thing_is_built_at_a_time(reader: Reader) -> None:
    await reader.read_anew()
    for refused in (reader.read_anew(), reader.ask("start")):
        with pytest.raises(JobAlreadyRunning):
            await refused
    await reader.work()
    await reader.ask("start")
    for refused in (reader.read_anew(), reader.ask("start")):
        with pytest.raises(JobAlreadyRunning):
            await refused
    await reader.run()
    assert await reader.require_one_layer() == "2.2"


async def test_two_who_start_it_at_once_start_it_once(reader: Reader) -> None:
    outcomes = await asyncio.gather(*(reader.read_anew() for _ in range(4)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["JobAlreadyRunning"] * 3 + ["NoneType"]


async def test_two_who_do_it_at_once_do_it_once(reader: Reader) -> None:
    before = await reader.known()
    await reader.read_anew()
    await asyncio.gather(*(reader.work() for _ in range(3)))
    while await reader.work() is not None:
        pass
    assert await reader.counted() == ("completed", 3, 3, 0)
    assert await reader.require_one_layer() == "1.2"
    assert await reader.known() == before


async def test_what_is_cut_anew_is_read_anew(reader: Reader) -> None:
    before = await reader.known()
    await reader.set(chunk_size=64, chunk_overlap=0)
    await reader.ask("start")
    assert isinstance(await reader.run(seconds=-1), Later)
    assert (await reader.layer(), await reader.known()) == ("1.1", before)
    await reader.run()
    assert await reader.require_one_generation() == 2
    assert await reader.require_one_layer() == "2.1"


async def test_a_graph_that_is_switched_on_while_the_collection_is_cut_anew_is_read_out_of_the_new_chunks(
    plain: Reader,
) -> None:
    await plain.set(chunk_size=64, chunk_overlap=0)
    await plain.ask("start")
    await plain.run(seconds=-1)
    await plain.set(graph_enabled=True, graph_extraction_model=MODEL, graph_generation=1)
    await plain.read_anew("switched_on")
    waiting = await plain.work()
    assert isinstance(waiting, Later)
    assert (await plain.how()).waiting_for == waiting.reason
    assert "re-chunk" in waiting.reason
    assert await plain.run() is None
    assert await plain.work() is None
    assert await plain.require_one_layer() == "2.2"


async def test_a_document_that_comes_meanwhile_is_in_both_graphs(reader: Reader) -> None:
    await reader.read_anew()
    await reader.work(seconds=-1)
    late = await reader.bench.papers.add("late.md", paper("late"))
    await reader.bench.ingest(late)
    assert (await reader.known())[late]
    await reader.work()
    assert await reader.counted() == ("completed", 4, 4, 0)
    assert await reader.require_one_layer() == "1.2"


async def test_a_document_replaced_meanwhile_is_known_by_what_it_says_now(reader: Reader) -> None:
    await reader.read_anew()
    await reader.work(seconds=-1)
    await replace(reader.bench, reader.ids[0], b"They sail to Zanzibar. The island of Zanzibar lies in the sea.")
    await reader.bench.ingest(reader.ids[0])
    while await reader.work() is not None:
        pass
    assert await reader.require_one_layer() == "1.2"
    known = await reader.known()
    assert "zanzibar" in known[reader.ids[0]]
    assert "paragraph" not in known[reader.ids[0]]


async def test_a_document_replaced_and_not_read_yet_is_known_by_what_it_answers_with(reader: Reader) -> None:
    before = await reader.known()
    await replace(reader.bench, reader.ids[0], b"They sail to Zanzibar. The island of Zanzibar lies in the sea.")
    await reader.read_anew()
    await reader.work()
    assert await reader.known() == before
    await reader.bench.ingest(reader.ids[0])
    assert await reader.require_one_layer() == "1.2"
    assert "zanzibar" in (await reader.known())[reader.ids[0]]


@pytest.mark.parametrize("erased", [False, True])
async def test_a_document_deleted_meanwhile_is_left_out(reader: Reader, erased: bool) -> None:
    await reader.read_anew()
    await reader.work(seconds=-1)
    gone = reader.ids.pop()
    async with reader.bench.workshop.transactions.open(reader.reach) as transaction:
        document = await transaction.session.get_one(Document, gone)
        if erased:
            await transaction.session.delete(document)
        else:
            document.deleted_at = transaction.clock.now()
    await reader.work()
    assert (await reader.counted())[0] == "completed"
    assert await reader.layer() == "1.2"
    assert set(await reader.known()) == set(reader.ids)


async def test_a_collection_deleted_meanwhile_is_left_alone(reader: Reader) -> None:
    await reader.read_anew()
    await reader.set(deleted_at=reader.bench.workshop.transactions.clock.now())
    assert await reader.work() is None


async def test_a_job_that_ended_without_a_word_is_shown_as_failed_and_can_be_started_anew(reader: Reader) -> None:
    await reader.read_anew()
    async with reader.bench.workshop.transactions.open(reader.reach) as transaction:
        ending = update(Job).where(Job.subject_id == reader.bench.papers.id).values(state="failed", active_key=None)
        await transaction.session.execute(ending)
    assert (await reader.how()).status == "failed"
    await reader.read_anew()
    await reader.work()
    assert (await reader.how()).status == "completed"
    assert await reader.require_one_layer() == "1.3"


async def test_a_failure_that_is_noted_is_shown_and_leaves_what_answers(reader: Reader) -> None:
    before = await reader.known()
    await reader.read_anew()
    await reader.work(seconds=-1)
    why = Failed("WORK_ABANDONED", "Gave up.")
    await note_failed(reader.bench.workshop.transactions, REEXTRACT, reader.held(), why)
    state = await reader.how()
    assert (state.status, state.error_code, state.error_message) == ("failed", "WORK_ABANDONED", "Gave up.")
    assert await reader.work() is None
    assert await reader.known() == before
    assert await reader.require_one_layer() == "1.1"
