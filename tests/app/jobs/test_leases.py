"""Who does which job, and what becomes of it when they are gone."""

from __future__ import annotations

import asyncio

from app.jobs.kinds import JobKind, Lane
from app.jobs.leases import LEASE, Leases
from app.jobs.work import Failed, Later
from tests.app.jobs.desk import INGEST, Desk
from tests.world.people import organisation


async def test_a_job_is_taken_once_and_kept_by_heartbeats(mine: Desk) -> None:
    await mine.ask("doc_1")
    held = await mine.take()
    for _ in range(3):
        mine.later(20)
        assert await mine.does(mine.leases.renew, [held]) == [held.lease]
        assert await mine.claim() is None


async def test_what_a_dead_worker_left_is_taken_over_and_its_late_word_counts_for_nothing(mine: Desk) -> None:
    await mine.ask("doc_1", payload={"fetch": True})
    dead = await mine.take()
    mine.later(LEASE.total_seconds())
    held = await mine.take()
    assert (held.id, held.attempt, held.lost, held.payload) == (dead.id, 2, 1, {"fetch": True})
    assert held.lease != dead.lease
    for late in (mine.leases.done, mine.leases.give_back):
        assert not await mine.does(late, dead)
    assert not await mine.does(mine.leases.failed, dead, Failed("X", "late"))
    assert not await mine.does(mine.leases.later, dead, Later(1, "late"))
    assert await mine.does(mine.leases.renew, [dead, held]) == [held.lease]
    assert await mine.does(mine.leases.done, held)


async def test_a_lease_that_ran_out_untaken_is_still_held(mine: Desk) -> None:
    await mine.ask("doc_1")
    held = await mine.take()
    mine.later(LEASE.total_seconds() + 5)
    assert await mine.does(mine.leases.renew, [held]) == [held.lease]
    assert await mine.claim() is None


async def test_losses_are_counted_in_a_row(mine: Desk) -> None:
    await mine.ask("doc_1")
    for lost in range(3):
        assert (await mine.take()).lost == lost
        mine.later(LEASE.total_seconds())
    held = await mine.take()
    await mine.does(mine.leases.later, held, Later(0, "its turn"))
    assert (await mine.take()).lost == 0


async def test_what_is_given_back_was_never_begun(mine: Desk) -> None:
    await mine.ask("doc_1")
    held = await mine.take()
    assert await mine.does(mine.leases.give_back, held)
    again = await mine.take()
    assert (again.attempt, again.lost) == (1, 0)
    assert again.lease != held.lease


async def test_what_is_put_off_says_why_and_is_not_begun_before(mine: Desk) -> None:
    await mine.ask("doc_1")
    held = await mine.take()
    assert await mine.does(mine.leases.later, held, Later(60, "the vector store " + "!" * 600))
    row = await mine.row()
    assert row.waiting_for is not None
    assert row.waiting_for.startswith("the vector store")
    mine.later(59)
    assert await mine.claim() is None
    mine.later(1)
    assert (await mine.take()).attempt == 2
    assert (await mine.row()).waiting_for is None


async def test_a_failure_is_kept_with_its_code_and_sentence(mine: Desk) -> None:
    await mine.ask("doc_1")
    assert await mine.does(mine.leases.failed, await mine.take(), Failed("NO_TEXT", "There is no text in it."))
    row = await mine.row()
    assert (row.state, row.error_code, row.error_message) == ("failed", "NO_TEXT", "There is no text in it.")
    assert (row.lease, row.active_key) == (None, None)


async def test_work_nobody_here_knows_is_left_to_others(mine: Desk) -> None:
    await mine.ask("doc_1")
    leases = Leases(mine.leases.engine, mine.clock, {JobKind.ERASE_DOCUMENT})
    assert await asyncio.to_thread(leases.claim, list(Lane)) is None
    assert (await mine.take(Lane.BULK, Lane.INGEST)).kind is INGEST


async def test_lanes_are_looked_through_in_the_order_given(mine: Desk) -> None:
    await mine.ask("doc_1")
    await mine.ask("doc_2", kind=JobKind.ERASE_DOCUMENT)
    assert (await mine.take(Lane.UPKEEP, Lane.INGEST)).subject_id == "doc_2"
    assert await mine.claim(Lane.BULK, Lane.UPKEEP) is None


async def test_one_job_does_not_wait_for_the_thousands_of_another_tenant(mine: Desk) -> None:
    other = await organisation(mine.running)
    for number in range(12):
        await mine.ask(f"many_{number:02}")
        mine.later(1)
    await mine.ask("one", tenant=other.id)
    await mine.ask("two", tenant=other.id)
    first = await mine.take()
    assert first.subject_id == "many_00"
    second = await mine.take()
    assert second.subject_id == "one"  # the other tenant has nothing under way yet
    await mine.does(mine.leases.done, first)
    await mine.does(mine.leases.done, second)
    assert [(await mine.take()).subject_id for _ in range(3)] == ["many_01", "two", "many_02"]


async def test_several_are_taken_at_once_as_they_would_be_one_by_one(mine: Desk) -> None:
    other = await organisation(mine.running)
    for number in range(6):
        await mine.ask(f"many_{number}")
        mine.later(1)
    await mine.ask("one", tenant=other.id)
    await mine.ask("two", tenant=other.id)
    await mine.ask("erased", kind=JobKind.ERASE_DOCUMENT)
    taken = await mine.does(mine.leases.claim_some, {Lane.BULK: 9, Lane.INGEST: 5, Lane.UPKEEP: 9})
    assert [held.subject_id for held in taken] == ["many_0", "one", "many_1", "two", "many_2"]
    assert len({held.lease for held in taken}) == 5
    assert set(await mine.does(mine.leases.renew, taken)) == {held.lease for held in taken}
    left = await mine.does(mine.leases.claim_some, {Lane.INGEST: 9})
    assert [held.subject_id for held in left] == ["many_3", "many_4", "many_5"]


async def test_a_single_place_is_shared_by_turns(mine: Desk) -> None:
    other = await organisation(mine.running)
    for number in range(6):
        await mine.ask(f"many_{number:02}")
        mine.later(1)
    for number in range(2):
        await mine.ask(f"few_{number}", tenant=other.id)
    served = []
    for _ in range(8):
        held = await mine.take()
        served.append(held.subject_id)
        await mine.does(mine.leases.done, held)
    assert served[:4] == ["many_00", "few_0", "many_01", "few_1"]
    assert served[4:] == [f"many_{number:02}" for number in range(2, 6)]


async def test_many_who_take_at_once_take_each_job_once(mine: Desk) -> None:
    for number in range(40):
        await mine.ask(f"doc_{number}")
    others = [Leases(mine.leases.engine, mine.clock, tuple(JobKind)) for _ in range(6)]

    async def taken_by(leases: Leases) -> list[str]:
        found = []
        while (held := await asyncio.to_thread(leases.claim, list(Lane))) is not None:
            found.append(held.subject_id)
            await asyncio.to_thread(leases.done, held)
        return found

    taken = [subject for found in await asyncio.gather(*map(taken_by, others)) for subject in found]
    assert sorted(taken) == sorted(f"doc_{number}" for number in range(40))
    assert {(row.state, row.attempts) for row in await mine.rows()} == {("done", 1)}
