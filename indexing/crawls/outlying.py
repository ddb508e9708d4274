"""Knowing, crawls: addresses no page leads to: what a site lists itself, and what a crawl brought another time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.jobs.work import Held
from indexing.crawls.canonical import canonical
from indexing.crawls.frontier import Frontier
from indexing.crawls.holdings import Holdings
from indexing.crawls.ledger import Met, Place, Tally, digest_of, enlist, hold, write_tally
from indexing.crawls.plan import Plan
from indexing.crawls.robots import Robots
from indexing.crawls.scope import host_of, judged
from indexing.crawls.sitemaps import Sitemaps

_MOST_OF_SITEMAPS = 50_000
_NONE_THERE = "http_404"


@dataclass(frozen=True, slots=True)
class Outlying:
    """Puts such addresses into the ledger of a run, in one transaction each time."""

    transactions: Transactions
    holdings: Holdings
    frontier: Frontier
    robots: Robots
    sitemaps: Sitemaps
    plan: Plan
    held: Held
    crawl_id: str | None

    async def list_sitemaps(self) -> Tally:
        """List what the site of the seed says it has, as if it had been named beside the seed."""
        host = host_of(canonical(self.plan.seed_url) or self.plan.seed_url)
        listed = await self.sitemaps.of(host, await self.robots.of(host), _MOST_OF_SITEMAPS)
        reasons = await judged(listed.urls, self.plan)
        met = [Met(url, reason) for url, reason in zip(listed.urls, reasons, strict=True)]
        unread = [Met(url, str(reason)) for url, reason in listed.unread.items() if reason != _NONE_THERE]
        return await self._list([*met, *unread], 0)

    async def look_back(self) -> Tally | None:
        """List once more what this crawl brought before and no page led to now: it may be gone. None is none.

        These are deeper than the plan goes, so that nothing they lead to is followed.
        """
        if self.crawl_id is None:
            return None
        left = await self.holdings.left_of(self.crawl_id, lambda url: digest_of(url) in self.frontier.known)
        reasons = await judged([url for _, url in left], self.plan)
        met = [Met(url, document_id=id_) for (id_, url), reason in zip(left, reasons, strict=True) if reason is None]
        return await self._list(met, self.plan.max_depth + 1) if met else None

    async def _list(self, met: Sequence[Met], depth: int) -> Tally:
        job_id, learned = self.held.subject_id, dict[bytes, bool]()
        new = await asyncio.to_thread(self.frontier.unmet, met, learned)
        async with self.transactions.open(Reach.one(self.held.tenant_id)) as transaction:
            tally = await transaction.write(partial(hold, job_id=job_id, lease=self.held.lease))
            place = Place(self.held.tenant_id, job_id, None, depth)
            await transaction.write(lambda writing: enlist(writing, tally, [(place, new)]))
            await transaction.write(partial(write_tally, job_id=job_id, tally=tally))
        self.frontier.settled((), learned)
        return tally
