"""What a search is made of, each part timed by itself in the process that answers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence

from app.http.wire.search import answer
from app.ids import new_id
from app.wiring import Platform
from bench.search_shelf import Reader, Searched, questions
from indexing.stores.vectors import Scope
from rag.retrieval.ground import ground_for
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.question import Question, Way
from rag.retrieval.stop_words import telling
from rag.search import CollectionSearch, Found

_ROUNDS = 2
_TURNS = 6
_PAGE, _DEEP = 18, 108  # hits that a search asks its store for

Ask = Callable[[str], Awaitable[None]]


async def shares(platform: Platform, searched: Searched, way: str, reader: Reader, served: Ask, bare: Ask) -> str:
    """One row; `served` is the same search of a server that knows the questions, `bare` a route that has its answer."""
    measured = _Measured(platform, searched, Way(way), reader)
    await measured.begin()
    auth = await _median(measured.auth)
    embedding = await _median(measured.embedding) if way != "keyword" else 0.0
    wholes, stores = await _in_turns(measured.whole, measured.store)
    access, shown = await _median(measured.access), await _median(measured.shown)
    https, bares, meanwhile = await _in_turns(served, bare, measured.store)
    over_http = statistics.median(https), _longer(https, meanwhile), statistics.median(bares)
    within = statistics.median(wholes), embedding, statistics.median(stores), auth + _longer(wholes, stores) + shown
    figures = (*over_http, *within, auth, access, shown)
    return f"{way} | {reader.share} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |"


class _Measured:
    """The parts of one kind of search, as one reader."""

    def __init__(self, platform: Platform, searched: Searched, way: Way, reader: Reader) -> None:
        self._platform, self._searched, self._way, self._reader = platform, searched, way, reader

    async def begin(self) -> None:
        """Find everything once, so that what is remembered is."""
        platform = self._platform
        admitted = await platform.credentials.admit(self._reader.key)
        self._caller, self._epochs = admitted.caller, admitted.epochs
        onlooker = Onlooker(platform.chokepoint, platform.transactions, self._caller, self._caller.tenant_id)
        self._search = CollectionSearch(platform.access, onlooker, platform.vectors, platform.questions, self._epochs)
        self._ground = await ground_for(onlooker, platform.access, self._searched.collection_id, Question(""))
        self._unshown = [await self._run(text) for _ in range(_ROUNDS) for text in questions()]

    async def _run(self, text: str) -> Found:
        found = await self._search.run(self._searched.collection_id, Question(text, self._way))
        self._last = found
        return found

    async def auth(self, _text: str) -> None:
        """Whose key it is."""
        await self._platform.credentials.admit(self._reader.key)

    async def embedding(self, text: str) -> None:
        """A question that nobody has asked before."""
        await self._platform.questions.of(self._caller, self._ground.model, f"{text} {new_id('q')}", {})

    async def whole(self, text: str) -> None:
        """The search, its question known."""
        await self._run(text)

    async def store(self, text: str) -> None:
        """The same calls of the store, and nothing else."""
        vectors, index, documents = self._platform.vectors, self._searched.index, self._ground.documents
        scope = Scope(1, documents, _DEEP if self._way is Way.HYBRID else _PAGE)
        if self._way is Way.KEYWORD:
            await vectors.matching(index, telling(text), scope)
            return
        matching = await vectors.matching(index, telling(text), scope) if self._way is Way.HYBRID else []
        vector = await self._platform.questions.of(self._caller, self._ground.model, text, self._epochs)
        near = await vectors.near(index, vector, scope)
        if self._way is Way.HYBRID:
            await vectors.vectors(index, list({hit.chunk_id for hit in matching} - {hit.chunk_id for hit in near}))

    async def access(self, text: str) -> None:
        """What may be read, and at the end whether it still may."""
        onlooker, access = self._search.onlooker, self._platform.access
        await ground_for(onlooker, access, self._searched.collection_id, Question(text))
        await self._search.onlooker.sees([seen.value for seen in self._last.passages])

    async def shown(self, _text: str) -> None:
        """The answer as JSON, its snippets looked for as for any answer that was not shown before."""
        answer(self._unshown.pop(), "req_bench").model_dump_json()


async def _median(ask: Ask) -> float:
    return statistics.median([await _taken(ask, text) for _ in range(_ROUNDS) for text in questions()])


async def _in_turns(*asks: Ask) -> list[list[float]]:
    """How long each takes, one after the other: a noisy machine is as noisy for all."""
    taken: list[list[float]] = [[] for _ in asks]
    for turn in range(_TURNS):
        for text in questions():
            for ask, times in list(zip(asks, taken, strict=True))[:: 1 if turn % 2 else -1]:
                times.append(await _taken(ask, text))
    return taken


def _longer(whole: Sequence[float], part: Sequence[float]) -> float:
    return statistics.median(one - other for one, other in zip(whole, part, strict=True))


async def _taken(ask: Ask, text: str) -> float:
    began = time.perf_counter()
    await ask(text)
    return (time.perf_counter() - began) * 1000
