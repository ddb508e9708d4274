"""What a model call costs through the gateway: processor time, added latency, frames kept and evenly spaced."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import psutil

from bench.client import Target, Timed, load
from bench.servers import cpu_seconds, litellm, naive, ours, standin

ROUNDS = 5
PLAIN_CALLS = 400
STREAM_CALLS = 150
CONNECTIONS = 8
PACED = 32


@dataclass(frozen=True, slots=True)
class Figures:
    """The medians of one server."""

    name: str
    plain_cpu_ms: float
    plain_per_second: float
    plain_p50_ms: float
    plain_p99_ms: float
    stream_cpu_ms: float
    stream_first_p50_ms: float
    stream_p99_ms: float
    frames_lost: int
    gap_p99_ms: float


def run() -> str:
    """Measure every server in turn, several rounds, and return the table."""
    with ExitStack() as stack:
        port, backend = stack.enter_context(standin())
        servers: list[tuple[Target, psutil.Process]] = [
            (Target("straight to the stand-in", port, "/v1/chat/completions", "stand-in"), backend),
            stack.enter_context(naive(port)),
            stack.enter_context(ours(port)),
        ]
        other = stack.enter_context(litellm(port))
        if other is not None:
            servers.append(other)
        figures = [_measure(target, server) for target, server in servers]
    return _table(figures)


def _measure(target: Target, server: psutil.Process) -> Figures:
    plain, streamed = target.request(stream=False), target.request(stream=True)
    paced = target.request(stream=True, paced=True)
    asyncio.run(load(target, plain, connections=CONNECTIONS, total=100))
    asyncio.run(load(target, streamed, connections=CONNECTIONS, total=30))
    rounds_plain = [_round(target, server, plain, PLAIN_CALLS) for _ in range(ROUNDS)]
    rounds_streamed = [_round(target, server, streamed, STREAM_CALLS) for _ in range(ROUNDS)]
    alone = asyncio.run(load(target, plain, connections=1, total=300))
    alone_streamed = asyncio.run(load(target, streamed, connections=1, total=100))
    slow = [timed for _ in range(3) for timed in asyncio.run(load(target, paced, connections=PACED, total=PACED))]
    return Figures(
        name=target.name,
        plain_cpu_ms=statistics.median(cpu for cpu, _ in rounds_plain),
        plain_per_second=statistics.median(rate for _, rate in rounds_plain),
        plain_p50_ms=_percentile([timed.total for timed in alone], 50),
        plain_p99_ms=_percentile([timed.total for timed in alone], 99),
        stream_cpu_ms=statistics.median(cpu for cpu, _ in rounds_streamed),
        stream_first_p50_ms=_percentile([timed.first for timed in alone_streamed], 50),
        stream_p99_ms=_percentile([timed.total for timed in alone_streamed], 99),
        frames_lost=sum(32 - timed.frames for timed in slow),
        gap_p99_ms=_percentile([gap for timed in slow for gap in timed.gaps], 99),
    )


def _round(target: Target, server: psutil.Process, request: bytes, calls: int) -> tuple[float, float]:
    used, started = cpu_seconds(server), time.perf_counter()
    timed: list[Timed] = asyncio.run(load(target, request, connections=CONNECTIONS, total=calls))
    elapsed = time.perf_counter() - started
    return (cpu_seconds(server) - used) * 1000 / len(timed), len(timed) / elapsed


def _percentile(seconds: Sequence[float], percent: int) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000


def _table(figures: Sequence[Figures]) -> str:
    bare = figures[0]
    lines = [
        "| server | plain: CPU ms | requests/s | p50 ms | p99 ms | 32 frames: CPU ms | first frame p50 ms | p99 ms"
        " | frames lost | p99 gap ms | gap / bare |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.name} | {row.plain_cpu_ms:.2f} | {row.plain_per_second:.0f} | {row.plain_p50_ms:.2f}"
        f" | {row.plain_p99_ms:.2f} | {row.stream_cpu_ms:.2f} | {row.stream_first_p50_ms:.2f}"
        f" | {row.stream_p99_ms:.2f} | {row.frames_lost} | {row.gap_p99_ms:.1f}"
        f" | {row.gap_p99_ms / bare.gap_p99_ms:.2f} |"
        for row in figures
    ]
    return "\n".join(lines)
