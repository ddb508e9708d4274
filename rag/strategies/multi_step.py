"""Answering, strategies: a first pass, better questions out of what it found, and all passes as one.

LlamaIndex's fusion of queries asks and fuses; where the queries come from, and which rank counts how much, is ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

import structlog
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks.base import CallbackManager
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES, QueryFusionRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from app.errors import PlatformError
from rag.personas.values import Persona, Strategy
from rag.sources.gathered import Ask, Gathered, Piece, Step
from rag.strategies import rewriting
from rag.strategies.expanding import expanded
from rag.strategies.fusing import degraded, fused, key_of, together
from rag.strategies.gateway_llm import GatewayLLM
from rag.strategies.showing import readable
from rag.strategies.sources_retriever import SourcesRetriever
from rag.strategies.strategy import Means

log = structlog.get_logger("personas")
_LONGEST_REWRITING = 400  # tokens
Ranked = dict[tuple[str, int], list[NodeWithScore]]


@dataclass(frozen=True, slots=True)
class Better:
    """Questions that may find more, the passages that they were made of, and what was done to make them."""

    queries: Sequence[str]
    made_of: Sequence[Piece]
    step: Step


class Improves(Protocol):
    """Makes better questions of a question and what it found."""

    async def __call__(self, question: str, first: Gathered) -> Better:
        """Say them; no other questions and a step that says why where it cannot."""


class MultiStep:
    """Looks twice: with the question, and with questions that are made of what that found."""

    async def retrieve(self, question: str, persona: Persona, ask: Ask, means: Means) -> Gathered:
        """The best of all passes; of the first alone, where no better question can be made."""
        improves: Improves = Rewriting(means) if means.mind.writes else Expanding(means)
        retriever = SourcesRetriever(ask, persona.top_k, means.tell)
        fusion = Fusion(retriever, improves, GatewayLLM(means.mind), persona.top_k)
        nodes = await fusion.aretrieve(readable(question))
        return await _told(readable(question), fusion.better, retriever, retriever.pieces(nodes))


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Has the assistant's model write them, within its bounds."""

    means: Means

    async def __call__(self, question: str, first: Gathered) -> Better:
        """What the model makes of the passages that the caller may read at this moment."""
        bounds, pieces = self.means.bounds, list(await self.means.sees(first.pieces))
        self.means.tell(Step("rewrite"))
        room = rewriting.room_for(question, pieces, self.means.mind.window - _LONGEST_REWRITING)
        asked = rewriting.messages(question, pieces, queries=bounds.queries, characters=min(bounds.shown, room))
        try:
            async with asyncio.timeout(bounds.rewriting_seconds) as bound:
                said = await GatewayLLM(self.means.mind).achat(
                    [ChatMessage(role=one["role"], content=readable(one["content"])) for one in asked],
                    temperature=0,
                    max_tokens=_LONGEST_REWRITING,
                )
        except PlatformError as error:
            return _none(error.code)
        except TimeoutError:
            if not bound.expired():
                raise
            return _none("seconds")
        queries = rewriting.queries_in(said.message.content or "", question, bounds.queries)
        return Better(queries, pieces, Step("rewrite", {"queries": queries}, pieces))


@dataclass(frozen=True, slots=True)
class Expanding:
    """Makes them of the words of the passages: for models that only quote."""

    means: Means

    async def __call__(self, question: str, first: Gathered) -> Better:
        """What the passages name and the question does not."""
        self.means.tell(Step("expand"))
        queries = expanded(question, first.pieces)
        return Better(queries, first.pieces, Step("expand", {"queries": queries}, first.pieces))


class Fusion(QueryFusionRetriever):
    """LlamaIndex's fusion over the sources of an assistant, with questions made of what was found first."""

    def __init__(self, retriever: SourcesRetriever, improves: Improves, llm: GatewayLLM, top_k: int) -> None:
        super().__init__(
            [retriever],
            llm=llm,
            mode=FUSION_MODES.RECIPROCAL_RANK,
            similarity_top_k=top_k,
            callback_manager=CallbackManager([]),
        )
        self._sources, self._improves = retriever, improves
        self.better: Better | None = None

    async def _aget_queries(self, original_query: str) -> list[QueryBundle]:
        first = await self._sources.gathered(original_query)
        self.better = await self._improves(original_query, first)
        return [QueryBundle(query) for query in self.better.queries]

    async def _run_async_queries(self, queries: list[QueryBundle]) -> Ranked:
        """All at once; where one fails, none of the others goes on."""
        try:
            async with asyncio.TaskGroup() as group:
                asked = [(query, group.create_task(self._sources.aretrieve(query))) for query in queries]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return {(query.query_str, 0): task.result() for query, task in asked}

    def _reciprocal_rerank_fusion(self, results: Ranked) -> list[NodeWithScore]:
        """See `fusing`: sums of ranks would put what all passes found before what one of them needs."""
        passes = [self._sources.pieces(nodes) for nodes in results.values()]
        nodes = {found.node.node_id: found for found in chain.from_iterable(results.values())}
        return [nodes[key_of(piece)] for piece in fused(passes, self.similarity_top_k)]


def _none(reason: str) -> Better:
    log.info("persona_rewriting_failed", reason=reason)
    return Better([], [], Step("fallback", {"to": str(Strategy.SINGLE_STEP), "reason": reason}))


async def _told(question: str, better: Better | None, retriever: SourcesRetriever, pieces: Sequence[Piece]) -> Gathered:
    """All passes as one, with every step; words that were made of passages are marked so."""
    first = await retriever.gathered(question)
    if better is None:
        return together([first], pieces, first.steps)
    more = [await retriever.gathered(query) for query in better.queries]
    later = [replace(step, made_of=better.made_of) for gathered in more for step in gathered.steps]
    gathered = together([first, *more], pieces, [*first.steps, better.step, *later])
    return degraded(gathered) if better.step.kind == "fallback" else gathered
