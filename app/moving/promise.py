"""Roof, moving: until it is whole a collection that comes in is a deleted one, whose erasing is promised.

So nobody sees half of it, and whatever becomes of whoever brings it, what it left is erased as all that is deleted is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from app.jobs.tables import CANCELLED, WAITING, Job
from app.moving.errors import MoveRefused

_IN = timedelta(hours=1)  # without a word for so long, whoever brought it is gone
_EVERY_SECONDS = 60.0
_UNCHECKED = {"synchronize_session": False}


@dataclass(slots=True)
class ErasingPromise:
    """The promised erasing of what is not whole yet: put off while it is worked on, called off when it is whole."""

    transactions: Transactions
    jobs: JobQueue
    tenant_id: str
    collection_id: str
    _put_off: float = field(default_factory=time.monotonic)

    async def make(self, transaction: Transaction) -> None:
        """Promise it, together with the collection."""
        due = transaction.clock.now() + _IN
        wanted = Wanted(JobKind.ERASE_COLLECTION, self.collection_id, self.tenant_id, due_at=due)
        await ask_for(transaction, self.jobs, wanted)

    async def put_off(self) -> None:
        """Say that somebody still works on it, now and then; refused once its erasing has begun."""
        if time.monotonic() - self._put_off < _EVERY_SECONDS:
            return
        async with self.transactions.open(Reach.one(self.tenant_id)) as transaction:
            await self._change(transaction, due_at=transaction.clock.now() + _IN)
        self._put_off = time.monotonic()

    async def call_off(self, transaction: Transaction) -> None:
        """It is whole: nothing is erased."""
        now = transaction.clock.now()
        await self._change(transaction, state=CANCELLED, active_key=None, finished_at=now)

    async def keep(self) -> None:
        """It will never be whole: have it erased now."""
        async with self.transactions.open(Reach.one(self.tenant_id)) as transaction:
            wanted = Wanted(JobKind.ERASE_COLLECTION, self.collection_id, self.tenant_id)
            await ask_for(transaction, self.jobs, wanted)

    async def _change(self, transaction: Transaction, **values: Any) -> None:
        mine = Job.kind == JobKind.ERASE_COLLECTION, Job.subject_id == self.collection_id, Job.state == WAITING
        changed: Any = await transaction.session.execute(
            update(Job).where(*mine).values(**values), execution_options=_UNCHECKED
        )
        if not changed.rowcount:
            raise MoveRefused("It took too long: what was there of it is being erased. Begin it anew.")
