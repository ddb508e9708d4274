"""A document that is somewhere else is fetched from there by its job, again only if it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from acl.permission import EDITOR, OWNER, Permission
from app.db.tenancy import Reach
from app.errors import PlatformError
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held
from indexing.documents.content import ContentKeeping
from indexing.documents.fetching import Fetching, SourceAway, SourceRefused
from indexing.documents.status import Run, RunLost
from indexing.documents.tables import Document
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.documents.filing import blobs_of, deny, filed, let, path_of
from tests.world.models import code, data
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh
from tests.world.website import Asked, Page, Website, website

MOST = 200_000


@dataclass(slots=True)
class Web:
    """A site, and a platform that may fetch from it."""

    site: Website
    running: Running
    acme: Organisation

    async def fetch(self, document_id: str, attempt: int = 1, most: int = MOST) -> None:
        """Do what the document's job does first."""
        platform, lease = self.running.platform, new_id("lse")
        run = Run(document_id, lease)
        async with platform.transactions.open(Reach.one(self.acme.id)) as transaction:
            assert await transaction.write(lambda writing: run.begin(writing, attempt) or run.take(writing, attempt))
        keeping = ContentKeeping(platform.transactions, platform.blobs)
        held = Held(new_id("job"), self.acme.id, JobKind.INGEST_DOCUMENT, document_id, lease, attempt)
        await Fetching(platform.outbound, keeping, most).fetch(held, run)


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[tuple[Website, Running]]:
    async with website() as site, fresh(deeds={}, allow_hosts=(site.url.removeprefix("http://"),)) as running:
        yield site, running


@pytest.fixture
async def web(place: tuple[Website, Running]) -> AsyncIterator[Web]:
    site, running = place
    site.pages.clear()
    site.asked.clear()
    acme = await organisation(running)
    yield Web(site, running, acme)
    await acme.aclose()


async def want(web: Web, who: Any, plans: dict[str, Any], url: str, **said: Any) -> Any:
    return await who.post(f"{COLLECTIONS}/{plans['id']}/documents/from-url", json={"url": url} | said)


async def test_a_page_becomes_a_document_once_it_is_fetched(web: Web) -> None:
    plans, people = await filed(web.acme, "eve")
    await let(web.acme, plans["id"], "eve")
    web.site.pages["/docs/Plan%20A.md"] = Page(b"# Plan", headers={"Content-Type": "text/markdown; charset=utf-8"})
    made = data(await want(web, people["eve"], plans, f"{web.site.url}/docs/Plan%20A.md#part"), 202)
    assert (made["status"], made["name"], made["source"]) == ("pending", "Plan A.md", "url")
    assert made["source_url"] == f"{web.site.url}/docs/Plan%20A.md"
    assert (made["content_version"], made["size_bytes"], made["owner_id"]) == (0, 0, web.acme.people["eve"].id)
    assert web.site.asked == []
    assert code(await people["admin"].get(f"{path_of(made)}/content")) == (409, "CONTENT_NOT_THERE")
    await web.fetch(made["id"])
    answer = await people["admin"].get(f"{path_of(made)}/content")
    assert (answer.content, answer.headers["content-type"]) == (b"# Plan", "text/markdown")
    now = data(await people["admin"].get(path_of(made)))
    assert (now["content_version"], now["size_bytes"], now["name"]) == (1, 6, "Plan A.md")


async def test_the_same_address_again_refreshes_its_document(web: Web) -> None:
    plans, people = await filed(web.acme)
    web.site.pages["/a"] = Page(b"one")
    made = data(await want(web, people["admin"], plans, f"{web.site.url}/a"), 202)
    await web.fetch(made["id"])
    upper = web.site.url.replace("http", "HTTP") + "/a#there"
    again = data(await want(web, people["admin"], plans, upper, name="Named", metadata={"n": 1}), 202)
    assert (again["id"], again["status"], again["name"]) == (made["id"], "pending", "Named")
    assert again["metadata"] == {"n": 1}
    web.site.pages["/a"] = Page(b"two")
    await web.fetch(made["id"])
    now = data(await people["admin"].get(path_of(made)))
    assert (now["content_version"], now["size_bytes"]) == (2, 3)
    assert (await people["admin"].get(f"{path_of(made)}/content")).content == b"two"


async def test_one_address_asked_for_many_times_at_once_is_one_document(web: Web) -> None:
    plans, people = await filed(web.acme)
    answers = await asyncio.gather(*(want(web, people["admin"], plans, f"{web.site.url}/x") for _ in range(5)))
    assert len({data(answer, 202)["id"] for answer in answers}) == 1


async def test_what_has_not_changed_costs_nothing(web: Web) -> None:
    plans, people = await filed(web.acme)

    def page(asked: Asked) -> Page:
        same = asked.headers.get("if-none-match") == '"v1"'
        return Page(b"" if same else b"text", 304 if same else 200, {"ETag": '"v1"', "Last-Modified": "yesterday"})

    web.site.pages["/etag"] = page
    web.site.pages["/plain"] = Page(b"text")
    for path in ("/etag", "/plain"):
        made = data(await want(web, people["admin"], plans, f"{web.site.url}{path}"), 202)
        await web.fetch(made["id"])
        before = blobs_of(web.running, web.acme.id)
        await web.fetch(made["id"])
        now = data(await people["admin"].get(path_of(made)))
        assert now["content_version"] == 1, path
        assert blobs_of(web.running, web.acme.id) == before
    assert web.site.asked[1].headers["if-none-match"] == '"v1"'
    assert web.site.asked[1].headers["if-modified-since"] == "yesterday"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x",
        "http://127.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://user:password@example.com/",
        "ftp://example.com/x",
        "file:///etc/passwd",
        "nonsense",
        "http://example.com:22/",
    ],
)
async def test_an_address_that_may_not_be_called_is_refused_at_once(web: Web, url: str) -> None:
    plans, people = await filed(web.acme)
    answer = await want(web, people["admin"], plans, url)
    assert code(answer) == (422, "BLOCKED_ADDRESS"), answer.text
    assert data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/documents")) == []


async def test_a_redirect_to_where_nobody_may_go_fails_for_good(web: Web) -> None:
    plans, people = await filed(web.acme)
    web.site.pages["/out"] = Page(b"", 302, {"Location": "http://169.254.169.254/"})
    made = data(await want(web, people["admin"], plans, f"{web.site.url}/out"), 202)
    with pytest.raises(PlatformError, match="credentials") as refused:
        await web.fetch(made["id"])
    assert refused.value.code == "BLOCKED_ADDRESS"


async def test_redirects_are_followed_within_bounds(web: Web) -> None:
    plans, people = await filed(web.acme)
    web.site.pages["/from"] = Page(b"", 301, {"Location": "/to"})
    web.site.pages["/to"] = Page(b"arrived")
    web.site.pages["/round"] = Page(b"", 302, {"Location": "/round"})
    made = data(await want(web, people["admin"], plans, f"{web.site.url}/from"), 202)
    await web.fetch(made["id"])
    assert (await people["admin"].get(f"{path_of(made)}/content")).content == b"arrived"
    circle = data(await want(web, people["admin"], plans, f"{web.site.url}/round"), 202)
    with pytest.raises(SourceRefused, match="circle"):
        await web.fetch(circle["id"])


@pytest.mark.parametrize(
    ("page", "attempt", "fault", "said"),
    [
        (Page(b"gone", 404), 1, SourceRefused, "404"),
        (Page(b"no", 403), 1, SourceRefused, "403"),
        (Page(b"busy", 503, {"Retry-After": "7"}), 1, SourceAway, "503"),
        (Page(b"busy", 503), 24, SourceRefused, "503"),
        (Page(b"slow", 429), 3, SourceAway, "429"),
        (Page(b"", 200), 1, SourceRefused, "nothing"),
        (Page(b"x" * 1000, pieces=201), 1, SourceRefused, "limit"),
        (Page(b"no zip", 200, {"Content-Encoding": "gzip"}), 1, SourceRefused, "packing"),
    ],
)
async def test_what_cannot_be_kept_fails_and_what_is_away_waits(
    web: Web, page: Page, attempt: int, fault: type[PlatformError], said: str
) -> None:
    plans, people = await filed(web.acme)
    web.site.pages["/it"] = page
    made = data(await want(web, people["admin"], plans, f"{web.site.url}/it"), 202)
    with pytest.raises(fault, match=said):
        await web.fetch(made["id"], attempt)
    assert blobs_of(web.running, web.acme.id) == []
    assert data(await people["admin"].get(path_of(made)))["content_version"] == 0


async def test_a_host_that_does_not_answer_is_away(web: Web) -> None:
    plans, people = await filed(web.acme)
    made = data(await want(web, people["admin"], plans, f"{web.site.url}/it"), 202)
    async with web.running.platform.transactions.open(Reach.one(web.acme.id)) as transaction:
        (await transaction.session.get_one(Document, made["id"])).source_url = "http://no-such-host.invalid/"
    with pytest.raises(SourceAway):
        await web.fetch(made["id"])
    with pytest.raises(SourceRefused, match="24 times"):
        await web.fetch(made["id"], 24)


async def test_whoever_lost_the_document_keeps_nothing_of_what_they_fetched(web: Web) -> None:
    plans, people = await filed(web.acme)
    made = data(await want(web, people["admin"], plans, f"{web.site.url}/it"), 202)
    platform, lost = web.running.platform, Run(made["id"], "lease-of-nobody")
    web.site.pages["/it"] = Page(b"text")
    keeping = ContentKeeping(platform.transactions, platform.blobs)
    held = Held(new_id("job"), web.acme.id, JobKind.INGEST_DOCUMENT, made["id"], "lease-of-nobody", 1)
    with pytest.raises(RunLost):
        await Fetching(platform.outbound, keeping, MOST).fetch(held, lost)
    assert blobs_of(web.running, web.acme.id) == []


async def test_a_quota_holds_for_what_is_fetched_too(web: Web) -> None:
    plans, people = await filed(web.acme, storage_quota_bytes=10)
    web.site.pages["/it"] = Page(b"eleven byte")
    made = data(await want(web, people["admin"], plans, f"{web.site.url}/it"), 202)
    with pytest.raises(PlatformError) as refused:
        await web.fetch(made["id"])
    assert refused.value.code == "QUOTA_EXCEEDED"
    assert blobs_of(web.running, web.acme.id) == []


async def test_an_address_held_where_its_asker_cannot_write_becomes_a_document_of_theirs(web: Web) -> None:
    plans, people = await filed(web.acme, "eve")
    await let(web.acme, plans["id"], "eve")
    url = f"{web.site.url}/shared"
    held = data(await want(web, people["admin"], plans, url), 202)
    assert data(await want(web, people["eve"], plans, url), 202)["id"] == held["id"]
    await deny(web.acme, held["id"], "eve", int(Permission.WRITE))
    own = data(await want(web, people["eve"], plans, url), 202)
    assert own["id"] != held["id"]
    assert data(await want(web, people["eve"], plans, url), 202)["id"] == own["id"]
    await deny(web.acme, held["id"], "eve", OWNER)
    assert data(await want(web, people["eve"], plans, url), 202)["id"] == own["id"]


async def test_rights_are_asked_before_the_body_is_read(web: Web) -> None:
    plans, people = await filed(web.acme, "eve")
    assert code(await want(web, people["eve"], plans, "nonsense")) == (404, "COLLECTION_NOT_FOUND")
    await let(web.acme, plans["id"], "eve", EDITOR - int(Permission.INGEST))
    assert code(await want(web, people["eve"], plans, "nonsense")) == (403, "AUTHZ_PERMISSION_DENIED")
    assert code(await want(web, people["admin"], plans, "nonsense", nam="x")) == (422, "VALIDATION_ERROR")


async def test_a_keyed_request_is_done_once(web: Web) -> None:
    plans, people = await filed(web.acme)
    path, keyed = f"{COLLECTIONS}/{plans['id']}/documents/from-url", {"Idempotency-Key": "u"}
    body = {"url": f"{web.site.url}/keyed"}
    first, again = [await people["admin"].post(path, json=body, headers=keyed) for _ in range(2)]
    assert data(first, 202) == data(again, 202)
    assert again.headers["idempotency-replayed"] == "true"
    other = await people["admin"].post(path, json=body | {"name": "x"}, headers=keyed)
    assert code(other) == (422, "IDEMPOTENCY_MISMATCH")
