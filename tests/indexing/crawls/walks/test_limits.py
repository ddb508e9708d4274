"""Limits hold exactly: a slow and simple crawler says what a run must do, page for page and byte for byte."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from app.db.writer import Writing
from indexing.crawls.ledger import MOST_LISTED, Met, Place, Tally, enlist, write_tally
from indexing.crawls.plan import Plan
from tests.indexing.crawls.walks.walking import Web, html
from tests.world.website import Page

Verdicts = dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of a made-up site: where it leads, and how it answers."""

    links: tuple[str, ...]
    size: int = 0
    status: int = 200

    def page(self) -> Page:
        """As it is served."""
        made = html(*self.links)
        return Page(made.body.ljust(self.size), self.status, made.headers)


def slowly(site: dict[str, Leaf], plan: Plan) -> tuple[Verdicts, int, int]:
    """What becomes of every address, how many pages are asked for and how many bytes are kept."""
    found: Verdicts = {}
    waiting, depth_of, pages, kept = deque([plan.seed_url]), {plan.seed_url: 0}, 0, 0
    while waiting:
        url = waiting.popleft()
        if pages >= plan.max_pages or kept >= plan.max_total_bytes:
            found[url] = ("skipped", "limit_pages" if pages >= plan.max_pages else "limit_bytes")
            continue
        leaf = site.get(url)
        pages += 1
        if leaf is None or leaf.status != 200:
            found[url] = ("failed", f"http_{404 if leaf is None else leaf.status}")
            continue
        size = len(leaf.page().body)
        if kept + size > plan.max_total_bytes:
            found[url] = ("skipped", "limit_bytes")
            continue
        kept += size
        found[url] = ("fetched", None)
        for link in leaf.links:
            if link not in depth_of:
                depth_of[link] = depth_of[url] + 1
                if depth_of[link] > plan.max_depth:
                    found[link] = ("skipped", "depth")
                else:
                    waiting.append(link)
    return found, pages, kept


def made_up(seed: int, hosts: Sequence[str]) -> tuple[dict[str, Leaf], dict[str, int]]:
    """A site by chance, on as many hosts, and limits that cut it somewhere."""
    chance = random.Random(seed)
    paths = [f"{chance.choice(hosts)}/{number}" for number in range(1, chance.randrange(2, 30))]
    urls = [f"{hosts[0]}/", *paths]
    site = {
        url: Leaf(
            tuple(dict.fromkeys(chance.choices([*urls, f"{hosts[-1]}/nowhere"], k=chance.randrange(6)))),
            chance.choice([0, 0, 500, 3000]),
            200 if url == urls[0] else chance.choice([200, 200, 200, 200, 500, 410]),
        )
        for url in urls
    }
    limits = {
        "max_depth": chance.randrange(5),
        "max_pages": chance.randrange(1, len(urls) + 3),
        "max_total_bytes": chance.choice([10**7, chance.randrange(200, 20_000)]),
    }
    return site, limits


@pytest.mark.parametrize("number", [1, 2], ids=["one host", "two hosts"])
@pytest.mark.parametrize("seed", range(8))
async def test_a_run_does_what_a_slow_crawler_would(web: Web, seed: int, number: int) -> None:
    site, limits = made_up(seed, [web.site.url, web.other_url][:number])
    web.site.pages |= {urlsplit(url).path: leaf.page() for url, leaf in site.items()}
    web.site.gates |= {urlsplit(url).path: at_leisure(seed) for url in site if number == 2}
    plan = web.plan(follow_external=True, **limits)
    verdicts, pages, kept = slowly(site, plan)
    job = await web.crawl(plan)
    assert {row.url: (row.verdict, row.reason) for row in await web.ledger(job.id)} == verdicts
    assert (len(web.contents()), job.pages, job.bytes_fetched) == (pages, pages, kept)
    counted = (job.pages_fetched, job.pages_skipped, job.pages_failed, job.pages_queued)
    said = [verdict for verdict, _ in verdicts.values()]
    assert counted == (said.count("fetched"), said.count("skipped"), said.count("failed"), 0)
    assert len(await web.documents()) == job.pages_fetched
    assert (job.stopped_by is not None) == any((reason or "").startswith("limit_") for _, reason in verdicts.values())


def at_leisure(seed: int) -> Callable[[], Awaitable[None]]:
    """Some are answered at once and some a little later, so that one host is ahead of the other."""
    chance = random.Random(seed)
    return lambda: asyncio.sleep(chance.choice([0, 0.003]))


async def test_the_ledger_has_an_end_and_says_how_much_it_leaves_out(web: Web) -> None:
    web.site.pages |= {"/": html(*(f"/{number}" for number in range(50)))}
    job = await web.crawl(web.plan(max_pages=1))
    assert (job.listed, job.unlisted, job.pages_skipped, job.stopped_by) == (51, 0, 50, "limit_pages")
    job_id = await web.start(web.plan(max_pages=1))

    def nearly_full(writing: Writing) -> None:
        tally = Tally(listed=MOST_LISTED - 11)
        enlist(writing, tally, [(Place(web.acme.id, job_id, None, 0), [Met(f"{web.site.url}/")])])
        write_tally(writing, job_id, tally)

    await web.tools.writer.write(nearly_full)
    assert await web.walk(job_id) is None
    job = await web.job(job_id)
    assert (job.listed, job.unlisted, job.pages_unchanged, job.pages_skipped) == (MOST_LISTED, 40, 1, 10)
    assert len(await web.ledger(job_id)) == 11


async def test_a_bomb_counts_as_it_is_unpacked(web: Web) -> None:
    bomb = Page(gzip.compress(bytes(2_000_000)), headers={"content-type": "text/plain", "content-encoding": "gzip"})
    web.site.pages |= {"/": html("/bomb", "/small"), "/bomb": bomb, "/small": html(text="fits")}
    job = await web.crawl(web.plan(max_total_bytes=1_000_000))
    assert await web.verdicts(job.id) == {
        "/": ("fetched", None),
        "/bomb": ("skipped", "limit_bytes"),
        "/small": ("fetched", None),
    }
    assert job.stopped_by == "limit_bytes"
