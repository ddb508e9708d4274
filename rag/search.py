"""Answering: one question to collections, as one caller: exactly the best passages that they may read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

import structlog

from acl.access import Access
from acl.visible import Visible
from app.errors import PlatformError
from app.inference.errors import BackendFailure, ModelUnavailable
from indexing.errors import StoreUnavailable
from indexing.stores.graphs import GraphStore
from indexing.stores.vectors import VectorStore
from rag.graphs.scope import GraphGround, graph_on, in_scope
from rag.graphs.speaking import Speaking, speaking
from rag.retrieval.attempt import Attempt, Looked
from rag.retrieval.confidence import LookedAt, confidence_of
from rag.retrieval.ground import Ground, ground_for
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.passages import Passage
from rag.retrieval.question import Question, Way
from rag.retrieval.question_vectors import QuestionVectors
from rag.retrieval.reranking import POOL, Asked, CoverageReranker, Reranker
from rag.retrieval.stages import SearchStage, Took, stage, stopwatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = structlog.get_logger("search")
_ATTEMPTS = 4
_AT_ONCE = 8  # collections
_PATIENCE = 20  # seconds for another order
_LONGEST, _LONGEST_FOR_A_MODEL = 30.0, 10.0  # seconds


class Retrieved(StrEnum):
    """How looking went."""

    OK = "ok"
    EMPTY = "empty"  # all went well, and there is nothing
    PARTIAL = "partial"  # there may be more, or better
    DEGRADED = "degraded"  # something is away: there is nothing, or what a lesser way has found


class Away(StrEnum):
    """What was asked for and is not there."""

    STORE = "store"
    EMBEDDING = "embedding"
    RERANK = "rerank"
    GRAPH = "graph"


@dataclass(frozen=True, slots=True)
class Found:
    """What answers a question, best first, and how it was found."""

    passages: Sequence[Visible[Passage]]
    status: Retrieved
    way: Way
    away: frozenset[Away] = frozenset()
    signs: Sequence[LookedAt] = ()
    confidence: float = 0.0  # that it does answer, from 0 to 1
    took: Took | None = None  # where it was asked


@dataclass(frozen=True, slots=True)
class CollectionSearch:
    """Searches with the eyes of one caller; `epochs` are those the request has read already."""

    access: Access
    onlooker: Onlooker
    vectors: VectorStore
    questions: QuestionVectors
    epochs: Mapping[str, int]
    reranker: Reranker = field(default_factory=CoverageReranker)
    graphs: GraphStore | None = None
    ahead: Mapping[str, int] = field(default_factory=dict)  # generations of collections that are built and held

    async def run(self, collection_id: str, question: Question, *, until: float | None = None) -> Found:
        """The best passages of a collection; whoever may not read the collection is told it is not there.

        What hangs is away: nobody waits for it longer than `until`, by the clock of the event loop.
        """
        until = until or _moment_from_now()
        return await _timed(question, self._one(collection_id, question, until))

    async def _one(self, collection_id: str, question: Question, until: float) -> Found:
        return await self._finished(await self._within(until, collection_id, _widened(question)), question)

    async def _within(self, until: float, collection_id: str, question: Question) -> Found:
        try:
            async with asyncio.timeout_at(until) as bound:
                return await self._search(collection_id, question)
        except TimeoutError:
            if not bound.expired():
                raise
            log.warning("search_degraded", collection_id=collection_id, error="TIMEOUT")
            return Found([], Retrieved.DEGRADED, question.way, frozenset({Away.STORE}))

    async def _search(self, collection_id: str, question: Question) -> Found:
        """What is found without another order.

        An attempt that rights or contents changed under is none: the next one begins with what is true by then.
        """
        for attempt in range(_ATTEMPTS):
            ground, known = await self._ground(collection_id, question)
            found, moved = await self._attempted(ground, question, await self._speaking(known, question))
            if not moved:
                break
            log.info("search_again", collection_id=collection_id, attempt=attempt)
        return found

    async def _attempted(self, ground: Ground, question: Question, graph: Speaking | None) -> tuple[Found, bool]:
        """What one attempt finds, and whether another one may find more."""
        try:
            vector, way = await self._understood(ground, question)
            weights = graph if graph is not None and graph.knows_something else None
            asked = Attempt(self.vectors, self.onlooker, ground, replace(question, way=way), vector, weights)
            looked = await asked.run()
        except (StoreUnavailable, BackendFailure, ModelUnavailable) as error:
            log.warning(
                "search_degraded", collection_id=ground.index.collection_id, error=error.code, reason=str(error)
            )
            return Found([], Retrieved.DEGRADED, question.way, frozenset({_away(error)})), False
        found = _told(looked, question, way)
        if (graph is None or graph.away) and (question.way is Way.GRAPH or (question.graph and ground.has_graph)):
            found = replace(found, status=Retrieved.DEGRADED, away=found.away | {Away.GRAPH})
        return found, looked.moved

    async def _ground(self, collection_id: str, question: Question) -> tuple[Ground, GraphGround | None]:
        """What is asked, and what of its graph if that is asked too."""
        ahead = self.ahead.get(collection_id)
        with stage(SearchStage.ACCESS):
            ground = await ground_for(self.onlooker, self.access, collection_id, question, ahead=ahead)
        if not (ground.has_graph and (question.graph or question.way is Way.GRAPH)):
            return ground, None
        with stage(SearchStage.GRAPH):
            return ground, await graph_on(self.onlooker, ground)

    async def _speaking(self, known: GraphGround | None, question: Question) -> Speaking | None:
        """What weighs passages by the graph, if one is asked and there."""
        if known is None or self.graphs is None:
            return None
        try:
            with stage(SearchStage.GRAPH):
                return await speaking(in_scope(self.graphs, known), question.text)
        except StoreUnavailable as error:
            log.warning("search_without_graph", collection_id=known.index.collection_id, reason=str(error))
            return None

    async def run_many(self, collection_ids: Sequence[str], question: Question) -> Found:
        """The best passages of several collections, each of them there for its caller."""
        return await _timed(question, self._several(list(dict.fromkeys(collection_ids)), question))

    async def _several(self, collection_ids: Sequence[str], question: Question) -> Found:
        wide = _widened(question)
        turns, until = asyncio.Semaphore(_AT_ONCE), _moment_from_now()

        async def one(collection_id: str) -> Found:
            async with turns:
                return await self._within(until, collection_id, wide)

        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(one(collection_id)) for collection_id in collection_ids]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return await self._finished(_together([task.result() for task in asked], wide), question)

    async def _finished(self, found: Found, question: Question) -> Found:
        """What was found in the order that was asked for, and with what was asked for in vain."""
        if not (question.rerank and found.passages):
            return found
        passages, asked = [seen.value for seen in found.passages], self._asked(question)
        try:
            with stage(SearchStage.RERANK):
                async with asyncio.timeout(_PATIENCE):
                    weights = await self.reranker.weigh(asked, passages)
        except (PlatformError, TimeoutError) as error:
            log.warning("search_not_reranked", error=getattr(error, "code", "TIMEOUT"))
            weights = await CoverageReranker().weigh(asked, passages)
            found = replace(found, status=Retrieved.DEGRADED, away=found.away | {Away.RERANK})
        best = _reordered(passages, weights, question)
        with stage(SearchStage.ACCESS):
            visible = await self.onlooker.sees(best)
        found = replace(found, passages=visible, confidence=found.confidence if visible else 0.0)
        if len(visible) < len(best) and found.status is Retrieved.OK:
            return replace(found, status=Retrieved.PARTIAL)
        empty = found.status is Retrieved.OK and not visible
        return replace(found, status=Retrieved.EMPTY) if empty else found

    def _asked(self, question: Question) -> Asked:
        return Asked(self.onlooker.caller, question.text, self.epochs)

    async def _understood(self, ground: Ground, question: Question) -> tuple[NDArray[np.float32] | None, Way]:
        """The question as a vector, and the way that is left: without its model, both ways are words alone."""
        if question.way in {Way.KEYWORD, Way.GRAPH} or ground.is_empty:
            return None, question.way
        try:
            with stage(SearchStage.EMBEDDING):
                async with asyncio.timeout(_LONGEST_FOR_A_MODEL if question.way is Way.HYBRID else None):
                    vector = await self.questions.of(self.onlooker.caller, ground.model, question.text, self.epochs)
            return vector, question.way
        except (BackendFailure, ModelUnavailable, TimeoutError) as error:
            if question.way is not Way.HYBRID:
                raise
            log.warning("search_by_words_alone", collection_id=ground.index.collection_id, reason=repr(error))
            return None, Way.KEYWORD


async def _timed(question: Question, finding: Awaitable[Found]) -> Found:
    """What is found, and what the time goes into if that is asked."""
    if not question.why:
        return await finding
    with stopwatch() as watch:
        return replace(await finding, took=watch.took())


def _widened(question: Question) -> Question:
    return replace(question, top_k=max(POOL, question.top_k), min_score=0.0) if question.rerank else question


def _reordered(passages: Sequence[Passage], weights: Sequence[float], question: Question) -> list[Passage]:
    weighed = [_weighed(one, weight) for one, weight in zip(passages, weights, strict=True)]
    kept = [one for one in weighed if one.score >= question.min_score]
    return sorted(kept, key=lambda one: -one.score)[: question.top_k]


def _weighed(passage: Passage, weight: float) -> Passage:
    why = None if passage.why is None else replace(passage.why, rerank=weight)
    return replace(passage, score=weight, why=why)


def _told(looked: Looked, question: Question, way: Way) -> Found:
    status = Retrieved.OK if looked.passages else Retrieved.EMPTY
    if way is not question.way:
        status = Retrieved.DEGRADED
    elif looked.moved or looked.ran_out:
        status = Retrieved.PARTIAL
    away = frozenset({Away.EMBEDDING}) if way is not question.way else frozenset[Away]()
    signs = [looked.signs] if looked.signs is not None else []
    return Found(
        looked.passages, status, way, away, signs, confidence_of(question.text, signs) if looked.passages else 0
    )


def _away(error: PlatformError) -> Away:
    return Away.STORE if isinstance(error, StoreUnavailable) else Away.EMBEDDING


def _moment_from_now() -> float:
    return asyncio.get_running_loop().time() + _LONGEST


def _together(all_found: Sequence[Found], question: Question) -> Found:
    every = chain.from_iterable(found.passages for found in all_found)
    best = sorted(every, key=lambda seen: (-seen.value.score, seen.value.chunk_id))[: question.top_k]
    said = {found.status for found in all_found}
    ways = {found.way for found in all_found} or {question.way}
    away = frozenset[Away]().union(*(found.away for found in all_found))
    way = ways.pop() if len(ways) == 1 else question.way
    signs = list(chain.from_iterable(found.signs for found in all_found))
    sure = confidence_of(question.text, signs) if best else 0.0
    return Found(best, _status_of(said, found=bool(best)), way, away, signs, sure)


def _status_of(said: set[Retrieved], *, found: bool) -> Retrieved:
    if Retrieved.DEGRADED in said:
        return Retrieved.DEGRADED if said == {Retrieved.DEGRADED} else Retrieved.PARTIAL
    if Retrieved.PARTIAL in said:
        return Retrieved.PARTIAL
    return Retrieved.OK if found else Retrieved.EMPTY
