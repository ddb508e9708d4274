"""A collection is cut anew beside what answers, and then answers anew, all at once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from app.db.tenancy import Reach
from app.jobs.tables import Job
from app.jobs.work import Failed, Later
from indexing.documents.tables import Document
from indexing.maintenance.errors import JobAlreadyRunning, JobNotRunning
from indexing.maintenance.rebuilds import RECHUNK
from indexing.maintenance.turn import note_failed
from tests.indexing.maintenance.conftest import Press, paper
from tests.indexing.pipeline.test_ingest import replace
from tests.world.openai_answers import error

GAVE_UP = Failed("WORK_ABANDONED", "Gave up.")


async def test_every_document_is_cut_anew_and_nothing_old_is_kept(press: Press) -> None:
    before = await press.answering()
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    assert await press.numbers() == ("queued", 3, 0, 0)
    assert await press.run() is None
    assert await press.numbers() == ("completed", 3, 3, 0)
    after = await press.answering()
    assert all(len(after[id_]) > len(before[id_]) for id_ in press.ids)
    assert await press.require_one_generation() == 2


async def test_what_is_said_as_before_is_not_embedded_again(press: Press) -> None:
    asked = press.bench.model.texts.total()
    await press.ask("start")
    await press.run()
    assert press.bench.model.texts.total() == asked
    assert await press.require_one_generation() == 2


async def test_the_old_chunks_answer_until_the_last_new_one_is_there(press: Press) -> None:
    before = await press.answering()
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    press.bench.model.pause.clear()
    running = asyncio.create_task(press.run())
    await until(press, lambda status, *_: status == "running")
    assert await press.answering() == before
    assert (await press.collection()).generation == 1
    press.bench.model.pause.set()
    await running
    assert await press.require_one_generation() == 2


async def until(press: Press, holds: object) -> None:
    """Wait until what is shown of it is so."""
    async with asyncio.timeout(60):
        while not holds(*await press.numbers()):  # type: ignore[operator]  # noqa: ASYNC110 - it tells nobody else
            await asyncio.sleep(0.01)


async def test_an_empty_collection_is_done_at_once(press: Press) -> None:
    async with press.bench.workshop.transactions.open(press.reach) as transaction:
        for id_ in press.ids:
            (await transaction.session.get_one(Document, id_)).deleted_at = transaction.clock.now()
    await press.ask("start")
    assert await press.run() is None
    assert await press.numbers() == ("completed", 0, 0, 0)
    assert (await press.collection()).generation == 2


async def test_what_it_is_cut_by_is_what_the_collection_said_at_the_start(press: Press) -> None:
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    await press.run(seconds=-1)
    await press.set(chunk_size=512)
    while await press.run() is not None:
        pass
    sizes = {len(text) for said in (await press.answering()).values() for text, _ in said}
    assert max(sizes) < 64 * 8


async def test_a_second_start_is_refused_while_it_waits_runs_or_is_paused(press: Press) -> None:
    await press.ask("start")
    with pytest.raises(JobAlreadyRunning):
        await press.ask("start")
    await press.ask("pause")
    with pytest.raises(JobAlreadyRunning):
        await press.ask("start")
    await press.ask("resume")
    await press.run()
    await press.ask("start")
    await press.run()
    assert await press.require_one_generation() == 3


async def test_two_who_start_it_at_once_start_it_once(press: Press) -> None:
    outcomes = await asyncio.gather(*(press.ask("start") for _ in range(4)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["JobAlreadyRunning"] * 3 + ["NoneType"]


@pytest.mark.parametrize("deed", ["pause", "resume", "cancel"])
async def test_nothing_under_way_is_neither_paused_resumed_nor_cancelled(press: Press, deed: str) -> None:
    with pytest.raises(JobNotRunning):
        await press.ask(deed)


async def test_paused_it_stops_and_resumed_it_goes_on(press: Press) -> None:
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    press.bench.model.pause.clear()
    running = asyncio.create_task(press.run())
    await until(press, lambda status, *_: status == "running")
    await press.ask("pause")
    press.bench.model.pause.set()
    assert await running is None
    assert (await press.collection()).generation == 1
    state = await press.state()
    assert (state.status, state.paused, state.waiting_for) == ("queued", True, "somebody to resume it")
    assert await press.run() is None
    assert (await press.collection()).generation == 1
    await press.ask("resume")
    await press.run()
    assert (await press.numbers())[0] == "completed"
    assert await press.require_one_generation() == 2


async def test_cancelled_it_leaves_what_answers_and_nothing_else(press: Press) -> None:
    before = await press.answering()
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    await press.run(seconds=-1)
    press.bench.model.pause.clear()
    running = asyncio.create_task(press.run())
    await until(press, lambda status, *_: status == "running")
    await press.ask("cancel")
    press.bench.model.pause.set()
    await running
    await press.run()
    assert await press.numbers() == ("idle", 0, 0, 0)
    assert await press.answering() == before
    assert await press.require_one_generation() == 1


async def test_begun_anew_after_a_cancelling_it_takes_nothing_of_the_cancelled_for_its_own(press: Press) -> None:
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    await press.run(seconds=-1)
    await press.ask("cancel")
    await press.set(chunk_size=2048)
    await press.ask("start")
    await press.run()
    assert await press.numbers() == ("completed", 3, 3, 0)
    assert await press.require_one_generation() == 3
    assert all(len(said) == 1 for said in (await press.answering()).values())


async def test_it_lets_others_in_and_goes_on_afterwards(press: Press) -> None:
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    outcome = await press.run(seconds=-1)
    assert isinstance(outcome, Later)
    assert outcome.seconds == 0
    assert (await press.numbers())[0] == "running"
    while outcome is not None:
        outcome = await press.run(seconds=-1)
    assert await press.numbers() == ("completed", 3, 3, 0)
    assert await press.require_one_generation() == 2


async def test_a_text_that_a_power_cut_has_spoilt_is_read_out_of_its_file_again(press: Press) -> None:
    blobs, before = press.bench.workshop.blobs, await press.answering()
    async with press.bench.workshop.transactions.open(press.reach) as transaction:
        key = (await transaction.session.get_one(Document, press.ids[1])).blob_key
    whole = await blobs.get(f"{key}/text") or b""
    await blobs.put(f"{key}/text", whole[: len(whole) // 2])
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    await press.run()
    assert await press.numbers() == ("completed", 3, 3, 0)
    assert len((await press.answering())[press.ids[1]]) > len(before[press.ids[1]])
    assert await blobs.get(f"{key}/text") == whole


async def test_a_document_that_cannot_be_cut_any_more_keeps_its_chunks(press: Press) -> None:
    before = await press.answering()
    async with press.bench.workshop.transactions.open(press.reach) as transaction:
        key = (await transaction.session.get_one(Document, press.ids[1])).blob_key
    await press.bench.workshop.blobs.delete(key or "")
    await press.bench.workshop.blobs.delete(f"{key}/text")
    asked = press.bench.model.texts.total()
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    await press.run()
    assert await press.numbers() == ("completed", 3, 3, 1)
    after = await press.answering()
    kept = press.ids[1]
    assert after[kept] == [(text, 2) for text, _ in before[kept]]
    assert len(after[press.ids[0]]) > len(before[press.ids[0]])
    assert all(
        f"{text}" not in press.bench.model.texts or press.bench.model.texts[text] == 1 for text, _ in after[kept]
    )
    assert press.bench.model.texts.total() > asked
    assert await press.require_one_generation() == 2


async def test_a_vector_store_that_is_away_is_waited_for(press: Press) -> None:
    before = await press.answering()
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    press.bench.vectors.go_away()
    outcome = await press.run()
    assert isinstance(outcome, Later)
    assert "vector store" in outcome.reason
    assert (await press.state()).waiting_for == outcome.reason
    assert await press.numbers() == ("running", 3, 0, 0)
    press.bench.vectors.come_back()
    assert await press.answering() == before
    await press.run()
    assert await press.require_one_generation() == 2


async def test_an_embedding_model_that_is_away_is_waited_for(press: Press) -> None:
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    press.bench.model.fails = error(500)
    outcome = await press.run()
    assert isinstance(outcome, Later)
    assert "embedding model" in outcome.reason
    press.bench.model.fails = None
    await press.run()
    assert await press.numbers() == ("completed", 3, 3, 0)


async def test_a_document_that_comes_meanwhile_is_cut_anew_too(press: Press) -> None:
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    await press.run(seconds=-1)
    late = await press.bench.papers.add("late.md", paper("late"))
    await press.bench.ingest(late)
    press.ids.append(late)
    await press.run()
    assert await press.numbers() == ("completed", 4, 4, 0)
    assert await press.require_one_generation() == 2


async def test_a_document_that_is_still_being_read_at_the_switch_goes_on_in_the_new_generation(press: Press) -> None:
    late = await press.bench.papers.add("late.md", paper("late"))
    press.bench.model.pause.clear()
    reading = asyncio.create_task(press.bench.ingest(late))
    await press.bench.until(late, "embedding")
    await press.ask("start")
    assert await press.run() is None
    assert (await press.collection()).generation == 2
    press.bench.model.pause.set()
    await reading
    press.ids.append(late)
    await press.run()
    assert await press.require_one_generation() == 2
    assert len((await press.answering())[late]) > 0


async def test_a_document_replaced_meanwhile_answers_by_what_it_answers_with_and_then_anew(press: Press) -> None:
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    await press.run(seconds=-1)
    replaced = press.ids[0]
    await replace(press.bench, replaced, b"Something else altogether.")
    old = (await press.answering())[replaced]
    while await press.run() is not None:
        pass
    assert (await press.numbers())[0] == "completed"
    assert "".join(text for text, _ in (await press.answering())[replaced]).split()[:5] == old[0][0].split()[:5]
    await press.bench.ingest(replaced)
    assert await press.answering() | {replaced: [("Something else altogether.", 2)]} == await press.answering()
    assert await press.require_one_generation() == 2


async def test_a_document_replaced_and_read_after_it_was_cut_is_cut_again_before_the_switch(press: Press) -> None:
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    await press.run(seconds=-1)
    replaced = press.ids[0]
    await replace(press.bench, replaced, b"Something else altogether.")
    await press.bench.ingest(replaced)
    while await press.run() is not None:
        pass
    assert (await press.answering())[replaced] == [("Something else altogether.", 2)]
    assert await press.require_one_generation() == 2


@pytest.mark.parametrize("erased", [False, True])
async def test_a_document_deleted_meanwhile_is_left_out(press: Press, erased: bool) -> None:
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    press.bench.model.pause.clear()
    running = asyncio.create_task(press.run())
    await until(press, lambda status, *_: status == "running")
    gone = press.ids.pop()
    async with press.bench.workshop.transactions.open(press.reach) as transaction:
        document = await transaction.session.get_one(Document, gone)
        if erased:
            await transaction.session.delete(document)
        else:
            document.deleted_at = transaction.clock.now()
    press.bench.model.pause.set()
    await running
    assert (await press.numbers())[0] == "completed"
    assert (await press.numbers())[2] in {2, 3}
    assert (await press.collection()).generation == 2


async def test_a_collection_deleted_meanwhile_is_left_alone(press: Press) -> None:
    await press.ask("start")
    await press.set(deleted_at=press.bench.workshop.transactions.clock.now())
    assert await press.run() is None


async def test_whoever_lost_the_lease_writes_nothing_more(press: Press) -> None:
    await press.set(chunk_size=64, chunk_overlap=0)
    await press.ask("start")
    press.bench.model.pause.clear()
    first = asyncio.create_task(press.run())
    await until(press, lambda status, *_: status == "running")
    press.bench.model.pause.set()
    second = asyncio.create_task(press.run())
    assert await first is None
    while await second is not None:
        second = asyncio.create_task(press.run())
    assert await press.numbers() == ("completed", 3, 3, 0)
    assert await press.require_one_generation() == 2


async def test_a_job_that_ended_without_a_word_is_shown_as_failed_and_can_be_started_anew(press: Press) -> None:
    await press.ask("start")
    async with press.bench.workshop.transactions.open(Reach.one(press.bench.papers.tenant_id)) as transaction:
        ending = update(Job).where(Job.subject_id == press.bench.papers.id).values(state="failed", active_key=None)
        await transaction.session.execute(ending)
    assert (await press.state()).status == "failed"
    await press.ask("start")
    await press.run()
    assert (await press.state()).status == "completed"


async def test_a_failure_that_is_noted_is_shown_and_leaves_what_answers(press: Press) -> None:
    before = await press.answering()
    await press.ask("start")
    await note_failed(press.bench.workshop.transactions, RECHUNK, press.held(), GAVE_UP)
    state = await press.state()
    assert (state.status, state.error_code, state.error_message) == ("failed", "WORK_ABANDONED", "Gave up.")
    assert (await press.numbers())[0] == "failed"
    assert await press.run() is None
    assert await press.answering() == before
    await press.ask("start")
    await press.run()
    assert (await press.state()).error_code is None
    assert await press.require_one_generation() == 3


async def test_what_has_ended_already_does_not_fail_afterwards(press: Press) -> None:
    await press.ask("start")
    await press.run()
    await note_failed(press.bench.workshop.transactions, RECHUNK, press.held(), GAVE_UP)
    assert (await press.state()).status == "completed"
