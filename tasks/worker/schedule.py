"""The second door, worker: what the platform does by the clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import Connection

from app.db.deadlock import transact
from app.jobs.kinds import JobKind, Lane
from app.jobs.looking import forget_ended, unbegun
from app.settings import Settings
from app.wiring import Platform
from indexing.crawls.calls import forget_calls
from indexing.crawls.coming import begin_due
from indexing.crawls.forgetting import forget_ledgers
from indexing.crawls.rests import forget_rests
from indexing.documents.forgotten import ask_for_forgotten
from indexing.reconciling.rounds import ask_for_reconciling
from tasks.worker.rounds import Round

SWEEP_SECONDS = 15.0  # with leases of 30 seconds, what was abandoned is found within a minute
_TOLD_FOR_LONG_ENOUGH = timedelta(seconds=5)  # to a worker's ear through any broker that works
_MOST_REMINDED = 100


async def sweep(platform: Platform) -> None:
    """Remind workers of what was promised and not begun, and of what was left behind."""
    now = platform.clock.now()

    def look() -> list[tuple[str, JobKind]]:
        with platform.database.lanes.execution_options(writes=False).connect() as connection:
            before = now - _TOLD_FOR_LONG_ENOUGH
            return [job for lane in Lane for job in unbegun(connection, lane, before, now, _MOST_REMINDED)]

    for job_id, kind in await asyncio.to_thread(look):
        platform.jobs.remind(job_id, kind)


async def forget(platform: Platform) -> None:
    """Keep ended jobs for a week, what crawls met for a season, and the rests of hosts for an hour."""

    def work(connection: Connection) -> int:
        now = platform.clock.now()
        return forget_ended(connection, now) + forget_ledgers(connection, now) + forget_rests(connection, now)

    while await asyncio.to_thread(transact, platform.database.lanes, work):
        continue


async def remember(platform: Platform) -> None:
    """Ask again for documents that nobody was left to work on."""
    await ask_for_forgotten(platform.transactions, platform.jobs)


async def reconcile(platform: Platform) -> None:
    """Ask for stores to be compared with rows, and again for whatever deletion was forgotten."""
    await ask_for_reconciling(platform.transactions, platform.jobs)


async def begin_crawls(platform: Platform) -> None:
    """Begin the crawls whose time has come."""
    await begin_due(platform.transactions, platform.jobs, platform.credentials)


async def forget_crawl_calls(platform: Platform) -> None:
    """Forget calls to crawls that cannot come again."""
    await forget_calls(platform.transactions)


async def beat(platform: Platform) -> None:
    """Touch a file: the event loop turns. What looks at it from outside is `python -m app.alive`."""
    (platform.settings.home / "beat").touch()


BEAT = Round("beat", 10.0, beat)
ROUNDS = (
    Round("sweep", SWEEP_SECONDS, sweep),
    Round("remember", 30.0, remember),
    Round("forget", 3600.0, forget),
    Round("crawls", 10.0, begin_crawls),
    Round("crawl calls", 3600.0, forget_crawl_calls),
    Round("reconcile", 3600.0, reconcile),
)


def rounds_of(settings: Settings) -> tuple[Round, ...]:
    """What a server or a worker looks after by the clock; nothing where a scheduler does it for all."""
    return ROUNDS if settings.rounds else ()
