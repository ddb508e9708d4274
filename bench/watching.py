"""How soon all who watch one crawl are told that it has moved, and what each of them costs."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psutil
from sqlalchemy import event

from app.db.tenancy import Reach
from app.telemetry.logging import configure_logging
from indexing.crawls.tables import COMPLETED, RUNNING, CrawlJob
from tests.world.crawls import crawl_ids
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh
from tests.world.shelves import shelf

WATCHERS, PEOPLE, CHANGES, APART = (1, 200, 1_000), 20, 10, 3.0  # seconds between changes


@dataclass(frozen=True, slots=True)
class Watched:
    """What was measured with a number of watchers."""

    number: int
    delays: list[float]  # in milliseconds, of every event to every watcher
    last: list[float]  # of the last event
    lost: int
    statements: float  # a second
    cpu: float  # of a core
    kilobytes: float  # each


def run() -> str:
    """Watch one crawl with more and more."""
    configure_logging("error", "json")
    return _table(asyncio.run(_measured()))


async def _measured() -> list[Watched]:
    async with fresh(deeds={}, allow_hosts=("127.0.0.1",)) as running:
        acme = await organisation(running)
        keys = [(await acme.person(f"watcher{number}", "tenant_admin")).key for number in range(PEOPLE)]
        await _one(running, acme, keys, 20)  # so that everything is loaded and opened
        found = [await _one(running, acme, keys, number) for number in WATCHERS]
        await acme.aclose()
        return found


async def _one(running: Running, acme: Organisation, keys: list[str], number: int) -> Watched:
    made = await shelf(acme, "page")
    ids = await crawl_ids(made, "page")
    await _move(running, acme, ids["job_id"], RUNNING)
    ours, place = psutil.Process(), urlsplit(running.url)
    path = f"/v1/modules/scaimatrix/collections/{made.id}/crawl/{ids['job_id']}/stream"
    order = {"host": place.hostname, "port": place.port, "path": path, "keys": keys, "number": number}
    before, asked = ours.memory_info().rss, list[str]()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.watchers", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        limit=2**28,
    )  # fmt: skip
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("the watchers have no pipes")
    child.stdin.write(json.dumps(order).encode())
    child.stdin.close()
    await child.stdout.readline()
    held = ours.memory_info().rss - before
    note = _counting(running, asked)
    began, cpu = time.monotonic(), sum(ours.cpu_times()[:2])
    moved = await _moves(running, acme, ids["job_id"])
    seconds, used = time.monotonic() - began, sum(ours.cpu_times()[:2]) - cpu
    event.remove(*note)
    heard: list[dict[str, float]] = json.loads(await child.stdout.readline())
    await child.wait()
    return _weighed(number, moved, heard, (len(asked) / seconds, used / seconds, held / 1024 / number))


def _weighed(
    number: int, moved: dict[str, float], heard: list[dict[str, float]], costs: tuple[float, float, float]
) -> Watched:
    *_, last = moved
    delays = [(one[id_] - at) * 1000 for one in heard for id_, at in moved.items() if id_ in one]
    ends = [(one[last] - moved[last]) * 1000 for one in heard if last in one]
    return Watched(number, delays, ends, number * len(moved) - len(delays), *costs)


def _counting(running: Running, asked: list[str]) -> tuple[Any, str, Any]:
    """Count what the platform asks its database, by whatever lane."""

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    engine = running.platform.database.lanes
    event.listen(engine, "before_cursor_execute", note)
    return engine, "before_cursor_execute", note


async def _moves(running: Running, acme: Organisation, job_id: str) -> dict[str, float]:
    """Move the run again and again and then to its end; returns when which change was committed."""
    moved = {}
    for number in range(CHANGES):
        await asyncio.sleep(APART)
        changes = await _move(running, acme, job_id, COMPLETED if number == CHANGES - 1 else RUNNING)
        moved[str(changes)] = time.monotonic()
    return moved


async def _move(running: Running, acme: Organisation, job_id: str, status: str) -> int:
    async with running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        row = await transaction.session.get_one(CrawlJob, job_id)
        row.status, row.changes, row.pages_fetched = status, row.changes + 1, row.pages_fetched + 1
        return row.changes


def _table(found: list[Watched]) -> str:
    rows = [
        f"| {one.number:,} | {statistics.median(one.delays):.0f} | {_p99(one.delays):.0f} | {_p99(one.last):.0f} "
        f"| {one.lost} | {one.statements:.1f} | {one.cpu:.2f} | {_kilobytes(one)} |"
        for one in found
    ]
    head = "| watchers | event, ms: p50 | p99 | last event: p99 | events lost | SQL a second | CPU, cores | KB each |"
    return "\n".join([head, "|---|---|---|---|---|---|---|---|", *rows])


def _kilobytes(one: Watched) -> str:
    return f"{one.kilobytes:.0f}" if one.number > 100 else "-"  # of few, it is less than what comes and goes


def _p99(values: list[float]) -> float:
    return sorted(values)[max(0, round(len(values) * 0.99) - 1)]
