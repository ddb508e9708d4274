"""How long searches take over HTTP, what of that is the store's and what is ours, and what rights cost."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.serving import prepare
from app.settings import Settings
from app.wiring import open_platform
from bench.client import Connection, Target, Timed
from bench.search_shelf import Reader, Searched, filled, questions
from bench.servers import KEY, free_port, process
from bench.shares import shares

SIZES = (20_000, 100_000)
CLIENTS = (1, 8, 32)
CALLS = 128
_WAYS = ("vector", "keyword", "hybrid")
_MATRIX = "/v1/modules/scaimatrix/collections"


@dataclass(frozen=True, slots=True)
class Load:
    """What some clients met."""

    p50: float
    p95: float
    per_second: float

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p95:.1f} / {self.per_second:.0f}"


def run() -> str:
    """Fill a platform of each size, and ask it."""
    loads, parts = [], []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as home:
            rows, shared = _sized(size, Path(home))
        loads += rows
        parts += shared
    head = " | ".join(f"{count} client{'s' * (count > 1)}" for count in CLIENTS)
    return "\n".join(
        [
            "Over HTTP: p50 ms / p95 ms / requests a second.",
            "",
            f"| chunks | type | readable | {head} |",
            f"|--:|---|--:|{'--:|' * len(CLIENTS)}",
            *loads,
            "",
            "One at a time in the process, without HTTP, the question known: medians in ms. Embedding is of a "
            "question that is new. Added is all but embedding and store.",
            "",
            "| chunks | type | readable | search | embedding | store, bare calls | added | of it: auth | access, "
            "before and after | serialisation |",
            "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|",
            *parts,
        ]
    )


def _sized(size: int, home: Path) -> tuple[list[str], list[str]]:
    settings = Settings(
        home=home,
        demo=False,
        log_level="error",
        bootstrap_key=KEY,
        rate_key=0,
        rate_user=0,
        rate_tenant=0,
        rate_partner=0,
    )
    asyncio.run(prepare(settings))
    searched, shared = asyncio.run(_inside(settings, size))
    port = free_port()
    environment = {"SCAIGRID_HOME": str(home), "SCAIGRID_PORT": str(port), "SCAIGRID_DEMO": "0"}
    environment |= {"SCAIGRID_LOG_LEVEL": "error", "SCAIGRID_BOOTSTRAP_KEY": KEY}
    environment |= {f"SCAIGRID_RATE_{name}": "0" for name in ("KEY", "USER", "TENANT", "PARTNER")}
    with process(sys.executable, "-m", "app.cli", "serve", port=port, **environment):
        return [_asked(port, searched, size, way, reader) for way in _WAYS for reader in searched.readers], shared


async def _inside(settings: Settings, size: int) -> tuple[Searched, list[str]]:
    async with open_platform(settings) as platform:
        searched = await filled(platform, size)
        rows = [await shares(platform, searched, way, reader) for way in _WAYS for reader in searched.readers]
    return searched, [f"| {size:,} | {row}" for row in rows]


def _asked(port: int, searched: Searched, size: int, way: str, reader: Reader) -> str:
    target = Target("ScaiGrid", port, f"{_MATRIX}/{searched.collection_id}/search", "", reader.key)
    requests = [_request(target, text, way) for text in questions()]
    asyncio.run(_load(target, requests, 1, len(requests)))  # what is embedded and remembered is so from here on
    figures = [asyncio.run(_load(target, requests, clients, CALLS)) for clients in CLIENTS]
    return f"| {size:,} | {way} | {reader.share} | " + " | ".join(map(str, figures)) + " |"


async def _load(target: Target, requests: Sequence[bytes], clients: int, calls: int) -> Load:
    began, timed, left = time.perf_counter(), list[Timed](), iter(range(calls))

    async def one() -> None:
        async with Connection(target) as connection:
            for turn in left:
                timed.append(await connection.ask(requests[turn % len(requests)]))

    await asyncio.gather(*(one() for _ in range(clients)))
    ordered = sorted(one.total * 1000 for one in timed)
    return Load(
        statistics.median(ordered), ordered[len(ordered) * 95 // 100], len(ordered) / (time.perf_counter() - began)
    )


def _request(target: Target, text: str, way: str) -> bytes:
    body = json.dumps({"query": text, "search_type": way}).encode()
    head = (
        f"POST {target.path} HTTP/1.1\r\nhost: 127.0.0.1:{target.port}\r\nauthorization: Bearer {target.key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
