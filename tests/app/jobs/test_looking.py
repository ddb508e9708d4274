"""How the work stands, what is to be said again, and what is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from app.checks import jobs_check
from app.db.deadlock import transact
from app.jobs.kinds import JobKind, Lane
from app.jobs.leases import LEASE
from app.jobs.looking import KEPT, UPKEEP_KEPT, Overview, forget_ended, overview, unbegun
from app.jobs.work import Failed
from app.telemetry.health import Finding, State
from tests.app.jobs.desk import INGEST, Desk

T = TypeVar("T")


async def asked(mine: Desk, question: Callable[[Connection], T]) -> T:
    return await asyncio.to_thread(transact, mine.leases.engine, question)


async def seen(mine: Desk) -> Overview:
    return await asked(mine, lambda connection: overview(connection, mine.clock.now()))


async def found(mine: Desk) -> Finding:
    platform = mine.running.platform
    return await jobs_check(platform.database.lanes, platform.jobs, mine.clock).look()


async def test_an_overview_tells_who_works_who_is_gone_and_who_waits(mine: Desk) -> None:
    assert await seen(mine) == Overview(0, 0, None)
    since = mine.clock.now()
    for number in range(3):
        await mine.ask(f"doc_{number}")
    await mine.take()
    assert await seen(mine) == Overview(1, 0, since)
    mine.later(LEASE.total_seconds())
    assert await seen(mine) == Overview(1, 1, since)


async def test_nobody_working_is_said_and_much_work_is_not_blamed(mine: Desk) -> None:
    assert await found(mine) == Finding(State.EMBEDDED)
    await mine.ask("doc_1")
    await mine.ask("doc_2")
    mine.later(600)
    idle = await found(mine)
    assert (idle.state, idle.notice) == (State.DEGRADED, "Nobody works: documents wait, the first for 10 minutes.")
    await mine.take()
    busy = await found(mine)
    assert (busy.state, busy.notice) == (State.EMBEDDED, "1 jobs run; the first that is due waits 600 s.")


async def test_what_was_not_begun_or_was_left_behind_is_said_again(mine: Desk) -> None:
    left = await mine.ask("doc_left")
    await mine.take()
    mine.later(LEASE.total_seconds())
    late = await mine.ask("doc_late")
    mine.later(5)
    await mine.ask("doc_new")
    await mine.ask("doc_other", kind=JobKind.ERASE_DOCUMENT)
    now, before = mine.clock.now(), (await mine.rows())[1].due_at
    again = await asked(mine, lambda connection: unbegun(connection, Lane.INGEST, before, now, 10))
    assert again == [(left, INGEST), (late, INGEST)]
    assert await asked(mine, lambda connection: unbegun(connection, Lane.INGEST, before, now, 1)) == [(left, INGEST)]


async def test_what_has_ended_is_forgotten_after_a_week_and_upkeep_sooner(mine: Desk) -> None:
    await mine.ask("doc_done")
    await mine.ask("doc_failed", kind=JobKind.ERASE_DOCUMENT)
    await mine.ask("doc_upkeep", kind=JobKind.ERASE_DOCUMENT)
    await mine.does(mine.leases.done, await mine.take(Lane.INGEST))
    await mine.does(mine.leases.failed, await mine.take(Lane.UPKEEP), Failed("X", "no"))
    await mine.does(mine.leases.done, await mine.take(Lane.UPKEEP))
    await mine.ask("doc_waits")

    async def kept_after(seconds: float) -> list[str]:
        mine.later(seconds)
        await asked(mine, lambda connection: forget_ended(connection, mine.clock.now()))
        return [row.subject_id for row in await mine.rows()]

    assert await kept_after(UPKEEP_KEPT.total_seconds()) == ["doc_done", "doc_failed", "doc_upkeep", "doc_waits"]
    assert await kept_after(1) == ["doc_done", "doc_failed", "doc_waits"]
    assert await kept_after((KEPT - UPKEEP_KEPT).total_seconds()) == ["doc_waits"]
