"""A page is read to its end or to the reason why not; nobody makes us call whom we may not, or take too much."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from app.outbound.client import Allowance, OutboundClient
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from indexing.crawls.pages import Asking, Hop, Page, fetch_page, links_of
from indexing.crawls.reasons import Reason
from tests.app.outbound.conftest import Names
from tests.world.patience import PATIENCE, until
from tests.world.site import HTML, NOWHERE, SPELLINGS, TrapSite, bomb, html, page, redirect, trap_site
from tests.world.upstream import Answer, Upstream
from tests.world.website import Page as Said

MOST = 100_000
SOON = Allowance(total_s=0.5, read_s=0.3, body_bytes=MOST)  # for what never ends
SMALL = Allowance(total_s=PATIENCE, read_s=PATIENCE, body_bytes=MOST)


@dataclass(slots=True)
class Browser:
    """Asks the site as a crawl does."""

    site: TrapSite
    client: OutboundClient
    names: Names

    async def get(self, path: str, *, hop: Hop | None = None, **said: object) -> Page:
        url = path if "://" in path else f"{self.site.url}{path}"
        found = await fetch_page(self.client, Asking(url, hop=hop, **said))  # type: ignore[arg-type]  # a shorthand
        found.close()
        return found


@pytest.fixture(scope="module")
async def traps() -> AsyncIterator[TrapSite]:
    bomb()  # takes its time to be made
    async with trap_site() as site:
        yield site


@pytest.fixture
async def browser(traps: TrapSite, private: Upstream) -> AsyncIterator[Browser]:
    traps.pages.clear()
    traps.asked.clear()
    traps.private_url = private.url
    port = traps.url.rpartition(":")[2]
    names = Names(**{"localhost": ["127.0.0.1", "::1"], "metadata.google.internal": ["169.254.169.254"]})
    allowed = Guard(allow_hosts=[traps.url.removeprefix("http://")], ports={80, int(port), private.port})
    transport = GuardedTransport(allowed, resolver=names)
    yield Browser(traps, OutboundClient(transport), names)
    await transport.aclose()
    assert private.connections == 0
    assert set(names.asked) <= {"localhost", "metadata.google.internal"}


async def test_a_page_is_read_to_its_end(browser: Browser) -> None:
    browser.site.pages["/a"] = page("b", "/c", text="hello")
    got = await fetch_page(browser.client, Asking(f"{browser.site.url}/a"))
    assert (got.status, got.reason, got.media_type) == (200, None, "text/html")
    assert got.final_url == f"{browser.site.url}/a"
    assert got.body is not None
    assert got.bytes == got.body.size == len(html("b", "/c", text="hello"))
    assert got.body.sha256 == hashlib.sha256(html("b", "/c", text="hello")).hexdigest()
    assert (await links_of(got)).links == [f"{browser.site.url}/b", f"{browser.site.url}/c"]
    assert b"".join([part async for part in got.body.parts()]) == got.body.read()
    got.close()
    got.close()


async def test_a_large_page_goes_through_a_file(browser: Browser) -> None:
    browser.site.pages["/large"] = Said(b"<p>0123456789</p>" * 10_000, headers=HTML, pieces=20)
    got = await fetch_page(browser.client, Asking(f"{browser.site.url}/large"))
    assert got.body is not None
    whole = b"<p>0123456789</p>" * 200_000
    assert b"".join([part async for part in got.body.parts()]) == whole
    assert (got.bytes, got.body.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert got.body.read(5) == b"<p>01"
    assert (await links_of(got)).links == []
    got.close()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/types/picture.png", Reason.TYPE),
        ("/types/lying.html", Reason.TYPE),
        ("/types/program", Reason.TYPE),
        ("/types/style.css", Reason.TYPE),
        ("/types/script.js", Reason.TYPE),
        ("/types/film.mp4", Reason.TYPE),
        ("/types/notes.txt", None),
        ("/types/notes.md", None),
        ("/types/data.json", None),
        ("/types/paper.pdf", None),
        ("/types/unsaid", None),
        ("/types/empty", Reason.EMPTY),
        ("/status/204", Reason.EMPTY),
        ("/status/206", "http_206"),
        ("/status/300", "http_300"),
        ("/status/302", "http_302"),
        ("/status/304", "http_304"),
        ("/status/401", "http_401"),
        ("/status/404", "http_404"),
        ("/status/410", "http_410"),
        ("/status/429", "http_429"),
        ("/status/500", "http_500"),
        ("/status/503", "http_503"),
        ("/head", Reason.PROTOCOL),
        ("/endless", Reason.TOO_LARGE),
        ("/bomb", Reason.TOO_LARGE),
        ("/slow", Reason.TIMEOUT),
        ("/to/nowhere", Reason.PROTOCOL),
        ("/to/self", Reason.REDIRECT_LOOP),
        ("/to/circle/0", Reason.REDIRECT_LOOP),
        ("/to/chain/4", None),
        ("/to/chain/5", Reason.TOO_MANY_REDIRECTS),
        ("/to/private", Reason.BLOCKED_ADDRESS),
        ("/to/private/3", Reason.BLOCKED_ADDRESS),
        ("/to/metadata", Reason.BLOCKED_ADDRESS),
        ("http://10.0.0.1/", Reason.BLOCKED_ADDRESS),
        (f"{NOWHERE}/latest", Reason.BLOCKED_ADDRESS),
    ],
)
async def test_every_trap_has_its_reason(browser: Browser, path: str, reason: str | None) -> None:
    got = await browser.get(path, allowance=SOON if reason is Reason.TIMEOUT else SMALL)
    assert got.reason == reason
    assert (got.body is None) == (reason is not None)
    assert got.bytes <= MOST


@pytest.mark.parametrize("number", range(len(SPELLINGS)), ids=SPELLINGS)
async def test_no_spelling_of_a_private_address_is_called_whoever_sends_us_there(
    browser: Browser, private: Upstream, number: int
) -> None:
    """The fixture sees that not one connection came, and that no other name was looked up."""
    got = await browser.get(f"/to/spelling/{number}")
    assert got.reason == Reason.BLOCKED_ADDRESS
    direct = await browser.get(f"{SPELLINGS[number]}:{private.port}/secret")
    assert direct.reason == Reason.BLOCKED_ADDRESS


async def test_what_is_too_large_by_its_own_word_is_not_read(browser: Browser) -> None:
    browser.site.pages["/told"] = Said(b"x" * 99, headers={**HTML, "content-length": "100001"})
    got = await browser.get("/told", allowance=SMALL)
    assert (got.reason, got.bytes) == (Reason.TOO_LARGE, 0)


@pytest.mark.parametrize(("size", "reason"), [(100_000, None), (100_001, Reason.TOO_LARGE)])
async def test_exactly_what_is_allowed_is_taken(browser: Browser, size: int, reason: Reason | None) -> None:
    browser.site.pages["/exact"] = Said(b"x" * size, headers=HTML)
    assert (await browser.get("/exact", allowance=SMALL)).reason == reason


async def test_a_bomb_is_not_unpacked(browser: Browser) -> None:
    await browser.get("/bomb")
    peaks = list[int]()
    for _ in range(5):  # the least of them: what platforms of other tests take meanwhile is measured too
        tracemalloc.start()
        got = await browser.get("/bomb", allowance=Allowance(body_bytes=1_000_000))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert got.reason == Reason.TOO_LARGE
    assert min(peaks) < 8_000_000


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(silent=True), Reason.TIMEOUT),
        (Answer(pieces=[b"x"], hang=True), Reason.TIMEOUT),
        (Answer(pieces=[b"x"], cut=True, content_type="text/html"), Reason.PROTOCOL),
        (Answer(pieces=[b"junk\r\n\r\n"], raw=True), Reason.PROTOCOL),
        (Answer(pieces=[b"x"], headers=[("Content-Encoding", "br")]), Reason.PROTOCOL),
        (Answer(pieces=[b"xyz"], headers=[("Content-Encoding", "gzip")]), Reason.PROTOCOL),
        (Answer(pieces=[b"x"], headers=[("Content-Length", "999")], cut=True, chunked=False), Reason.PROTOCOL),
    ],
)
async def test_what_breaks_off_is_not_kept(
    host: Upstream, client: OutboundClient, answer: Answer, reason: Reason
) -> None:
    host.says(answer)
    got = await fetch_page(client, Asking(host.url, allowance=SOON if reason is Reason.TIMEOUT else SMALL))
    assert (got.reason, got.body) == (reason, None)


async def test_nobody_there(client: OutboundClient) -> None:
    assert (await fetch_page(client, Asking("http://nobody.invalid/"))).reason == Reason.UNREACHABLE


async def test_every_hop_is_asked_about(browser: Browser) -> None:
    asked: list[str] = []

    async def hop(url: str) -> Reason | None:
        asked.append(url.removeprefix(browser.site.url))
        return Reason.ROBOTS if url.endswith("/chain/1") else None

    got = await browser.get("/to/chain/3", hop=hop)
    assert (got.reason, asked) == (Reason.ROBOTS, ["/to/chain/2", "/to/chain/1"])
    assert got.final_url == f"{browser.site.url}/to/chain/1"
    assert [path.removeprefix(browser.site.url) for path in got.hops] == ["/to/chain/3", "/to/chain/2"]
    assert browser.site.paths == ["/to/chain/3", "/to/chain/2"]


async def test_what_may_not_be_called_is_said_before_what_is_not_wanted(browser: Browser) -> None:
    async def nowhere(_url: str) -> Reason | None:
        return Reason.SCOPE

    assert (await browser.get("/to/private", hop=nowhere)).reason == Reason.BLOCKED_ADDRESS
    assert (await browser.get("/to/chain/1", hop=nowhere)).reason == Reason.SCOPE


async def test_a_redirect_is_followed_as_it_is_written_and_told_as_it_is_spelled(browser: Browser) -> None:
    browser.site.pages["/from"] = redirect("/landing?b=1&a=2&utm_source=mail#part")
    browser.site.pages["/landing"] = page(text="here")
    got = await browser.get("/from")
    assert browser.site.asked[-1].query == "b=1&a=2&utm_source=mail"
    assert got.final_url == f"{browser.site.url}/landing?a=2&b=1"


async def test_waiting_for_a_hop_is_not_the_pages_time(browser: Browser) -> None:
    async def patient(_url: str) -> Reason | None:
        await asyncio.sleep(2.1)
        return None

    got = await browser.get("/to/chain/0", hop=patient, allowance=Allowance(total_s=2.0))
    assert got.reason is None
    assert got.ms < 2000


async def test_by_what_it_was_known_is_told_to_nobody_else(browser: Browser) -> None:
    browser.site.pages |= {"/mine": redirect("/theirs"), "/theirs": page(text="hello")}
    got = await browser.get("/mine", conditions={"if-none-match": '"mine"'})
    assert (got.status, got.final_url) == (200, f"{browser.site.url}/theirs")
    assert [asked.headers.get("if-none-match") for asked in browser.site.asked] == ['"mine"', None]


@pytest.mark.parametrize(
    ("kind", "mark", "condition"), [("etag", "etag", "if-none-match"), ("date", "last-modified", "if-modified-since")]
)
async def test_what_is_unchanged_is_not_sent_again(browser: Browser, kind: str, mark: str, condition: str) -> None:
    path = f"/changing/{kind}/a"
    first = await browser.get(path)
    again = await browser.get(path, conditions={condition: first.headers[mark]})
    assert (again.unchanged, again.reason, again.status, again.bytes) == (True, None, 304, 0)
    browser.site.version[path] = 2
    changed = await browser.get(path, conditions={condition: first.headers[mark]})
    assert (changed.unchanged, changed.status) == (False, 200)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("Retry-After", "120")], 120.0),
        ([("Retry-After", "Sat, 21 Nov 2026 10:01:00 GMT"), ("Date", "Sat, 21 Nov 2026 10:00:00 GMT")], 60.0),
        ([("Retry-After", "Sat, 21 Nov 2026 09:00:00 GMT"), ("Date", "Sat, 21 Nov 2026 10:00:00 GMT")], 0.0),
        ([("Retry-After", "Sat, 21 Nov 2026 10:01:00 GMT")], None),
        ([("Retry-After", "soon"), ("Date", "Sat, 21 Nov 2026 10:00:00 GMT")], None),
        ([("Retry-After", "-5")], None),
        ([], None),
    ],
)
async def test_when_to_come_again_is_counted_by_the_hosts_own_clock(
    host: Upstream, client: OutboundClient, headers: list[tuple[str, str]], seconds: float | None
) -> None:
    host.says(Answer(503, [b"later"], headers=headers))
    got = await fetch_page(client, Asking(host.url))
    assert (got.reason, got.retry_after) == ("http_503", seconds)


async def test_what_an_answer_asks_of_robots_counts_as_what_its_page_asks(browser: Browser) -> None:
    said = {"x-robots-tag": "noindex", "link": '</real>; rel="canonical"'}
    browser.site.pages["/a"] = page("/b", head="<meta name=robots content=nofollow>", headers=said)
    browser.site.pages["/notes"] = Said(b"x", headers={"content-type": "text/plain", **said})
    for path, found in (("/a", ["/b"]), ("/notes", [])):
        got = await fetch_page(browser.client, Asking(f"{browser.site.url}{path}"))
        links = await links_of(got)
        assert links.links == [f"{browser.site.url}{each}" for each in found]
        assert (links.noindex, links.nofollow, links.canonical) == (True, path == "/a", f"{browser.site.url}/real")
        got.close()


async def test_a_page_of_nothing_but_links_holds_nobody_up(browser: Browser) -> None:
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    browser.site.pages["/links"] = page(*(f"/{number}" for number in range(1500)))
    got = await fetch_page(browser.client, Asking(f"{browser.site.url}/links"))
    other = asyncio.create_task(somebody_else())
    await asyncio.sleep(0)
    before = turns
    assert len((await links_of(got)).links) == 1500
    meanwhile = turns - before
    other.cancel()
    got.close()
    assert got.bytes < 60_000
    assert meanwhile > 0


async def test_a_page_that_does_not_say_what_it_is_is_looked_at(browser: Browser) -> None:
    got = await fetch_page(browser.client, Asking(f"{browser.site.url}/types/unsaid"))
    assert got.media_type == "text/html"
    assert (await links_of(got)).links == [f"{browser.site.url}/plain"]
    got.close()


async def test_who_is_called_off_hangs_up(host: Upstream, client: OutboundClient) -> None:
    host.says(Answer(pieces=[b"<p>"] * 5, hang=True, content_type="text/html"))
    task = asyncio.create_task(fetch_page(client, Asking(host.url)))
    await until(lambda: host.asked)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(host.asked[0].gone.is_set)
