"""A site is walked breadth-first, each address once, and whatever became of it stands in the ledger."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from acl.tables import AccessEntry, AccessList
from app.db.tenancy import Reach
from tests.indexing.crawls.walks.walking import Web, html
from tests.world.patience import PATIENCE
from tests.world.website import Page


async def test_a_site_is_walked_breadth_first_and_every_page_becomes_a_document(web: Web) -> None:
    web.site.pages |= {
        "/": html("/a", "/b"),
        "/a": html("/c", "/", text="one"),
        "/b": html("/c", "/a#part", text="two"),
        "/c": html("/b", text="three"),
    }
    job = await web.crawl()
    assert (job.status, job.stopped_by, job.error_code) == ("completed", None, None)
    assert web.contents() == ["/", "/a", "/b", "/c"]
    assert (job.pages_fetched, job.pages_skipped, job.pages_failed, job.pages_queued, job.pages) == (4, 0, 0, 0, 4)
    assert job.bytes_fetched == sum(len(page.body) for page in web.site.pages.values() if isinstance(page, Page))
    rows = await web.ledger(job.id)
    assert [(row.depth, row.verdict, row.status) for row in rows] == [
        (0, "fetched", 200),
        (1, "fetched", 200),
        (1, "fetched", 200),
        (2, "fetched", 200),
    ]
    documents = await web.documents()
    assert {row.document_id for row in rows} == {document.id for document in documents}
    assert {document.source for document in documents} == {"crawl"}
    assert {document.source_url for document in documents} == {row.url for row in rows}
    assert {document.status for document in documents} == {"pending"}


async def test_what_is_left_out_says_why(web: Web) -> None:
    web.site.pages |= {
        "/robots.txt": Page(b"User-agent: *\nDisallow: /secret"),
        "/": html(
            "/secret", "/skip/1", "/gone", "/picture", "/hidden", "/deep", f"{web.other_url}/", "http://10.0.0.1/"
        ),
        "/picture": Page(b"\x89PNG", headers={"content-type": "image/png"}),
        "/hidden": html("/found", head='<meta name="robots" content="noindex">'),
        "/found": html(text="found on a hidden page"),
        "/deep": html("/deeper", text="deep"),
        "/deeper": html("/deepest", text="deeper"),
    }
    job = await web.crawl(web.plan(max_depth=2, exclude_patterns=["*/skip/*"]))
    assert await web.verdicts(job.id) == {
        "/": ("fetched", None),
        "/secret": ("skipped", "robots"),
        "/skip/1": ("skipped", "scope"),
        "/gone": ("failed", "http_404"),
        "/picture": ("skipped", "type"),
        "/hidden": ("skipped", "noindex"),
        "/deep": ("fetched", None),
        f"{web.other_url}/": ("skipped", "scope"),
        "http://10.0.0.1/": ("skipped", "scope"),
        "/found": ("fetched", None),
        "/deeper": ("fetched", None),
        "/deepest": ("skipped", "depth"),
    }
    assert "/secret" not in web.site.paths
    assert (job.pages_fetched, job.pages_skipped, job.pages_failed) == (4, 7, 1)


async def test_redirects_lead_to_one_document_whatever_they_are_called(web: Web) -> None:
    moved = Page(b"moved", 302, {"location": "/new"})
    web.site.pages |= {
        "/": html("/old", "/older", "/loop", "/out"),
        "/old": moved,
        "/older": moved,
        "/new": html(text="where they lead"),
        "/loop": Page(b"", 302, {"location": "/loop"}),
        "/out": Page(b"", 302, {"location": "http://169.254.169.254/latest"}),
    }
    job = await web.crawl()
    assert await web.verdicts(job.id) == {
        "/": ("fetched", None),
        "/old": ("fetched", None),
        "/older": ("skipped", "duplicate"),
        "/loop": ("failed", "redirect_loop"),
        "/out": ("failed", "blocked_address"),
    }
    assert web.contents().count("/new") == 1
    assert job.pages == 2, "what sends on is no page"
    assert [document.source_url for document in await web.documents()] == [f"{web.site.url}/", f"{web.site.url}/new"]


async def test_a_page_that_says_it_belongs_elsewhere_is_kept_there(web: Web) -> None:
    there = '<link rel="canonical" href="/whole">'
    web.site.pages |= {
        "/": html("/part?page=1", "/part?page=2", "/alone"),
        "/part": html(text="a part", head=there),
        "/whole": html(text="the whole", head=there),
        "/alone": html(text="alone", head='<link rel="canonical" href="/alone">'),
    }
    job = await web.crawl(web.plan(max_depth=1))
    assert await web.verdicts(job.id) == {
        "/": ("fetched", None),
        "/part?page=1": ("skipped", "canonical"),
        "/part?page=2": ("skipped", "canonical"),
        "/alone": ("fetched", None),
        "/whole": ("fetched", None),
    }


async def test_a_run_that_finds_nothing_where_it_begins_has_failed(web: Web) -> None:
    job = await web.crawl()
    assert (job.status, job.error_code, job.pages_failed) == ("failed", "CRAWL_SEED_FAILED", 1)
    assert job.error_message is not None
    assert "http_404" in job.error_message


@pytest.mark.parametrize(
    ("robots", "reason"),
    [(Page(status=503), "robots_unreachable"), (Page(b"User-agent: *\nDisallow: /"), "robots")],
)
async def test_a_run_that_may_read_nothing_where_it_begins_says_so(web: Web, robots: Page, reason: str) -> None:
    web.site.pages |= {"/": html(text="one"), "/robots.txt": robots}
    job = await web.crawl()
    assert (job.status, job.stopped_by, job.pages, job.pages_skipped) == ("completed", reason, 0, 1)
    assert web.site.paths == ["/robots.txt"]


async def test_a_dry_run_says_what_would_be_fetched_and_keeps_nothing(web: Web) -> None:
    web.site.pages |= {"/": html("/a", "/b"), "/a": html(text="one")}
    job = await web.crawl(dry_run=True)
    assert await web.verdicts(job.id) == {"/": ("fetched", None), "/a": ("fetched", None), "/b": ("failed", "http_404")}
    assert (job.status, job.pages_fetched) == ("completed", 2)
    assert await web.documents() == []


async def test_documents_of_a_crawl_get_its_entries(web: Web) -> None:
    eve = await web.acme.person("eve", "tenant_user", permissions=("scaimatrix:view", "scaimatrix:access"))
    entry = {"ace_type": "allow", "principal_type": "user", "principal_id": eve.id, "permissions": 49, "note": "press"}
    over = entry | {"principal_type": "everyone", "principal_id": None, "expires_at": "2020-01-01T00:00:00+00:00"}
    web.site.pages |= {"/": html(text="for eve alone")}
    await web.crawl(web.plan(acl=[entry, over], acl_inherit=False))
    (document,) = await web.documents()
    shown = await web.acme.client("eve").get(f"/v1/modules/scaimatrix/documents/{document.id}")
    assert shown.status_code == 200
    async with web.running.platform.transactions.open(Reach.one(web.acme.id), writes=False) as transaction:
        access = await transaction.session.get_one(AccessList, document.id)
        assert (access.inherits, access.owner_id) == (False, web.acme.people["admin"].id)
        entries = await transaction.session.scalars(select(AccessEntry).where(AccessEntry.resource_id == document.id))
        assert [(row.principal_id, row.permissions, row.note) for row in entries] == [(eve.id, 49, "press")]


async def test_a_sitemap_names_pages_nothing_leads_to(web: Web) -> None:
    listed = "".join(f"<url><loc>{web.site.url}{path}</loc></url>" for path in ("/lonely", "/a", "/skip/1"))
    sitemap = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'
    web.site.pages |= {
        "/robots.txt": Page(f"Sitemap: {web.site.url}/map.xml".encode()),
        "/map.xml": Page(sitemap.encode(), headers={"content-type": "application/xml"}),
        "/": html("/a"),
        "/a": html(text="one"),
        "/lonely": html("/deeper", text="nothing leads here"),
    }
    job = await web.crawl(web.plan(use_sitemap=True, max_depth=0, exclude_patterns=["*/skip/*"]))
    rows = {
        row.url.removeprefix(web.site.url): (row.depth, row.verdict, row.reason) for row in await web.ledger(job.id)
    }
    assert rows == {
        "/": (0, "fetched", None),
        "/lonely": (0, "fetched", None),
        "/a": (0, "fetched", None),
        "/skip/1": (0, "skipped", "scope"),
        "/deeper": (1, "skipped", "depth"),
    }
    assert job.pages_fetched == 3  # neither robots.txt nor the sitemap is a page


async def test_hosts_are_walked_side_by_side_and_settled_in_their_order(web: Web) -> None:
    together = asyncio.Barrier(2)

    async def meet() -> None:
        async with asyncio.timeout(PATIENCE):
            await together.wait()

    web.site.pages |= {
        "/": html("/a", "/b", f"{web.other_url}/c", f"{web.other_url}/d"),
        **{path: html(text=path) for path in ("/a", "/b", "/c", "/d")},
    }
    web.site.gates |= {"/a": meet, "/c": meet}
    job = await web.crawl(web.plan(follow_external=True))
    assert (job.status, job.pages_fetched) == ("completed", 5)
    rows = await web.ledger(job.id)
    assert [row.url for row in rows] == [
        *(f"{web.site.url}{path}" for path in ("/", "/a", "/b")),
        *(f"{web.other_url}{path}" for path in ("/c", "/d")),
    ]
