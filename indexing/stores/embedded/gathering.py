"""Knowing, stores: what is put into an index while something else is put there, kept in one transaction after it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from indexing.stores.vectors import Entry, Index

_MOST = 2_000  # chunks of one transaction, unless a single put brings more


@dataclass(frozen=True, slots=True)
class _Put:
    entries: Sequence[Entry]
    kept: asyncio.Future[None]

    def end(self, error: Exception | None = None) -> None:
        """Tell whoever waits, unless they have gone away."""
        if self.kept.done():
            return
        if error is None:
            self.kept.set_result(None)
        else:
            self.kept.set_exception(error)


@dataclass(slots=True)
class _Line:
    waiting: deque[_Put] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None

    def next(self) -> list[_Put]:
        """Take as many as one transaction is to hold."""
        taken = [self.waiting.popleft()]
        chunks = len(taken[0].entries)
        while self.waiting and (chunks := chunks + len(self.waiting[0].entries)) <= _MOST:
            taken.append(self.waiting.popleft())
        return taken


class Gathering:
    """Every transaction waits for the disk: those who come meanwhile share the next one."""

    def __init__(self, keep: Callable[[Index, Sequence[Entry]], Awaitable[None]]) -> None:
        self._keep = keep
        self._lines: dict[Index, _Line] = {}

    async def put(self, index: Index, entries: Sequence[Entry]) -> None:
        """Keep these; they are kept when this returns."""
        put = _Put(entries, asyncio.get_running_loop().create_future())
        line = self._lines.setdefault(index, _Line())
        line.waiting.append(put)
        if line.task is None:
            line.task = asyncio.get_running_loop().create_task(self._work(index, line))
        await put.kept

    async def _work(self, index: Index, line: _Line) -> None:
        some: list[_Put] = []
        try:
            while line.waiting:
                some = line.next()
                await self._serve(index, some)
        finally:
            self._lines.pop(index, None)
            for put in (*some, *line.waiting):
                put.kept.cancel()  # of whoever has not been told by now: the process ends

    async def _serve(self, index: Index, some: Sequence[_Put]) -> None:
        try:
            await self._keep(index, [entry for put in some for entry in put.entries])
        except Exception as error:  # noqa: BLE001 - it is raised again where it was asked
            if len(some) == 1:
                some[0].end(error)
                return
            for put in some:  # what is wrong with one of them is not to cost the others theirs
                await self._serve(index, [put])
            return
        for put in some:
            put.end()
