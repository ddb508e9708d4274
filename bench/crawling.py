"""One walk over a site in this process: `python -m bench.crawling alone|dry|kept|indexed PAGES SEED [BACKEND]`."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from sqlalchemy import func, select

from app.db.tenancy import Reach
from app.jobs.kinds import JobKind
from app.outbound.client import OutboundClient
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from bench.crawls import Walked
from indexing.crawls.launch import Launch, Start
from indexing.crawls.pages import Asking, fetch_page, links_of
from indexing.crawls.plan import Plan
from indexing.crawls.robots import Robots
from indexing.crawls.scope import host_of, in_scope
from indexing.crawls.tables import ENDED, CrawlJob
from indexing.documents.tables import Document
from tasks.jobs.all import DEEDS
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, running, settings_for
from tests.world.served import model_on
from tests.world.stacks import Stack, stack


async def alone(most: int, seed: str) -> Walked:
    """Ask for every page and follow its links; nothing is kept but what was met."""
    plan = Plan(seed, max_depth=100)
    transport = GuardedTransport(Guard(allow_hosts=[urlsplit(seed).netloc]))
    client = OutboundClient(transport)
    async with _measured(alone=True) as walk:
        rules = await Robots(client).of(host_of(seed))
        met, waiting = {seed}, [seed]
        for url in waiting:
            if walk.pages == most:
                break
            page = await fetch_page(client, Asking(url))
            if page.reason is None:
                walk.pages += 1
                fresh = [link for link in (await links_of(page)).links if link not in met]
                met.update(fresh)
                waiting += [link for link in fresh if in_scope(link, plan) is None and rules.may(link)]
            page.close()
    await transport.aclose()
    return walk.told


async def job(way: str, most: int, seed: str, backend: str) -> Walked:
    """Run the job of a crawl: dry, or with documents that are promised, or waited for until all are indexed."""
    indexed = way == "indexed"
    deeds = DEEDS if indexed else {JobKind.CRAWL_WEBSITE: DEEDS[JobKind.CRAWL_WEBSITE]}
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(Path(folder), allow_hosts=(urlsplit(seed).netloc,), crawl_delay=0)
        async with running(settings, deeds=deeds) as server, server.client(ROOT_KEY) as root:
            acme = await organisation(server)
            model = await model_on(root, backend, modality="embedding")
            before, papers = [await stack(acme, embedding_model=model.slug) for _ in range(2)]
            await acme.aclose()
            if indexed:  # what a process imports for its first document is not a page's
                await _indexed(before, 1, seed)
            async with _measured(alone=not indexed) as walk:
                if indexed:
                    walk.pages = await _indexed(papers, most, seed)
                else:
                    walk.pages = await _walked(papers, most, seed, dry=way == "dry")
    return walk.told


async def _indexed(papers: Stack, most: int, seed: str) -> int:
    pages = await _walked(papers, most, seed, dry=False)
    while await _unread(papers):  # noqa: ASYNC110 - another process may be what is waited for
        await asyncio.sleep(0.1)
    return pages


async def _walked(papers: Stack, most: int, seed: str, *, dry: bool) -> int:
    plan = Plan(seed, max_pages=most, max_depth=100, max_total_bytes=2**32)
    start = Start(plan, papers.id, papers.tenant_id, papers.owner_id, dry_run=dry)
    reach = Reach.one(papers.tenant_id)
    async with papers.platform.transactions.open(reach) as transaction:
        begun = (await Launch(transaction, papers.platform.jobs).ad_hoc(start)).id
    asked = select(CrawlJob.status, CrawlJob.pages_fetched).where(CrawlJob.id == begun)
    while True:
        await asyncio.sleep(0.1)
        status, pages = await papers.platform.transactions.look(lambda connection: connection.execute(asked).one())
        if status in ENDED:
            return int(pages)


async def _unread(papers: Stack) -> int:
    left = select(func.count()).where(Document.collection_id == papers.id, Document.status != "indexed")
    async with papers.platform.transactions.open(Reach.one(papers.tenant_id), writes=False) as transaction:
        return await transaction.session.scalar(left) or 0


@dataclass(slots=True)
class _Walk:
    """What is measured; `told` is there after the block."""

    pages: int = 0
    told: Walked = field(default_factory=lambda: Walked(0, 0, 0, 0))


@asynccontextmanager
async def _measured(*, alone: bool) -> AsyncIterator[_Walk]:
    """Time, processor time and the most memory of this process during the block, and of its children if it has some.

    To look for children takes milliseconds, which would be counted with what is measured.
    """
    walk, here, most = _Walk(), psutil.Process(), [0]

    async def look() -> None:
        while True:
            family = (here,) if alone else (here, *here.children(recursive=True))
            most[0] = max(most[0], sum(each.memory_info().rss for each in family))
            await asyncio.sleep(0.2 if alone else 1)

    looking = asyncio.create_task(look())
    began, spent = time.perf_counter(), _cpu(here)
    try:
        yield walk
    finally:
        looking.cancel()
    walk.told = Walked(walk.pages, time.perf_counter() - began, _cpu(here) - spent, most[0] / 2**20)


def _cpu(here: psutil.Process) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in (here, *here.children(recursive=True)))


def main() -> None:
    """Walk as the command line says, and tell."""
    way, most, seed, *more = sys.argv[1:]
    walk = alone(int(most), seed) if way == "alone" else job(way, int(most), seed, more[0])
    print(json.dumps(asdict(asyncio.run(walk))))


if __name__ == "__main__":
    main()
