"""Roof, HTTP shapes: searches, and the passages that answer them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, StrictBool, StrictInt, StrictStr, StringConstraints

from app.http.envelope import Meta, Wire
from app.http.wire.revealing import Revealing
from rag.retrieval.passages import Passage
from rag.retrieval.question import MOST_RESULTS, Question, Way
from rag.search import Away, Found, Retrieved

SearchType = Literal["vector", "keyword", "hybrid", "graph", "combined"]
QueryText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
TopK = Annotated[int, Field(ge=1, le=MOST_RESULTS, strict=True)]
MinScore = Annotated[
    FiniteFloat, Field(ge=0, le=1, strict=True, description="What scores exactly this much is still an answer.")
]
ResourceId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Scalar = StrictStr | StrictBool | StrictInt | FiniteFloat | None
FieldName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SearchFilters(Wire):
    """Which documents may answer: all that is said must hold."""

    document_ids: Annotated[list[ResourceId], Field(max_length=1000)] | None = None
    metadata: Annotated[dict[FieldName, Scalar], Field(max_length=20)] | None = Field(
        None, description="Values that their metadata has, or has in a list."
    )


class SearchCreate(Wire):
    """A question to a collection."""

    query: QueryText
    top_k: TopK = 10
    search_type: SearchType = "vector"
    min_score: MinScore = 0.0
    filters: SearchFilters | None = None
    rerank: StrictBool | None = Field(None, description="Put what is found in a better order; scores are then of that.")

    def question(self) -> Question:
        """What was said; without a graph, everything combined is meaning and words."""
        filters = self.filters or SearchFilters()
        return Question(
            text=self.query,
            way=Way.HYBRID if self.search_type == "combined" else Way(self.search_type),
            top_k=self.top_k,
            min_score=self.min_score,
            document_ids=None if filters.document_ids is None else frozenset(filters.document_ids),
            details=filters.metadata,
            rerank=bool(self.rerank),
            graph=self.search_type == "combined",
        )


class SearchManyCreate(SearchCreate):
    """A question to several collections."""

    collection_ids: Annotated[list[ResourceId], Field(min_length=1, max_length=100)]


class SearchHitRead(Revealing[Passage]):
    """A passage that answers, and the part of it that says most of what was asked.

    Where they start and end is counted in characters of the document's text.
    """

    document_id: str
    document_name: str
    collection_id: str
    content: str
    score: float
    chunk_id: str
    chunk_index: int
    page: int | None
    section: str | None
    start: int
    end: int
    snippet: str
    snippet_start: int
    snippet_end: int
    metadata: dict[str, Any]

    @classmethod
    def _shown(cls, seen: Passage) -> Self:
        plain = ("document_id", "document_name", "collection_id", "content", "score", "chunk_id", "chunk_index")
        more = ("page", "section", "start", "end")
        part = seen.snippet
        return cls(
            **{name: getattr(seen, name) for name in (*plain, *more)},
            snippet=seen.content[part.start : part.end],
            snippet_start=seen.start + part.start,
            snippet_end=seen.start + part.end,
            metadata=dict(seen.details),
        )


class SearchRead(Wire):
    """What answers, best first."""

    results: list[SearchHitRead]
    total: int = Field(description="How many are returned.")


class RetrievalRead(Wire):
    """How it was looked for, and how that went."""

    status: Retrieved
    away: list[Away] = Field(description="What was asked for and is not there.")
    search_type: Way = Field(description="What was done: hybrid for combined, keyword where a model is away.")
    confidence: float = Field(description="How likely it is, from 0 to 1, that the results answer the question.")


class SearchMeta(Meta):
    """About the answer, and how it was found."""

    retrieval: RetrievalRead


class SearchAnswer(Wire):
    """The answer to a search."""

    status: Literal["ok"]
    data: SearchRead
    meta: SearchMeta


def answer(found: Found, request_id: str) -> SearchAnswer:
    """Wrap what was found."""
    results = [SearchHitRead.of(seen) for seen in found.passages]
    retrieval = RetrievalRead(
        status=found.status,
        away=sorted(found.away),
        search_type=found.way,
        confidence=round(found.confidence, 4),
    )
    meta = SearchMeta(request_id=request_id, retrieval=retrieval)
    data = SearchRead.model_construct(results=results, total=len(results))
    return SearchAnswer.model_construct(status="ok", data=data, meta=meta)
