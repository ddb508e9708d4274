"""Ground floor, db: one request or one job is one transaction; this is the only place that commits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

from app.clock import Clock
from app.db.engine import Database
from app.db.tenancy import REACH, WRITES, Reach, TenantSession, WriteInReading
from app.db.writer import Writing

T = TypeVar("T")


@dataclass(slots=True)
class Transaction:
    """What a use case works in: a session, the time it all happens at, and what belongs to its end."""

    session: TenantSession
    clock: Clock
    writes: bool = True
    _last: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    _together: dict[Callable[..., Awaitable[None]], list[Any]] = field(default_factory=dict)
    _after: list[Callable[[], None]] = field(default_factory=list)

    async def write(self, change: Callable[[Writing], T]) -> T:
        """Make a change here that is otherwise made by a Writer."""
        if not self.writes:
            raise WriteInReading("this transaction was opened for reading")
        await self.session.flush()
        connection = await self.session.connection()
        return await connection.run_sync(lambda on: change(Writing(on, self.clock.now())))

    def before_commit(self, deed: Callable[[], Awaitable[None]]) -> None:
        """Remember work of this transaction that takes a contended lock and is best done last."""
        if not self.writes:
            raise WriteInReading("this transaction was opened for reading")
        self._last.append(deed)

    def before_commit_together(self, deed: Callable[[Transaction, list[T]], Awaitable[None]], item: T) -> None:
        """The same for work that is done once for all that was remembered of it by then."""
        if deed not in self._together:
            self._together[deed] = []
            self.before_commit(lambda: deed(self, self._together.pop(deed)))
        self._together[deed].append(item)

    def after_commit(self, deed: Callable[[], None]) -> None:
        """Remember something quick to set off once the change is durable (wake a sender, start a job)."""
        self._after.append(deed)


@dataclass(frozen=True, slots=True)
class Transactions:
    """Opens transactions; nothing else makes sessions."""

    database: Database
    clock: Clock

    async def look(self, look: Callable[[Connection], T]) -> T:
        """Read something small of what is committed by now, together with whoever else does; it names its tenant."""
        return await self.database.looks.ask(look)

    @asynccontextmanager
    async def open(self, reach: Reach, *, writes: bool = True) -> AsyncIterator[Transaction]:
        """Work in one transaction: committed when the block ends well, rolled back when it does not."""
        engine = self.database.requests if writes else self.database.reads
        session = TenantSession(engine, expire_on_commit=False, info={REACH: reach, WRITES: writes})
        transaction = Transaction(session, self.clock, writes)
        used = True
        try:
            yield transaction
            used = writes or session.in_transaction()
            if used:
                await _complete(transaction)
        finally:
            if used:  # else nothing was asked in it, and its end is a good deal of work for nothing
                await asyncio.shield(asyncio.create_task(session.close()))
        for deed in transaction._after:
            deed()


async def _complete(transaction: Transaction) -> None:
    session = transaction.session
    await session.flush()  # everybody takes the locks of rows first and the contended ones last
    for last in transaction._last:
        await last()
    await session.commit()
