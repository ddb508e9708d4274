"""What is asked for is done once, and once more if it was asked for while it was being done."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.db.tenancy import ForeignRow, Reach, WriteInReading
from app.ids import new_id
from app.jobs.asking import Wanted, ask_for
from app.jobs.work import Failed, Later
from tests.app.jobs.desk import INGEST, Desk
from tests.world.people import organisation


async def test_what_is_asked_for_twice_while_it_waits_is_one_job(mine: Desk) -> None:
    first = await mine.ask("doc_1", payload={"fetch": True}, due_at=mine.clock.now() + timedelta(hours=1))
    second = await mine.ask("doc_1", payload={"from": "embedding"})
    assert first == second
    row = await mine.row()
    assert (row.state, row.due_at, row.again) == ("waiting", mine.clock.now(), None)
    assert row.payload == {"fetch": True, "from": "embedding"}


async def test_asked_for_while_it_runs_it_runs_once_more_with_what_was_asked_then(mine: Desk) -> None:
    await mine.ask("doc_1", payload={"fetch": True})
    held = await mine.take()
    await mine.ask("doc_1", payload={"from": "chunking"})
    await mine.ask("doc_1", payload={"because": "retry"})
    assert await mine.claim() is None
    assert await mine.does(mine.leases.done, held)
    again = await mine.take()
    assert (again.id, again.attempt, again.payload) == (held.id, 1, {"from": "chunking", "because": "retry"})
    assert await mine.does(mine.leases.done, again)
    row = await mine.row()
    assert (row.state, row.active_key, row.again) == ("done", None, None)
    assert await mine.claim() is None


async def test_a_failure_does_not_swallow_what_was_asked_for_meanwhile(mine: Desk) -> None:
    await mine.ask("doc_1")
    held = await mine.take()
    await mine.ask("doc_1")
    assert await mine.does(mine.leases.failed, held, Failed("X", "no"))
    row = await mine.row()
    assert (row.state, row.error_code) == ("waiting", None)


async def test_what_is_asked_for_now_does_not_wait_for_what_was_put_off(mine: Desk) -> None:
    await mine.ask("doc_1", payload={"fetch": True})
    held = await mine.take()
    await mine.ask("doc_1", payload={"now": True})
    assert await mine.does(mine.leases.later, held, Later(3600, "the vector store"))
    again = await mine.take()
    assert again.payload == {"fetch": True, "now": True}
    assert (await mine.row()).waiting_for is None


async def test_a_done_job_can_be_asked_for_anew(mine: Desk) -> None:
    first = await mine.ask("doc_1")
    await mine.does(mine.leases.done, await mine.take())
    assert await mine.ask("doc_1") != first
    assert [row.state for row in await mine.rows()] == ["done", "waiting"]


async def test_many_who_ask_at_once_ask_for_one_job(mine: Desk) -> None:
    asked = await asyncio.gather(*(mine.ask("doc_1", payload={str(n): n}) for n in range(12)))
    assert len(set(asked)) == 1
    row = await mine.row()
    assert row.payload == {str(n): n for n in range(12)}


async def test_what_is_not_committed_was_not_asked_for(mine: Desk) -> None:
    platform = mine.running.platform
    with pytest.raises(ZeroDivisionError):
        async with platform.transactions.open(Reach.one(mine.shop.id)) as transaction:
            await ask_for(transaction, platform.jobs, Wanted(INGEST, "doc_1", mine.shop.id))
            raise ZeroDivisionError
    assert await mine.rows() == []


async def test_nobody_asks_for_another_tenant_or_while_reading(mine: Desk) -> None:
    other, platform = await organisation(mine.running), mine.running.platform
    wanted = Wanted(INGEST, new_id("doc"), other.id)
    with pytest.raises(ForeignRow):
        async with platform.transactions.open(Reach.one(mine.shop.id)) as transaction:
            await ask_for(transaction, platform.jobs, wanted)
    with pytest.raises(WriteInReading):
        async with platform.transactions.open(Reach.one(other.id), writes=False) as transaction:
            await ask_for(transaction, platform.jobs, wanted)


async def test_what_is_called_off_is_neither_begun_nor_ended(mine: Desk) -> None:
    await mine.ask("doc_1")
    assert await mine.call_off("doc_1")
    assert await mine.claim() is None
    await mine.ask("doc_1")
    held = await mine.take()
    assert await mine.call_off("doc_1")
    assert await mine.does(mine.leases.renew, [held]) == []
    assert not await mine.does(mine.leases.done, held)
    assert not await mine.call_off("doc_1")
    assert [row.state for row in await mine.rows()] == ["cancelled", "cancelled"]
