"""Knowing, crawls: a saved crawl is begun while its owner is away, with their rights and in their name."""

from __future__ import annotations

from app.audit.record import record
from app.db.transaction import Transaction
from app.identity.caller import Caller
from app.jobs.ports import JobQueue
from indexing.crawls.launch import Launch, Start
from indexing.crawls.plan import Plan
from indexing.crawls.tables import Crawl, CrawlJob


async def begin_for_owner(
    transaction: Transaction, jobs: JobQueue, owner: Caller, crawl: Crawl, trigger: str
) -> CrawlJob:
    """Begin it, unless it is under way; whether its owner may still do so is asked when it is walked."""
    start = Start(Plan.of_saved(crawl), crawl.collection_id, crawl.tenant_id, crawl.owner_id, trigger=trigger)
    job = await Launch(transaction, jobs).saved(crawl, start)
    facts = {"crawl_id": crawl.id, "collection_id": crawl.collection_id, "trigger": trigger}
    record(transaction, owner, "crawl.started", target=("crawl_job", job.id), tenant_id=crawl.tenant_id, **facts)
    return job
