"""Answering: one attempt at a question, from the store's rankings to what its caller sees of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection

from acl.visible import Visible
from indexing.stores.vectors import Hit, Scope, VectorStore
from rag.retrieval.confidence import LOOKED_AT, LookedAt
from rag.retrieval.ground import Ground, generation_of
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.passages import ChunkSeen, Passage, answering, passages, rows_of
from rag.retrieval.question import Question, Way
from rag.retrieval.stages import SearchStage, stage
from rag.retrieval.stop_words import telling
from rag.retrieval.weighing import Ranked, by_both, by_meaning, by_words, with_graph
from rag.retrieval.why import why_of
from rag.retrieval.windows import Ask, Windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FEW = 32  # chunks that are read with their texts at once
_DEEPEST, _DEEPER = 100, 3  # how far down rankings count when they are made one


class GraphWeights(Protocol):
    """Says how much passages speak of what a question names, from 0 to 1."""

    async def hits(self, most: int) -> list[Hit]:
        """The passages that speak most of it."""

    async def weigh(self, chunk_ids: Collection[str]) -> dict[str, float]:
        """What these passages weigh; those that weigh nothing are left out."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What an attempt brought."""

    passages: Sequence[Visible[Passage]]
    moved: bool = False  # rights or contents changed under it: another one may bring more
    ran_out: bool = False  # a bound was hit
    signs: LookedAt | None = None  # by what it is told how sure this is; nothing of what is not seen is in it


@dataclass(slots=True)
class Attempt:
    """Asks the store, looks up what it points at, and has the chokepoint decide at the very end."""

    store: VectorStore
    onlooker: Onlooker
    ground: Ground
    question: Question
    vector: NDArray[np.float32] | None  # None: by words alone
    graph: GraphWeights | None = None  # None: it is not asked, or the question names nothing it knows
    _windows: Windows = field(init=False)
    _cosines: dict[str, float] = field(default_factory=dict, init=False)
    _said: dict[str, Mapping[str, float]] = field(default_factory=dict, init=False)  # by ranker
    _rows: dict[str, ChunkSeen] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._windows = Windows(self._answering)

    async def run(self) -> Looked:
        """The best that the caller may read now."""
        if self.ground.is_empty:
            return Looked([])
        if self.graph is None:
            ranked = await self._ranked_at_first()
            seen = await self._seen_at_once(ranked)
            if len(seen) == len(ranked):
                return await self._looked(ranked, seen)
        ranked = (await self._looked_through())[: self._depth]
        with stage(SearchStage.PASSAGES):
            found = self._passages(await self._rows_of([id_ for id_, _ in ranked]), ranked)
        with stage(SearchStage.ACCESS):
            seen = await self.onlooker.sees(found)
        return await self._looked(ranked, seen)

    async def _looked(self, ranked: Ranked, seen: Sequence[Visible[Passage]]) -> Looked:
        chosen = {id_ for id_, score in ranked[: self.question.top_k] if score >= self.question.min_score}
        visible = [one for one in seen if one.value.chunk_id in chosen]
        moved = len(seen) < len(ranked) or (len(chosen) < self.question.top_k and await self._is_passed())
        return Looked(visible, moved, self._windows.ran_out, self._signs([one.value for one in seen]))

    def _passages(self, rows: Mapping[str, ChunkSeen], ranked: Ranked) -> list[Passage]:
        found = passages(rows, ranked, self.question.text)
        if not self.question.why:
            return found
        return [replace(one, why=why_of(self._said, one.chunk_id)) for one in found]

    def _signs(self, seen: Sequence[Passage]) -> LookedAt | None:
        if not self.question.sure:
            return None
        best = seen[:LOOKED_AT]
        near = {one.chunk_id: self._cosines[one.chunk_id] for one in best if one.chunk_id in self._cosines}
        return LookedAt(self.question.way, self.ground.model, best, near)

    async def _ranked_at_first(self) -> Ranked:
        """What comes first, whether it answers or not."""
        cosines, weights, _ = await self._windows.at_first(*self._rankings())
        return (await self._as_one(cosines, weights, {}))[: self._depth]

    async def _seen_at_once(self, ranked: Ranked) -> list[Visible[Passage]]:
        """What of it answers and may be seen: where that is all, nothing else of the rankings has to be looked up.

        A score counts for itself: what stands further down, and may have fallen away, changes nothing before it.
        """
        if not ranked:
            return []
        ids, index, ahead = [chunk_id for chunk_id, _ in ranked], self.ground.index, self.ground.ahead

        def find(on: Connection) -> list[Passage]:
            self._rows = rows_of(on, index, ids, ahead=ahead)
            return self._passages(self._rows, ranked)

        with stage(SearchStage.PASSAGES):
            seen = await self.onlooker.sees_of(find)
        self._windows.learn(ids, self._rows)
        return seen

    async def _looked_through(self) -> Ranked:
        """The first that do answer, however far down they are."""
        cosines, weights, spoken = await self._windows.best(*self._rankings())
        ranked = await self._as_one(cosines, weights, spoken)
        if self.graph is None or self.question.way is Way.GRAPH:
            return ranked
        with stage(SearchStage.GRAPH):
            spoken = await self.graph.weigh({*spoken, *(chunk_id for chunk_id, _ in ranked)})
        self._said |= {"graph": spoken} if spoken else {}
        return with_graph(ranked, spoken)

    def _rankings(self) -> tuple[tuple[Ask, int], ...]:
        """Whom to ask, and for how many."""
        way, wanted = self.question.way, self._deep if self.question.way is Way.HYBRID else self._depth
        return (
            (self._near, wanted if way in {Way.VECTOR, Way.HYBRID} else 0),
            (self._matching, wanted if way in {Way.KEYWORD, Way.HYBRID} else 0),
            (self._speaking, self._deep if self.graph is not None else 0),
        )

    async def _as_one(self, cosines: dict[str, float], weights: dict[str, float], spoken: dict[str, float]) -> Ranked:
        self._cosines = cosines
        match self.question.way:
            case Way.VECTOR:
                self._said = {"vector": cosines}
                return by_meaning(cosines)
            case Way.KEYWORD:
                self._said = {"keyword": weights}
                return by_words(weights)
            case Way.HYBRID:
                self._cosines = await self._with_cosines(cosines, {**weights, **spoken})
                self._said = {"vector": self._cosines, "keyword": weights}
                return by_both(self._cosines, weights)
            case Way.GRAPH:
                self._said = {"graph": spoken}
                return by_words(spoken)

    async def _with_cosines(self, cosines: dict[str, float], others: Collection[str]) -> dict[str, float]:
        """What was not found by meaning has a cosine all the same."""
        missing = [chunk_id for chunk_id in others if chunk_id not in cosines]
        if not missing or self.vector is None:
            return cosines
        with stage(SearchStage.VECTOR):
            return cosines | _cosines(await self.store.vectors(self.ground.index, missing), self.vector)

    async def _near(self, window: int) -> list[Hit]:
        if self.vector is None:
            return []
        with stage(SearchStage.VECTOR):
            return await self.store.near(self.ground.index, self.vector, self._scope(window))

    async def _matching(self, window: int) -> list[Hit]:
        with stage(SearchStage.KEYWORD):
            return await self.store.matching(self.ground.index, telling(self.question.text), self._scope(window))

    async def _speaking(self, window: int) -> list[Hit]:
        if self.graph is None:
            return []
        with stage(SearchStage.GRAPH):
            return await self.graph.hits(window)

    def _scope(self, window: int) -> Scope:
        return Scope(self.ground.generation, self.ground.documents, window)

    async def _answering(self, chunk_ids: Sequence[str]) -> set[str]:
        """Few are looked up whole: they may be all that will be seen."""
        look, index, ahead = self.onlooker.transactions.look, self.ground.index, self.ground.ahead
        with stage(SearchStage.PASSAGES):
            if len(chunk_ids) > _FEW:
                return await look(lambda on: answering(on, index, chunk_ids, ahead=ahead))
            self._rows = await look(lambda on: rows_of(on, index, chunk_ids, ahead=ahead))
            return set(self._rows)

    async def _rows_of(self, chunk_ids: Sequence[str]) -> Mapping[str, ChunkSeen]:
        """All of one moment: of two looks, each may know another text of a document that is replaced."""
        if self._rows.keys() >= set(chunk_ids):
            return self._rows
        index, ahead = self.ground.index, self.ground.ahead
        return await self.onlooker.transactions.look(lambda on: rows_of(on, index, chunk_ids, ahead=ahead))

    async def _is_passed(self) -> bool:
        """Whether there is less because another generation answers by now."""
        if not (self._windows.fell_away or self._windows.ran_dry):
            return False
        now = await self.onlooker.transactions.look(lambda on: generation_of(on, self.ground.index))
        if now is None:
            return False
        return (now == self.ground.generation) is (self.ground.ahead is not None)

    @property
    def _depth(self) -> int:
        """How many are looked at: how sure an answer is does not depend on how much of it is shown."""
        return max(self.question.top_k, LOOKED_AT)

    @property
    def _deep(self) -> int:
        """How far down rankings count that are made one."""
        return max(_DEEPEST, _DEEPER * self.question.top_k)


def _cosines(vectors: Mapping[str, NDArray[np.float32]], asked: NDArray[np.float32]) -> dict[str, float]:
    import numpy as np  # noqa: PLC0415 - kept out of a server that searches nothing

    if not vectors:
        return {}
    kept, wanted = np.asarray(list(vectors.values()), dtype=np.float64), asked.astype(np.float64)
    lengths = np.linalg.norm(kept, axis=1) * np.linalg.norm(wanted)
    lengths[lengths == 0] = 1.0
    turned = (kept * wanted).sum(axis=1)  # not `@`: the last digit of a row is not to depend on the other rows
    return dict(zip(vectors, (turned / lengths).tolist(), strict=True))
