"""The second door, worker: the jobs a process has in hand, each under a lease that is renewed until its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.jobs.kinds import LANE_OF, Lane
from app.jobs.leases import Leases
from app.jobs.work import Failed, Held, Later
from app.telemetry.metrics import JOB_SECONDS, JOBS, JOBS_RUNNING
from app.wiring import Platform
from tasks.jobs.deeds import Deeds
from tasks.worker.doing import Patience, do

T = TypeVar("T")

_STOPPED_WITHIN = 20.0  # longer than a database may keep a job from being given back

log = structlog.get_logger("jobs")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a worker does what, in seconds."""

    lease: float = 30.0
    heartbeat: float = 10.0
    poll: float = 1.5  # for promises of other processes, and what was not due before
    grace: float = 2.0  # what jobs get to end when the process stops
    patience: Patience = field(default_factory=Patience)


@dataclass(slots=True)
class _InHand:
    held: Held
    task: asyncio.Task[None]
    sure_until: float  # by our own clock; nobody else takes the job before that
    has_ended: bool = False  # and its row only has to be told, which the lease decides about by itself


class Bench:
    """Takes jobs and does them; whoever loses a lease is stopped."""

    def __init__(self, platform: Platform, deeds: Deeds, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self._platform = platform
        self._deeds = deeds
        self._leases = Leases(
            platform.database.lanes, platform.clock, frozenset(deeds), timedelta(seconds=self.pace.lease)
        )
        # Of their own: a heartbeat must not wait for threads that others keep busy.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="leases")
        self._in_hand: dict[str, _InHand] = {}
        self._beating: asyncio.Task[None] | None = None

    @property
    def lanes(self) -> Sequence[Lane]:
        """The lane of each job in hand."""
        return [LANE_OF[one.held.kind] for one in self._in_hand.values()]

    async def begin(self, lanes: Sequence[Lane]) -> asyncio.Task[None] | None:
        """Take the next job of the first of some lanes that has one, and do it from now on."""
        return next(iter(await self.begin_some(dict.fromkeys(lanes, 1))), None)

    async def begin_some(self, lanes: Mapping[Lane, int]) -> Sequence[asyncio.Task[None]]:
        """Take the next jobs of the first of some lanes that has any, at most so many, and do them from now on."""
        asked = time.monotonic()
        taking = asyncio.ensure_future(self._ask(lambda: self._leases.claim_some(lanes)))
        try:
            taken = await asyncio.shield(taking)
        except asyncio.CancelledError:
            await self._undo(taking)
            raise
        return [self._begin(held, asked + self.pace.lease) for held in taken]

    def _begin(self, held: Held, sure_until: float) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._work(held), name=f"{held.kind} {held.subject_id}")
        self._in_hand[held.lease] = _InHand(held, task, sure_until)
        task.add_done_callback(lambda _: self._in_hand.pop(held.lease, None))
        if self._beating is None:
            self._beating = asyncio.get_running_loop().create_task(self._beat())
        return task

    async def aclose(self) -> None:
        """Let jobs end if they do so soon; the others are as if they had not been begun."""
        tasks = [one.task for one in self._in_hand.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self.pace.grace)
            for task in late:
                task.cancel()
            _, deaf = await asyncio.wait(tasks, timeout=_STOPPED_WITHIN)
            if deaf:
                log.error("jobs_do_not_stop", jobs=[task.get_name() for task in deaf])
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait([self._beating])
        await asyncio.to_thread(self._threads.shutdown)

    async def _work(self, held: Held) -> None:
        lane, began = LANE_OF[held.kind], time.monotonic()
        JOBS_RUNNING.labels(lane).inc()
        outcome = "stopped"
        try:
            ending = await do(self._platform, self._deeds[held.kind], held, self.pace.patience)
            self._in_hand[held.lease].has_ended = True
            outcome = await self._settle(held, ending)
        except asyncio.CancelledError:
            await self._give_back(held)
            raise
        finally:
            JOBS_RUNNING.labels(lane).dec()
            JOBS.labels(held.kind, outcome).inc()
            JOB_SECONDS.labels(held.kind).observe(time.monotonic() - began)

    async def _settle(self, held: Held, ending: Later | Failed | None) -> str:
        while True:
            try:
                ours = await self._platform.writer.write(lambda writing: self._leases.end(writing.on, held, ending))
            except SQLAlchemyError as error:
                # If the lease ends meanwhile the job is simply done once more.
                log.warning("job_ending_unwritten", job_id=held.id, error=type(error).__name__)
                await asyncio.sleep(1)
            else:
                return _said(held, ending) if ours else "lost"

    async def _give_back(self, held: Held) -> None:
        try:
            await asyncio.shield(self._ask(lambda: self._leases.give_back(held)))
        except SQLAlchemyError as error:
            log.warning("job_not_given_back", job_id=held.id, error=type(error).__name__)

    async def _undo(self, taking: asyncio.Future[list[Held]]) -> None:
        try:
            taken = await taking
        except SQLAlchemyError:
            return  # nothing was taken; whoever stops us must not be told of a database instead
        for held in taken:
            await self._give_back(held)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.pace.heartbeat)
            in_hand, asked = list(self._in_hand.values()), time.monotonic()
            kept = await self._renewed([one.held for one in in_hand])
            for one in in_hand:
                if kept is not None and one.held.lease in kept:
                    one.sure_until = asked + self.pace.lease
                elif not one.has_ended and (kept is not None or time.monotonic() >= one.sure_until):
                    log.warning("job_lost", job_id=one.held.id, kind=str(one.held.kind), attempt=one.held.attempt)
                    one.task.cancel()

    async def _renewed(self, jobs: Sequence[Held]) -> set[str] | None:
        """The leases that are still ours; None while nobody can say."""
        try:
            return set(await self._ask(lambda: self._leases.renew(jobs)))
        except SQLAlchemyError as error:
            log.warning("heartbeat_missed", jobs=len(jobs), error=type(error).__name__)
            return None

    async def _ask(self, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, question)


def _said(held: Held, ending: Later | Failed | None) -> str:
    if isinstance(ending, Failed):
        log.warning("job_failed", job_id=held.id, kind=str(held.kind), tenant_id=held.tenant_id, code=ending.code)
        return "failed"
    return "later" if isinstance(ending, Later) else "done"
