"""Answering: ask a store again and more widely, until enough of what it points at is still there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from indexing.stores.vectors import Hit

MOST = 4096  # hits that are asked for at once
_WIDER, _SPARE = 4, 8

Ask = Callable[[int], Awaitable[list[Hit]]]
Check = Callable[[Sequence[str]], Awaitable[set[str]]]


@dataclass(slots=True)
class Windows:
    """Knows, for one attempt at one question, which chunks answer and which only seem to."""

    check: Check
    fell_away: bool = False
    ran_dry: bool = False  # the store had no more
    ran_out: bool = False  # a bound was hit before there were enough
    _answers: dict[str, bool] = field(default_factory=dict)

    async def best(self, ask: Ask, wanted: int) -> dict[str, float]:
        """The first of a ranking that answer, as many as are wanted or as there are, with their scores.

        What has fallen away may have been replaced since the store was asked: so it is asked again, once.
        """
        window, asked_again = wanted + _SPARE, False
        while True:
            hits = await ask(window)
            fell_away = await self._look_up(hits)
            if fell_away and not asked_again:
                asked_again = True
                continue
            kept = [hit for hit in hits if self._answers[hit.chunk_id]]
            self.ran_dry |= len(hits) < window
            if len(kept) >= wanted or len(hits) < window:
                return {hit.chunk_id: hit.score for hit in kept[:wanted]}
            if window >= MOST:
                self.ran_out = True
                return {hit.chunk_id: hit.score for hit in kept}
            window = min(window * _WIDER, MOST)

    async def _look_up(self, hits: Sequence[Hit]) -> bool:
        """Learn which of these answer; says whether some were not known to answer no more."""
        unknown = {hit.chunk_id for hit in hits} - self._answers.keys()
        if not unknown:
            return False
        there = await self.check(sorted(unknown))
        self._answers.update((chunk_id, chunk_id in there) for chunk_id in unknown)
        fell_away = len(there) < len(unknown)
        self.fell_away |= fell_away
        return fell_away
