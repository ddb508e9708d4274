"""Ground floor, accounting: what calls may spend, asked before them, and what they took, noted after them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.accounting.book import BudgetRule
from app.accounting.bookkeeper import Bookkeeper
from app.accounting.calls import FinishedCall, OpenCall
from app.accounting.errors import BudgetExceeded, BudgetsUnknown
from app.accounting.journal import Journal
from app.accounting.periods import end_of, start_of
from app.accounting.reserving import Verdict
from app.accounting.settling import Announce
from app.accounting.tables import BUDGETS
from app.clock import Clock
from app.db.epochs import Epochs
from app.db.lane import Lane
from app.limits.errors import RateLimited
from app.limits.ports import Allowance, RateCounter
from app.telemetry.metrics import LEDGER_WAITING

log = structlog.get_logger("accounting")

LINGER_SECONDS = 0.05  # calls that end within this time are booked together
LONGEST_PAUSE = 30.0  # between two tries while the database is away
FLUSH_SECONDS = 10.0  # for the last flush of a process; what is left is in its journal
THROTTLED_PER_MINUTE = 6


class Ledger:
    """Reserves before a call and books after it; one thread does both, in order, for the whole process."""

    def __init__(
        self,
        engine: Engine,
        epochs: Epochs,
        rates: RateCounter,
        clock: Clock,
        folder: Path,
        announce: Announce = lambda _connection, _news: None,
    ) -> None:
        self._books = Bookkeeper(engine, clock, Journal(folder), announce)
        self._epochs, self._rates, self._clock = epochs, rates, clock
        self._lane: Lane[OpenCall | None, Verdict] = Lane("ledger", self._books.work)
        self._pause = LINGER_SECONDS
        self._timer: asyncio.TimerHandle | None = None
        self._flushes: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def is_behind(self) -> bool:
        """Whether calls cannot be booked right now; they are kept in the journal meanwhile."""
        return self._pause > LINGER_SECONDS

    async def start(self) -> None:
        """Book what processes that are no more have left behind; if that cannot be done now, it is done later."""
        await asyncio.to_thread(self._books.journal.adopt)
        await self._flush()

    async def reserve(self, call: OpenCall, epoch: int | None = None) -> bool:
        """Set aside what a call may take, or refuse it; `epoch` is that of "budgets", if it has just been read.

        Whoever was let through ends with `settle`, or with `release` if there was no call after all. Says whether
        there is anything to release.
        """
        if epoch is None:
            epoch = (await self._epochs.read(BUDGETS))[BUDGETS]
        book = self._books.book
        if book.epoch == epoch and not book.binding(call.scopes):
            return False
        verdict = await self._verdict(call)
        if verdict.blocked_by is not None:
            raise self._exceeded(verdict.blocked_by)
        if verdict.throttled_by:
            await self._throttle(call, verdict.throttled_by)
        return True

    def settle(self, call: FinishedCall) -> None:
        """Note a call that has ended; returns at once, and from then on the call survives this process."""
        self._books.journal.append(call.line())
        LEDGER_WAITING.inc()
        self._wake()

    def release(self, call_id: str) -> None:
        """Give back what was reserved for a call that was not made."""
        self._books.released.append(call_id)
        self._wake()

    async def aclose(self) -> None:
        """Book everything that has ended; what the database does not take now stays in the journal."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await asyncio.gather(self._flush(), *self._flushes)
        except TimeoutError:
            log.error("ledger_not_flushed")
        await asyncio.to_thread(self._lane.close)
        self._books.journal.close()

    async def _verdict(self, call: OpenCall) -> Verdict:
        try:
            return await self._lane.ask(call)
        except asyncio.CancelledError:
            self.release(call.id)
            raise
        except SQLAlchemyError as error:
            log.error("budgets_not_checked", kind=type(error).__name__)
            raise BudgetsUnknown from None

    def _exceeded(self, rule: BudgetRule) -> BudgetExceeded:
        now = self._clock.now()
        return BudgetExceeded.of(rule.scope, renews_at=end_of(rule.period, start_of(rule.period, now)), now=now)

    async def _throttle(self, call: OpenCall, rules: Sequence[BudgetRule]) -> None:
        try:
            verdict = await self._rates.take([Allowance(f"budget:{rule.id}", THROTTLED_PER_MINUTE) for rule in rules])
        except BaseException:
            self.release(call.id)
            raise
        if not verdict.allowed:
            self.release(call.id)
            raise RateLimited(
                f"A budget is used up and lets {THROTTLED_PER_MINUTE} calls through each minute;"
                f" try again in {verdict.reset_seconds} s.",
                retry_after=verdict.reset_seconds,
            )

    def _wake(self) -> None:
        if self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self._start_flush)

    def _start_flush(self) -> None:
        task = asyncio.get_running_loop().create_task(self._flush())
        self._flushes.add(task)
        task.add_done_callback(self._flushes.discard)

    async def _flush(self) -> None:
        self._timer = None
        try:
            await self._lane.ask(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, the calls are in the journal and tried again
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            log.error("ledger_waits", kind=type(error).__name__, seconds=round(self._pause, 2))
            self._wake()
        else:
            self._pause = LINGER_SECONDS
            if self._books.unfinished:
                self._wake()
