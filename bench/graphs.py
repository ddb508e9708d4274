"""How long walks, paths and searches take in a large graph, for who may read everything and who may read a part."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.settings import Settings
from app.wiring.graphs import graph_store
from indexing.stores.graphs import Assertion, GraphScope, GraphStore, Mention, Source, Statement, Tie, Wanted
from indexing.stores.vectors import DocumentFilter, Index
from rag.graphs.asked import Walk
from rag.graphs.components import GraphInScope
from rag.graphs.paths import PathSearch
from rag.graphs.view import View
from rag.graphs.walking import walked

NODES, CHUNKS, CHUNKS_A_DOCUMENT, TIES_A_CHUNK, LAYER, ROUNDS = 100_000, 30_000, 10, 10, "1.1", 60
_DOCUMENTS = CHUNKS // CHUNKS_A_DOCUMENT
_LABELS = ("Person", "Place", "Organisation", "Product", "Term")
_TYPES = ("KNOWS", "PART_OF", "USES", "WORKS_FOR", "LIES_IN")
_GRAPH = Index("tnt_bench", "col_bench", "Bench")
_PUT = 200  # statements at a time


@dataclass(slots=True)
class Corpus:
    """Chunks that speak of things beside one another, and of some that many speak of: the same every time."""

    chance: random.Random

    def statements(self) -> Iterator[Statement]:
        """What each chunk says."""
        order = self.chance.sample(range(NODES), NODES)
        for chunk in range(CHUNKS):
            beside = [order[(chunk * 4 + place) % NODES] for place in range(4)]
            often = [int(NODES * self.chance.random() ** 3) for _ in range(6)]
            things = list(dict.fromkeys([*beside, *often]))
            ties = set[Tie]()
            while len(ties) < TIES_A_CHUNK:
                one, other = self.chance.sample(things, 2)
                ties.add(Tie(_key(one), self.chance.choice(_TYPES), _key(other)))
            document = chunk // CHUNKS_A_DOCUMENT
            yield Statement(
                Source(_document(document), f"chk_{chunk:026}", f"edn_{document:026}"),
                [_mention(thing, chunk) for thing in things],
                [Assertion(tie, {"weight": 1}) for tie in sorted(ties)],
            )


def run() -> str:
    """Fill a store and ask it."""
    return asyncio.run(_run())


async def _run() -> str:
    with tempfile.TemporaryDirectory() as home:
        store = graph_store(Settings(home=Path(home)))
        try:
            filled = await _filled(store)
            asked = await _asked(store)
            removed = await _removed(store)
        finally:
            await store.drop(_GRAPH)
            await store.aclose()
    columns = " | ".join(f"{name}: p50 | p95" for name in _scopes())
    return "\n".join(
        [filled, "", f"| question, ms | {columns} |", "|---" * (1 + 2 * len(_scopes())) + "|", *asked, "", removed]
    )


async def _filled(store: GraphStore) -> str:
    statements = list(Corpus(random.Random(1)).statements())  # noqa: S311 - the same every time
    began = time.perf_counter()
    for start in range(0, CHUNKS, _PUT):
        await store.put(_GRAPH, LAYER, statements[start : start + _PUT])
    taken, size = time.perf_counter() - began, await store.size(_GRAPH, LAYER)
    facts = sum(len(said.mentions) + len(said.assertions) for said in statements)
    return (
        f"{size.nodes:,} nodes and {size.edges:,} edges, said by {CHUNKS:,} chunks of {_DOCUMENTS:,} documents in "
        f"{facts:,} mentions and assertions: kept in {taken:.0f} s, {facts / taken:,.0f} a second."
    )


async def _asked(store: GraphStore) -> list[str]:
    questions: dict[str, Callable[[GraphScope, random.Random], Awaitable[object]]] = {
        "walk, 1 step, to 100 nodes": lambda scope, chance: _walk(store, scope, chance, 1, 100),
        "walk, 3 steps, to 100 nodes": lambda scope, chance: _walk(store, scope, chance, 3, 100),
        "walk, 3 steps, to 1,000 nodes": lambda scope, chance: _walk(store, scope, chance, 3, 1_000),
        "shortest path, at most 5 steps": lambda scope, chance: _path(store, scope, chance),
        "nodes by the beginning of a word": lambda scope, chance: _find(store, scope, Wanted(words=(_word(chance),))),
        "first nodes of a label": lambda scope, _: _find(store, scope, Wanted(frozenset({"person"}))),
    }
    rows = []
    for name, question in questions.items():
        cells = [await _timed(question, scope) for scope in _scopes().values()]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return rows


async def _removed(store: GraphStore) -> str:
    taken = []
    for document in range(20):
        began = time.perf_counter()
        await store.remove_documents(_GRAPH, [_document(document)])
        taken.append(time.perf_counter() - began)
    return (
        f"Removing one document of {CHUNKS_A_DOCUMENT} chunks with all that it alone said: "
        f"{statistics.median(taken) * 1000:.0f} ms (p50), {max(taken) * 1000:.0f} ms (most of 20)."
    )


async def _timed(question: Callable[[GraphScope, random.Random], Awaitable[object]], scope: GraphScope) -> str:
    chance, taken = random.Random(7), list[float]()  # noqa: S311 - the same questions every time
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await question(scope, chance)
        taken.append((time.perf_counter() - began) * 1000)
    return f"{statistics.median(taken):.1f} | {statistics.quantiles(taken, n=20)[-1]:.1f}"


async def _walk(store: GraphStore, scope: GraphScope, chance: random.Random, depth: int, limit: int) -> None:
    view = View(GraphInScope(store, _GRAPH, scope))
    (start,) = await view.things([await _seen(store, scope, chance)])
    await walked(view, start, Walk(depth=depth, limit=limit))


async def _path(store: GraphStore, scope: GraphScope, chance: random.Random) -> None:
    view = View(GraphInScope(store, _GRAPH, scope))
    one, other = [await _seen(store, scope, chance) for _ in range(2)]
    ends = await view.things([one, other])
    await PathSearch(view, ends[0], ends[-1]).run(5, 1)


async def _seen(store: GraphStore, scope: GraphScope, chance: random.Random) -> str:
    """Something that the asker can see."""
    while not await store.present(_GRAPH, [key := _key(chance.randrange(NODES))], scope):
        pass
    return key


async def _find(store: GraphStore, scope: GraphScope, wanted: Wanted) -> None:
    view = View(GraphInScope(store, _GRAPH, scope))
    await view.nodes(await view.things(await store.find(_GRAPH, wanted, scope, limit=20)))


def _scopes() -> dict[str, GraphScope]:
    return {
        "all": GraphScope(LAYER, DocumentFilter(all_except=True, ids=frozenset())),
        "50 %": GraphScope(LAYER, _every(2)),
        "all but 10 %": GraphScope(LAYER, DocumentFilter(all_except=True, ids=_every(10).ids)),
    }


def _every(step: int) -> DocumentFilter:
    return DocumentFilter(all_except=False, ids=frozenset(map(_document, range(0, _DOCUMENTS, step))))


def _mention(thing: int, chunk: int) -> Mention:
    told = f"What it is, as chunk {chunk} tells of it, in a sentence that has the length such sentences have."
    return Mention(_key(thing), _key(thing).title(), (_LABELS[thing % len(_LABELS)],), {"description": told})


def _key(thing: int) -> str:
    return f"thing n{thing:06}"


def _word(chance: random.Random) -> str:
    return f"n{chance.randrange(NODES // 10):05}"


def _document(number: int) -> str:
    return f"doc_{number:026}"
