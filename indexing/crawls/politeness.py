"""Knowing, crawls: how one run asks hosts: with the rests they ask for, and not at all once they are to be left."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from indexing.crawls.hosts import Hosts
from indexing.crawls.rules import LONGEST_DELAY

LONGEST_REST = 60.0  # that a run waits out for a host that asked for one
MOST_TRIES = 4  # of one page, at a host that asks to come back later
ASKING_FOR_REST = frozenset({429, 503})
_FIRST_REST = 1.0
_MOST_SILENT = 5  # requests in a row without an answer; then the host is left alone


@dataclass(slots=True)
class _Met:
    silent: int = 0
    left: bool = False


class Politeness:
    """Knows the hosts of one run, by `scheme://host[:port]`; their turns are those of all runs here."""

    def __init__(self, hosts: Hosts, delay: float) -> None:
        self._hosts, self._delay = hosts, delay
        self._met: dict[str, _Met] = {}

    def is_left(self, host: str) -> bool:
        """Whether a host is asked no more in this run."""
        return self._of(host).left

    def turn(self, host: str, delay: float | None) -> AbstractAsyncContextManager[None]:
        """Ask a host within the block, alone and not too soon; `delay` is what its robots.txt wants."""
        return self._hosts.turn(host, self._apart(delay))

    async def pause(self, host: str, delay: float | None) -> None:
        """Wait until a host may be asked by somebody whom a redirect led there."""
        await self._hosts.pause(host, self._apart(delay))

    def answered(self, host: str) -> None:
        """The host is there."""
        self._of(host).silent = 0

    def kept_silent(self, host: str) -> None:
        """The host gave no answer; after some of these in a row it is left alone."""
        here = self._of(host)
        here.silent += 1
        here.left = here.left or here.silent >= _MOST_SILENT

    async def asked_for_rest(self, host: str, attempt: int, wanted: float | None) -> bool:
        """Give a host the rest it asks for, longer at each attempt; False if it is left alone from now on."""
        rest = wanted if wanted is not None else _FIRST_REST * 2.0 ** (attempt - 1)
        if rest > LONGEST_REST:
            self._of(host).left = True
            return False
        await self._hosts.rests(host, rest, self._delay)
        return True

    def _apart(self, delay: float | None) -> float:
        return max(self._delay, min(delay or 0.0, LONGEST_DELAY))

    def _of(self, host: str) -> _Met:
        return self._met.setdefault(host, _Met())
