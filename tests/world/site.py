"""A website full of traps: everything that crawlers fall into, on a loopback port, and how often it was asked for."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

from tests.world.website import Asked, Page, Website, serving

HTML = {"content-type": "text/html; charset=utf-8"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
NOWHERE = "http://169.254.169.254"
SPELLINGS = (
    "http://127.0.0.1",
    "http://127.1",
    "http://2130706433",
    "http://0x7f000001",
    "http://0177.0.0.1",
    "http://127.0.0.1.",
    "http://[::1]",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:7f00:1]",
    "http://[64:ff9b::7f00:1]",
    "http://\uff11\uff12\uff17.0.0.1",
    "http://user@127.0.0.1",
    "http://example.com@127.0.0.1",
    "http://0",
    "http://localhost",
    "http://localhost.",
    "http://10.0.0.1",
    "http://192.168.0.1",
    "http://172.16.0.1",
    "http://[fd00::1]",
    "http://[fe80::1]",
    "http://169.254.169.254",
    "http://0xa9fea9fe",
    "http://[::ffff:a9fe:a9fe]",
    "http://metadata.google.internal",
    "file://",
    "ftp://127.0.0.1",
    "gopher://127.0.0.1",
)


def html(*links: str, text: str = "", head: str = "") -> bytes:
    """A page with these links."""
    body = "".join(f'<p><a href="{link}">to {number}</a></p>' for number, link in enumerate(links))
    return (
        f"<!doctype html><html><head><title>{text}</title>{head}</head><body><p>{text}</p>{body}</body></html>".encode()
    )


def page(*links: str, text: str = "words of a page", head: str = "", headers: Mapping[str, str] | None = None) -> Page:
    """The same as an answer."""
    return Page(html(*links, text=text, head=head), headers={**HTML, **(headers or {})})


def redirect(location: str, status: int = 302) -> Page:
    """An answer that sends on."""
    return Page(b"moved", status, {"location": location})


@dataclass(slots=True)
class TrapSite(Website):
    """Pages a test sets go before the traps. What is `gone` answers 410, what `fails` its status, `version`s count."""

    robots: Page = field(default_factory=lambda: Page(b"nothing here", 404))
    gone: set[str] = field(default_factory=set)
    fails: dict[str, Page] = field(default_factory=dict)
    version: dict[str, int] = field(default_factory=dict)
    private_url: str = "http://127.0.0.1:9"  # where some redirects lead
    other_url: str = "http://127.0.0.1:9"  # another site, that may be called or not

    def forbid(self, *rules: str, delay: float | None = None, agent: str = "*") -> None:
        """Have a robots.txt with these paths out of bounds."""
        lines = [f"User-agent: {agent}", *(f"Disallow: {rule}" for rule in rules)]
        lines += [] if delay is None else [f"Crawl-delay: {delay}"]
        self.robots = Page("\n".join(lines).encode(), headers={"content-type": "text/plain"})

    def tree(self, fanout: int, count: int, *, at: str = "/tree", size: int = 0) -> None:
        """Have `count` pages of at least `size` bytes, each each with links to `fanout` others, the first at `at`."""
        for number in range(count):
            children = range(number * fanout + 1, min((number + 1) * fanout + 1, count))
            body = html(*(f"{at}/{child}" for child in children), text=f"page {number}")
            self.pages[at if number == 0 else f"{at}/{number}"] = Page(body.ljust(size), headers=HTML)

    def count(self, path: str) -> int:
        """How often it was asked for."""
        return self.paths.count(path)

    def asked_again(self) -> set[str]:
        """What was asked for more than once, queries included."""
        seen = [f"{asked.path}?{asked.query}" for asked in self.asked]
        return {path for path in seen if seen.count(path) > 1}

    def answer(self, asked: Asked) -> Page:
        """Answer as the test says, else as the trap at that path does."""
        path = asked.path
        if path in self.fails:
            return self.fails[path]
        if path in self.gone:
            return Page(b"it is gone", 410, HTML)
        if path in self.pages:
            found = self.pages[path]
            return found(asked) if callable(found) else found
        if path == "/robots.txt":
            return self.robots
        trap = _TRAPS.get(f"/{path[1:].partition('/')[0]}")
        return trap(self, asked) if trap else Page(b"nothing here", 404, HTML)


@asynccontextmanager
async def trap_site() -> AsyncIterator[TrapSite]:
    """Serve one until the block ends."""
    async with serving(TrapSite()) as site:
        yield site


def part(asked: Asked, number: int) -> str:
    """One segment of the path."""
    segments = asked.path.strip("/").split("/")
    return segments[number] if number < len(segments) else ""


def _home(site: TrapSite, asked: Asked) -> Page:
    ways = ["/loop/0", "/calendar/2026/11", "/shop?a=1&b=2&c=3", "/deep/", "/plain", "/noindex", "/copy/1", "/missing"]
    return page(*ways, text="home of the traps")


def _loop(site: TrapSite, asked: Asked) -> Page:
    number = int(part(asked, 1) or 0)
    return page(f"/loop/{(number + 1) % 5}", "/loop/0", asked.path, "#top", "", text=f"loop {number}")


def _calendar(site: TrapSite, asked: Asked) -> Page:
    """Every month leads to the next."""
    months = int(part(asked, 1) or 2026) * 12 + int(part(asked, 2) or 1)
    ways = [f"/calendar/{(months + step - 1) // 12}/{(months + step - 1) % 12 + 1}" for step in (-1, 1)]
    return page(*ways, text=f"month {months}")


def _shop(site: TrapSite, asked: Asked) -> Page:
    """One list in every order of its parameters, each with a session of its own."""
    orders = itertools.permutations(["a=1", "b=2", "c=3"])
    ways = [f"/shop?{'&'.join(order)}&PHPSESSID=s{len(site.asked)}&utm_source=x" for order in orders]
    return page(*ways, "/shop?a=2", text="things to buy")


def _deep(site: TrapSite, asked: Asked) -> Page:
    """Relative links that never leave."""
    return page("again/", "again/a/b/", text=f"deep {len(asked.path)}")


def _endless(site: TrapSite, asked: Asked) -> Page:
    return Page(b"<p>more and more</p>" * 3000, headers=HTML, pieces=1_000_000)


def _slow(site: TrapSite, asked: Asked) -> Page:
    return Page(b"<p>", headers=HTML, pieces=1_000_000, delay_s=0.05)


@cache
def bomb() -> bytes:
    """50 MB that fit into 50 kB."""
    return gzip.compress(bytes(50_000_000), mtime=0)


def _bomb(site: TrapSite, asked: Asked) -> Page:
    return Page(bomb(), headers={**HTML, "content-encoding": "gzip"})


def _redirects(site: TrapSite, asked: Asked) -> Page:
    """`/to/chain/3`, `/to/circle/1`, `/to/self`, `/to/private`, `/to/other`, `/to/metadata`, `/to/spelling/5`."""
    kind, number = part(asked, 1), int(part(asked, 2) or 0)
    port = site.private_url.rpartition(":")[2]
    leads: Mapping[str, Callable[[], str]] = {
        "chain": lambda: f"/to/chain/{number - 1}" if number else "/plain",
        "circle": lambda: f"/to/circle/{1 - number}",
        "self": lambda: "/to/self",
        "private": lambda: f"/to/private/{number - 1}" if number else f"{site.private_url}/secret",
        "other": lambda: f"{site.other_url}/plain",
        "metadata": lambda: f"{NOWHERE}/latest/meta-data/",
        "spelling": lambda: f"{SPELLINGS[number]}:{port}/secret".encode().decode("latin-1"),
        "nowhere": lambda: "http://[",
    }
    return redirect(leads[kind]())


_OF_TYPES = {
    "picture.png": Page(PNG, headers={"content-type": "image/png"}),
    "lying.html": Page(PNG, headers=HTML),
    "program": Page(b"\x7fELF" + bytes(100), headers={"content-type": "application/octet-stream"}),
    "style.css": Page(b"a{}", headers={"content-type": "text/css"}),
    "script.js": Page(b"go()", headers={"content-type": "application/javascript"}),
    "film.mp4": Page(b"film" * 100, headers={"content-type": "video/mp4"}, pieces=1000),
    "notes.txt": Page(b"plain notes", headers={"content-type": "text/plain"}),
    "notes.md": Page(b"# Notes", headers={"content-type": "text/markdown"}),
    "data.json": Page(b'{"a": 1}', headers={"content-type": "application/json"}),
    "unsaid": Page(b"<!doctype html><a href=/plain>x</a>"),
    "paper.pdf": Page(b"%PDF-1.4 not really", headers={"content-type": "application/octet-stream"}),
    "empty": Page(b"", headers=HTML),
}


def _types(site: TrapSite, asked: Asked) -> Page:
    return _OF_TYPES.get(part(asked, 1), Page(b"nothing here", 404, HTML))


def _status(site: TrapSite, asked: Asked) -> Page:
    status = int(part(asked, 1))
    later = {"retry-after": "1"} if status in {429, 503} else {}
    return Page(b"an answer that is no content", status, {**HTML, **later})


def _changing(site: TrapSite, asked: Asked) -> Page:
    """`/changing/etag/x`, `/changing/date/x` and `/changing/mute/x`: as they were until their version is raised."""
    kind, number = part(asked, 1), site.version.get(asked.path, 1)
    marks = {
        "etag": {"etag": f'"v{number}"'},
        "date": {"last-modified": f"Sat, {number:02} Nov 2025 10:00:00 GMT"},
    }.get(kind, {})
    met = {"etag": "if-none-match", "date": "if-modified-since"}.get(kind, "")
    if marks and asked.headers.get(met) in marks.values():
        return Page(b"", 304, marks)
    return page("/plain", text=f"version {number} of {asked.path}", headers=marks)


def _forbidden(site: TrapSite, asked: Asked) -> Page:
    return page("/forbidden/more", text="nobody was to read this")


def _noindex(site: TrapSite, asked: Asked) -> Page:
    return page("/plain", text="not to be kept", head="<meta name=robots content=noindex>")


def _nofollow(site: TrapSite, asked: Asked) -> Page:
    return page("/plain", text="a dead end", headers={"x-robots-tag": "nofollow"})


def _copy(site: TrapSite, asked: Asked) -> Page:
    return page(text="the same words everywhere", head='<link rel="canonical" href="/original">')


def _original(site: TrapSite, asked: Asked) -> Page:
    return page("/copy/1", "/copy/2", text="the same words everywhere")


def _plain(site: TrapSite, asked: Asked) -> Page:
    return page(text=f"plain words of {asked.path}")


def _head(site: TrapSite, asked: Asked) -> Page:
    return Page(b"x", headers={**HTML, "x-long": "y" * 100_000})


def sitemap(urls: Iterable[str]) -> bytes:
    """A sitemap of these addresses."""
    listed = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return (
        f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'.encode()
    )


def sitemap_index(urls: Iterable[str]) -> bytes:
    """An index of sitemaps."""
    listed = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>'.encode()


_TRAPS: Mapping[str, Callable[[TrapSite, Asked], Page]] = {
    "/": _home,
    "/loop": _loop,
    "/calendar": _calendar,
    "/shop": _shop,
    "/deep": _deep,
    "/endless": _endless,
    "/slow": _slow,
    "/bomb": _bomb,
    "/to": _redirects,
    "/types": _types,
    "/status": _status,
    "/changing": _changing,
    "/forbidden": _forbidden,
    "/noindex": _noindex,
    "/nofollow": _nofollow,
    "/copy": _copy,
    "/original": _original,
    "/plain": _plain,
    "/head": _head,
}
