"""Roof, HTTP: what is looked at before a crawl is saved or begun, and how callers begin one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.http.crawl_path import NamedCrawl, NamedRun
from app.http.visit import Visit
from app.http.wire.crawl_wishes import CrawlAclWrite, CrawlStartCreate
from app.identity.permissions import Matrix
from indexing.crawls.history import Run
from indexing.crawls.launch import Launch, Start
from indexing.crawls.plan import Plan
from indexing.crawls.retrying import Retrying
from indexing.crawls.template import template_of

_MATRIX = "/v1/modules/scaimatrix"


async def template(visit: Visit, said: CrawlAclWrite) -> list[dict[str, Any]]:
    """The entries every document is to get, as they are kept; to say who may read what takes the right to say so."""
    if said != CrawlAclWrite():
        visit.caller.require(Matrix.ACCESS)
    return await template_of(visit.session, visit.tenant_id, said.grants())


async def begun(visit: Visit, said: CrawlStartCreate, seed_url: str) -> Run:
    """Begin a crawl that is not saved."""
    plan = Plan(**said.bounds() | {"seed_url": seed_url, "acl": await template(visit, said.acl)})
    start = _start(visit, plan, visit.subject.id, dry_run=said.dry_run)
    return _recorded(visit, await _launch(visit).ad_hoc(start))


async def started(visit: Visit, found: NamedCrawl, *, dry_run: bool) -> Run:
    """Begin a crawl that is saved, with the rights of the caller."""
    start = _start(visit, Plan.of_saved(found.row), found.collection.id, dry_run=dry_run)
    return _recorded(visit, await _launch(visit).saved(found.row, replace(start, trigger="manual")))


async def retried(visit: Visit, found: NamedRun) -> Run:
    """Begin a run of what failed in another, with the rights of the caller."""
    platform = visit.platform
    retrying = Retrying(visit.transaction, platform.jobs, platform.chokepoint, visit.caller)
    return _recorded(visit, await retrying.retry(found.job), retry_of=found.job.id)


def _launch(visit: Visit) -> Launch:
    return Launch(visit.transaction, visit.platform.jobs)


def _start(visit: Visit, plan: Plan, collection_id: str, *, dry_run: bool) -> Start:
    caller = visit.caller
    return Start(plan, collection_id, visit.tenant_id, caller.user_id, caller.key_id, dry_run=dry_run)


def _recorded(visit: Visit, job: Run, **more: str) -> Run:
    facts = {"crawl_id": job.crawl_id, "collection_id": job.collection_id, "trigger": job.trigger}
    visit.record("crawl.started", ("crawl_job", job.id), **facts, **more, dry_run=job.dry_run)
    visit.headers["Location"] = f"{_MATRIX}/collections/{job.collection_id}/crawl/{job.id}"
    return job
