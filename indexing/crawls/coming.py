"""Knowing, crawls: saved crawls are begun when their time has come, each once, whoever looks and however late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app.db.faults import is_deadlock
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.errors import PlatformError
from app.identity.caller import Caller
from app.identity.credentials import Credentials
from app.identity.on_behalf import on_behalf_of
from app.jobs.ports import JobQueue
from indexing.collections.tables import Collection
from indexing.crawls.errors import CrawlAlreadyRunning
from indexing.crawls.schedule import Schedule
from indexing.crawls.tables import SCHEDULE, Crawl
from indexing.crawls.unattended import begin_for_owner

_AT_ONCE = 100

log = structlog.get_logger("crawls")


@dataclass(frozen=True, slots=True)
class Due:
    """A saved crawl whose time has come."""

    crawl_id: str
    tenant_id: str
    owner_id: str
    next_run_at: datetime


async def begin_due(transactions: Transactions, jobs: JobQueue, credentials: Credentials) -> int:
    """Begin every crawl whose time has come, once, however many times have passed; says how many were begun."""
    begun = 0
    for due in await _due(transactions):
        try:
            owner = await on_behalf_of(credentials, due.owner_id, due.tenant_id)
            async with transactions.open(Reach.one(due.tenant_id)) as transaction:
                begun += await _begin(transaction, jobs, due, owner)
        except PlatformError as error:  # it must not keep the others waiting
            log.warning("crawl_not_begun", crawl_id=due.crawl_id, code=error.code)
        except OperationalError as error:
            if not is_deadlock(error):
                raise
            log.info("crawl_begun_by_others", crawl_id=due.crawl_id)
    return begun


async def _due(transactions: Transactions) -> list[Due]:
    async with transactions.open(Reach.everywhere(), writes=False) as transaction:
        columns = select(Crawl.id, Crawl.tenant_id, Crawl.owner_id, Crawl.next_run_at)
        there = columns.join(Collection, Collection.id == Crawl.collection_id).where(Collection.deleted_at.is_(None))
        wanted = there.where(Crawl.next_run_at <= transaction.clock.now())
        rows = await transaction.session.execute(wanted.order_by(Crawl.next_run_at).limit(_AT_ONCE))
        return [Due(id_, tenant_id, owner_id, at) for id_, tenant_id, owner_id, at in rows if at is not None]


async def _begin(transaction: Transaction, jobs: JobQueue, due: Due, owner: Caller) -> bool:
    """Begin one, if its time is still the same: of all who look at once, one moves it on."""
    crawl = await transaction.session.get(Crawl, due.crawl_id)
    if crawl is None or not await _moved_on(transaction, crawl, due):
        return False
    try:
        await begin_for_owner(transaction, jobs, owner, crawl, SCHEDULE)
    except CrawlAlreadyRunning:  # it is begun when it is due next
        return False
    return True


async def _moved_on(transaction: Transaction, crawl: Crawl, due: Due) -> bool:
    """Set the next time; no new version of the crawl, for nobody has changed it."""
    now = transaction.clock.now()
    following = None if crawl.schedule is None else Schedule.read(crawl.schedule).next_after(now)
    mine = update(Crawl).where(Crawl.id == due.crawl_id, Crawl.next_run_at == due.next_run_at)
    moved = mine.values(next_run_at=following).execution_options(synchronize_session=False)
    return bool(cast("Any", await transaction.session.execute(moved)).rowcount)
