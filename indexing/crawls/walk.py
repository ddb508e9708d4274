"""Knowing, crawls: a website is walked, breadth-first within its limits, as far as it goes in one turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.caller import Caller
from app.jobs.work import Held, Later, Outcome
from indexing.crawls.ending import Endings
from indexing.crawls.finding import Finding
from indexing.crawls.frontier import Frontier, Slot
from indexing.crawls.gathering import TOGETHER, Gathering
from indexing.crawls.holdings import Holdings
from indexing.crawls.ledger import Tally, WalkLost, hold
from indexing.crawls.outlying import Outlying
from indexing.crawls.plan import Plan
from indexing.crawls.reasons import Reason
from indexing.crawls.settling import Settling, StaleFinding
from indexing.crawls.standing import Starter
from indexing.crawls.tables import RUNNING, CrawlJob
from indexing.crawls.visiting import Visiting
from indexing.documents.quota import StorageQuotaExceeded

_LOOK_SECONDS = 0.5
_LOOKS_A_RIGHT = 4  # how many looks go by between two questions whether its starter may still do this
TURN_SECONDS = 300.0


@dataclass(slots=True)
class Walk:
    """One walker of one run. Whoever takes the run over begins where the last finding was written down."""

    transactions: Transactions
    endings: Endings
    held: Held
    plan: Plan
    starter: Starter
    holdings: Holdings
    outlying: Outlying
    frontier: Frontier
    visiting: Visiting
    settling: Settling
    gathering: Gathering
    turn_seconds: float = TURN_SECONDS
    tally: Tally = field(default_factory=Tally)
    _caller: Caller | None = None
    _has_looked_back: bool = False

    async def go(self) -> Outcome:
        """Walk until the end or the end of the turn; stops within a second of being called off, or losing a right."""
        self._caller = await self.starter.may_go_on()
        walking, watching = asyncio.create_task(self._walk()), asyncio.create_task(self._watch())
        try:
            await asyncio.wait({walking, watching}, return_when=asyncio.FIRST_COMPLETED)
            if walking.done():
                return walking.result()
            watching.result()
            return None
        except WalkLost:
            return None
        except StorageQuotaExceeded as error:
            await self.endings.fail(self.held, error.code, error.message, Reason.QUOTA)
            return None
        finally:
            await _stopped([walking, watching])
            await self._let_go()

    async def _walk(self) -> Outcome:
        until = time.monotonic() + self.turn_seconds
        await self._take_up()
        while True:
            ready = self.frontier.ready(TOGETHER)
            if due := self.gathering.due(ready, self.tally):
                await self._settle(due)  # before the next are begun, which may be found to be none of their own
                continue
            waits, cut = await self._fill(), self._cut()
            if waits and cut is None and time.monotonic() < until:
                self.frontier.begin(self.plan.max_pages - self.tally.pages, self._start)
            if fetching := self.frontier.fetching:
                rest = self.gathering.seconds_left if ready else None
                await asyncio.wait(fetching, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
            elif ready:
                await self._settle(ready)
            elif not waits or cut is not None:
                await self.endings.complete(self.held, cut if waits else None)
                return None
            else:
                return Later(0, "its turn; others are let in between")

    async def _watch(self) -> None:
        """Raise once the run is nobody's, another's, or its starter may not go on."""
        look = 0
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not await self.transactions.look(self._is_ours):
                raise WalkLost(self.held.subject_id)
            look += 1
            if look % _LOOKS_A_RIGHT == 0:
                self._caller = await self.starter.may_go_on()

    def _is_ours(self, connection: Connection) -> bool:
        mine = (CrawlJob.id == self.held.subject_id, CrawlJob.tenant_id == self.held.tenant_id)
        wanted = select(CrawlJob.id).where(*mine, CrawlJob.run == self.held.lease, CrawlJob.status == RUNNING)
        return connection.scalar(wanted) is not None

    async def _take_up(self) -> None:
        await self.frontier.open()
        async with self.transactions.open(Reach.one(self.held.tenant_id)) as transaction:
            holding = partial(hold, job_id=self.held.subject_id, lease=self.held.lease)
            self.tally = await transaction.write(holding)
        if self.plan.use_sitemap and self.tally.listed == 1 and not self.tally.pages:
            self.tally = await self.outlying.list_sitemaps()

    async def _fill(self) -> bool:
        """Have addresses at hand, with what is held of them; False if nothing waits, nor is left to look back at."""
        while not await self.frontier.fill():
            if self._has_looked_back or self._cut() is not None or not await self._look_back():
                return False
        unknown = [slot for slot in self.frontier.slots if not slot.is_looked_up]
        if unknown:
            known = await self.holdings.of(self._who, [slot.row.url for slot in unknown])
            for slot in unknown:
                slot.known, slot.is_looked_up = known.get(slot.row.url), True
        return True

    async def _look_back(self) -> bool:
        self._has_looked_back = True
        tally = await self.outlying.look_back()
        self.tally = tally or self.tally
        return tally is not None

    def _cut(self) -> Reason | None:
        """The limit that has been reached."""
        if self.tally.pages >= self.plan.max_pages:
            return Reason.LIMIT_PAGES
        return Reason.LIMIT_BYTES if self.tally.bytes_fetched >= self.plan.max_total_bytes else None

    def _start(self, slot: Slot) -> asyncio.Task[Finding]:
        left = self.plan.max_total_bytes - self.tally.bytes_fetched - self.gathering.bytes
        return asyncio.create_task(self.visiting.visit(slot.row, slot.known, left))

    async def _settle(self, slots: Sequence[Slot]) -> None:
        findings = [slot.doing.result() for slot in slots if slot.doing is not None]
        try:
            settled = await self.settling.settle(self._who, findings)
        except StaleFinding as stale:
            self._visit_anew(slots, stale.finding)
            return
        finally:
            self.gathering.settled()
        written = slots[: len(settled.verdicts)]
        self.tally = settled.tally
        self.frontier.settled(written, settled.learned)
        for finding in findings[: len(written)]:
            finding.close()
        if settled.full is not None:
            raise settled.full

    def _visit_anew(self, slots: Sequence[Slot], stale: Finding) -> None:
        stale.close()
        for slot in slots:
            if slot.row.position == stale.row.position:
                slot.doing, slot.known, slot.is_looked_up = None, None, False

    @property
    def _who(self) -> Caller:
        if self._caller is None:
            raise WalkLost(self.held.subject_id)
        return self._caller

    async def _let_go(self) -> None:
        doing = self.frontier.drop()
        await _stopped(doing)
        for task in doing:
            if not task.cancelled() and task.exception() is None:
                task.result().close()


async def _stopped(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
