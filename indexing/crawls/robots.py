"""Knowing, crawls: the robots.txt of every host a job meets, asked for once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from app.outbound.client import Allowance, Opened, OutboundClient
from app.outbound.errors import Fault, OutboundFailed, OutboundRefused
from indexing.crawls.rules import ALLOWED, BLOCKED, LONGEST_FILE, UNREACHABLE, Rules, read_rules

_REDIRECTS = 5
_ALLOWANCE = Allowance(total_s=20.0, read_s=10.0, body_bytes=4 * LONGEST_FILE)
_MOST_HOSTS = 128
_MOST_HELD = 4 << 20  # bytes of files; read, they take many times that
_LONG = 32 * 1024
_TOO_MANY_REQUESTS = 429
# More redirects than the RFC has us follow are a file that is not there.
_NOT_THERE = {Fault.REDIRECT_LOOP, Fault.TOO_MANY_REDIRECTS}


class Robots:
    """Knows the rules of hosts for the length of one job; many who ask of one host at once cost it one question."""

    def __init__(self, client: OutboundClient) -> None:
        self._client = client
        self._known: OrderedDict[str, asyncio.Future[Rules]] = OrderedDict()
        self._held = 0

    async def of(self, host_url: str) -> Rules:
        """The rules of `scheme://host[:port]`: no file allows everything, one that cannot be had forbids it."""
        known = self._known.get(host_url)
        if known is None:
            return await self._learn(host_url)
        self._known.move_to_end(host_url)
        try:
            return await asyncio.shield(known)
        except asyncio.CancelledError:
            if not known.cancelled():
                raise
        return await self.of(host_url)  # whoever asked was called off

    async def _learn(self, host_url: str) -> Rules:
        coming: asyncio.Future[Rules] = asyncio.get_running_loop().create_future()
        self._known[host_url] = coming
        try:
            rules = await self._fetch(f"{host_url}/robots.txt")
        except BaseException:
            self._known.pop(host_url, None)
            coming.cancel()
            raise
        coming.set_result(rules)
        self._held += rules.size
        self._forget()
        return rules

    def _forget(self) -> None:
        """Let go of those nobody asked of for longest, while all of them are too many or too much."""
        while len(self._known) > (1 if self._held > _MOST_HELD else _MOST_HOSTS):
            host, oldest = next(iter(self._known.items()))
            if not oldest.done():
                return
            self._held -= oldest.result().size
            del self._known[host]

    async def _fetch(self, url: str) -> Rules:
        opening = self._client.open_following(url, max_redirects=_REDIRECTS, allowance=_ALLOWANCE)
        try:
            async with opening as answer:
                return await _read(answer)
        except OutboundRefused:
            return await self._refused(url)
        except OutboundFailed as error:
            return ALLOWED if error.fault in _NOT_THERE else UNREACHABLE

    async def _refused(self, url: str) -> Rules:
        """Tell a host that is out of bounds from one whose file is said to be somewhere that is."""
        try:
            await self._client.check(url)
        except OutboundRefused:
            return BLOCKED
        return UNREACHABLE


async def _read(answer: Opened) -> Rules:
    if 400 <= answer.status < 500 and answer.status != _TOO_MANY_REQUESTS:
        return ALLOWED
    if not 200 <= answer.status < 300:
        return UNREACHABLE
    body = bytearray()
    async for part in answer.parts:
        body += part
        if len(body) > LONGEST_FILE:
            break
    whole = bytes(body)
    return read_rules(whole) if len(whole) <= _LONG else await asyncio.to_thread(read_rules, whole)
