"""Knowing, crawls: hosts, each asked by one run of a process at a time, and no sooner than it wants."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from app.limits.ports import WINDOW_SECONDS, Allowance, RateCounter
from indexing.crawls.rests import Rest, Rests
from indexing.crawls.rules import LONGEST_DELAY

_LEAST_REST = 0.1  # between two requests to a host that asked for a rest
_SHORTEST_TURN = 0.1  # of a process; in one, as many requests as shorter delays leave room for
_HEARD_FOR = 1.0  # seconds
_MANY = 1024  # hosts; then those are forgotten that nobody has asked for a while
_LONG_AGO = 120.0  # seconds


@dataclass(slots=True, eq=False)
class _Host:
    free_at: float = 0.0
    slowed: float = 0.0  # seconds between requests, since it asked for a rest
    heard_at: float = -math.inf  # when it was last asked what other processes know
    users: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hosts:
    """Knows every host that runs of this process ask, by `scheme://host[:port]`; whoever waits for one comes in turn.

    Processes cannot see each other's turns. They cut time into turns as long as a delay, by the clock on the wall, and
    count together: of all of them one asks in each. What one asks may still be coming when the next one's turn begins.
    A rest that one of them is asked for, the others know of within a second.
    """

    def __init__(
        self,
        rates: RateCounter | None = None,
        told: Rests | None = None,
        *,
        lasting: float = _LONG_AGO,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self._rates, self._told, self._lasting, self._seconds = rates, told, lasting, seconds
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

    async def rests(self, host: str, seconds: float, delay: float) -> None:
        """Let nobody ask a host for so long, and everybody half as often from then on."""
        here = self._of(host)
        here.slowed = min(max(2 * here.slowed, delay, _LEAST_REST), LONGEST_DELAY)
        here.free_at = max(here.free_at, time.monotonic() + seconds)
        if self._told is not None:
            await self._told.tell(host, Rest(self._seconds() + seconds, here.slowed))

    async def _come(self, host: str, here: _Host, delay: float) -> None:
        await self._hear(host, here)
        while (rest := here.free_at - time.monotonic()) > 0:
            await asyncio.sleep(rest)
            await self._hear(host, here)  # another may have been given a rest
        apart = max(delay, here.slowed)
        here.free_at = time.monotonic() + apart  # by now, for whoever comes while we wait for what follows
        if self._rates is not None and apart > 0:
            await self._take_turn(self._rates, f"crawl:{sha256(host.encode()).hexdigest()}", apart)
            here.free_at = max(here.free_at, time.monotonic() + apart)

    async def _hear(self, host: str, here: _Host) -> None:
        if self._told is None or time.monotonic() < here.heard_at + _HEARD_FOR:
            return
        here.heard_at = time.monotonic()
        known = await self._told.of(host)
        if known is not None:
            here.slowed = max(here.slowed, min(known.apart, LONGEST_DELAY))
            here.free_at = max(here.free_at, time.monotonic() + known.until - self._seconds())

    async def _take_turn(self, rates: RateCounter, name: str, apart: float) -> None:
        """Wait for a turn no other process has, and for a minute that has room: others may leave shorter delays."""
        length = max(apart, _SHORTEST_TURN)
        minute = Allowance(name, math.ceil(WINDOW_SECONDS / apart) + 1)
        while True:
            now = self._seconds()
            number = int(now // length)
            turn = Allowance(f"{name}:{number}", math.ceil(length / apart))
            if (await rates.take([minute, turn])).allowed:
                return
            await asyncio.sleep((number + 1) * length - now)

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
