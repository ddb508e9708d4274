"""What failed in a run is asked for once more, and nothing else is."""

from __future__ import annotations

import pytest

from app.db.tenancy import Reach
from indexing.crawls.errors import CrawlAlreadyRunning
from indexing.crawls.retrying import NothingFailed, Retrying
from indexing.crawls.tables import CrawlJob
from tests.indexing.crawls.walks.walking import Web, html
from tests.world.website import Page

BROKEN = Page(b"broken", 500)


async def retry(web: Web, job_id: str, person: str = "admin") -> str:
    """Begin one, by hand."""
    platform = web.running.platform
    caller = await platform.credentials.of_user(web.acme.people[person].id)
    async with platform.transactions.open(Reach.one(web.acme.id)) as transaction:
        job = await transaction.session.get_one(CrawlJob, job_id)
        return (await Retrying(transaction, platform.jobs, platform.chokepoint, caller).retry(job)).id


async def retried(web: Web, job_id: str) -> CrawlJob:
    web.site.asked.clear()
    again = await retry(web, job_id)
    assert await web.walk(again) is None
    return await web.job(again)


async def test_pages_that_failed_are_asked_for_again_and_what_they_lead_to_is_not(web: Web) -> None:
    web.site.pages |= {"/": html("/a", "/b", "/c"), "/a": BROKEN, "/b": html(text="two"), "/c": BROKEN}
    first = await web.crawl()
    assert (first.status, first.pages_failed) == ("completed", 2)
    web.site.pages |= {"/a": html("/further", "/b", text="one"), "/further": html(text="further")}
    again = await retried(web, first.id)
    assert web.contents() == ["/a", "/c"]
    assert await web.verdicts(again.id) == {
        "/a": ("fetched", None),
        "/c": ("failed", "http_500"),
        "/": (None, None),  # where they were met, which no list shows
    }
    assert (again.status, again.trigger, again.pages_fetched, again.pages_failed) == ("completed", "retry", 1, 1)
    assert (again.pages_skipped, again.pages_queued, again.pages) == (0, 0, 2)
    assert {one.source_url for one in await web.documents()} == {f"{web.site.url}{path}" for path in ("/", "/a", "/b")}
    third = await retried(web, again.id)
    assert web.contents() == ["/c"]
    assert third.status == "completed", "though nothing could be read"


async def test_a_page_keeps_its_document(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": html(text="one")}
    await web.crawl()
    web.site.pages["/a"] = BROKEN
    failed = await web.crawl()
    assert failed.pages_failed == 1
    web.site.pages["/a"] = html(text="another")
    assert (await retried(web, failed.id)).pages_fetched == 1
    found = {one.source_url: one.content_version for one in await web.documents()}
    assert found == {f"{web.site.url}/": 1, f"{web.site.url}/a": 2}


async def test_of_a_saved_crawl_it_is_a_run_that_looks_back_at_nothing(web: Web) -> None:
    web.site.pages |= {"/": html("/a", "/b"), "/a": BROKEN, "/b": html(text="two")}
    crawl = await web.save()
    first = await web.crawl(web.plan(), crawl, trigger="manual")
    web.site.pages["/a"] = html(text="one")
    again = await retried(web, first.id)
    assert (again.crawl_id, again.status, web.contents()) == (crawl.id, "completed", ["/a"])
    brought = [one for one in await web.documents() if one.source_state.get("crawl_id") == crawl.id]
    assert len(brought) == 3


async def test_it_runs_in_its_turn_with_the_saved_crawl(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": BROKEN}
    crawl = await web.save()
    first = await web.crawl(web.plan(), crawl, trigger="manual")
    running = await web.start(web.plan(), crawl)
    with pytest.raises(CrawlAlreadyRunning, match=running):
        await retry(web, first.id)
    with pytest.raises(CrawlAlreadyRunning, match=running):
        await retry(web, running)


async def test_pages_that_are_gone_do_not_go_sooner_for_it(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": html(text="one")}
    crawl = await web.save(grace_crawls=2)
    await web.crawl(web.plan(grace_crawls=2), crawl)
    del web.site.pages["/a"]
    first = await web.crawl(web.plan(grace_crawls=2), crawl)
    assert (await web.verdicts(first.id))["/a"] == ("failed", "http_404")
    for _ in range(2):
        assert (await retried(web, first.id)).pages_failed == 1
    assert len(await web.documents()) == 2


async def test_where_nothing_failed_nothing_is_begun(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": html(text="one")}
    first = await web.crawl()
    with pytest.raises(NothingFailed):
        await retry(web, first.id)


async def test_a_dry_run_is_tried_again_as_one(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": BROKEN}
    first = await web.crawl(dry_run=True)
    web.site.pages["/a"] = html(text="one")
    again = await retried(web, first.id)
    assert (again.dry_run, again.pages_fetched, await web.documents()) == (True, 1, [])


async def test_a_page_that_says_it_belongs_to_where_it_was_met_is_not_kept(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": BROKEN}
    first = await web.crawl()
    web.site.pages["/a"] = html(text="the same", head='<link rel="canonical" href="/">')
    again = await retried(web, first.id)
    assert (await web.verdicts(again.id))["/a"] == ("skipped", "canonical")
    assert web.contents() == ["/a"]
    assert len(await web.documents()) == 1
