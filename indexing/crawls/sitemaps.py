"""Knowing, crawls: the addresses a site lists itself, in its sitemaps."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from app.blobs.ports import gathered
from app.outbound.client import Allowance, OutboundClient
from app.outbound.errors import OutboundFailed, OutboundRefused
from indexing.crawls.canonical import canonical
from indexing.crawls.links import joined
from indexing.crawls.reasons import Reason, of_fault, of_status
from indexing.crawls.rules import Rules
from indexing.crawls.scope import host_of, same_site
from indexing.crawls.sitemap_file import MOST_BYTES, SitemapFile

_MOST_FILES = 50
_TOTAL_S = 300.0
_ALLOWANCE = Allowance(total_s=60.0, read_s=15.0, body_bytes=MOST_BYTES)
_PIECE = 1 << 20  # fewer, larger ones: the parser begins a half-read tag anew with every piece


@dataclass(frozen=True, slots=True)
class Listed:
    """What a site lists: canonical addresses in its order, each once; and sitemaps that could not be read, and why."""

    urls: list[str]
    unread: dict[str, Reason | str]


@dataclass(frozen=True, slots=True)
class Sitemaps:
    """Reads the sitemaps of sites; `pause` is waited for before a host is asked, with the delay its rules name."""

    client: OutboundClient
    pause: Callable[[str, float | None], Awaitable[None]] | None = None

    async def of(self, host_url: str, rules: Rules, most: int) -> Listed:
        """At most so many addresses, from the sitemaps its robots.txt names, else from where one usually is."""
        reading = _Reading(self, host_url, rules, most)
        try:
            async with asyncio.timeout(_TOTAL_S):
                await reading.run()
        except TimeoutError:
            reading.unread[host_url] = Reason.TIMEOUT
        return Listed(list(reading.found)[:most], reading.unread)

    async def read(self, url: str, file: SitemapFile, delay: float | None) -> None:
        """Read one file as far as it is wanted; raises the errors of `app.outbound.errors`, or `_NoSitemap`."""
        if self.pause is not None:
            await self.pause(host_of(url), delay)
        async with self.client.open_following(url, allowance=_ALLOWANCE) as answer:
            if answer.status != 200:
                raise _NoSitemap(of_status(answer.status))
            async for piece in gathered(answer.parts, _PIECE):
                await asyncio.to_thread(file.take, piece)
                if file.is_full or not file.readable:
                    break
        file.end()


class _NoSitemap(Exception):
    """There is none; `args[0]` is why."""


@dataclass(slots=True)
class _Reading:
    """The sitemaps of one site as far as they were read."""

    sitemaps: Sitemaps
    host_url: str
    rules: Rules
    most: int
    found: dict[str, None] = field(default_factory=dict)
    unread: dict[str, Reason | str] = field(default_factory=dict)

    async def run(self) -> None:
        """Read files in the order they are named; those an index names come after those named before it."""
        waiting = deque(self._named())
        met = set(waiting)
        for _ in range(_MOST_FILES):
            if not waiting or len(self.found) >= self.most:
                break
            url = waiting.popleft()
            file = await self._file(url)
            links = await asyncio.to_thread(_joined, url, file.urls)
            if file.is_index:
                further = [link for link in links if link not in met and same_site(link, url)]
                waiting.extend(further)
                met.update(further)
            else:
                self.found.update(dict.fromkeys(links))

    def _named(self) -> Sequence[str]:
        named = [joined(f"{self.host_url}/robots.txt", said) for said in self.rules.sitemaps]
        usual = canonical(f"{self.host_url}/sitemap.xml")
        there = [usual] if usual is not None and self.rules.may(usual) else []
        return list(dict.fromkeys(url for url in named if url is not None)) or there

    async def _file(self, url: str) -> SitemapFile:
        """A file as far as it could be read; why no further is noted."""
        file = SitemapFile(max(self.most, _MOST_FILES))
        try:
            await self.sitemaps.read(url, file, self.rules.delay if host_of(url) == self.host_url else None)
        except OutboundRefused:
            self.unread[url] = Reason.BLOCKED_ADDRESS
        except OutboundFailed as error:
            self.unread[url] = of_fault(error.fault)
        except _NoSitemap as why:
            self.unread[url] = why.args[0]
        if not file.readable:
            self.unread[url] = Reason.PROTOCOL
        return file


def _joined(base: str, said: Sequence[str]) -> list[str]:
    return [link for one in said if (link := joined(base, one)) is not None]
