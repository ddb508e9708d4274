"""How long searches by meaning and by words take in the store that needs no server, beside plain ways of doing it."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores import VectorStoreQuery
from llama_index.core.vector_stores.simple import SimpleVectorStore
from numpy.typing import NDArray

from app.settings import Settings
from app.wiring.vectors import vector_store
from indexing.stores.vectors import DocumentFilter, Entry, Hit, Index, Scope, VectorStore

SIZES = (10_000, 50_000, 200_000)
DIMENSIONS, CHUNKS_A_DOCUMENT, WORDS, BATCH, ROUNDS, PAGE = 384, 5, 120, 500, 15, 10
_VOCABULARY = 30_000
_COLUMNS = ("all", "20 %", "1 %")
_INDEX = Index("tnt_bench", "col_bench", "Bench")


@dataclass(slots=True)
class Corpus:
    """Chunks with random directions and with words as frequent as words are."""

    size: int
    vectors: NDArray[np.float32]

    @classmethod
    def of(cls, size: int) -> Corpus:
        """The same every time."""
        return cls(size, np.random.default_rng(1).standard_normal((size, DIMENSIONS), dtype=np.float32))

    def batches(self) -> Iterator[list[Entry]]:
        """All of it, some hundreds at a time."""
        rng = np.random.default_rng(2)
        often = 1 / np.arange(1, _VOCABULARY + 1)
        for start in range(0, self.size, BATCH):
            drawn = rng.choice(_VOCABULARY, size=(BATCH, WORDS), p=often / often.sum())
            yield [
                self.entry(start + place, " ".join(f"word{number}" for number in row))
                for place, row in enumerate(drawn)
            ]

    def entry(self, number: int, text: str) -> Entry:
        """One chunk."""
        return Entry(f"chk_{number:08}", f"doc_{number // CHUNKS_A_DOCUMENT:08}", 1, text, self.vectors[number])

    def filters(self) -> dict[str, DocumentFilter | None]:
        """Every document, every fifth and every hundredth: those who may read one part may read any part of it."""
        documents = self.size // CHUNKS_A_DOCUMENT
        return {"all": None, "20 %": _every(documents, 5), "1 %": _every(documents, 100)}


def _every(documents: int, step: int) -> DocumentFilter:
    return DocumentFilter(all_except=False, ids=frozenset(f"doc_{number:08}" for number in range(0, documents, step)))


def run() -> str:
    """Fill a store of each size and ask it."""
    return asyncio.run(_run())


async def _run() -> str:
    rows, filling = [], []
    for size in SIZES:
        corpus = Corpus.of(size)
        with tempfile.TemporaryDirectory() as home:
            store = vector_store(Settings(home=Path(home)))
            filling.append(await _filled(store, corpus, Path(home)))
            rows += await _asked(store, corpus)
            await store.aclose()
        rows += await _plain(corpus)
    return "\n".join(
        [
            f"Vectors of {DIMENSIONS} dimensions, {CHUNKS_A_DOCUMENT} chunks of {WORDS} words a document, pages of "
            f"{PAGE}, one question at a time, medians in ms. The shares are what the asker may read, given as the ids "
            "of the documents. Every page by meaning is compared with all cosines: each is the exact one.",
            "",
            "| chunks | question | " + " | ".join(_COLUMNS) + " | 10,000 documents named |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "| chunks | put, chunks a second | first question, ms | after 5 chunks more, ms | after 5 less, ms | "
            "memory, MB | on disk, MB |",
            "|---|---|---|---|---|---|---|",
            *filling,
        ]
    )


async def _filled(store: VectorStore, corpus: Corpus, home: Path) -> str:
    began, taken = time.perf_counter(), 0.0
    for batch in corpus.batches():
        began = time.perf_counter()
        await store.put(_INDEX, batch)
        taken += time.perf_counter() - began
    before = psutil.Process().memory_info().rss
    first = await _once(store, corpus)
    held = psutil.Process().memory_info().rss - before
    more = [Entry(f"chk_more_{number}", "doc_more", 1, "more", corpus.vectors[number]) for number in range(5)]
    grown, shrunk = [], []
    for _ in range(5):
        await store.put(_INDEX, more)
        grown.append(await _once(store, corpus))
        await store.remove(_INDEX, [entry.chunk_id for entry in more])
        shrunk.append(await _once(store, corpus))
    disk = await asyncio.to_thread(_bytes_in, home)
    return (
        f"| {corpus.size:,} | {corpus.size / taken:,.0f} | {first:.0f} | {statistics.median(grown):.1f} | "
        f"{statistics.median(shrunk):.1f} | {held / 2**20:.0f} | {disk / 2**20:.0f} |"
    )


def _bytes_in(home: Path) -> int:
    return sum(path.stat().st_size for path in home.rglob("*") if path.is_file())


async def _once(store: VectorStore, corpus: Corpus) -> float:
    began = time.perf_counter()
    await store.near(_INDEX, corpus.vectors[0], Scope(1, limit=PAGE))
    return (time.perf_counter() - began) * 1000


async def _asked(store: VectorStore, corpus: Corpus) -> list[str]:
    scopes = [Scope(1, documents, PAGE) for documents in corpus.filters().values()]
    named = DocumentFilter(all_except=True, ids=frozenset(f"doc_{number:08}" for number in range(100, 10_100)))
    scopes.append(Scope(1, named, PAGE))
    await _check(store, corpus, scopes)
    query = corpus.vectors[7]
    questions: dict[str, Callable[[Scope], Awaitable[list[Hit]]]] = {
        "by meaning": lambda scope: store.near(_INDEX, query, scope),
        "one rare word": lambda scope: store.matching(_INDEX, "word20000", scope),
        "8 words, 5 of them in most chunks": lambda scope: store.matching(
            _INDEX, "word0 word1 word300 word2 word3 word9000 word4 word2500", scope
        ),
        "a passage of 120 words": lambda scope: store.matching(_INDEX, _passage(), scope),
    }
    rows = []
    for name, ask in questions.items():
        figures = [await _median(lambda ask=ask, scope=scope: ask(scope)) for scope in scopes]  # type: ignore[misc]
        rows.append(f"| {corpus.size:,} | {name} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |")
    return rows


async def _check(store: VectorStore, corpus: Corpus, scopes: list[Scope]) -> None:
    """Every page is the exact one."""
    lengths = np.linalg.norm(corpus.vectors, axis=1)
    documents = np.array([f"doc_{number // CHUNKS_A_DOCUMENT:08}" for number in range(corpus.size)])
    for query in corpus.vectors[:3]:
        cosines = corpus.vectors @ query / lengths / np.linalg.norm(query)
        for scope in scopes:
            found = [hit.score for hit in await store.near(_INDEX, query, scope)]
            allowed = np.ones(corpus.size, dtype=np.bool_)
            if scope.documents is not None:
                allowed = np.isin(documents, list(scope.documents.ids)) != scope.documents.all_except
            assert np.allclose(found, np.sort(cosines[allowed])[::-1][:PAGE], atol=1e-5)  # noqa: S101


async def _plain(corpus: Corpus) -> list[str]:
    """The same questions by meaning, put to what is at hand."""
    if corpus.size > SIZES[1]:
        return []
    peer = SimpleVectorStore()
    peer.add(
        [
            TextNode(id_=f"chk_{number:08}", text="", embedding=vector.tolist())
            for number, vector in enumerate(corpus.vectors)
        ]
    )
    theirs, plain = [], []
    for documents in corpus.filters().values():
        ids = documents.ids if documents else None
        allowed = [
            f"chk_{number:08}"
            for number in range(corpus.size)
            if ids is None or f"doc_{number // CHUNKS_A_DOCUMENT:08}" in ids
        ]
        query = VectorStoreQuery(
            query_embedding=corpus.vectors[7].tolist(), similarity_top_k=PAGE, node_ids=allowed if ids else None
        )
        theirs.append(await _median(lambda query=query: asyncio.to_thread(peer.query, query), 3))  # type: ignore[misc]
        plain.append(await _median(lambda ids=ids: asyncio.to_thread(_brute, corpus, ids)))  # type: ignore[misc]
    return [
        f"| {corpus.size:,} | {name} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " | |"
        for name, figures in (("by meaning, SimpleVectorStore", theirs), ("by meaning, numpy in a few lines", plain))
    ]


def _brute(corpus: Corpus, ids: frozenset[str] | None) -> list[int]:
    """Cosines of all in memory, then the filter, as it is often written."""
    query = corpus.vectors[7]
    cosines = corpus.vectors @ query / (np.linalg.norm(corpus.vectors, axis=1) * np.linalg.norm(query))
    found = []
    for number in np.argsort(-cosines):
        if ids is None or f"doc_{number // CHUNKS_A_DOCUMENT:08}" in ids:
            found.append(int(number))
        if len(found) == PAGE:
            break
    return found


def _passage() -> str:
    often = 1 / np.arange(1, _VOCABULARY + 1)
    drawn = np.random.default_rng(3).choice(_VOCABULARY, size=WORDS, p=often / often.sum())
    return " ".join(f"word{number}" for number in drawn)


async def _median(ask: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> float:
    await ask()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
