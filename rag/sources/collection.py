"""Answering, sources: a collection, searched with the eyes of whoever asks an assistant."""

from __future__ import annotations

import structlog

from app.accounting.errors import BudgetExceeded
from app.errors import PlatformError
from indexing.maintenance.errors import GenerationGone
from rag.personas.values import SearchType, Source
from rag.retrieval.question import Question, Way
from rag.search import Away, CollectionSearch, Retrieved
from rag.sources.gathered import Piece, SourceFound

log = structlog.get_logger("personas")
_MOST = 100  # passages of one search
_CODES = {Away.STORE: "STORE_UNAVAILABLE", Away.EMBEDDING: "EMBEDDING_UNAVAILABLE", Away.GRAPH: "GRAPH_UNAVAILABLE"}


def question_for(text: str, search_type: SearchType, most: int, min_score: float | None) -> Question:
    """What is asked of a collection."""
    combined = search_type is SearchType.COMBINED
    way = Way.HYBRID if combined else Way(search_type)
    return Question(text, way, min(max(most, 1), _MOST), min_score or 0.0, graph=combined, sure=False)


async def search_collection(search: CollectionSearch, source: Source, question: Question) -> SourceFound:
    """What a collection has; one that is not there for whoever asks has nothing, and nobody is told why."""
    try:
        found = await search.run(source.place_id, question)
    except (BudgetExceeded, GenerationGone):
        raise  # the answer would be refused for the same reason, or would be another one than was asked for
    except PlatformError as error:
        _note(source, error.code)
        hidden = error.code == "COLLECTION_NOT_FOUND"
        return SourceFound(
            source, Retrieved.EMPTY if hidden else Retrieved.DEGRADED, fault=None if hidden else error.code
        )
    pieces = [Piece(source, seen, seen.value.score) for seen in found.passages]
    if not found.away:
        return SourceFound(source, found.status, pieces)
    fault = _CODES.get(min(found.away), "UNAVAILABLE")
    _note(source, fault)
    return SourceFound(source, found.status, pieces, fault=fault)


def _note(source: Source, code: str) -> None:
    log.warning("persona_rag_collection_search_error", source_id=source.id, collection_id=source.place_id, code=code)
