"""A site that was crawled before is asked what has changed; what has not costs nothing, what is gone goes in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, select

from app.db.tenancy import Reach
from app.jobs.kinds import JobKind
from app.jobs.tables import Job
from indexing.crawls.tables import Crawl
from indexing.documents.tables import Document
from tests.indexing.crawls.walks.walking import Web, html
from tests.world.website import Asked, Page


def by_etag(page: Page, tag: str) -> Callable[[Asked], Page]:
    """A page that need not be sent again to who has it."""

    def answer(asked: Asked) -> Page:
        if asked.headers.get("if-none-match") == tag:
            return Page(status=304, headers={"etag": tag})
        return Page(page.body, page.status, page.headers | {"etag": tag})

    return answer


def by_path(web: Web, documents: list[Document]) -> dict[str, Document]:
    return {(document.source_url or "").removeprefix(web.site.url): document for document in documents}


async def promised(web: Web) -> list[str]:
    """The documents that are to be read and embedded; from now on none of them is."""
    ours = (Job.tenant_id == web.acme.id, Job.kind == JobKind.INGEST_DOCUMENT)
    async with web.running.platform.transactions.open(Reach.one(web.acme.id)) as transaction:
        found = list(await transaction.session.scalars(select(Job.subject_id).where(*ours)))
        await transaction.session.execute(delete(Job).where(*ours))
    return found


async def test_what_has_not_changed_is_not_sent_or_not_kept_again(web: Web) -> None:
    first = html("/same", "/other", text="the beginning")
    web.site.pages |= {
        "/": by_etag(first, '"one"'),
        "/same": html("/below", text="as it was"),
        "/other": html(text="1"),
    }
    web.site.pages["/below"] = html(text="below")
    crawl = await web.save()
    await web.crawl(web.plan(), crawl)
    before = by_path(web, await web.documents())
    assert set(await promised(web)) == {document.id for document in before.values()}
    web.site.pages["/other"] = html(text="2, and more than before")
    web.site.asked.clear()
    job = await web.crawl(web.plan(), crawl)
    assert await web.verdicts(job.id) == {
        "/": ("unchanged", None),
        "/same": ("unchanged", None),
        "/other": ("fetched", None),
        "/below": ("unchanged", None),
    }
    assert (job.pages_fetched, job.pages_unchanged, job.pages) == (1, 3, 4)
    assert await promised(web) == [before["/other"].id], "nothing else is read or embedded again"
    after = by_path(web, await web.documents())
    assert {path: document.id for path, document in after.items()} == {path: one.id for path, one in before.items()}
    assert {path for path, one in after.items() if one.content_version != before[path].content_version} == {"/other"}
    assert {path for path, one in after.items() if one.version != before[path].version} == {"/other"}
    assert [row.status for row in await web.ledger(job.id)] == [304, 200, 200, 200]


async def test_a_page_that_fails_keeps_its_last_text(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": html(text="it was well")}
    crawl = await web.save()
    await web.crawl(web.plan(), crawl)
    before = by_path(web, await web.documents())["/a"]
    web.site.pages["/a"] = Page(b"out of order", 500)
    job = await web.crawl(web.plan(), crawl)
    assert (await web.verdicts(job.id))["/a"] == ("failed", "http_500")
    after = by_path(web, await web.documents())["/a"]
    assert (after.sha256, after.version, after.source_state) == (before.sha256, before.version, before.source_state)


async def test_a_page_that_is_gone_goes_after_the_grace_and_comes_back_before_it(web: Web) -> None:
    web.site.pages |= {"/": html("/a", "/b"), "/a": html(text="one"), "/b": html(text="two")}
    crawl = await web.save(grace_crawls=3)
    await web.crawl(web.plan(), crawl)
    gone, back = web.site.pages.pop("/a"), web.site.pages.pop("/b")
    for _ in range(2):
        job = await web.crawl(web.plan(), crawl)
        assert (await web.verdicts(job.id))["/a"] == ("failed", "http_404")
    assert set(by_path(web, await web.documents())) == {"/", "/a", "/b"}
    web.site.pages["/b"] = back
    await web.crawl(web.plan(), crawl)
    assert set(by_path(web, await web.documents())) == {"/", "/b"}
    assert "gone_in" not in by_path(web, await web.documents())["/b"].source_state
    web.site.pages["/a"] = gone
    await web.crawl(web.plan(), crawl)
    assert set(by_path(web, await web.documents())) == {"/", "/a", "/b"}


async def test_a_page_nothing_leads_to_any_more_is_asked_for_once_more(web: Web) -> None:
    web.site.pages |= {"/": html("/a", "/b"), "/a": html(text="one"), "/b": html("/new", text="two")}
    crawl = await web.save(grace_crawls=1)
    await web.crawl(web.plan(grace_crawls=1), crawl)
    web.site.pages["/"] = html(text="it leads nowhere now")
    del web.site.pages["/a"]
    job = await web.crawl(web.plan(grace_crawls=1), crawl)
    assert await web.verdicts(job.id) == {
        "/": ("fetched", None),
        "/a": ("failed", "http_404"),
        "/b": ("unchanged", None),
    }
    assert set(by_path(web, await web.documents())) == {"/", "/b"}
    other = await web.crawl()  # which brought none of them, and is not asked about those
    assert set(await web.verdicts(other.id)) == {"/"}


async def test_a_page_that_is_nothing_to_read_any_more_keeps_its_last_text(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": html(text="one")}
    crawl = await web.save(grace_crawls=1)
    await web.crawl(web.plan(grace_crawls=1), crawl)
    before = by_path(web, await web.documents())["/a"]
    web.site.pages["/a"] = Page(b"\x89PNG\r\n\x1a\n" + bytes(100), headers={"content-type": "image/png"})
    job = await web.crawl(web.plan(grace_crawls=1), crawl)
    assert (await web.verdicts(job.id))["/a"] == ("skipped", "type")
    after = by_path(web, await web.documents())["/a"]
    assert (after.id, after.sha256, after.content_version) == (before.id, before.sha256, 1)


async def test_what_somebody_deleted_by_hand_comes_back_with_the_next_crawl(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": by_etag(html(text="one"), '"one"')}
    crawl = await web.save()
    await web.crawl(web.plan(), crawl)
    before = by_path(web, await web.documents())["/a"]
    gone = await web.acme.client("admin").delete(
        f"/v1/modules/scaimatrix/collections/{web.collection_id}/documents/{before.id}"
    )
    assert gone.status_code == 200
    job = await web.crawl(web.plan(), crawl)
    assert (await web.verdicts(job.id))["/a"] == ("fetched", None)
    after = by_path(web, await web.documents())["/a"]
    assert (after.id != before.id, after.sha256) == (True, before.sha256)


async def test_an_address_that_was_fetched_alone_is_the_same_document(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": html(text="one")}
    told = {"url": f"{web.site.url}/a"}
    path = f"/v1/modules/scaimatrix/collections/{web.collection_id}/documents/from-url"
    made = (await web.acme.client("admin").post(path, json=told)).json()["data"]
    await web.crawl()
    assert by_path(web, await web.documents())["/a"].id == made["id"]
    assert len(await web.documents()) == 2


async def test_an_address_that_leads_elsewhere_now_gives_its_document_up(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": html(text="one")}
    crawl = await web.save(grace_crawls=1)
    await web.crawl(web.plan(grace_crawls=1), crawl)
    web.site.pages["/a"] = Page(status=301, headers={"location": "/b"})
    web.site.pages["/b"] = html(text="one, elsewhere")
    await web.crawl(web.plan(grace_crawls=1), crawl)
    assert set(by_path(web, await web.documents())) == {"/", "/b"}


async def test_the_grace_is_also_a_time(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": html(text="one")}
    crawl = await web.save(grace_crawls=100, grace_days=7)
    await web.crawl(web.plan(grace_crawls=100), crawl)
    del web.site.pages["/a"]
    await web.crawl(web.plan(grace_crawls=100), crawl)
    before = by_path(web, await web.documents())["/a"]
    since = web.running.platform.clock.now() - timedelta(days=7)
    async with web.running.platform.transactions.open(Reach.one(web.acme.id)) as transaction:
        row = await transaction.session.get_one(Document, before.id)
        row.source_state = {**row.source_state, "gone_since": since.isoformat()}
    await web.crawl(web.plan(grace_crawls=100), crawl)
    assert set(by_path(web, await web.documents())) == {"/"}


async def test_a_saved_crawl_that_is_deleted_leaves_its_runs(web: Web) -> None:
    web.site.pages |= {"/": html()}
    crawl = await web.save()
    job = await web.crawl(web.plan(), crawl)
    async with web.running.platform.transactions.open(Reach.one(web.acme.id)) as transaction:
        await transaction.session.delete(await transaction.session.get_one(Crawl, crawl.id))
    kept = await web.job(job.id)
    assert (kept.crawl_id, kept.status) == (None, "completed")
