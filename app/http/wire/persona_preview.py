"""Roof, HTTP shapes: what an assistant would find for a question."""

from __future__ import annotations

from typing import Any, Self

from app.http.envelope import Wire
from app.http.wire.search import QueryText, ResourceId
from rag.context import Offered
from rag.preview import Previewed
from rag.search import Retrieved
from rag.telling import citation


class PersonaPreviewCreate(Wire):
    """A question, perhaps as somebody else would ask it: then only what both may read is shown."""

    query: QueryText
    as_user_id: ResourceId | None = None


class PreviewedSourceRead(Wire):
    """One of the assistant's places, and how looking went there."""

    name: str
    status: Retrieved
    fault: str | None
    reason: str | None


class PreviewedPassageRead(Wire):
    """A passage that would be offered to the model; what both may read has passed the chokepoint."""

    marker: int
    document_id: str | None
    document_name: str
    source_name: str
    chunk_id: str | None
    page: int | None
    score: float
    weighted_score: float
    quote: str
    content: str
    url: str | None

    @classmethod
    def of(cls, offered: Offered) -> Self:
        """Show it as answers cite it, with all it says."""
        piece = offered.piece
        return cls(**citation(offered), weighted_score=round(piece.weighed, 6), content=piece.passage.content)


class PersonaPreviewRead(Wire):
    """What retrieval returns, step by step."""

    status: Retrieved
    steps: list[dict[str, Any]]
    sources: list[PreviewedSourceRead]
    citations: list[PreviewedPassageRead]

    @classmethod
    def of(cls, previewed: Previewed) -> Self:
        """Show what would be found."""
        told = previewed.retrieval
        return cls(
            status=told["status"],
            steps=told["steps"],
            sources=[PreviewedSourceRead(**{"fault": None, "reason": None, **one}) for one in told["sources"]],
            citations=[PreviewedPassageRead.of(one) for one in previewed.passages],
        )
