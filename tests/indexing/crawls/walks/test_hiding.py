"""What a run meets because of a document is hidden from those from whom the document is."""

from __future__ import annotations

from acl.permission import OWNER, VIEWER
from tests.indexing.crawls.walks.test_again import by_etag, by_path
from tests.indexing.crawls.walks.walking import Web, html
from tests.indexing.documents.filing import FILING, deny, let
from tests.world.models import data
from tests.world.website import Page


async def without(web: Web, path: str) -> None:
    """Let eve read the collection, but not the document of one page."""
    await web.acme.person("eve", "tenant_user", permissions=FILING)
    await let(web.acme, web.collection_id, "eve", VIEWER)
    await deny(web.acme, by_path(web, await web.documents())[path].id, "eve", OWNER)


async def seen(web: Web, name: str, job_id: str) -> list[str]:
    """The paths somebody is told of."""
    path = f"/v1/modules/scaimatrix/collections/{web.collection_id}/crawl/{job_id}/pages"
    return [page["url"].removeprefix(web.site.url) for page in data(await web.acme.client(name).get(path))]


async def test_a_dry_run_says_nothing_of_what_is_held_to_who_may_not_read_it(web: Web) -> None:
    web.site.pages |= {"/": html("/a", "/b"), "/a": html("/below", text="one"), "/b": html(text="two")}
    await web.crawl()
    await without(web, "/a")
    web.site.pages["/b"] = html(text="two, and more")
    job = await web.crawl(dry_run=True)
    assert await seen(web, "admin", job.id) == ["/", "/a", "/b", "/below"]
    assert await seen(web, "eve", job.id) == ["/", "/b"]
    held = {path: document.id for path, document in by_path(web, await web.documents()).items()}
    told = {row.url.removeprefix(web.site.url): row.document_id for row in await web.ledger(job.id)}
    assert told == held | {"/below": None}, "which document would be another"


async def test_what_is_looked_back_at_is_told_to_who_may_read_it_whatever_became_of_it(web: Web) -> None:
    web.site.pages |= {"/": html("/a", "/b"), "/a": html(text="one"), "/b": html(text="two")}
    crawl = await web.save()
    await web.crawl(web.plan(), crawl)
    await without(web, "/a")
    web.site.pages["/"] = html(text="it leads nowhere now")
    web.site.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /a")
    job = await web.crawl(web.plan(), crawl)
    assert (await web.verdicts(job.id))["/a"] == ("skipped", "robots")
    assert await seen(web, "admin", job.id) == ["/", "/a", "/b"]
    assert await seen(web, "eve", job.id) == ["/", "/b"]
    del web.site.pages["/robots.txt"]
    cut = await web.crawl(web.plan(max_pages=2), crawl)
    assert (await web.verdicts(cut.id))["/b"] == ("skipped", "limit_pages")
    assert await seen(web, "eve", cut.id) == ["/", "/b"]


async def test_a_page_that_is_skipped_unsent_is_told_to_who_may_read_what_is_held_of_it(web: Web) -> None:
    there = html("/below", text="one", head='<link rel="canonical" href="/whole">')
    web.site.pages |= {"/": html("/whole", "/a"), "/a": by_etag(there, '"one"')}
    await web.crawl()
    await without(web, "/a")
    web.site.pages["/whole"] = html(text="the whole")
    job = await web.crawl()
    assert (await web.verdicts(job.id))["/a"] == ("skipped", "canonical")
    assert [row.status for row in await web.ledger(job.id)] == [200, 200, 304, 404]
    assert await seen(web, "admin", job.id) == ["/", "/whole", "/a", "/below"]
    assert await seen(web, "eve", job.id) == ["/", "/whole"], "that it was not sent says that it is held"
    web.site.pages["/a"] = there
    sent = await web.crawl()
    assert await seen(web, "eve", sent.id) == ["/", "/whole", "/a", "/below"], "as if nothing were held"
