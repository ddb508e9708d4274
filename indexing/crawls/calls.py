"""Knowing, crawls: the calls that were to start a saved crawl, and what became of the last of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from app.db.faults import is_deadlock
from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transaction, Transactions
from app.ids import new_id
from indexing.crawls.tables import CrawlDelivery

SHOWN = 10
KEPT = timedelta(days=30)  # far longer than any signature is fresh, and than GitHub sends a call again
_TRIES = 3
_MOST_WAITING = 100  # calls to be noted; what floods us leaves no more of itself behind

log = structlog.get_logger("crawls")


class Heard(StrEnum):
    """What became of a call."""

    STARTED = "started"
    BAD_SIGNATURE = "bad_signature"
    REPLAYED = "replayed"
    DISABLED = "disabled"
    ALREADY_RUNNING = "already_running"
    REFUSED = "refused"  # for a reason that its owner is told of otherwise


async def last_calls(session: TenantSession, crawl_id: str) -> Sequence[CrawlDelivery]:
    """The last calls, the newest first."""
    wanted = select(CrawlDelivery).where(CrawlDelivery.crawl_id == crawl_id)
    return list(await session.scalars(wanted.order_by(CrawlDelivery.id.desc()).limit(SHOWN)))


def note(transaction: Transaction, crawl_id: str, heard: Heard, digest: str | None) -> CrawlDelivery:
    """Write down a call; one with a digest is not heard twice."""
    now = transaction.clock.now()
    times = {"received_at": now, "expires_at": now + KEPT}
    made = CrawlDelivery(id=new_id("ccl"), crawl_id=crawl_id, digest=digest, verdict=heard, **times)
    transaction.session.add(made)
    return made


@dataclass(frozen=True, slots=True)
class InVain:
    """Writes down calls that came to nothing after they were answered: how long that takes tells nobody anything."""

    transactions: Transactions
    _writing: set[asyncio.Task[None]] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(self, tenant_id: str, crawl_id: str, heard: Heard) -> None:
        """Write one down soon."""
        if len(self._writing) >= _MOST_WAITING:
            return
        task = asyncio.create_task(self._write(tenant_id, crawl_id, heard))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def aclose(self) -> None:
        """Wait for what is being written."""
        if self._writing:
            await asyncio.wait(self._writing)

    async def _write(self, tenant_id: str, crawl_id: str, heard: Heard) -> None:
        async with self._turn:  # they would only stand in each other's way
            for _ in range(_TRIES):
                try:
                    await self._try(tenant_id, crawl_id, heard)
                except SQLAlchemyError as error:  # the crawl is gone meanwhile, or the database away or busy
                    log.warning("crawl_call_not_noted", crawl_id=crawl_id, error=type(error).__name__)
                    if not is_deadlock(error):
                        return
                else:
                    return

    async def _try(self, tenant_id: str, crawl_id: str, heard: Heard) -> None:
        async with self.transactions.open(Reach.one(tenant_id)) as transaction:
            note(transaction, crawl_id, heard, None)
            await transaction.session.flush()
            await _forget_others(transaction.session, crawl_id)


async def _forget_others(session: TenantSession, crawl_id: str) -> None:
    """Keep no more of such calls than are shown."""
    mine = (CrawlDelivery.crawl_id == crawl_id, CrawlDelivery.digest.is_(None))
    wanted = select(CrawlDelivery.id).where(*mine).order_by(CrawlDelivery.id.desc())
    old = list(await session.scalars(wanted.offset(SHOWN).limit(_MOST_WAITING)))
    if old:
        gone = delete(CrawlDelivery).where(CrawlDelivery.id.in_(old))
        await session.execute(gone, execution_options={"synchronize_session": False})


async def forget_calls(transactions: Transactions) -> None:
    """Forget calls that cannot come again."""
    async with transactions.open(Reach.everywhere()) as transaction:
        over = delete(CrawlDelivery).where(CrawlDelivery.expires_at <= transaction.clock.now())
        await transaction.session.execute(over, execution_options={"synchronize_session": False})
