"""Knowing, crawls: one request at a time to each host, with the rests it asks for, and none once it is to be left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from indexing.crawls.rules import LONGEST_DELAY

LONGEST_REST = 60.0  # that a run waits out for a host that asked for one
MOST_TRIES = 4  # of one page, at a host that asks to come back later
ASKING_FOR_REST = frozenset({429, 503})
_FIRST_REST = 1.0
_MOST_SILENT = 5  # requests in a row without an answer; then the host is left alone


@dataclass(slots=True)
class _Host:
    free_at: float = 0.0
    slowed: float = 0.0  # seconds between requests, since it asked for a rest
    silent: int = 0
    left: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Politeness:
    """Knows the hosts of one run, by `scheme://host[:port]`."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._hosts: dict[str, _Host] = {}

    def is_left(self, host: str) -> bool:
        """Whether a host is asked no more in this run."""
        return self._of(host).left

    @asynccontextmanager
    async def turn(self, host: str, delay: float | None) -> AsyncIterator[None]:
        """Ask a host within the block, alone and not too soon; `delay` is what its robots.txt wants."""
        here = self._of(host)
        async with here.turn:
            if (rest := here.free_at - time.monotonic()) > 0:
                await asyncio.sleep(rest)
            try:
                yield
            finally:
                wanted = max(self._delay, min(delay or 0.0, LONGEST_DELAY), here.slowed)
                here.free_at = max(here.free_at, time.monotonic() + wanted)

    async def pause(self, host: str) -> None:
        """Wait until a host may be asked by somebody whom a redirect led there."""
        here = self._of(host)
        await asyncio.sleep(max(0.0, here.free_at - time.monotonic()))
        here.free_at = time.monotonic() + max(self._delay, here.slowed)

    def answered(self, host: str) -> None:
        """The host is there."""
        self._of(host).silent = 0

    def kept_silent(self, host: str) -> None:
        """The host gave no answer; after some of these in a row it is left alone."""
        here = self._of(host)
        here.silent += 1
        here.left = here.left or here.silent >= _MOST_SILENT

    def asked_for_rest(self, host: str, attempt: int, wanted: float | None) -> bool:
        """Give a host the rest it asks for, longer at each attempt; False if it is left alone from now on."""
        here = self._of(host)
        rest = wanted if wanted is not None else _FIRST_REST * 2.0 ** (attempt - 1)
        if rest > LONGEST_REST:
            here.left = True
            return False
        here.slowed = min(max(2 * here.slowed, self._delay, 0.1), LONGEST_DELAY)
        here.free_at = time.monotonic() + rest
        return True

    def _of(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host())
