"""Answering: ask a store again and more widely, until enough of what it points at is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field

from indexing.stores.vectors import Hit

MOST = 4096  # hits that are asked for at once
_WIDER, _SPARE = 4, 8

Ask = Callable[[int], Awaitable[list[Hit]]]
Check = Callable[[Sequence[str]], Awaitable[set[str]]]


@dataclass(slots=True)
class _Ranking:
    """How far one ranking has been asked."""

    ask: Ask
    wanted: int
    window: int
    is_open: bool  # it has to be asked
    asked_again: bool = False
    best: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Windows:
    """Knows, for one attempt at one question, which chunks answer and which only seem to."""

    check: Check
    fell_away: bool = False
    ran_dry: bool = False  # the store had no more
    ran_out: bool = False  # a bound was hit before there were enough
    _answers: dict[str, bool] = field(default_factory=dict)

    async def best(self, *rankings: tuple[Ask, int]) -> list[dict[str, float]]:
        """The first of each ranking that answer, as many as are wanted or as there are, with their scores.

        All are asked together, and what they point at is looked up at once. Of which nothing is wanted is not asked.
        """
        asked = _asked_for(rankings)
        while wanting := [one for one in asked if one.is_open]:
            hits = await _together(wanting)
            fallen = await self._look_up(hit.chunk_id for its in hits for hit in its)
            for ranking, its in zip(wanting, hits, strict=True):
                self._settle(ranking, its, fallen)
        return [one.best for one in asked]

    async def at_first(self, *rankings: tuple[Ask, int]) -> list[dict[str, float]]:
        """The first of each ranking, as many as are wanted or as there are: whether they answer is not looked up.

        Of which nothing is wanted is not asked.
        """
        asked = _asked_for(rankings)
        wanting = [one for one in asked if one.is_open]
        for ranking, hits in zip(wanting, await _together(wanting), strict=True):
            self.ran_dry |= len(hits) < ranking.window
            ranking.best = _scores(hits[: ranking.wanted])
        return [one.best for one in asked]

    def learn(self, chunk_ids: Iterable[str], there: Container[str]) -> None:
        """Take to heart which of some answer; those that do not are looked for no more."""
        for chunk_id in chunk_ids:
            self._answers[chunk_id] = chunk_id in there
            self.fell_away |= chunk_id not in there

    def _settle(self, ranking: _Ranking, hits: Sequence[Hit], fallen: set[str]) -> None:
        """Take what is enough, or see that the ranking is asked once more.

        What has fallen away may have been replaced since the store was asked: so it is asked again, once.
        """
        if not ranking.asked_again and any(hit.chunk_id in fallen for hit in hits):
            ranking.asked_again = True
            return
        kept = [hit for hit in hits if self._answers[hit.chunk_id]]
        dry, bound = len(hits) < ranking.window, ranking.window >= MOST
        self.ran_dry |= dry
        if len(kept) >= ranking.wanted or dry or bound:
            self.ran_out |= len(kept) < ranking.wanted and not dry
            ranking.best = _scores(kept[: ranking.wanted])
            ranking.is_open = False
        ranking.window = min(ranking.window * _WIDER, MOST)

    async def _look_up(self, chunk_ids: Iterable[str]) -> set[str]:
        """Learn which of these answer; those that were not known to answer no more."""
        unknown = set(chunk_ids) - self._answers.keys()
        if not unknown:
            return set()
        there = await self.check(sorted(unknown))
        self.learn(unknown, there)
        return unknown - there


def _asked_for(rankings: Iterable[tuple[Ask, int]]) -> list[_Ranking]:
    return [_Ranking(ask, wanted, wanted + _SPARE, is_open=wanted > 0) for ask, wanted in rankings]


def _scores(hits: Sequence[Hit]) -> dict[str, float]:
    return {hit.chunk_id: hit.score for hit in hits}


async def _asked(ranking: _Ranking) -> list[Hit]:
    return await ranking.ask(ranking.window)


async def _together(rankings: Sequence[_Ranking]) -> list[list[Hit]]:
    if len(rankings) == 1:
        return [await _asked(rankings[0])]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_asked(one)) for one in rankings]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
