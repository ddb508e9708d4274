"""Ground floor, accounting: the part of the ledger that lives on its thread: journal to database, and verdicts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import DecimalException
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError

from app.accounting.book import BudgetBook, book_at
from app.accounting.calls import FinishedCall, OpenCall
from app.accounting.journal import Journal, Lines
from app.accounting.reserving import Verdict, decide, in_the_way, release, sweep
from app.accounting.settling import Announce, settle
from app.clock import Clock
from app.db.deadlock import transact
from app.telemetry.metrics import LEDGER_WAITING

log = structlog.get_logger("accounting")

T = TypeVar("T")
SWEEP_EVERY = 1000  # rounds with a question in them
REFUSED = "refused.ndjson"  # calls no database takes; they must not stand in the way of the others
_MOST_AT_ONCE = 50  # transactions of finished calls before those who ask get their turn
_NOT_BOOKABLE = (IntegrityError, DataError, OverflowError)
_UNREADABLE = (ValueError, TypeError, KeyError, DecimalException)


class Bookkeeper:
    """First books every call that has ended, then answers those who ask."""

    def __init__(self, engine: Engine, clock: Clock, journal: Journal, announce: Announce) -> None:
        # Sums must be of what is committed now, not of when the transaction began; on SQLite these are the same.
        fresh = {} if engine.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"}
        self._engine = engine.execution_options(**fresh)
        self._clock = clock
        self._announce = announce
        self._rounds = 0
        self.journal = journal
        self.book = BudgetBook()  # replaced as a whole, so that the event loop may look into it
        self.released: deque[str] = deque()
        self.unfinished = False

    def work(self, asked: Sequence[OpenCall | None]) -> Sequence[Verdict]:
        """Do one round; None asks for nothing but the booking."""
        calls = [call for call in asked if call is not None]
        verdicts = iter(self._answer_and_book(calls) or self._answer_after_booking(calls))
        return [Verdict() if call is None else next(verdicts) for call in asked]

    def _answer_and_book(self, calls: Sequence[OpenCall]) -> Sequence[Verdict]:
        """What almost every round is: few calls have ended, and one transaction does for them and those who ask."""
        lines = self.journal.read() if calls else None
        if lines is None or not lines.last:
            return []
        ended = list(_calls_in(lines.lines))
        try:
            verdicts = self._answer(calls, ended)
        except _NOT_BOOKABLE:
            return []  # which of them it is, booking them one by one will show
        self._booked(lines, ended)
        return verdicts

    def _answer_after_booking(self, calls: Sequence[OpenCall]) -> Sequence[Verdict]:
        self._book_finished()
        if not calls and not self.released and self.book.epoch >= 0:
            return []
        return self._answer(calls)

    def _answer(self, calls: Sequence[OpenCall], ended: Sequence[FinishedCall] = ()) -> Sequence[Verdict]:
        gone = {self.released.popleft() for _ in range(len(self.released))}
        try:
            return self._transact(partial(self._decide, calls, ended, gone))
        except Exception:
            self.released.extend(gone)
            raise

    def _decide(
        self,
        calls: Sequence[OpenCall],
        ended: Sequence[FinishedCall],
        gone: Collection[str],
        connection: Connection,
    ) -> Sequence[Verdict]:
        self.book = book_at(connection, self.book)
        now = self._clock.now()
        if ended:
            # Two processes that took the same budgets in another order would lock each other out.
            settle(connection, self.book, ended, self._announce, also_held=in_the_way(self.book, calls, now))
        if gone:
            release(connection, gone)
        waiting = [call for call in calls if call.id not in gone]
        verdicts = iter(decide(connection, self.book, waiting, now))
        self._rounds += 1
        if self._rounds % SWEEP_EVERY == 0:
            sweep(connection, now)
        return [Verdict() if call.id in gone else next(verdicts) for call in calls]

    def _book_finished(self) -> None:
        for _ in range(_MOST_AT_ONCE):
            lines = self.journal.read()
            if lines is None:
                self.unfinished = False
                return
            calls = list(_calls_in(lines.lines))
            self._book(calls)
            self._booked(lines, calls)
        self.unfinished = True

    def _booked(self, lines: Lines, calls: Sequence[FinishedCall]) -> None:
        self.journal.done(lines)
        if not lines.left_behind:
            LEDGER_WAITING.dec(len(calls))

    def _book(self, calls: Sequence[FinishedCall]) -> None:
        try:
            self._transact(partial(self._settle, calls))
        except _NOT_BOOKABLE as error:
            if len(calls) > 1:
                for call in calls:
                    self._book([call])
            else:
                self._set_aside(calls[0], error)

    def _settle(self, calls: Sequence[FinishedCall], connection: Connection) -> None:
        self.book = book_at(connection, self.book)
        settle(connection, self.book, calls, self._announce)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        try:
            return transact(self._engine, work)
        except IntegrityError:
            self.book = BudgetBook()  # a budget may have gone with its tenant, which no epoch tells
            return transact(self._engine, work)

    def _set_aside(self, call: FinishedCall, error: Exception) -> None:
        """Keep a call that cannot be booked (its tenant is gone, a number no column holds) where a person finds it."""
        log.error("call_not_bookable", call_id=call.id, tenant_id=call.tenant_id, kind=type(error).__name__)
        with (self.journal.folder / REFUSED).open("ab") as file:
            file.write(call.line())


def _calls_in(lines: Sequence[bytes]) -> Iterator[FinishedCall]:
    for line in lines:
        if not line:
            continue
        try:
            yield FinishedCall.from_line(line)
        except _UNREADABLE:
            log.error("journal_line_unreadable", bytes=len(line))
