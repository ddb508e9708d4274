"""Pages that come fast are written down together, and nothing else comes of it: no limit, no verdict, no address."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from indexing.crawls.run import CrawlTools
from tests.indexing.crawls.walks.test_limits import made_up, slowly
from tests.indexing.crawls.walks.walking import Web, html
from tests.world.patience import eventually, until
from tests.world.website import Page

EVER = 3600.0  # seconds: nothing is written down because of the time


@pytest.fixture
def patient(web: Web) -> CrawlTools:
    """With which pages wait for each other as long as they may."""
    return replace(web.tools, apart_seconds=EVER)


async def test_pages_that_come_fast_are_written_down_together(web: Web, patient: CrawlTools) -> None:
    web.site.pages |= {"/": html(*(f"/{number}" for number in range(70)))}
    web.site.pages |= {f"/{number}": html(text=f"page {number}") for number in range(70)}
    job_id = await web.start(dry_run=True)
    assert await web.walk(job_id, patient) is None
    job = await web.job(job_id)
    assert (job.status, job.pages_fetched, job.pages) == ("completed", 71, 71)
    times = Counter(row.fetched_at for row in await web.ledger(job_id))
    assert [number for _, number in sorted(times.items())] == [1, 32, 32, 6]


async def test_of_what_becomes_documents_a_few_are_written_down_together(web: Web, patient: CrawlTools) -> None:
    web.site.pages |= {"/": html(*(f"/{number}" for number in range(20)))}
    web.site.pages |= {f"/{number}": html(text=f"page {number}") for number in range(20)}
    job_id = await web.start()
    assert await web.walk(job_id, patient) is None
    ledger = await web.ledger(job_id)
    times = Counter(row.fetched_at for row in ledger)
    assert [number for _, number in sorted(times.items())] == [1, 8, 8, 4]
    documents = await web.documents()
    assert {row.document_id for row in ledger} == {document.id for document in documents}
    assert len(documents) == len({document.blob_key for document in documents}) == 21


async def test_few_documents_are_written_down_together_however_many_are_ready_at_once(
    web: Web, patient: CrawlTools
) -> None:
    gate = asyncio.Event()
    web.site.gates["/slow"] = gate.wait
    links = [f"/{number}" for number in range(20)]
    web.site.pages |= {"/": html(f"{web.other_url}/slow", *links), "/slow": html(text="a slow one")}
    web.site.pages |= {link: html(text=f"page {link}") for link in links}
    job_id = await web.start(web.plan(follow_external=True))
    walking = asyncio.create_task(web.walk(job_id, patient))
    await until(lambda: set(links) <= set(web.contents()))
    gate.set()
    assert await walking is None
    times = Counter(row.fetched_at for row in await web.ledger(job_id))
    assert [number for _, number in sorted(times.items())] == [1, 8, 8, 5]


async def test_large_documents_do_not_wait_for_each_other(web: Web, patient: CrawlTools) -> None:
    large = html(text="word " * 2**19)  # more than two megabytes
    web.site.pages |= {"/": html("/a", "/b", "/c", "/d")} | dict.fromkeys(("/a", "/b", "/c", "/d"), large)
    job_id = await web.start()
    assert await web.walk(job_id, patient) is None
    times = Counter(row.fetched_at for row in await web.ledger(job_id))
    assert [number for _, number in sorted(times.items())] == [1, 2, 2]


async def test_pages_of_many_links_wait_for_few_others(web: Web, patient: CrawlTools) -> None:
    many = [f"/{number}" for number in range(1700)]
    web.site.pages |= {"/": html("/a", "/b", "/c", "/d")}
    web.site.pages |= dict.fromkeys(("/a", "/b", "/c", "/d"), html(*many))
    job_id = await web.start(web.plan(max_depth=1), dry_run=True)
    assert await web.walk(job_id, patient) is None
    times = Counter(row.fetched_at for row in await web.ledger(job_id) if row.verdict == "fetched")
    assert [number for _, number in sorted(times.items())] == [1, 3, 1]


@pytest.mark.parametrize("seed", range(12, 24))
async def test_limits_hold_as_if_each_had_been_written_down_alone(web: Web, patient: CrawlTools, seed: int) -> None:
    site, limits = made_up(seed, [web.site.url])
    web.site.pages |= {urlsplit(url).path: leaf.page() for url, leaf in site.items()}
    plan = web.plan(**limits)
    verdicts, pages, kept = slowly(site, plan)
    job_id = await web.start(plan, dry_run=True)
    assert await web.walk(job_id, patient) is None
    job = await web.job(job_id)
    assert {row.url: (row.verdict, row.reason) for row in await web.ledger(job_id)} == verdicts
    assert (len(web.contents()), job.pages, job.bytes_fetched) == (pages, pages, kept)


async def test_once_the_bytes_are_used_up_nothing_more_is_asked_for(web: Web, patient: CrawlTools) -> None:
    links = [f"/{number}" for number in range(9)]
    first, other = html(*links), html(text="one of many")
    web.site.pages |= {"/": first} | dict.fromkeys(links, other)
    most = len(first.body) + 3 * len(other.body)
    job_id = await web.start(web.plan(max_total_bytes=most), dry_run=True)
    assert await web.walk(job_id, patient) is None
    assert web.contents() == ["/", "/0", "/1", "/2"]
    job = await web.job(job_id)
    assert (job.bytes_fetched, job.stopped_by) == (most, "limit_bytes")


async def test_a_redirect_to_what_a_waiting_page_has_named_is_not_followed(web: Web, patient: CrawlTools) -> None:
    web.site.pages |= {
        "/": html("/names", "/leads"),
        "/names": html("/there"),
        "/leads": Page(b"", 302, {"location": "/there"}),
        "/there": html(text="here it is"),
    }
    job_id = await web.start(dry_run=True)
    assert await web.walk(job_id, patient) is None
    assert await web.verdicts(job_id) == {
        "/": ("fetched", None),
        "/names": ("fetched", None),
        "/leads": ("skipped", "duplicate"),
        "/there": ("fetched", None),
    }
    assert web.contents() == ["/", "/names", "/leads", "/there"]


async def test_two_redirects_to_one_place_have_it_asked_for_once(web: Web, patient: CrawlTools) -> None:
    leading = Page(b"", 302, {"location": "/place"})
    web.site.pages |= {"/": html("/one", "/two"), "/one": leading, "/two": leading, "/place": html(text="here it is")}
    job_id = await web.start(dry_run=True)
    assert await web.walk(job_id, patient) is None
    assert web.contents() == ["/", "/one", "/place", "/two"]
    assert (await web.verdicts(job_id))["/two"] == ("skipped", "duplicate")


async def test_what_waits_is_written_down_while_the_next_page_is_slow(web: Web) -> None:
    gate = asyncio.Event()
    web.site.gates["/slow"] = gate.wait
    web.site.pages |= {"/": html("/a", "/slow"), "/a": html(text="a page"), "/slow": html(text="a slow one")}
    job_id = await web.start(dry_run=True)
    walking = asyncio.create_task(web.walk(job_id))

    async def is_written() -> bool:
        verdicts = await web.verdicts(job_id)
        return (verdicts["/a"], verdicts["/slow"]) == (("fetched", None), (None, None))

    try:
        await until(lambda: web.site.waited)
        await eventually(is_written)
    finally:
        gate.set()
        assert await walking is None


async def test_what_waited_when_its_walker_was_stopped_is_asked_for_once_more(web: Web, patient: CrawlTools) -> None:
    gate = asyncio.Event()
    web.site.gates["/slow"] = gate.wait
    links = ["/a", "/b", "/slow", "/c"]
    web.site.pages |= {"/": html(*links)} | {link: html("/d", text=f"page {link}") for link in (*links, "/d")}
    job_id = await web.start(dry_run=True)
    walking = asyncio.create_task(web.walk(job_id, patient))
    await until(lambda: web.site.waited)
    walking.cancel()
    await asyncio.wait([walking])
    gate.set()
    assert await web.walk(job_id, patient) is None
    job = await web.job(job_id)
    assert (job.status, job.pages_fetched, job.pages, job.pages_queued) == ("completed", 6, 6, 0)
    assert web.contents() == ["/", "/a", "/b", "/slow", "/a", "/b", "/slow", "/c", "/d"]
