"""What a worker makes of work that ends well, badly, late or not at all."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import OperationalError

from app.errors import NotFound, Unavailable
from app.jobs.kinds import JobKind
from app.jobs.tables import Job
from app.jobs.work import Held, Later
from tasks.worker.doing import MOST_FAULTS, MOST_LOST, Patience
from tests.app.jobs.desk import Desk
from tests.tasks.bench_of import SWIFT, Play, for_ever, row_when, somebody
from tests.world.hands import until


def ended(row: Job) -> bool:
    return row.state in {"done", "failed", "cancelled"}


async def test_work_is_done_as_soon_as_it_is_asked_for(mine: Desk) -> None:
    play = Play()
    async with somebody(mine, play):
        await mine.ask("doc_1", payload={"fetch": True})
        row = await row_when(mine, ended)
    assert (row.state, row.attempts, row.lease) == ("done", 1, None)
    assert [(held.subject_id, held.payload, held.attempt) for held in play.begun] == [("doc_1", {"fetch": True}, 1)]


async def test_what_is_asked_for_while_it_runs_is_done_once_more(mine: Desk) -> None:
    go_on = asyncio.Event()

    async def wait(_held: Held) -> None:
        await go_on.wait()

    play = Play({"doc_1": wait})
    async with somebody(mine, play):
        await mine.ask("doc_1")
        await until(lambda: play.times("doc_1") == 1)
        await mine.ask("doc_1", payload={"from": "chunking"})
        go_on.set()
        await row_when(mine, ended)
    assert [held.payload for held in play.begun] == [{}, {"from": "chunking"}]


async def test_something_that_is_away_is_waited_for_with_its_reason(mine: Desk) -> None:
    async def away(held: Held) -> None:
        if held.attempt < 9:
            raise Unavailable("The vector store does not answer.")

    play = Play({"doc_1": away})
    async with somebody(mine, play):
        await mine.ask("doc_1")
        waits = await row_when(mine, lambda row: row.waiting_for is not None)
        row = await row_when(mine, ended)
    assert waits.waiting_for == "The vector store does not answer."
    assert (row.state, row.attempts, row.waiting_for, play.failures) == ("done", 9, None, [])


async def test_a_database_that_is_away_is_no_fault(mine: Desk) -> None:
    async def away(held: Held) -> None:
        if held.attempt < MOST_FAULTS + 3:
            raise OperationalError("SELECT 1", {}, Exception("gone"))

    async with somebody(mine, Play({"doc_1": away})):
        await mine.ask("doc_1")
        row = await row_when(mine, ended)
    assert row.state == "done"


def test_waits_grow_to_a_limit_and_respect_what_was_asked_for() -> None:
    patience = Patience()
    waits = [patience.seconds(attempt) for attempt in range(1, 12)]
    for attempt, wait in enumerate(waits):
        assert 0.8 * min(5 * 2**attempt, 300) <= wait <= min(5 * 2**attempt, 300)
    assert patience.seconds(10**6) <= 300
    assert patience.seconds(1, at_least=42) == 42


async def test_work_may_say_itself_that_it_goes_on_later(mine: Desk) -> None:
    async def in_turns(held: Held) -> Later | None:
        return Later(0, "the next documents") if held.attempt < 4 else None

    async with somebody(mine, Play({"doc_1": in_turns})):
        await mine.ask("doc_1")
        row = await row_when(mine, ended)
    assert (row.state, row.attempts, row.lost) == ("done", 4, 0)


async def test_a_refusal_is_a_failure_with_its_code_and_is_said_of_the_subject(mine: Desk) -> None:
    async def refuse(_held: Held) -> None:
        raise NotFound("There is no such page.")

    play = Play({"doc_1": refuse})
    async with somebody(mine, play):
        await mine.ask("doc_1")
        row = await row_when(mine, ended)
    assert (row.state, row.error_code, row.error_message) == ("failed", "NOT_FOUND", "There is no such page.")
    assert [(subject, why.code) for subject, why in play.failures] == [("doc_1", "NOT_FOUND")]
    assert play.times("doc_1") == 1


async def test_a_fault_is_tried_again_and_in_the_end_said_without_content(
    mine: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    content = " ".join(["the", "secret", "plan"])  # put together, as the log quotes lines of the program

    async def break_down(_held: Held) -> None:
        raise ValueError(content)

    play = Play({"doc_1": break_down})
    async with somebody(mine, play):
        await mine.ask("doc_1")
        row = await row_when(mine, ended)
    assert (row.state, row.error_code, play.times("doc_1")) == ("failed", "INTERNAL_ERROR", MOST_FAULTS + 1)
    assert row.error_message is not None
    assert row.id in row.error_message
    assert [why.code for _, why in play.failures] == ["INTERNAL_ERROR"]
    said = capfd.readouterr().err
    assert content not in said + row.error_message
    ours = [json.loads(line) for line in said.splitlines() if "job_faulted" in line and row.id in line]
    assert "break_down" in ours[0]["exception"]


async def test_faults_are_forgiven_when_work_goes_on(mine: Desk) -> None:
    async def sometimes(held: Held) -> Later | None:
        if held.attempt > 12:
            return None
        if held.attempt % MOST_FAULTS == 0:
            return Later(0, "its next turn")
        raise ValueError

    async with somebody(mine, Play({"doc_1": sometimes})):
        await mine.ask("doc_1")
        row = await row_when(mine, ended)
    assert row.state == "done"


async def test_something_cancelled_inside_the_work_is_a_fault_and_no_stop(mine: Desk) -> None:
    async def cancelled(_held: Held) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    play = Play({"doc_1": cancelled})
    async with somebody(mine, play):
        await mine.ask("doc_1")
        row = await row_when(mine, ended)
    assert (row.error_code, play.times("doc_1")) == ("INTERNAL_ERROR", MOST_FAULTS + 1)


async def test_work_whose_workers_die_of_it_is_given_up_without_being_begun_again(mine: Desk) -> None:
    await mine.ask("doc_1")
    for _ in range(MOST_LOST):
        await mine.take()
        mine.later(30)
    # Its last worker was gone half a minute ago, by the clock of everybody else.
    with mine.leases.engine.begin() as connection:
        connection.execute(update(Job).values(lease_until=Job.created_at))
    play = Play()
    async with somebody(mine, play):
        row = await row_when(mine, ended)
    assert (row.state, row.error_code, play.begun) == ("failed", "WORK_ABANDONED", [])
    assert [why.code for _, why in play.failures] == ["WORK_ABANDONED"]


async def test_what_is_called_off_is_stopped_at_the_next_heartbeat(mine: Desk) -> None:
    play = Play({"doc_1": for_ever})
    async with somebody(mine, play):
        await mine.ask("doc_1")
        await until(lambda: play.times("doc_1") == 1)
        assert await mine.call_off("doc_1")
        await until(lambda: play.stopped == ["doc_1"])
    assert (await mine.row()).state == "cancelled"


def _let_another_have_it(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(Job).values(lease="lease_of_another"))


async def test_who_loses_a_lease_is_stopped_and_writes_nothing(mine: Desk) -> None:
    play = Play({"doc_1": for_ever})
    async with somebody(mine, play):
        await mine.ask("doc_1")
        await until(lambda: play.times("doc_1") == 1)
        await asyncio.to_thread(_let_another_have_it, mine.leases.engine)  # which may have to wait for the worker
        await until(lambda: play.stopped == ["doc_1"])
    row = await mine.row()
    assert (row.state, row.lease, row.attempts) == ("running", "lease_of_another", 1)


async def test_a_worker_that_stops_gives_back_what_it_has_in_hand(mine: Desk) -> None:
    play = Play({"doc_1": for_ever})
    async with somebody(mine, play):
        await mine.ask("doc_1")
        await until(lambda: play.times("doc_1") == 1)
    row = await mine.row()
    assert (row.state, row.attempts, row.lost, row.lease) == ("waiting", 0, 0, None)
    assert play.stopped == ["doc_1"]


async def test_long_work_of_one_kind_does_not_hold_up_another(mine: Desk) -> None:
    slots = mine.running.settings.job_slots
    play = Play({f"col_{number}": for_ever for number in range(slots + 2)})
    async with somebody(mine, play, SWIFT):
        for number in range(slots + 2):
            await mine.ask(f"col_{number}", kind=JobKind.RECHUNK_COLLECTION)
        await mine.ask("doc_1")
        await mine.ask("doc_2", kind=JobKind.ERASE_DOCUMENT)
        await until(lambda: play.times("doc_1") + play.times("doc_2") == 2)
    assert 1 <= sum(held.kind is JobKind.RECHUNK_COLLECTION for held in play.begun) <= slots - 2
