"""Knowing, crawls: the addresses whose turn comes next, breadth-first, and which of them are under way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial

from app.db.transaction import Transactions
from indexing.crawls import ledger
from indexing.crawls.finding import Finding, Known
from indexing.crawls.ledger import Met, Waiting, digest_of
from indexing.crawls.scope import host_of

_AHEAD = 64  # addresses that are looked over for one whose host is free
_MOST_UNSETTLED = 32  # pages that have been begun and are not written down, for one before them is slow
HOSTS = 8  # that are asked at once


@dataclass(slots=True, eq=False)
class Slot:
    """An address in the order of its turn, and who fetches it."""

    row: Waiting
    host: str
    known: Known | None = None  # what is held of it, once that was looked up
    is_looked_up: bool = False
    doing: asyncio.Task[Finding] | None = None

    @property
    def is_fetching(self) -> bool:
        """Whether its host is being asked."""
        return self.doing is not None and not self.doing.done()


@dataclass(slots=True)
class Frontier:
    """What waits in one run. Addresses of one depth are all settled before the first of the next is begun."""

    transactions: Transactions
    job_id: str
    known: dict[bytes, bool] = field(default_factory=dict)  # every address of the ledger; see `ledger.known_of`
    slots: deque[Slot] = field(default_factory=deque)
    _depth: int = 0
    _last: int = -1
    _is_drained: bool = False

    async def open(self) -> None:
        """Read what an earlier walker has left."""
        self.known = await self.transactions.look(partial(ledger.known_of, job_id=self.job_id))

    async def fill(self) -> bool:
        """Have the next addresses at hand; False if nothing waits."""
        if len(self.slots) >= _AHEAD // 2 or (self.slots and self._is_drained):
            return True
        await self._more()
        if not self.slots:
            depth = await self.transactions.look(partial(ledger.next_depth, job_id=self.job_id))
            if depth is not None:
                self._depth, self._last = depth, -1
                await self._more()
        return bool(self.slots)

    def begin(self, most: int, start: Callable[[Slot], asyncio.Task[Finding]]) -> None:
        """Begin those whose turn it is, while no more than `most` are unsettled, one at a time of each host."""
        busy = {slot.host for slot in self.slots if slot.is_fetching}
        unsettled = sum(slot.doing is not None for slot in self.slots)
        for slot in self.slots:
            if unsettled >= min(most, _MOST_UNSETTLED) or len(busy) >= HOSTS:
                return
            if slot.doing is None and slot.host not in busy:
                slot.doing = start(slot)
                busy.add(slot.host)
                unsettled += 1

    def ready(self, most: int) -> list[Slot]:
        """Those that can be settled: fetched, and all before them too."""
        found: list[Slot] = []
        for slot in self.slots:
            if slot.doing is None or not slot.doing.done() or len(found) >= most:
                break
            found.append(slot)
        return found

    def settled(self, slots: Collection[Slot], learned: dict[bytes, bool]) -> None:
        """Let go of what has been written down, and remember the addresses that were met with it."""
        for _ in slots:
            self.slots.popleft()
        self.known |= learned

    @property
    def fetching(self) -> list[asyncio.Task[Finding]]:
        """Who is under way."""
        return [slot.doing for slot in self.slots if slot.doing is not None and not slot.doing.done()]

    def drop(self) -> list[asyncio.Task[Finding]]:
        """Let go of everything; returns who is still fetching."""
        doing = [slot.doing for slot in self.slots if slot.doing is not None]
        self.slots.clear()
        return doing

    def unmet(self, met: Collection[Met], learned: dict[bytes, bool]) -> list[Met]:
        """Those of some addresses that are in no ledger yet; they are from now on."""
        new: list[Met] = []
        for one in met:
            digest = one.digest
            if digest not in self.known and digest not in learned:
                learned[digest] = one.reason is None
                new.append(one)
        return new

    def stands(self, url: str, learned: dict[bytes, bool]) -> bool | None:
        """Whether an address stands for content that is kept or to come; None if it was never met."""
        digest = digest_of(url)
        return learned[digest] if digest in learned else self.known.get(digest)

    def has_turn(self, url: str) -> bool:
        """Whether an address has a turn of its own, or had one: what leads there is not followed."""
        digest = digest_of(url)
        if digest in self.known:
            return self.known[digest]
        waiting = (slot.doing.result() for slot in self.ready(len(self.slots)) if slot.doing is not None)
        return any(one == Met(url) for finding in waiting if finding.is_plain for one in finding.links)

    async def _more(self) -> None:
        asked = partial(ledger.waiting_after, job_id=self.job_id, depth=self._depth, position=self._last, limit=_AHEAD)
        rows = await self.transactions.look(asked)
        self.slots += [Slot(row, host_of(row.url)) for row in rows]
        if rows:
            self._last = rows[-1].position
        self._is_drained = len(rows) < _AHEAD  # what comes to this depth from now on stands behind all that is at hand
