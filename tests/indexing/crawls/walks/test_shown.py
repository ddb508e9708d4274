"""Of what a run met, everybody is told what they may know, however it came to be met."""

from __future__ import annotations

from acl.permission import OWNER, VIEWER
from tests.indexing.crawls.walks.walking import Web, html
from tests.indexing.documents.filing import deny, let
from tests.world.models import data
from tests.world.website import Page


async def for_eve(web: Web) -> None:
    """Somebody who may read the collection."""
    await web.acme.person("eve", "tenant_user", permissions=("scaimatrix:view",))
    await let(web.acme, web.collection_id, "eve", VIEWER)


async def hide(web: Web, *paths: str) -> None:
    """But not the documents of these addresses."""
    held = {document.source_url: document.id for document in await web.documents()}
    for path in paths:
        await deny(web.acme, held[web.site.url + path], "eve", OWNER)


async def shown(web: Web, job_id: str, name: str) -> list[str]:
    """The addresses of a run that somebody is told of."""
    path = f"/v1/modules/scaimatrix/collections/{web.collection_id}/crawl/{job_id}/pages"
    pages = data(await web.acme.client(name).get(path))
    return [page["url"].removeprefix(web.site.url) for page in pages]


async def test_a_page_nothing_leads_to_is_shown_to_those_alone_who_may_read_what_it_brought(web: Web) -> None:
    await for_eve(web)
    web.site.pages |= {"/": html("/a", "/b", "/c"), "/a": html(text="1"), "/b": html(text="2"), "/c": html(text="3")}
    crawl = await web.save()
    await web.crawl(web.plan(), crawl)
    await hide(web, "/a", "/b")
    web.site.pages |= {"/": html(text="it leads nowhere now"), "/robots.txt": Page(b"User-agent: *\nDisallow: /a")}
    web.site.pages |= {"/b": Page(b"GIF89a", headers={"content-type": "image/gif"})}
    job = await web.crawl(web.plan(), crawl)
    assert await web.verdicts(job.id) == {
        "/": ("fetched", None),
        "/a": ("skipped", "robots"),
        "/b": ("skipped", "type"),
        "/c": ("unchanged", None),
    }
    assert await shown(web, job.id, "admin") == ["/", "/a", "/b", "/c"]
    assert await shown(web, job.id, "eve") == ["/", "/c"]


async def test_a_dry_run_tells_nobody_what_a_document_says_that_they_may_not_read(web: Web) -> None:
    await for_eve(web)
    web.site.pages |= {"/": html("/secret"), "/secret": html("/plans-for-may"), "/plans-for-may": html(text="2")}
    await web.crawl()
    await hide(web, "/secret", "/plans-for-may")
    web.site.pages["/secret"] = html("/plans-for-may", "/plans-for-june")
    job = await web.crawl(dry_run=True)
    assert await shown(web, job.id, "admin") == ["/", "/secret", "/plans-for-may", "/plans-for-june"]
    assert await shown(web, job.id, "eve") == ["/"]
