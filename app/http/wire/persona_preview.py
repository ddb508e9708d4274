"""Roof, HTTP shapes: what an assistant would find for a question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

from pydantic import Field

from app.http.envelope import Wire
from app.http.wire.models import unsaid
from app.http.wire.personas import MinScore, TopK
from app.http.wire.search import QueryText, ResourceId
from rag.context import Offered
from rag.personas.values import Persona, SearchType, Strategy
from rag.preview import Previewed
from rag.search import Retrieved
from rag.telling import citation

_UNSAID = {"fault": None, "reason": None, "unfinished": 0}  # of a source, unless there is something to say


class PersonaLookWrite(Wire):
    """What of an assistant's looking is to be other than it is kept, for this once."""

    rag_strategy: Strategy = Field(default_factory=unsaid)
    rag_top_k: TopK = Field(default_factory=unsaid)
    rag_min_score: MinScore | None = None
    rag_search_type: SearchType = Field(default_factory=unsaid)

    def on(self, persona: Persona) -> Persona:
        """The assistant as it would look with that."""
        return replace(persona, **{_FIELDS[name]: getattr(self, name) for name in self.model_fields_set})


_FIELDS = {
    "rag_strategy": "strategy",
    "rag_top_k": "top_k",
    "rag_min_score": "min_score",
    "rag_search_type": "search_type",
}


class PersonaPreviewCreate(Wire):
    """A question, perhaps as somebody else would ask it: then only what both may read is shown."""

    query: QueryText
    as_user_id: ResourceId | None = None
    look: PersonaLookWrite | None = None


class PreviewedSourceRead(Wire):
    """One of the assistant's places, and how looking went there."""

    name: str
    status: Retrieved
    fault: str | None
    reason: str | None
    unfinished: int


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
            sources=[PreviewedSourceRead(**{**_UNSAID, **one}) for one in told["sources"]],
            citations=[PreviewedPassageRead.of(one) for one in previewed.passages],
        )
