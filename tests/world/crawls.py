"""A saved crawl and a run of it that led to a document of a shelf, put there by hand."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import func, select

from app.db.tenancy import Reach
from app.ids import new_id
from indexing.crawls.plan import Plan
from indexing.crawls.tables import COMPLETED, DONE, FETCHED, MANUAL, SKIPPED, Crawl, CrawlJob, CrawlPage
from tests.world.shelves import WORDS, Shelf

SEED = "http://127.0.0.1:9/"  # nothing listens there


async def crawl_ids(shelf: Shelf, name: str, owner: str = "admin") -> dict[str, str]:
    """A crawl called so, and a run of it that met the document of that name; their ids by what they are."""
    organisation = shelf.organisation
    owner_id, crawl_id, job_id = organisation.people[owner].id, new_id("crw"), new_id("job")
    within = {"tenant_id": organisation.id, "collection_id": shelf.id}
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
        now, plan = transaction.clock.now(), Plan(SEED)
        times = {"created_at": now, "updated_at": now}
        saved = Crawl(id=crawl_id, name=name, owner_id=owner_id, **plan.written(), **within, **times)
        transaction.session.add(saved)
        await transaction.session.flush()
        told = {"status": COMPLETED, "pages_fetched": 1, "changes": 2, "started_at": now, "finished_at": now}
        who = {"trigger": MANUAL, "started_by": owner_id, "crawl_id": crawl_id}
        transaction.session.add(CrawlJob(id=job_id, plan=plan.written(), **who, **told, **within, **times))
        await transaction.session.flush()
        url = f"{SEED}{WORDS} {name}"
        page = {"url": url, "digest": hashlib.sha256(url.encode()).hexdigest(), "depth": 0, "state": DONE}
        led = {"verdict": FETCHED, "status": 200, "document_id": shelf.documents[name], "fetched_at": now}
        transaction.session.add(CrawlPage(job_id=job_id, position=0, tenant_id=organisation.id, **page, **led))
    return {"crawl_id": crawl_id, "job_id": job_id}


async def meet(shelf: Shelf, job_id: str, name: str) -> None:
    """Have a run have met the document of that name, another address on it, and one that led to it."""
    organisation = shelf.organisation
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
        mine = CrawlPage.job_id == job_id
        place = await transaction.session.scalar(select(func.max(CrawlPage.position)).where(mine)) or 0
        there = f"{SEED}{new_id('x')}"
        document = shelf.documents[name]
        met: dict[str, dict[str, Any]] = {
            there: {"verdict": FETCHED, "status": 200, "document_id": document},
            f"{there}/below": {"verdict": SKIPPED, "reason": "depth", "found_on": there},
            f"{there}/old": {"verdict": SKIPPED, "reason": "duplicate", "found_on": there, "final_url": there},
        }
        for number, (url, led) in enumerate(met.items()):
            page = {"url": url, "digest": hashlib.sha256(url.encode()).hexdigest(), "depth": 1, "state": DONE}
            row = {"job_id": job_id, "position": place + number + 1, "tenant_id": organisation.id}
            transaction.session.add(CrawlPage(**row, **page, **led))
