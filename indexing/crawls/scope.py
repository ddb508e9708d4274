"""Knowing, crawls: which addresses a crawl is about: its host's, and what its patterns take in and leave out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from functools import lru_cache, partial
from typing import Protocol
from urllib.parse import unquote, urlsplit

from indexing.crawls.canonical import canonical, is_trap
from indexing.crawls.reasons import Reason

_A_GO = 100_000  # addresses times letters of patterns that are compared in one go
_OWN = 10  # what an address costs by itself
_SHORT = 50  # a go has so many times what is compared without a thread
_WEB = {("http", 80), ("https", 443)}


class Bounds(Protocol):
    """What a crawl's plan says of where it goes; patterns are globs over the whole address."""

    @property
    def seed_url(self) -> str:
        """Where it begins."""

    @property
    def follow_external(self) -> bool:
        """Whether it goes to other hosts."""

    @property
    def include_patterns(self) -> Sequence[str]:
        """One of these must match, if there are any."""

    @property
    def exclude_patterns(self) -> Sequence[str]:
        """None of these may."""


def in_scope(url: str, plan: Bounds) -> Reason | None:
    """Tell why a canonical address is left out; None if it is not.

    The seed was named by whoever asked, so patterns do not hold for it: they choose among what it leads to.
    """
    if url == canonical(plan.seed_url):
        return None
    if not plan.follow_external and not same_site(url, plan.seed_url):
        return Reason.SCOPE
    if plan.include_patterns and not _matches(url, plan.include_patterns):
        return Reason.SCOPE
    if _matches(url, plan.exclude_patterns):
        return Reason.SCOPE
    return Reason.TRAP if is_trap(url) else None


LeftOut = Callable[[str], Reason | None]


def remembering(plan: Bounds) -> LeftOut:
    """The same, for one crawl: pages of a site name the same addresses again and again."""
    return lru_cache(maxsize=8192)(lambda url: in_scope(url, plan))


async def judged(urls: Sequence[str], plan: Bounds, left_out: LeftOut | None = None) -> list[Reason | None]:
    """The same of many addresses, in their order; however many and whatever the patterns, nobody else waits for it."""
    judge = left_out or partial(in_scope, plan=plan)
    weight = _OWN + sum(map(len, plan.include_patterns)) + sum(map(len, plan.exclude_patterns))
    size = max(1, _A_GO // weight)
    if len(urls) <= size // _SHORT:
        return list(map(judge, urls))
    said: list[Reason | None] = []
    for start in range(0, len(urls), size):
        said += await asyncio.to_thread(lambda some: list(map(judge, some)), urls[start : start + size])
    return said


def same_site(one: str, other: str) -> bool:
    """Tell whether two addresses are one site's: http or https, with www or without, else the same host and port."""
    return _site(one) == _site(other)


def host_of(url: str) -> str:
    """What politeness and robots.txt are asked by: `scheme://host[:port]` of a canonical address."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def matches(url: str, pattern: str) -> bool:
    """Tell whether a pattern is that of an address, as it is written or as it is read; `*` is any text."""
    glob = _compiled(pattern)
    return glob.match(url) is not None or ("%" in url and glob.match(unquote(url)) is not None)


def _matches(url: str, patterns: Sequence[str]) -> bool:
    return any(matches(url, pattern) for pattern in patterns)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.strip()))


@lru_cache(maxsize=1024)
def _site(url: str) -> tuple[str, int | None]:
    parts = urlsplit(canonical(url) or "")
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    host = (parts.hostname or "").removeprefix("www.")
    return host, None if (parts.scheme, port) in _WEB else port
