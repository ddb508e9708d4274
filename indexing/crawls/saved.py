"""Knowing, crawls: crawls that are saved: how one comes to be, changes and goes."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.db.transaction import Transaction
from app.errors import NotFound, QuotaExceeded
from app.ids import new_id
from app.jobs.ports import JobQueue
from app.paging import Page, PageRequest, cut
from app.secrets import Secrets
from indexing.crawls.launch import Launch
from indexing.crawls.schedule import Schedule
from indexing.crawls.tables import Crawl, CrawlJob

SavedCrawl = Crawl  # as the doors call it
MOST = 100  # of one collection
PURPOSE = "crawl trigger"
_OF_ITS_NAME = {"name"}  # what may change without changing what it does


class CrawlNotFound(NotFound):
    """No such crawl is saved, or it is not the caller's to see."""

    code = "CRAWL_NOT_FOUND"


class TooManyCrawls(QuotaExceeded):
    """A collection has an end to how many crawls are saved for it."""

    def __init__(self) -> None:
        super().__init__(f"{MOST} crawls are saved for this collection, which is the limit; delete one first.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is said of a saved crawl: values by column, and what follows from its schedule and its webhook."""

    values: Mapping[str, Any]
    schedule: Schedule | None = None
    says_schedule: bool = False
    webhook: bool | None = None  # None is nothing said


@dataclass(frozen=True, slots=True)
class Kept:
    """A saved crawl; which of its fields are others now, and the secret that was made just now, shown this once."""

    row: Crawl
    fields: list[str]
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class SavedCrawls:
    """The crawls that are saved for one collection, in a transaction whose caller was let at it."""

    transaction: Transaction
    secrets: Secrets
    jobs: JobQueue
    collection_id: str

    async def page(self, request: PageRequest) -> Page[Crawl]:
        """A page of them."""
        wanted, newest = select(Crawl).where(Crawl.collection_id == self.collection_id), request.order == "desc"
        if request.after is not None:
            wanted = wanted.where(Crawl.id < request.after if newest else Crawl.id > request.after)
        ordered = wanted.order_by(Crawl.id.desc() if newest else Crawl.id).limit(request.limit + 1)
        return cut(list(await self.transaction.session.scalars(ordered)), request, lambda row: row.id)

    async def add(self, wish: Wish, owner_id: str) -> Kept:
        """Save one; it runs with the rights of who saved it."""
        session, now = self.transaction.session, self.transaction.clock.now()
        held = await session.scalar(select(func.count()).where(Crawl.collection_id == self.collection_id))
        if (held or 0) >= MOST:
            raise TooManyCrawls
        times = {"created_at": now, "updated_at": now}
        row = Crawl(id=new_id("crw"), collection_id=self.collection_id, owner_id=owner_id, **wish.values, **times)
        self._plan(row, wish.schedule)
        secret = self._listen(row, wanted=bool(wish.webhook))
        session.add(row)
        await session.flush()
        return Kept(row, sorted(wish.values), secret)

    async def change(self, row: Crawl, wish: Wish, changer_id: str) -> Kept:
        """Set what differs. Whoever changes what a crawl does is whose rights it runs with from then on."""
        changed = [name for name, value in wish.values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, wish.values[name])
        if wish.says_schedule and row.schedule != (wish.schedule and wish.schedule.written()):
            self._plan(row, wish.schedule)
            changed.append("schedule")
        secret = None
        if wish.webhook is not None and wish.webhook != row.webhook_enabled:
            secret = self._listen(row, wanted=wish.webhook)
            changed.append("webhook")
        if set(changed) - _OF_ITS_NAME:
            row.owner_id = changer_id
        if changed:
            row.updated_at = self.transaction.clock.now()
            await self.transaction.session.flush()
        return Kept(row, sorted(changed), secret)

    async def remove(self, row: Crawl) -> None:
        """Keep one no longer; if it is running, that ends."""
        running = select(CrawlJob).where(CrawlJob.active_key == row.id)
        job = await self.transaction.session.scalar(running.with_for_update())
        if job is not None:
            await Launch(self.transaction, self.jobs).cancel(job)
        await self.transaction.session.delete(row)
        await self.transaction.session.flush()

    def _plan(self, row: Crawl, schedule: Schedule | None) -> None:
        now = self.transaction.clock.now()
        row.schedule = None if schedule is None else schedule.checked(now).written()
        row.next_run_at = None if schedule is None else schedule.next_after(now)

    def _listen(self, row: Crawl, *, wanted: bool) -> str | None:
        """Let signed calls start a crawl, or no longer; every time it is switched on there is another secret."""
        secret = "cws_" + randomness.token_urlsafe(32) if wanted else None
        row.webhook_enabled = wanted
        row.sealed_secret = None if secret is None else self.secrets.seal(secret, purpose=PURPOSE)
        return secret
