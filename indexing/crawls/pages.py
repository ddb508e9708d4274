"""Knowing, crawls: one page asked for, hop by hop, never past what it may take; what goes wrong is a reason."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime

import httpx

from app.outbound.client import Allowance, Opened, OutboundClient
from app.outbound.errors import Fault, OutboundFailed, OutboundRefused
from indexing.crawls.body import LOOKED_AT, Body
from indexing.crawls.canonical import canonical
from indexing.crawls.content_types import ACCEPT, is_wanted, looks_unwanted, type_of
from indexing.crawls.directives import Asked, asked_by_headers, canonical_by_headers
from indexing.crawls.links import WEB_PAGES, PageLinks, joined, meant_by, read_page
from indexing.crawls.reasons import Reason, of_fault, of_status
from indexing.crawls.scope import host_of

Hop = Callable[[str], Awaitable[Reason | None]]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONTENT = frozenset({200, 203})
_MOST_READ = 10 << 20  # of a web page, for its links
_LONG = 16 << 10  # of a web page, which is read on a thread: made of links alone, it takes its time


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for, unless it is as it was, and what the answer may take; `hop` says why not to go on elsewhere.

    `hop` is asked with the canonical address of every redirect, and may wait for that host's turn: its time is not
    the page's.
    """

    url: str
    conditions: Mapping[str, str] = field(default_factory=dict)
    allowance: Allowance = field(default_factory=Allowance)
    most_redirects: int = 5
    hop: Hop | None = None


@dataclass(slots=True)
class Page:
    """What became of a question: content in `body`, or the `reason` there is none. Whoever has one closes it."""

    url: str  # that was asked first
    final_url: str  # canonical, of whoever answered or was last asked
    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    reason: Reason | str | None = None
    body: Body | None = None
    media_type: str = ""
    bytes: int = 0  # of the body, unpacked, as far as it was read
    ms: int = 0
    hops: tuple[str, ...] = ()  # addresses that led on

    @property
    def unchanged(self) -> bool:
        """Whether it is as it was when the conditions were made."""
        return self.status == 304 and self.reason is None

    @property
    def retry_after(self) -> float | None:
        """The seconds after which the host wants to be asked again, counted by its own clock."""
        said = self.headers.get("retry-after", "").strip()
        if said.isascii() and said.isdigit() and len(said) < 8:
            return float(said)
        with suppress(ValueError, TypeError, OverflowError):
            now = parsedate_to_datetime(self.headers.get("date", ""))
            return max(0.0, (parsedate_to_datetime(said) - now).total_seconds())
        return None

    def close(self) -> None:
        """Let go of what it brought."""
        if self.body is not None:
            self.body.close()


async def fetch_page(client: OutboundClient, asking: Asking) -> Page:
    """Ask for a page and read it to its end, or to the reason why it is not read."""
    fetching = _Fetching(client, asking, Page(asking.url, canonical(asking.url) or asking.url))
    try:
        await fetching.run()
    except OutboundRefused:
        fetching.drop(Reason.BLOCKED_ADDRESS)
    except OutboundFailed as error:
        fetching.drop(of_fault(error.fault))
    except BaseException:
        fetching.page.close()
        raise
    fetching.page.ms = round(fetching.spent_s * 1000)
    return fetching.page


async def links_of(page: Page) -> PageLinks:
    """Where a page leads and what it asks of robots, in its answer's headers too."""
    asked = asked_by_headers(page.headers.get_list("x-robots-tag"))
    found = PageLinks([])
    if page.body is not None and page.media_type in WEB_PAGES:
        said = page.headers.get("content-type") or page.media_type
        content_type = said if type_of(said, "") == page.media_type else page.media_type
        if page.body.size <= _LONG:
            found = read_page(page.body.read(), page.final_url, content_type)
        else:
            whole = page.body
            found = await asyncio.to_thread(lambda: read_page(whole.read(_MOST_READ), page.final_url, content_type))
    asked |= Asked(found.noindex, found.nofollow)
    named = canonical_by_headers(page.headers.get_list("link"))
    meant = joined(page.final_url, named) if named else None
    return PageLinks(found.links, found.canonical or meant, asked.noindex, asked.nofollow)


@dataclass(slots=True)
class _Fetching:
    """One page under way."""

    client: OutboundClient
    asking: Asking
    page: Page
    seen: set[str] = field(default_factory=set)
    spent_s: float = 0.0

    async def run(self) -> None:
        """Go from hop to hop until somebody answers."""
        url: str | None = self.asking.url
        while url is not None:
            self.seen.add(url)
            url = await self._ask(url)
            if url is not None and (reason := await self._may_go_to(url)) is not None:
                self.drop(reason)
                return

    def drop(self, reason: Reason | str) -> None:
        """Say why there is nothing, and keep nothing."""
        self.page.reason = reason
        self.page.close()
        self.page.body = None

    async def _ask(self, url: str) -> str | None:
        """Ask one host; return where it sends us."""
        allowance = self.asking.allowance
        left = replace(allowance, total_s=max(0.0, allowance.total_s - self.spent_s))
        # Only who gave them is asked by these: to others they say that we were there, and when.
        headers = {"accept": ACCEPT, **(self.asking.conditions if url == self.asking.url else {})}
        started = time.perf_counter()
        try:
            async with self.client.open(url, headers=headers, allowance=left) as answer:
                self.page.status, self.page.headers = answer.status, answer.headers
                location = answer.headers.get("location")
                if answer.status not in _REDIRECTS or location is None:
                    await self._take(answer)
                    return None
        finally:
            self.spent_s += time.perf_counter() - started
        self.page.hops += (url,)
        following = meant_by(url, location)
        if following is None:
            raise OutboundFailed(Fault.PROTOCOL, "The redirect leads nowhere that could be read.")
        return following.partition("#")[0]

    async def _may_go_to(self, url: str) -> Reason | str | None:
        """Why a redirect is not followed: what may not be called comes first, whatever else is wrong with it."""
        address = canonical(url)
        if address is None:
            return Reason.BLOCKED_ADDRESS
        if host_of(address) != host_of(self.page.final_url):
            await self.client.check(url)
        self.page.final_url = address
        if url in self.seen:
            return Reason.REDIRECT_LOOP
        if len(self.page.hops) > self.asking.most_redirects:
            return Reason.TOO_MANY_REDIRECTS
        return await self.asking.hop(address) if self.asking.hop else None

    async def _take(self, answer: Opened) -> None:
        """Look at an answer's head, then read it unless that says not to."""
        page = self.page
        if answer.status == 304 and self.asking.conditions:
            return
        if answer.status not in _CONTENT:
            page.reason = Reason.EMPTY if answer.status == 204 else of_status(answer.status)
            return
        page.media_type = type_of(answer.headers.get("content-type"), page.final_url)
        if not is_wanted(page.media_type):
            page.reason = Reason.TYPE
        elif _declared(answer.headers) > self.asking.allowance.body_bytes:
            page.reason = Reason.TOO_LARGE
        else:
            await self._read(answer)

    async def _read(self, answer: Opened) -> None:
        page, body = self.page, Body()
        page.body = body
        looked = False
        async for piece in answer.parts:
            await body.add(piece)
            page.bytes = body.size
            if not looked and looks_unwanted(body.beginning):
                self.drop(Reason.TYPE)
                return
            looked = len(body.beginning) >= LOOKED_AT
        if not body.size:
            self.drop(Reason.EMPTY)
            return
        page.media_type = type_of(page.media_type, page.final_url, body.beginning)


def _declared(headers: httpx.Headers) -> int:
    """The length an answer says it has, if it is sent as it is."""
    said = headers.get("content-length", "")
    packed = headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 and not packed else 0
