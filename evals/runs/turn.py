"""Measuring, runs: a run is brought as far as one turn goes, by whoever holds its job.

A few questions are asked at once. Whatever is over is written down at once too, so that nothing is paid for twice,
whenever and however the work ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from acl.access import Access
from app.accounting.errors import BudgetExceeded
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.db.writer import Writer
from app.errors import PlatformError
from app.identity.caller import Caller
from app.identity.credentials import Credentials
from app.identity.tables import Tenant
from app.jobs.work import Held, Later, Outcome
from app.modules.switchboard import Switchboard
from evals.queries import cases_of
from evals.runs.answering import Asking
from evals.runs.draft import draft_of, model_of
from evals.runs.ending import Endings
from evals.runs.errors import RunLost
from evals.runs.interview import Interview, Judges
from evals.runs.leaks import LeakWatch
from evals.runs.ledger import Due, RunLedger, Tally
from evals.runs.standing import Standing
from evals.tables import EvalRun
from evals.values import Caps, Case, RunConfig
from indexing.stores.vectors import VectorStore
from rag.personas.errors import PersonaNotFound
from rag.personas.queries import get_for_tenant

TURN_SECONDS, AT_ONCE = 60.0, 3
_LOOK_SECONDS, _LOOKS_A_RIGHT = 0.5, 10
_FETCHED = 100  # questions that are known of ahead
_PATIENCE, _LONGEST_PATIENCE = 10.0, 300.0  # seconds until what is away is asked again
BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class RunTools:
    """What every run of a process works with."""

    transactions: Transactions
    writer: Writer
    credentials: Credentials
    switchboard: Switchboard
    access: Access
    vectors: VectorStore
    asking: Asking
    judges: Judges
    turn_seconds: float = TURN_SECONDS
    at_once: int = AT_ONCE


@dataclass(slots=True)
class RunTurn:
    """One turn at one run."""

    tools: RunTools
    held: Held
    run: EvalRun
    endings: Endings
    config: RunConfig = field(init=False)
    standing: Standing = field(init=False)
    ledger: RunLedger = field(init=False)
    _interview: Interview = field(init=False)
    cases: Mapping[str, Case] = field(default_factory=dict)
    stopped_by: str | None = None  # the limit that was reached
    away: PlatformError | None = None  # what is waited for
    _runner: Caller | None = None
    _well: int = 0  # questions of this turn that came to their end
    _tried: int = 0  # times in vain, the question that was tried most often

    def __post_init__(self) -> None:
        tools, run = self.tools, self.run
        self.config = RunConfig.read(run.config)
        self.standing = Standing(
            tools.credentials, tools.transactions, tools.switchboard, run.started_by, run.key_id, run.tenant_id
        )
        self.ledger = RunLedger(tools.transactions, tools.writer, run.tenant_id, run.id, self.held.lease)

    async def go(self) -> Outcome:
        """Go on until the turn is over, or the run."""
        await self._prepare()
        working, watching = asyncio.create_task(self._work()), asyncio.create_task(self._watch())
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            watching.result()
            return None
        except RunLost:
            return None
        finally:
            await _stopped([working, watching])

    async def _prepare(self) -> None:
        runner = self._runner = await self.standing.runner()
        reach = Reach.one(self.run.tenant_id)
        async with self.tools.transactions.open(reach, writes=False) as transaction:
            row = await get_for_tenant(transaction.session, self.run.persona_id)
            tenant = await transaction.session.get_one(Tenant, self.run.tenant_id)
            cases = await cases_of(transaction.session, self.config.set_id, self.config.set_number)
        if row is None:
            raise PersonaNotFound
        self.cases = {case.id: case for case in cases}
        frozen = self.run.measured["persona"]
        draft = draft_of(row, frozen["fields"], frozen["places"])
        model = await model_of(draft, self.tools.asking.gateway.catalogue, runner, tenant.slug)
        watch = LeakWatch(self.tools.access, self.tools.transactions, self.tools.vectors, draft.persona)
        library = replace(self.tools.asking.library, ahead=self.run.measured.get("ahead", {}))
        self._interview = Interview(
            replace(self.tools.asking, library=library),
            self.tools.judges,
            self.ledger,
            self.standing,
            watch,
            self.config,
            draft.persona,
            model,
        )

    async def _watch(self) -> None:
        """Raise once the run is nobody's, another's, or its starter may not go on."""
        look = 0
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not await self.ledger.standing():
                raise RunLost(self.run.id)
            look += 1
            if look % _LOOKS_A_RIGHT == 0:
                self._runner = await self.standing.runner()

    async def _work(self) -> Outcome:
        until, doing = time.monotonic() + self.tools.turn_seconds, set[asyncio.Task[None]]()
        await self.ledger.take_up()
        feed = _Feed(self.ledger)
        try:
            while True:
                while self._may_begin(len(doing)) and time.monotonic() < until and (due := await feed.next()):
                    doing.add(asyncio.create_task(self._one(due)))
                if not doing:
                    break
                ended, doing = await asyncio.wait(doing, return_when=asyncio.FIRST_COMPLETED)
                _require_well(ended)
        finally:
            await _stopped(list(doing))
        return await self._outcome()

    def _may_begin(self, under_way: int) -> bool:
        if self.away is not None or self.stopped_by is not None or under_way >= self.tools.at_once:
            return False
        reached = reached_by(self.config.caps, self.ledger.tally, under_way)
        if reached is not None and under_way == 0:
            self.stopped_by = reached
        return reached is None

    async def _outcome(self) -> Outcome:
        if not await self.ledger.due(-1, 1):
            await self.endings.complete(self.held)
            return None
        if self.stopped_by is not None:
            await self.endings.cap(self.held, self.stopped_by)
            return None
        if self.away is not None:
            await self.endings.wait(self.held, self.away.message)
            seconds = min(_PATIENCE * 1.5 ** min(self._tried, 20), _LONGEST_PATIENCE)
            return Later(max(self.away.retry_after or 0, seconds), self.away.message)
        return Later(0, "its turn; others are let in between")

    async def _one(self, due: Due) -> None:
        """Bring one question of one reader to its end, as far as nothing is in the way."""
        try:
            away = await self._interview.bring(due, self.cases[due.case_id], self._who, well=self._well > 0)
        except BudgetExceeded:
            self.stopped_by = self.stopped_by or BUDGET
            return
        if away is None:
            self._well += 1
        else:
            self.away, self._tried = away, max(self._tried, due.attempts)

    @property
    def _who(self) -> Caller:
        if self._runner is None:
            raise RunLost(self.run.id)
        return self._runner


@dataclass(slots=True)
class _Feed:
    """The questions that are left, in the order of the run, each once a turn."""

    ledger: RunLedger
    _ahead: list[Due] = field(default_factory=list)
    _last: int = -1

    async def next(self) -> Due | None:
        """The next of them, if there is one."""
        if not self._ahead:
            self._ahead = await self.ledger.due(self._last, _FETCHED)
            self._ahead.reverse()
        if not self._ahead:
            return None
        due = self._ahead.pop()
        self._last = due.position
        return due


def reached_by(caps: Caps, tally: Tally, under_way: int) -> str | None:
    """The limit that one more answer would pass by, beside those under way; the first says what one takes."""
    if under_way and not tally.answered and caps != Caps():
        return "max_tokens" if caps.max_tokens is not None else "max_cost"
    each, more = max(tally.answered, 1), under_way + 1
    if caps.max_cost is not None and tally.cost + tally.cost / each * more > caps.max_cost:
        return "max_cost"
    if caps.max_tokens is not None and tally.tokens + tally.tokens / each * more > caps.max_tokens:
        return "max_tokens"
    if caps.max_seconds is not None and tally.busy_ms >= caps.max_seconds * 1000:
        return "max_seconds"
    return None


def _require_well(ended: Collection[asyncio.Task[None]]) -> None:
    """Raise what one of some tasks has failed with, after all of them have been asked."""
    faults = [fault for task in ended if not task.cancelled() and (fault := task.exception()) is not None]
    if faults:
        raise faults[0]


async def _stopped(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.gather(*tasks, return_exceptions=True)
