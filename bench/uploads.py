"""How long the answer to an upload takes while files are being read, cut and embedded beside it."""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import psutil

from bench.servers import KEY, free_port, process

_MATRIX = "/v1/modules/scaimatrix/collections"
_MEBIBYTE = 2**20
UPLOADS = 100
BUSY_WITH = 150  # documents of about 20 KB that are being ingested meanwhile


@dataclass(frozen=True, slots=True)
class Timings:
    """What was measured in one state of the server, in milliseconds."""

    name: str
    p50: float
    p95: float
    most: float
    memory_mb: float


def run() -> str:
    """Upload 1 MB again and again to a server that has nothing to do, and to one that ingests."""
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "SCAIGRID_HOME": home,
            "SCAIGRID_PORT": str(port),
            "SCAIGRID_BOOTSTRAP_KEY": KEY,
            "SCAIGRID_DEMO": "0",
            "SCAIGRID_LOG_LEVEL": "error",
        } | {f"SCAIGRID_RATE_{name}": "0" for name in ("KEY", "USER", "TENANT", "PARTNER")}
        with process(sys.executable, "-m", "app.cli", "serve", port=port, **environment) as server:
            return _table(asyncio.run(_measured(f"http://127.0.0.1:{port}", server)))


async def _measured(address: str, server: psutil.Process) -> list[Timings]:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=120) as client:
        idle, busy = await _collection(client, "idle"), await _collection(client, "busy")
        rows = [await _timed(client, server, idle, "one at a time, nothing else to do")]
        for number in range(BUSY_WITH):
            await _send(client, busy, _markdown(number))
        rows.append(await _timed(client, server, idle, "one at a time, while files are ingested"))
        rows.append(await _timed(client, server, idle, "four at a time, while files are ingested", at_once=4))
        return rows


async def _collection(client: httpx.AsyncClient, name: str) -> str:
    # What is uploaded for the clock's sake is nothing that could be read: it must not add to the work beside it.
    answer = await client.post(_MATRIX, json={"name": name, "embedding_model": "local/minilm"})
    answer.raise_for_status()
    return str(answer.json()["data"]["id"])


async def _timed(
    client: httpx.AsyncClient, server: psutil.Process, collection: str, name: str, at_once: int = 1
) -> Timings:
    content = random.Random(7).randbytes(_MEBIBYTE)  # noqa: S311 - nothing secret; and nothing that is text
    taken: list[float] = []

    async def some() -> None:
        for _ in range(UPLOADS // at_once):
            started = time.perf_counter()
            await _send(client, collection, content, "file.bin")
            taken.append((time.perf_counter() - started) * 1000)

    await asyncio.gather(*(some() for _ in range(at_once)))
    ordered = sorted(taken)
    return Timings(
        name,
        statistics.median(ordered),
        ordered[len(ordered) * 95 // 100],
        ordered[-1],
        server.memory_info().rss / _MEBIBYTE,
    )


async def _send(client: httpx.AsyncClient, collection: str, content: bytes, name: str = "page.md") -> None:
    answer = await client.post(f"{_MATRIX}/{collection}/documents", files={"file": (name, content)})
    answer.raise_for_status()


def _markdown(seed: int) -> bytes:
    return "\n\n".join(_paragraphs(random.Random(seed))).encode()  # noqa: S311 - nothing secret


def _paragraphs(chance: random.Random) -> Iterator[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    for number in range(40):
        words = ("".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(80))
        yield (f"## Part {number}\n\n" if number % 8 == 0 else "") + " ".join(words)


def _table(rows: list[Timings]) -> str:
    lines = [
        "| uploads of 1 MB | p50 ms | p95 ms | longest ms | memory of the server, MB |",
        "|---|--:|--:|--:|--:|",
        *(f"| {row.name} | {row.p50:.0f} | {row.p95:.0f} | {row.most:.0f} | {row.memory_mb:.0f} |" for row in rows),
    ]
    return "\n".join(lines)
