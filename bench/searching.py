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
from functools import partial
from itertools import product
from pathlib import Path

from app.serving import prepare
from app.settings import Settings
from app.wiring import open_platform
from bench.client import Connection, Target, Timed
from bench.search_shelf import filled, questions
from bench.servers import KEY, bare_route, free_port, process
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
            rows, shared = asyncio.run(_sized(size, Path(home)))
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
            "One at a time, the question known: medians in ms. First over HTTP, in turns with a FastAPI route that has "
            "ten passages at hand and with the bare calls of the store, each in a process of its own; then in one "
            "process without HTTP. Added is all but embedding and store. Embedding is of a question that is new.",
            "",
            "| chunks | type | readable | over HTTP | added | the bare route | in the process | embedding | store, "
            "bare calls | added | of it: auth | access, before and after | serialisation |",
            "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
            *parts,
        ]
    )


async def _sized(size: int, home: Path) -> tuple[list[str], list[str]]:
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
    await prepare(settings)
    port, loads, parts = free_port(), list[str](), list[str]()
    environment = {"SCAIGRID_HOME": str(home), "SCAIGRID_PORT": str(port), "SCAIGRID_DEMO": "0"}
    environment |= {"SCAIGRID_LOG_LEVEL": "error", "SCAIGRID_BOOTSTRAP_KEY": KEY}
    environment |= {f"SCAIGRID_RATE_{name}": "0" for name in ("KEY", "USER", "TENANT", "PARTNER")}
    async with open_platform(settings) as platform:
        searched = await filled(platform, size)
        with process(sys.executable, "-m", "app.cli", "serve", port=port, **environment), bare_route() as bare:
            for way, reader in product(_WAYS, searched.readers):
                asked = _Asked(
                    Target("ScaiGrid", port, f"{_MATRIX}/{searched.collection_id}/search", "", reader.key), way
                )
                loads.append(f"| {size:,} | {way} | {reader.share} | {await asked.loads()} |")
                async with Connection(asked.target) as ours, Connection(bare) as theirs:
                    served = partial(asked.one, ours), partial(_Asked(bare, way).one, theirs)
                    row = await shares(platform, searched, way, reader, *served)
                parts.append(f"| {size:,} | {row}")
    return loads, parts


@dataclass(frozen=True, slots=True)
class _Asked:
    """One kind of search of a server, as one reader."""

    target: Target
    way: str

    async def loads(self) -> str:
        """What several clients meet, all of whose questions the server knows."""
        requests = [self._request(text) for text in questions()]
        await _load(self.target, requests, 1, len(requests))  # what is embedded and remembered is so from here on
        return " | ".join([str(await _load(self.target, requests, clients, CALLS)) for clients in CLIENTS])

    async def one(self, connection: Connection, text: str) -> None:
        """Ask one question."""
        await connection.ask(self._request(text))

    def _request(self, text: str) -> bytes:
        target, body = self.target, json.dumps({"query": text, "search_type": self.way}).encode()
        head = (
            f"POST {target.path} HTTP/1.1\r\nhost: 127.0.0.1:{target.port}\r\nauthorization: Bearer {target.key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


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
