"""What an assistant adds to a call of its model: time before the first token, processor time, and peace for others."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from app.serving import prepare
from app.settings import Settings
from app.wiring import open_platform
from bench.client import Connection, Target, Timed
from bench.search_shelf import filled, questions
from bench.servers import KEY, cpu_seconds, free_port, process, standin

SIZES = (2_000, 20_000)
ROUNDS, CALLS, STREAMS = 5, 60, 200
_KINDS = (
    ("without knowledge", "no knowledge", "bench-embedding"),
    ("single_step, an embedder that answers at once", "persona", "bench-embedding"),
    ("single_step, local/minilm", "persona", "local/minilm"),
)
_PLAIN = "LlamaIndex, plain, an embedder that answers at once"
_DELAY = "scaigrid_event_loop_delay_seconds"
_TURNS, _QUESTIONS = count(), questions()


@dataclass(frozen=True, slots=True)
class Called:
    """What is called: the model itself, and assistants over it by what they look with."""

    port: int
    server: psutil.Process
    slugs: dict[str, str]
    path: str = "/v1/inference/chat"


def run() -> str:
    """Measure a platform of each size."""
    rows, quiet = [], ""
    for size in SIZES:
        with (
            tempfile.TemporaryDirectory() as home,
            standin() as (backend, _),
            _served(size, Path(home), backend) as ours,
        ):
            rows += _measured(size, ours, Path(home))
            if size == SIZES[0]:  # its index in memory takes a second for each question of the larger
                with _plain(backend, size) as theirs:
                    rows.append(_row(f"| {size:,} | {_PLAIN} | ", ours, (theirs, "persona")))
            quiet = asyncio.run(_peace(ours))
    return "\n".join(
        [
            "| chunks | called | first token p50 ms | p95 ms | added p50 | added p95 | CPU ms | added CPU |",
            "|--:|---|--:|--:|--:|--:|--:|--:|",
            *rows,
            "",
            quiet,
        ]
    )


@contextmanager
def _plain(backend: int, size: int) -> Iterator[Called]:
    """The same chunks and model, as LlamaIndex's manual would have them."""
    port = free_port()
    command = (sys.executable, "-m", "bench.plain_persona", str(port), str(backend), str(size))
    with process(*command, port=port) as server:
        yield Called(port, server, {"persona": "plain"}, "/v1/chat/completions")


@contextmanager
def _served(size: int, home: Path, backend: int) -> Iterator[Called]:
    """A server over a collection of so many chunks, and assistants that read it."""
    quiet: dict[str, Any] = {f"rate_{name}": 0 for name in ("key", "user", "tenant", "partner")}
    settings = Settings(home=home, demo=False, log_level="error", bootstrap_key=KEY, **quiet)
    asyncio.run(prepare(settings))
    collection_id = asyncio.run(_filled(settings, size))
    port = free_port()
    environment = {"SCAIGRID_HOME": str(home), "SCAIGRID_PORT": str(port), "SCAIGRID_DEMO": "0"}
    environment |= {"SCAIGRID_LOG_LEVEL": "error", "SCAIGRID_BOOTSTRAP_KEY": KEY}
    environment |= {f"SCAIGRID_RATE_{name}": "0" for name in ("KEY", "USER", "TENANT", "PARTNER")}
    with process(sys.executable, "-m", "app.cli", "serve", port=port, **environment) as server:
        slugs = asyncio.run(_set_up(f"http://127.0.0.1:{port}", backend, collection_id))
        yield Called(port, server, slugs)


async def _filled(settings: Settings, size: int) -> str:
    async with open_platform(settings) as platform:
        return (await filled(platform, size)).collection_id


async def _set_up(address: str, backend: int, collection_id: str) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as root:

        async def make(path: str, **body: Any) -> Any:
            answer = await root.post(path, json=body)
            answer.raise_for_status()
            return answer.json()["data"]

        said = {"type": "custom", "base_url": f"http://127.0.0.1:{backend}/v1", "api_key": "x"}
        provider = (await make("/v1/providers", name="bench", **said))["id"]
        for modality, more in (("chat", {}), ("embedding", {"dimensions": 384})):
            made = await make(
                "/v1/backends", provider_id=provider, upstream_model="stand-in", modality=modality, **more
            )
            links = [{"backend_id": made["id"], "priority": 0, "weight": 1}]
            await make("/v1/models", slug=f"bench-{modality}", display_name="B", modality=modality, backends=links)
        slugs = {"bare": "bench-chat"}
        for name, knows in (("no knowledge", False), ("persona", True)):
            body = {"name": name, "model_slug": "bench-chat", "system_prompt": "Be kind.", "rag_enabled": knows}
            one = await make("/v1/modules/scaipersona/personas", **body)
            path = f"/v1/modules/scaipersona/personas/{one['id']}"
            await make(f"{path}/sources", source_type="collection", source_id=collection_id, source_name="Shelf")
            slugs[name] = (await make(f"{path}/publish"))["published_slug"]
        return slugs


def _embedded_by(home: Path, model: str) -> None:
    """Have questions embedded by another model: the vectors are by chance, and fit any."""
    with closing(sqlite3.connect(home / "scaigrid.db")) as database:
        database.execute("UPDATE mod_scaimatrix_collections SET embedding_model = ?", [model])
        database.commit()


def _measured(size: int, called: Called, home: Path) -> list[str]:
    """Each kind of call takes turns with the bare model, so that both meet the same machine."""
    rows = []
    for name, slug, embedder in _KINDS:
        _embedded_by(home, embedder)
        rows.append(_row(f"| {size:,} | {name} | ", called, (called, slug)))
    return rows


def _row(name: str, called: Called, measured: tuple[Called, str]) -> str:
    pairs = [(_figures(called, "bare"), _figures(*measured)) for _ in range(ROUNDS)]
    there, here = (_medians([pair[place] for pair in pairs]) for place in (0, 1))
    added = [mine - its for mine, its in zip(here, there, strict=True)]
    figures = (here[0], here[1], added[0], added[1], here[2], added[2])
    return name + " | ".join(f"{figure:.2f}" for figure in figures) + " |"


def _medians(figures: Sequence[tuple[float, float, float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*figures, strict=True)]


def _figures(called: Called, slug: str) -> tuple[float, float, float]:
    """First token p50 and p95 of one connection, and the server's CPU, in ms for each call."""
    target = Target("ScaiGrid", called.port, called.path, called.slugs[slug], KEY)
    asyncio.run(_ask(target, 5))
    used = cpu_seconds(called.server)
    timed = asyncio.run(_ask(target, CALLS))
    cpu = (cpu_seconds(called.server) - used) * 1000 / CALLS
    first = sorted(one.first * 1000 for one in timed)
    return statistics.median(first), first[len(first) * 95 // 100], cpu


async def _ask(target: Target, calls: int) -> list[Timed]:
    async with Connection(target) as connection:
        return [await connection.ask(_request(target)) for _ in range(calls)]


def _request(target: Target, *, paced: bool = False) -> bytes:
    """A question that nobody has asked before."""
    turn = next(_TURNS)
    text = f"{_QUESTIONS[turn % len(_QUESTIONS)]} number {turn}{' paced' if paced else ''}"
    said = {"model": target.model, "messages": [{"role": "user", "content": text}], "stream": True}
    body = json.dumps(said, separators=(",", ":")).encode()
    head = (
        f"POST {target.path} HTTP/1.1\r\nhost: 127.0.0.1:{target.port}\r\nauthorization: Bearer {target.key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _peace(called: Called) -> str:
    """How long the longest anybody else waits is, while so many assistants answer at once."""
    target = Target("ScaiGrid", called.port, called.path, called.slugs["persona"], KEY)
    waits: list[float] = []

    async def look() -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{called.port}", trust_env=False) as client:
            while True:
                began = time.perf_counter()
                await client.get("/health")
                waits.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(0.01)

    async def one() -> Timed:
        async with Connection(target) as connection:
            return await connection.ask(_request(target, paced=True))

    before = await asyncio.to_thread(_looks_at_the_loop, called)
    looking = asyncio.create_task(look())
    timed = await asyncio.gather(*(one() for _ in range(STREAMS)))
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    late = await asyncio.to_thread(_looks_at_the_loop, called) - before
    gaps = sorted(gap * 1000 for answer in timed for gap in answer.gaps)
    ordered = sorted(waits)
    lost = sum(max(32 - one.frames, 0) for one in timed)
    return (
        f"{STREAMS} assistants streaming at once (frames 20 ms apart): frames lost {lost};"
        f" gap between frames p99 {gaps[len(gaps) * 99 // 100]:.1f} ms; a request beside them p50"
        f" {ordered[len(ordered) // 2]:.1f} ms, at most {ordered[-1]:.1f} ms. Of {late['+Inf']} looks at the server's"
        f" event loop, one each 20 ms, {late['+Inf'] - late['0.05']} were more than 50 ms late,"
        f" {late['+Inf'] - late['0.075']} more than 75 and {late['+Inf'] - late['0.1']} more than 100."
    )


def _looks_at_the_loop(called: Called) -> Counter[str]:
    """How often it was late by no more than what each name says, in seconds, since the server began."""
    told = httpx.get(
        f"http://127.0.0.1:{called.port}/metrics", headers={"Authorization": f"Bearer {KEY}"}, trust_env=False
    )
    (delays,) = (one for one in text_string_to_metric_families(told.text) if one.name == _DELAY)
    return Counter({each.labels["le"]: int(each.value) for each in delays.samples if each.name.endswith("_bucket")})
