"""One walk over a site in this process: `python -m bench.crawling alone|read|reading|dry|kept|indexed PAGES SEED …`."""

from __future__ import annotations

import asyncio
import json
import resource
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
from indexing.extraction.apart import Extractor
from tasks.jobs.all import DEEDS
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, running, settings_for
from tests.world.served import model_on
from tests.world.stacks import Stack, stack

_AHEAD = 8  # pages that wait to be read, or are


async def alone(most: int, seed: str) -> Walked:
    """Ask for every page and follow its links; nothing is kept but what was met."""
    async with _client(seed) as client, _measured(alone=True) as walk:
        async for _ in _met(client, most, seed):
            walk.pages += 1
    return walk.told


async def read(most: int, seed: str) -> Walked:
    """The same, while the text of each page is read out by the process that does so for a platform."""
    async with _client(seed) as client, _reading() as pages, _measured(alone=False) as walk:
        async for page in _met(client, most, seed):
            await pages.put(page)
            walk.pages += 1
        await pages.join()
    return walk.told


async def reading(most: int, seed: str) -> Walked:
    """Read the text out of the same pages, all of which are at hand."""
    async with _client(seed) as client, _reading() as pages:
        found = [page async for page in _met(client, most, seed)]
        async with _measured(alone=False) as walk:
            for page in found:
                await pages.put(page)
            await pages.join()
            walk.pages = len(found)
    return walk.told


@asynccontextmanager
async def _client(seed: str) -> AsyncIterator[OutboundClient]:
    transport = GuardedTransport(Guard(allow_hosts=[urlsplit(seed).netloc]))
    yield OutboundClient(transport)
    await transport.aclose()


async def _met(client: OutboundClient, most: int, seed: str) -> AsyncIterator[bytes]:
    """What each page holds, in the order in which their links are met."""
    plan, rules = Plan(seed, max_depth=100), await Robots(client).of(host_of(seed))
    met, waiting, found = {seed}, [seed], 0
    for url in waiting:
        if found == most:
            return
        page = await fetch_page(client, Asking(url))
        if page.reason is None and page.body is not None:
            found += 1
            fresh = [link for link in (await links_of(page)).links if link not in met]
            met.update(fresh)
            waiting += [link for link in fresh if in_scope(link, plan) is None and rules.may(link)]
            yield page.body.read()
        page.close()


@asynccontextmanager
async def _reading() -> AsyncIterator[asyncio.Queue[bytes]]:
    """Takes pages to be read, a few ahead; the process that reads has been started and has read one."""
    pages, extractor = asyncio.Queue[bytes](_AHEAD), Extractor()

    async def reader() -> None:
        while True:
            await extractor.extract(await pages.get(), "page.html")
            pages.task_done()

    readers = [asyncio.create_task(reader()) for _ in range(_AHEAD)]
    await pages.put(b"<p>The first page of all.</p>")
    await pages.join()
    try:
        yield pages
    finally:
        for one in readers:
            one.cancel()
        await extractor.aclose()


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
    """Of this process, of its children, and of those that have ended: one that reads does so every 1,000 files."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = sum(sum(each.cpu_times()[:2]) for each in (here, *here.children(recursive=True)))
    return running + ended.ru_utime + ended.ru_stime


def main() -> None:
    """Walk as the command line says, and tell."""
    way, most, seed, *more = sys.argv[1:]
    bare = {"alone": alone, "read": read, "reading": reading}
    walk = bare[way](int(most), seed) if way in bare else job(way, int(most), seed, more[0])
    print(json.dumps(asdict(asyncio.run(walk))))


if __name__ == "__main__":
    main()
