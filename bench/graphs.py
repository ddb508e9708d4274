"""How long walks, paths and searches take in a large graph, for who may read everything and who may read a part.

Asked of the store that needs no server and of Neo4j: the one the settings name, or else one that is started for it
where Maven has its parts. `python -m bench graphs --small` asks a tenth of the graph.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from app.settings import Settings
from app.wiring.graphs import graph_store
from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import Assertion, GraphScope, GraphStore, Mention, Source, Statement, Tie, Wanted
from indexing.stores.vectors import DocumentFilter, Index
from rag.graphs.asked import Walk
from rag.graphs.components import GraphInScope
from rag.graphs.counting import Counting
from rag.graphs.paths import PathSearch
from rag.graphs.view import View
from rag.graphs.walking import walked
from tests.services.neo4j_server import USER, neo4j_home
from tests.services.servers import ServerMissingError

_NODES, _CHUNKS, _CHUNKS_A_DOCUMENT, _TIES_A_CHUNK, _LAYER = 100_000, 30_000, 10, 10, "1.1"
_ROUNDS, _FEW, _SMALLER = 60, 3, 10
_LABELS = ("Person", "Place", "Organisation", "Product", "Term")
_TYPES = ("KNOWS", "PART_OF", "USES", "WORKS_FOR", "LIES_IN")
_GRAPH = Index("tnt_bench", "col_bench", "Bench")
_PUT = 200  # statements at a time


@dataclass(frozen=True, slots=True)
class Corpus:
    """Chunks that speak of things beside one another, and of some that many speak of: the same every time."""

    nodes: int
    chunks: int

    @classmethod
    def wanted(cls) -> Corpus:
        """The whole, or the small one that was asked for."""
        smaller = _SMALLER if "--small" in sys.argv else 1
        return cls(_NODES // smaller, _CHUNKS // smaller)

    @property
    def documents(self) -> int:
        """How many there are."""
        return self.chunks // _CHUNKS_A_DOCUMENT

    def statements(self) -> Iterator[Statement]:
        """What each chunk says."""
        chance = random.Random(1)  # noqa: S311 - the same every time
        order = chance.sample(range(self.nodes), self.nodes)
        for chunk in range(self.chunks):
            beside = [order[(chunk * 4 + place) % self.nodes] for place in range(4)]
            often = [int(self.nodes * chance.random() ** 3) for _ in range(6)]
            things = list(dict.fromkeys([*beside, *often]))
            ties = set[Tie]()
            while len(ties) < _TIES_A_CHUNK:
                one, other = chance.sample(things, 2)
                ties.add(Tie(_key(one), chance.choice(_TYPES), _key(other)))
            document = chunk // _CHUNKS_A_DOCUMENT
            yield Statement(
                Source(_document(document), f"chk_{chunk:026}", f"edn_{document:026}"),
                [_mention(thing, chunk) for thing in things],
                [Assertion(tie, {"weight": 1}) for tie in sorted(ties)],
            )

    def scopes(self) -> dict[str, GraphScope]:
        """What those may read who ask."""
        tenth = self._every(10)
        return {
            "all": GraphScope(_LAYER, DocumentFilter(all_except=True, ids=frozenset())),
            "50 %": GraphScope(_LAYER, DocumentFilter(all_except=False, ids=self._every(2))),
            "all but 10 %": GraphScope(_LAYER, DocumentFilter(all_except=True, ids=tenth)),
        }

    def _every(self, step: int) -> frozenset[str]:
        return frozenset(map(_document, range(0, self.documents, step)))


def run() -> str:
    """Fill stores and ask them."""
    return "\n\n".join(asyncio.run(_told(name, store)) for name, store in _stores())


def _stores() -> Iterator[tuple[str, Callable[[], GraphStore]]]:
    """The embedded store, and Neo4j where there is one, each until the next is wanted."""
    with tempfile.TemporaryDirectory() as home:
        yield "The embedded store", lambda: EmbeddedGraphs(Path(home))
    settings = Settings()
    with ExitStack() as stack:
        if not settings.neo4j_url:
            try:
                server = stack.enter_context(neo4j_home(heap="2g", cache="1g"))
                stack.enter_context(server.started())
            except ServerMissingError as missing:
                print(f"Neo4j was not asked: {missing}")
                return
            settings = Settings(neo4j_url=server.url, neo4j_user=USER, neo4j_password=SecretStr(server.password))
        yield "Neo4j", lambda: graph_store(settings)


async def _told(name: str, opened: Callable[[], GraphStore]) -> str:
    store, corpus = opened(), Corpus.wanted()
    try:
        filled = await _filled(store, corpus)
        asked = await Asking(store, corpus).rows()
        removed = await _removed(store)
    finally:
        await store.drop(_GRAPH)
        await store.aclose()
    columns = " | ".join(f"{scope}: p50 | p95" for scope in corpus.scopes())
    rule = "|---" * (1 + 2 * len(corpus.scopes())) + "|"
    return "\n".join([f"{name}. {filled}", "", f"| question, ms | {columns} |", rule, *asked, "", removed])


async def _filled(store: GraphStore, corpus: Corpus) -> str:
    statements = list(corpus.statements())
    began = time.perf_counter()
    for start in range(0, corpus.chunks, _PUT):
        await store.put(_GRAPH, _LAYER, statements[start : start + _PUT])
    taken, size = time.perf_counter() - began, await store.size(_GRAPH, _LAYER)
    facts = sum(len(said.mentions) + len(said.assertions) for said in statements)
    return (
        f"{size.nodes:,} nodes and {size.edges:,} edges, said by {corpus.chunks:,} chunks of {corpus.documents:,} "
        f"documents in {facts:,} mentions and assertions: kept in {taken:.0f} s, {facts / taken:,.0f} a second."
    )


@dataclass(slots=True)
class Asking:
    """Questions about a graph, the same in every scope."""

    store: GraphStore
    corpus: Corpus
    chance: random.Random = field(default_factory=random.Random)

    async def rows(self) -> list[str]:
        """A row of the table for each question."""
        rows = []
        for name, (rounds, question) in self._questions().items():
            cells = [await self._timed(question, scope, rounds) for scope in self.corpus.scopes().values()]
            rows.append(f"| {name} | " + " | ".join(cells) + " |")
        return rows

    def _questions(self) -> Mapping[str, tuple[int, Callable[[GraphScope], Awaitable[object]]]]:
        return {
            "walk, 1 step, to 100 nodes": (_ROUNDS, lambda scope: self._walk(scope, 1, 100)),
            "walk, 3 steps, to 100 nodes": (_ROUNDS, lambda scope: self._walk(scope, 3, 100)),
            "walk, 3 steps, to 1,000 nodes": (_ROUNDS // _FEW, lambda scope: self._walk(scope, 3, 1_000)),
            "shortest path, at most 5 steps": (_ROUNDS, self._path),
            "nodes by the beginning of a word": (_ROUNDS, lambda scope: self._find(scope, self._word())),
            "first nodes of a label": (_ROUNDS, lambda scope: self._find(scope, Wanted(frozenset({"person"})))),
            "all counted (`stats`)": (_FEW, self._count),
        }

    async def _timed(self, question: Callable[[GraphScope], Awaitable[object]], scope: GraphScope, rounds: int) -> str:
        taken = list[float]()
        self.chance.seed(7)
        for _ in range(rounds):
            began = time.perf_counter()
            await question(scope)
            taken.append((time.perf_counter() - began) * 1000)
        return f"{statistics.median(taken):.1f} | {statistics.quantiles(taken, n=20, method='inclusive')[-1]:.1f}"

    async def _walk(self, scope: GraphScope, depth: int, limit: int) -> None:
        view = View(GraphInScope(self.store, _GRAPH, scope))
        (start,) = await view.things([await self._seen(scope)])
        await walked(view, start, Walk(depth=depth, limit=limit))

    async def _path(self, scope: GraphScope) -> None:
        view = View(GraphInScope(self.store, _GRAPH, scope))
        one, other = [await self._seen(scope) for _ in range(2)]
        ends = await view.things([one, other])
        await PathSearch(view, ends[0], ends[-1]).run(5, 1)

    async def _find(self, scope: GraphScope, wanted: Wanted) -> None:
        view = View(GraphInScope(self.store, _GRAPH, scope))
        await view.nodes(await view.things(await self.store.find(_GRAPH, wanted, scope, limit=20)))

    def _word(self) -> Wanted:
        return Wanted(words=(f"n{self.chance.randrange(self.corpus.nodes // 10):05}",))

    async def _count(self, scope: GraphScope) -> None:
        await Counting(GraphInScope(self.store, _GRAPH, scope)).run(labels=True)

    async def _seen(self, scope: GraphScope) -> str:
        """Something that the asker can see."""
        while not await self.store.present(_GRAPH, [key := _key(self.chance.randrange(self.corpus.nodes))], scope):
            pass
        return key


async def _removed(store: GraphStore) -> str:
    taken = []
    for document in range(20):
        began = time.perf_counter()
        await store.remove_documents(_GRAPH, [_document(document)])
        taken.append(time.perf_counter() - began)
    return (
        f"Removing one document of {_CHUNKS_A_DOCUMENT} chunks with all that it alone said: "
        f"{statistics.median(taken) * 1000:.0f} ms (p50), {max(taken) * 1000:.0f} ms (most of 20)."
    )


def _mention(thing: int, chunk: int) -> Mention:
    told = f"What it is, as chunk {chunk} tells of it, in a sentence that has the length such sentences have."
    return Mention(_key(thing), _key(thing).title(), (_LABELS[thing % len(_LABELS)],), {"description": told})


def _key(thing: int) -> str:
    return f"thing n{thing:06}"


def _document(number: int) -> str:
    return f"doc_{number:026}"
