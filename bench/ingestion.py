"""Files end to end, from bytes that are kept to chunks that answer, beside a plain LlamaIndex IngestionPipeline."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import psutil
from sqlalchemy import func, select

from app.db.tenancy import Reach
from app.identity.caller import Caller
from app.inference.gateway import Gateway
from app.inference.ports import EmbedCall, Embeddings
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.wiring import Platform
from bench.files import File, files
from bench.plain_pipeline import in_process, ingest, over_http
from bench.servers import standin
from indexing.documents.tables import Document
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, running, settings_for
from tests.world.served import model_on
from tests.world.stacks import Stack, stack

SIZE, OVERLAP = 512, 50
SHARE_FOR_THE_REAL = 5  # one of so many files: it is slow, and its figures are a ratio


@dataclass(frozen=True, slots=True)
class Measured:
    """What one way took for the files."""

    seconds: float
    chunks: int
    megabytes_held: float = 0.0
    in_model: float = 0.0  # seconds in which some call to the model was under way


def run() -> str:
    """Measure and tell."""
    return "\n".join(
        ["| model | ingested by | documents/s | MB/s | times | chunks | in the model | largest |", _RULE, *_rows()]
    )


_RULE = "|---|---|---|---|---|---|---|---|"


def _rows() -> list[str]:
    rows: list[str] = []
    for name, share in (("instant, over HTTP", 1), ("local/minilm", SHARE_FOR_THE_REAL)):
        some = files(share)
        with standin() as (port, _), tempfile.TemporaryDirectory() as folder:
            address = f"http://127.0.0.1:{port}/v1" if share == 1 else ""
            embed = over_http(address) if address else in_process(Path(folder) / "models")
            ingest(some[:3], embed, size=SIZE, overlap=OVERLAP)  # nobody pays for what is loaded once
            began = time.perf_counter()
            chunks = ingest(some, embed, size=SIZE, overlap=OVERLAP)
            theirs = Measured(time.perf_counter() - began, chunks)
            ours = asyncio.run(_ours(some, Path(folder) / "home", address))
        rows += [_row(name, "LlamaIndex, plain", some, theirs, theirs), _row("", "ScaiGrid", some, ours, theirs)]
    return rows


def _row(model: str, by: str, some: Sequence[File], took: Measured, base: Measured) -> str:
    megabytes = sum(len(file.data) for file in some) / 1e6
    share = f"{100 * took.in_model / took.seconds:.0f} %" if took.in_model else ""
    held = f"{took.megabytes_held:.0f} MB" if took.megabytes_held else ""
    return (
        f"| {model} | {by} | {len(some) / took.seconds:.1f} | {megabytes / took.seconds:.2f} | "
        f"{base.seconds / took.seconds:.2f} | {took.chunks} | {share} | {held} |"
    )


async def _ours(some: Sequence[File], home: Path, address: str) -> Measured:
    watched: list[_Watched] = []

    def refit(platform: Platform) -> Platform:
        watched.append(_Watched(platform.gateway))
        return replace(platform, gateway=cast("Gateway", watched[0]))

    async with running(settings_for(home), refit=refit) as server, server.client(ROOT_KEY) as root:
        acme = await organisation(server)
        model = (await model_on(root, address, modality="embedding")).slug if address else "local/minilm"
        papers = await stack(acme, embedding_model=model, chunk_size=SIZE, chunk_overlap=OVERLAP)
        await acme.aclose()
        await _ingested(papers, [await papers.add(file.name, file.data) for file in some[:3]])
        watched[0].busy = 0.0
        added = [await papers.add(file.name, file.data) for file in some]
        async with _largest() as largest:
            began = time.perf_counter()
            chunks = await _ingested(papers, added)
            seconds = time.perf_counter() - began
    return Measured(seconds, chunks, largest[0] / 2**20, watched[0].busy)


async def _ingested(papers: Stack, document_ids: Sequence[str]) -> int:
    """Ask for the jobs and wait until all are indexed; says how many chunks they have."""
    platform, reach = papers.platform, Reach.one(papers.tenant_id)
    async with platform.transactions.open(reach) as transaction:
        for document_id in document_ids:
            await ask_for(transaction, platform.jobs, Wanted(JobKind.INGEST_DOCUMENT, document_id, papers.tenant_id))
    told = select(Document.status, func.count(), func.sum(Document.chunk_count))
    told = told.where(Document.id.in_(document_ids)).group_by(Document.status)
    while True:
        async with platform.transactions.open(reach, writes=False) as transaction:
            found = {status: (count, chunks) for status, count, chunks in await transaction.session.execute(told)}
        if found.get("indexed", (0, 0))[0] == len(document_ids):
            return int(found["indexed"][1])
        if "failed" in found:
            raise RuntimeError(f"{found['failed'][0]} documents failed")
        await asyncio.sleep(0.1)


class _Watched:
    """The gateway, and for how long anybody was waiting for its embeddings."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway, self._waiting, self._since = gateway, 0, 0.0
        self.busy = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def embed(self, caller: Caller, slug: str, wanted: EmbedCall, epochs: Any, **more: Any) -> Embeddings:
        if not self._waiting:
            self._since = time.perf_counter()
        self._waiting += 1
        try:
            return await self._gateway.embed(caller, slug, wanted, epochs, **more)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.busy += time.perf_counter() - self._since


@asynccontextmanager
async def _largest() -> AsyncIterator[list[int]]:
    """The most memory this process holds during the block."""
    here, most = psutil.Process(), [0]

    async def look() -> None:
        while True:
            most[0] = max(most[0], here.memory_info().rss)
            await asyncio.sleep(0.2)

    task = asyncio.create_task(look())
    try:
        yield most
    finally:
        task.cancel()
