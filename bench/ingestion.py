"""Files end to end, from bytes that are kept to chunks that answer, beside a plain LlamaIndex IngestionPipeline."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import psutil

from app.identity.caller import Caller
from app.inference.gateway import Gateway
from app.inference.ports import EmbedCall, Embeddings
from app.wiring import Platform
from bench.files import File, files, pages
from bench.plain_pipeline import Embed, in_process, ingest, over_http
from bench.promised import ingested, kept
from bench.servers import STANDIN, standin
from indexing.pipeline.shared_calls import SharedCalls
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, running, settings_for
from tests.world.served import model_on
from tests.world.stacks import stack

SIZE, OVERLAP = 512, 50
FIXED, PARAGRAPH = "fixed", "paragraph"
STRATEGIES = (FIXED, PARAGRAPH)  # the first cuts as TokenTextSplitter does, the second is what is used unless asked
MANY = int(os.environ.get("BENCH_DOCUMENTS", "10000"))
_LOOK_SECONDS = 2.0  # to look for children takes ten milliseconds of what is measured
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
    table = ["| model | ingested by | documents/s | MB/s | times | chunks | in the model | largest |", _RULE, *_rows()]
    return "\n".join([*table, "", _large_collection()])


_RULE = "|---|---|---|---|---|---|---|---|"


def _rows() -> list[str]:
    rows: list[str] = []
    for name, share in (("instant, over HTTP", 1), ("local/minilm", SHARE_FOR_THE_REAL)):
        some = files(share)
        with standin() as (port, _), tempfile.TemporaryDirectory() as folder:
            address = f"http://127.0.0.1:{port}/v1" if share == 1 else ""
            embed = over_http(address) if address else in_process(Path(folder) / "models")
            ingest(some[:3], embed, size=SIZE, overlap=OVERLAP)  # nobody pays for what is loaded once
            theirs = _theirs(some, embed, by_tokens=False)
            rows.append(_row(name, "LlamaIndex, SentenceSplitter", some, theirs, theirs))
            rows.append(_row("", "LlamaIndex, TokenTextSplitter", some, _theirs(some, embed, by_tokens=True), theirs))
            for strategy in STRATEGIES:
                ours = asyncio.run(_ours(some, Path(folder) / strategy, address, strategy))
                rows.append(_row("", f"ScaiGrid, {strategy}", some, ours, theirs))
    return rows


def _theirs(some: Sequence[File], embed: Embed, *, by_tokens: bool) -> Measured:
    began = time.perf_counter()
    chunks = ingest(some, embed, size=SIZE, overlap=OVERLAP, by_tokens=by_tokens)
    return Measured(time.perf_counter() - began, chunks)


def _large_collection() -> str:
    """How much memory a collection of many documents takes while it is ingested."""
    with standin() as (port, _), tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(_ours(pages(MANY), Path(folder), f"http://127.0.0.1:{port}/v1"))
    return (
        f"{MANY:,} Markdown files with the instant model: at most {took.megabytes_held:.0f} MB held by the process and "
        f"the one that reads for it; {MANY / took.seconds:.1f} documents/s, {took.chunks:,} chunks."
    )


def _row(model: str, by: str, some: Sequence[File], took: Measured, base: Measured) -> str:
    megabytes = sum(len(file.data) for file in some) / 1e6
    share = f"{100 * took.in_model / took.seconds:.0f} %" if took.in_model else ""
    held = f"{took.megabytes_held:.0f} MB" if took.megabytes_held else ""
    return (
        f"| {model} | {by} | {len(some) / took.seconds:.1f} | {megabytes / took.seconds:.2f} | "
        f"{base.seconds / took.seconds:.2f} | {took.chunks} | {share} | {held} |"
    )


async def _ours(some: Iterable[File], home: Path, address: str, strategy: str = PARAGRAPH) -> Measured:
    """Ingest files into an empty collection, after three that load whatever is loaded once."""
    watched: list[_Watched] = []

    def refit(platform: Platform) -> Platform:
        watched.append(_Watched(platform.gateway))
        gateway = cast("Gateway", watched[0])
        return replace(platform, gateway=gateway, calls=SharedCalls(gateway, platform.credentials, platform.counters))

    async with running(settings_for(home), refit=refit) as server, server.client(ROOT_KEY) as root:
        acme = await organisation(server)
        model = (await model_on(root, address, modality="embedding")).slug if address else "local/minilm"
        cut: dict[str, Any] = {"chunking_strategy": strategy, "chunk_size": SIZE, "chunk_overlap": OVERLAP}
        papers = await stack(acme, embedding_model=model, **cut)
        await acme.aclose()
        first = list(islice(iter(some), 3))
        before = await ingested(papers, await kept(papers, first))
        watched[0].busy = 0.0
        added = await kept(papers, some)
        async with _largest() as largest:
            began = time.perf_counter()
            chunks = await ingested(papers, added) - before
            seconds = time.perf_counter() - began
    return Measured(seconds, chunks, largest[0] / 2**20, watched[0].busy)


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
    """The most memory this process and its children, less what serves as the model, hold during the block."""
    here, most = psutil.Process(), [0]

    async def look() -> None:
        while True:
            most[0] = max(most[0], sum(_held(one) for one in (here, *here.children(recursive=True))))
            await asyncio.sleep(_LOOK_SECONDS)

    task = asyncio.create_task(look())
    try:
        yield most
    finally:
        task.cancel()


def _held(process: psutil.Process) -> int:
    try:
        return 0 if STANDIN in process.cmdline() else process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
