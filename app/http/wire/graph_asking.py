"""Roof, HTTP shapes: questions that a graph and its documents answer."""

from __future__ import annotations

from typing import Literal, Self

from app.http.envelope import Wire
from app.http.wire.revealing import Revealing
from app.http.wire.search import QueryText
from rag.graphs.asking import Answered, Citation, GraphReply


class AskCreate(Wire):
    """A question."""

    question: QueryText


class CitationRead(Revealing[Citation]):
    """A source that an answer names by its number: a passage of a document, or a relation of the graph."""

    marker: int
    source_name: Literal["document", "graph"]
    document_id: str | None
    document_name: str | None
    chunk_id: str | None
    page: int | None
    score: float | None
    quote: str

    @classmethod
    def _shown(cls, seen: Citation) -> Self:
        names = [name for name in cls.model_fields if name != "source_name"]
        of_a_passage = seen.document_name is not None
        return cls(**{name: getattr(seen, name) for name in names}, source_name="document" if of_a_passage else "graph")


class AnswerRead(Revealing[Answered]):
    """An answer; `[1]` in it is the citation with that marker."""

    answer: str
    citations: list[CitationRead]
    graph_available: Literal[True]

    @classmethod
    def _shown(cls, seen: Answered) -> Self:
        return cls(answer=seen.answer, citations=[], graph_available=True)


class NoAnswerRead(Wire):
    """What is answered while the graph store is away."""

    answer: Literal[""]
    citations: list[CitationRead]
    graph_available: Literal[False]


def answer_read(reply: GraphReply) -> AnswerRead | NoAnswerRead:
    """Show what was answered."""
    if reply.answer is None:
        return NoAnswerRead(answer="", citations=[], graph_available=False)
    made = AnswerRead.of(reply.answer)
    made.citations.extend(CitationRead.of(seen) for seen in reply.citations)
    return made
