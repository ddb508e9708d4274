"""Answering, sources: what several sources found made one list: weighed, without repetitions, no longer than asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from rag.personas.values import Persona, Source
from rag.search import Retrieved
from rag.sources.gathered import Gathered, LoosePassage, Piece, SourceFound, Step

Look = Callable[[Source, str, int], Awaitable[SourceFound]]  # one source, a text, and how many passages
_SPARE = 2  # asked for each one wanted, for what is found twice
_MOST = 100
_AT_ONCE = 8  # sources


@dataclass(frozen=True, slots=True)
class SourcesAsk:
    """Asks every source of an assistant at once."""

    persona: Persona
    look: Look

    async def __call__(self, text: str, top_k: int) -> Gathered:
        """The best of all sources for one text; sources that were cut short are asked again for more."""
        began, most = time.perf_counter(), min(max(_SPARE * top_k, 10), _MOST)
        while True:
            found = await self._look_everywhere(text, most)
            kept = merged(found, self.persona.min_score, top_k)
            if len(kept) >= top_k or most >= _MOST or not any(len(one.pieces) >= most for one in found):
                break
            most = min(most * 4, _MOST)
        took = round((time.perf_counter() - began) * 1000, 1)
        step = Step("search", {"query": text, "found": len(kept), "took_ms": took})
        return Gathered(kept, found, [step])

    async def _look_everywhere(self, text: str, most: int) -> Sequence[SourceFound]:
        sources = self.persona.sources
        if len(sources) == 1:
            return [await self.look(sources[0], text, most)]
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(source: Source) -> SourceFound:
            async with turns:
                return await self.look(source, text, most)

        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(one(source)) for source in sources]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return [task.result() for task in asked]


def merged(found: Sequence[SourceFound], min_score: float | None, most: int) -> list[Piece]:
    """The pieces that weigh most, the first of them first, each passage and each text once."""
    good = [piece for one in found for piece in one.pieces if min_score is None or piece.score >= min_score]
    place = {id(piece): number for number, piece in enumerate(good)}
    kept: list[Piece] = []
    said = set[str]()
    for piece in sorted(good, key=lambda one: (-one.weighed, place[id(one)])):
        if len(kept) == most:
            break
        names = {_name(piece), " ".join(piece.passage.content.split()).casefold()} - {""}
        if not names & said:
            kept.append(piece)
        said |= names
    return kept


def status_of(gathered: Gathered) -> Retrieved:
    """How looking went as a whole."""
    failed = [one for one in gathered.sources if one.status is Retrieved.DEGRADED and not one.pieces]
    if gathered.degraded or (failed and len(failed) == len(gathered.sources)):
        return Retrieved.DEGRADED
    if any(one.status is Retrieved.DEGRADED and one.pieces for one in gathered.sources):
        return Retrieved.DEGRADED
    if failed or any(one.status is Retrieved.PARTIAL for one in gathered.sources):
        return Retrieved.PARTIAL
    return Retrieved.OK if gathered.pieces else Retrieved.EMPTY


def _name(piece: Piece) -> str:
    passage = piece.passage
    return "" if isinstance(passage, LoosePassage) else passage.chunk_id
