"""Knowing, crawls: pages that come fast wait for each other for a moment, to be written down together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexing.crawls.finding import Finding
from indexing.crawls.frontier import Slot
from indexing.crawls.ledger import Tally

TOGETHER = 32  # findings that are written down in one transaction
APART_SECONDS = 0.25  # between two of these, if nothing is in a hurry

_MOST_LINKS = 5_000  # as many as one page may have: a transaction stays short
_MOST_DOCUMENTS, _MOST_HELD = 8, 4 * 2**20  # of what waits: documents, and bytes of their content


@dataclass(slots=True)
class Gathering:
    """Says when pages whose turn has come are written down.

    What comes more seldom than a few times a second never waits: if we were killed, all of what waits would be asked
    for again. Of what becomes a document only a little does, for its content is held. Nothing waits by which it is
    decided what may be asked for next.
    """

    is_of_a_document: Callable[[Finding], bool]
    most_bytes: int
    apart: float = APART_SECONDS
    bytes: int = 0  # of what waits
    _links: int = 0
    _documents: int = 0
    _held: int = 0
    _looked_at: int = 0
    _until: float = 0.0

    def due(self, ready: Sequence[Slot], tally: Tally) -> Sequence[Slot]:
        """The first of these, if they are to be written down now; there may be more of them than go together."""
        for number, slot in enumerate(ready[self._looked_at :], self._looked_at + 1):
            if slot.doing is None or not slot.doing.result().is_plain:
                return ready[:number]
            self._add(slot.doing.result())
            if self._is_full or tally.bytes_fetched + self.bytes >= self.most_bytes:
                return ready[:number]
        return () if self.seconds_left else ready

    def settled(self) -> None:
        """Begin anew; nothing waits."""
        self.bytes = self._links = self._documents = self._held = self._looked_at = 0
        self._until = time.monotonic() + self.apart

    @property
    def seconds_left(self) -> float:
        """For how long pages may go on waiting."""
        return max(0.0, self._until - time.monotonic())

    @property
    def _is_full(self) -> bool:
        too_long = self._looked_at >= TOGETHER or self._links >= _MOST_LINKS
        return too_long or self._documents >= _MOST_DOCUMENTS or self._held >= _MOST_HELD

    def _add(self, finding: Finding) -> None:
        if self.is_of_a_document(finding):
            self._documents += 1
            self._held += finding.bytes
        else:
            finding.close()  # nothing of its content is needed any more
        self.bytes += finding.bytes
        self._links += len(finding.links)
        self._looked_at += 1
