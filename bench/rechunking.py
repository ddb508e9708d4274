"""A collection of small documents cut anew with an embedding model that answers at once: time, memory, the switch."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import psutil
from sqlalchemy import select

from app.db.bulk import add_rows
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.identity.tables import User
from app.ids import new_id
from app.inference.ports import EmbedCall, Embeddings, Usage
from app.jobs.kinds import JobKind
from app.jobs.work import Held
from app.serving import prepare
from app.settings import Settings
from app.wiring import Platform, open_platform
from app.wiring.workshop import workshop_of
from indexing.collections.access import OpenCollection
from indexing.collections.chunking import Cut
from indexing.collections.lifecycle import CollectionDraft, add_collection
from indexing.collections.queries import get_for_tenant
from indexing.documents.tables import Document
from indexing.editions.tables import READY, ChunkRow, Edition
from indexing.extraction.source import Extraction
from indexing.extraction.text import ExtractedText
from indexing.maintenance.rechunk import RechunkRun
from indexing.maintenance.rechunking import Rechunking
from indexing.pipeline.shared_calls import SharedCalls
from indexing.pipeline.text_codec import packed
from indexing.pipeline.texts import text_key
from indexing.stores.vectors import Entry, Index

DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "10000"))
DIMENSIONS = 384
_WORDS = 90  # of a document: one chunk of 512 tokens, several of 64
_AT_ONCE = 500


def run() -> str:
    """Measure and tell."""
    return asyncio.run(_measured())


async def _measured() -> str:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), demo=False, log_level="error")
        await prepare(settings)
        async with open_platform(settings) as platform:
            opened = await _filled(platform)
            watched = Watched(platform.transactions)
            memory = asyncio.create_task(_memory(watched))
            before, started = psutil.Process().memory_info().rss, time.perf_counter()
            switch = await _rechunk(platform, opened, watched)
            taken = time.perf_counter() - started
            memory.cancel()
            return _told(taken, switch, watched, (before, await _chunks(platform, opened)))


def _told(taken: float, switch: float, watched: Watched, found: tuple[int, int]) -> str:
    before, chunks = found
    tenth, peak = watched.memory[len(watched.memory) // 10], max(watched.memory)
    return "\n".join(
        [
            "| documents | chunks after | seconds | documents/s | memory after a tenth | most memory | the switch |",
            "|---|---|---|---|---|---|---|",
            f"| {DOCUMENTS:,} | {chunks:,} | {taken:.0f} | {DOCUMENTS / taken:.0f} | +{(tenth - before) >> 20} MiB |"
            f" +{(peak - before) >> 20} MiB | {switch * 1000:.0f} ms |",
            "",
            f"Of {len(watched.writes):,} transactions that write the median takes"
            f" {statistics.median(watched.writes) * 1000:.1f} ms, waiting for each other included. Memory is what this"
            " process has beyond what it had before, with the embedded vector store in it.",
        ]
    )


@dataclass(slots=True)
class Watched:
    """Transactions, of which those that write are timed."""

    transactions: Transactions
    writes: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transactions, name)

    @asynccontextmanager
    async def open(self, reach: Reach, *, writes: bool = True) -> AsyncIterator[Transaction]:
        """As theirs."""
        started = time.perf_counter()
        async with self.transactions.open(reach, writes=writes) as transaction:
            yield transaction
        if writes:
            self.writes.append(time.perf_counter() - started)


class Instant:
    """A gateway to a model that answers at once."""

    def __init__(self, platform: Platform) -> None:
        self.catalogue = platform.gateway.catalogue
        self._vectors = np.random.default_rng(1).standard_normal((4096, DIMENSIONS)).astype(np.float32)

    async def embed(self, caller: object, slug: str, wanted: EmbedCall, epochs: object, **_: object) -> Embeddings:
        """Give each text a vector by its words."""
        places = [int.from_bytes(hashlib.sha256(str(text).encode()).digest()[:2]) % 4096 for text in wanted.inputs]
        return Embeddings(self._vectors[places], Usage(0, 0))


async def _memory(watched: Watched) -> None:
    process = psutil.Process()
    while True:
        watched.memory.append(process.memory_info().rss)
        await asyncio.sleep(0.25)


async def _filled(platform: Platform) -> OpenCollection:
    """A collection whose documents answer, each with one chunk."""
    async with platform.transactions.open(Reach.everywhere()) as transaction:
        root = (await transaction.session.scalars(select(User))).one()
    reach = Reach.one(root.tenant_id)
    async with platform.transactions.open(reach) as transaction:
        draft = CollectionDraft("Bench", "local/minilm", Cut("paragraph", 512, 0))
        opened = await add_collection(transaction, draft, owner_id=root.id, tenant_id=root.tenant_id)
    chance = random.Random(1)  # noqa: S311 - made-up words
    for start in range(0, DOCUMENTS, _AT_ONCE):
        await _some(platform, opened, root.id, [_text(chance) for _ in range(start, min(start + _AT_ONCE, DOCUMENTS))])
    async with platform.transactions.open(reach) as transaction:
        row = await get_for_tenant(transaction.session, opened.id, hold=True)
        if row is None:
            raise RuntimeError("the collection is gone")
        row.chunk_size, row.dimensions = 64, DIMENSIONS
        await transaction.session.flush()
        await Rechunking(transaction, platform.jobs, row).start(root.id)
    return opened


def _text(chance: random.Random) -> str:
    words = [f"word{chance.randrange(5_000)}" for _ in range(_WORDS)]
    return "\n\n".join(" ".join(words[at : at + 15]) for at in range(0, _WORDS, 15))


async def _some(platform: Platform, opened: OpenCollection, user_id: str, texts: Sequence[str]) -> None:
    now, tenant_id = platform.clock.now(), opened.row.tenant_id
    documents, editions, chunks, entries = [], [], [], []
    vector = np.ones(DIMENSIONS, dtype=np.float32)
    common = {"collection_id": opened.id, "created_at": now}
    for text in texts:
        id_, edition_id, chunk_id = new_id("doc"), new_id("edn"), new_id("chk")
        key, digest = f"documents/{tenant_id}/{id_}/1", hashlib.sha256(text.encode()).hexdigest()
        extraction = Extraction(ExtractedText(text, ()), "text/plain")
        await platform.blobs.put(text_key(key), packed(extraction))
        documents.append(
            {
                **common, "id": id_, "name": "a.txt", "metadata": {}, "source": "upload", "source_state": {},
                "uploaded_by": user_id, "content_version": 1, "blob_key": key, "size_bytes": len(text),
                "status": "indexed", "stage_done": 0, "stage_of": 0, "stage_since": now, "attempt": 1, "warnings": [],
                "changes": 1, "edition_id": edition_id, "chunk_count": 1, "version": 1, "updated_at": now,
            }
        )  # fmt: skip
        own = {"document_id": id_, "content_version": 1, "generation": 1, "state": READY, "chunk_count": 1}
        editions.append({**common, **own, "id": edition_id})
        chunks.append(
            {
                "id": chunk_id, "edition_id": edition_id, "document_id": id_, "collection_id": opened.id,
                "chunk_index": 0, "content": text, "start": 0, "end": len(text), "tokens": _WORDS, "digest": digest,
                "stored": True,
            }
        )  # fmt: skip
        entries.append(Entry(chunk_id, id_, 1, text, vector))
    async with platform.transactions.open(Reach.one(tenant_id)) as transaction:
        await add_rows(transaction.session, Document, documents)
        await add_rows(transaction.session, Edition, editions)
        await add_rows(transaction.session, ChunkRow, chunks)
    await platform.vectors.put(Index(tenant_id, opened.id, opened.row.index_name), entries)


async def _rechunk(platform: Platform, opened: OpenCollection, watched: Watched) -> float:
    """Cut all documents anew, and then switch and tidy up; says how many seconds others wait for the switch."""
    instant = cast("Any", Instant(platform))
    calls = SharedCalls(instant, platform.credentials, platform.counters)
    workshop = replace(workshop_of(platform), transactions=cast("Transactions", watched), gateway=instant, calls=calls)
    work = RechunkRun(workshop, seconds=-1, at_once=_AT_ONCE)
    job = (new_id("job"), opened.row.tenant_id, JobKind.RECHUNK_COLLECTION, opened.id)
    for _ in range(0, DOCUMENTS, _AT_ONCE):
        await work.run(Held(*job, new_id("lse"), 1))
    before = len(watched.writes)
    await work.run(Held(*job, new_id("lse"), 1))
    _begun, switch, *_ = watched.writes[before:]
    while await work.run(Held(*job, new_id("lse"), 1)) is not None:
        pass
    return switch


async def _chunks(platform: Platform, opened: OpenCollection) -> int:
    index = Index(opened.row.tenant_id, opened.id, opened.row.index_name)
    return sum([len(some) async for some in platform.vectors.chunk_ids(index)])
