"""Roof, HTTP shapes: searches, and the passages that answer them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, StrictBool, StrictInt, StrictStr, StringConstraints

from app.http.envelope import Meta, Wire
from app.http.wire.revealing import Revealing
from rag.retrieval.passages import Passage
from rag.retrieval.question import MOST_RESULTS, Question, Way
from rag.retrieval.stages import SearchStage, Took
from rag.search import Away, Found, Retrieved
from rag.search_as import FoundAs

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
    why: StrictBool | None = Field(
        None, description="Say of each result what its score is made of, and what the time went into."
    )

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
            why=bool(self.why),
        )


class SearchManyCreate(SearchCreate):
    """A question to several collections."""

    collection_ids: Annotated[list[ResourceId], Field(min_length=1, max_length=100)]


class SearchAsCreate(SearchCreate):
    """A question to a collection, as somebody else would ask it."""

    as_user_id: ResourceId


class SearchManyAsCreate(SearchManyCreate):
    """A question to several collections, as somebody else would ask it."""

    as_user_id: ResourceId


class WhyRead(Wire):
    """What each ranker that was asked says of a passage, from 0 to 1; null where it was not asked."""

    vector: float | None = Field(description="How near its meaning is.")
    keyword: float | None = Field(description="How much of the question's words it says, of all that could be said.")
    graph: float | None = Field(description="How much it speaks of what the question names.")
    rerank: float | None = Field(description="How well it answers, looked at once more; the score is this then.")


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
    why: WhyRead | None = Field(description="null unless it was asked for.")

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
            why=None if seen.why is None else WhyRead.model_validate(seen.why),
        )


class WithheldRead(Revealing[Passage]):
    """A document that answers whoever asks, and is not somebody else's to read."""

    document_id: str
    document_name: str
    score: float

    @classmethod
    def _shown(cls, seen: Passage) -> Self:
        return cls(document_id=seen.document_id, document_name=seen.document_name, score=seen.score)


class SearchRead(Wire):
    """What answers, best first."""

    results: list[SearchHitRead]
    total: int = Field(description="How many are returned.")


class SearchAsRead(SearchRead):
    """What both may read, best first, and what of the asker's own results is not the other's to read."""

    withheld: list[WithheldRead]


class StageTookRead(Wire):
    """How long a search was at one thing."""

    stage: SearchStage
    ms: int


class TookRead(Wire):
    """What the time of a search went into, in whole milliseconds.

    Of what goes on at once, each stage has its share; what was not needed is left out.
    """

    total_ms: int = Field(description="How long the search took: what the stages took together.")
    stages: list[StageTookRead]

    @classmethod
    def of(cls, took: Took) -> Self:
        """Write it down."""
        stages = [StageTookRead(stage=stage, ms=ms) for stage, ms in took.stages.items()]
        return cls(total_ms=took.total_ms, stages=stages)


class RetrievalRead(Wire):
    """How it was looked for, and how that went."""

    status: Retrieved
    away: list[Away] = Field(description="What was asked for and is not there.")
    search_type: Way = Field(description="What was done: hybrid for combined, keyword where a model is away.")
    confidence: float = Field(description="How likely it is, from 0 to 1, that the results answer the question.")


class TimedRetrievalRead(RetrievalRead):
    """The same where `why` was asked."""

    took: TookRead


class SearchMeta(Meta):
    """About the answer, and how it was found."""

    retrieval: RetrievalRead | TimedRetrievalRead


class SearchAnswer(Wire):
    """The answer to a search."""

    status: Literal["ok"]
    data: SearchRead
    meta: SearchMeta


class SearchAsAnswer(Wire):
    """The answer to a search as somebody else."""

    status: Literal["ok"]
    data: SearchAsRead
    meta: SearchMeta


def answer(found: Found, request_id: str) -> SearchAnswer:
    """Wrap what was found."""
    results = [SearchHitRead.of(seen) for seen in found.passages]
    data = SearchRead.model_construct(results=results, total=len(results))
    return SearchAnswer.model_construct(status="ok", data=data, meta=_meta(found, request_id))


def answer_as(both: FoundAs, request_id: str) -> SearchAsAnswer:
    """Wrap what was found as somebody else."""
    results = [SearchHitRead.of(seen) for seen in both.found.passages]
    withheld = [WithheldRead.of(seen) for seen in both.withheld]
    data = SearchAsRead.model_construct(results=results, total=len(results), withheld=withheld)
    return SearchAsAnswer.model_construct(status="ok", data=data, meta=_meta(both.found, request_id))


def _meta(found: Found, request_id: str) -> SearchMeta:
    retrieval = RetrievalRead(
        status=found.status,
        away=sorted(found.away),
        search_type=found.way,
        confidence=round(found.confidence, 4),
    )
    if found.took is not None:
        retrieval = TimedRetrievalRead(**dict(retrieval), took=TookRead.of(found.took))
    return SearchMeta(request_id=request_id, retrieval=retrieval)
