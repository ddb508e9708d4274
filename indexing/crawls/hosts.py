"""Knowing, crawls: hosts, each asked by one run of a process at a time, and no sooner than it wants."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from app.limits.ports import WINDOW_SECONDS, Allowance, RateCounter
from indexing.crawls.rules import LONGEST_DELAY

_LEAST_REST = 0.1  # between two requests to a host that asked for a rest
_MANY = 1024  # hosts; then those are forgotten that nobody has asked for a while
_LONG_AGO = 120.0  # seconds


@dataclass(slots=True, eq=False)
class _Host:
    free_at: float = 0.0
    slowed: float = 0.0  # seconds between requests, since it asked for a rest
    users: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hosts:
    """Knows every host that runs of this process ask, by `scheme://host[:port]`; whoever waits for one comes in turn.

    Processes cannot see each other's turns. They count the requests of a minute together, so that all of them ask a
    host no more often than one of them might; for a moment two may do so at once.
    """

    def __init__(self, rates: RateCounter | None = None, *, lasting: float = _LONG_AGO) -> None:
        self._rates, self._lasting = rates, lasting
        self._hosts: dict[str, _Host] = {}

    def __len__(self) -> int:
        return len(self._hosts)

    def __contains__(self, host: str) -> bool:
        return host in self._hosts

    @asynccontextmanager
    async def turn(self, host: str, delay: float) -> AsyncIterator[None]:
        """Ask a host within the block, alone; whoever is next waits so long after it."""
        here = self._of(host)
        here.users += 1
        try:
            async with here.turn:
                await self._come(host, here, delay)
                try:
                    yield
                finally:
                    here.free_at = max(here.free_at, time.monotonic() + max(delay, here.slowed))
        finally:
            here.users -= 1

    async def pause(self, host: str, delay: float) -> None:
        """Wait until a host may be asked by somebody whose turn is elsewhere: a redirect led there."""
        here = self._of(host)
        here.users += 1
        try:
            await self._come(host, here, delay)
        finally:
            here.users -= 1

    def rests(self, host: str, seconds: float, delay: float) -> None:
        """Let nobody ask a host for so long, and everybody half as often from then on."""
        here = self._of(host)
        here.slowed = min(max(2 * here.slowed, delay, _LEAST_REST), LONGEST_DELAY)
        here.free_at = max(here.free_at, time.monotonic() + seconds)

    async def _come(self, host: str, here: _Host, delay: float) -> None:
        while (rest := here.free_at - time.monotonic()) > 0:  # noqa: ASYNC110 - another may have been given a rest
            await asyncio.sleep(rest)
        apart = max(delay, here.slowed)
        here.free_at = time.monotonic() + apart  # by now, for whoever comes while we wait for what follows
        if self._rates is None or apart <= 0:
            return
        asked = [Allowance(f"crawl:{sha256(host.encode()).hexdigest()}", math.ceil(WINDOW_SECONDS / apart) + 1)]
        while not (said := await self._rates.take(asked)).allowed:  # noqa: ASYNC110 - processes are counted
            await asyncio.sleep(said.reset_seconds)

    def _of(self, host: str) -> _Host:
        known = self._hosts.get(host)
        if known is None:
            if len(self._hosts) >= _MANY:
                self._forget()
            known = self._hosts[host] = _Host()
        return known

    def _forget(self) -> None:
        before = time.monotonic() - self._lasting
        self._hosts = {host: one for host, one in self._hosts.items() if one.users or one.free_at > before}
