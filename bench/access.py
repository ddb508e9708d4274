"""Decisions about access on both databases, and beside two other engines."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import URL

from app.db.engine import Database, open_database
from app.migrations.run import upgrade
from bench import peers
from bench.deciding import Bench, Found, Times, process
from bench.world import World, make_world, put_world
from tests.services.servers import ServerMissingError, fresh_database, mariadb

_BATCHES = (50, 1_000)
_WORLDS = (1, 10)
_PEERS: dict[str, tuple[Callable[[World], peers.Ask], int]] = {  # with the rounds that can be waited for
    "Cedar (cedarpy), all entities read in beforehand": (peers.cedar, 15),
    "Cedar (cedarpy), the batch's entities read in for it": (peers.cedar_anew, 10),
    "pycasbin, fast enforcer, inheritance written out": (peers.casbin_written_out, 5),
    "pycasbin, collections as roles": (peers.casbin_by_roles, 1),
}
Beside = dict[str, dict[int, Times]]


def run() -> str:
    """Measure everything and say how it went."""
    measured: dict[str, dict[str, Times]] = {}
    beside: Beside = {}
    with _databases() as databases:
        for times in _WORLDS:
            world = make_world(times)
            for name, opened in databases.items():
                with opened() as database:
                    put_world(database.lanes, world)
                    column = name if times == 1 else f"{name}, {times} times the world"
                    measured[column] = asyncio.run(_measure(name, database, world, beside if times == 1 else None))
    missing = [] if "MariaDB" in databases else ["No MariaDB server is installed here: its columns are missing."]
    return "\n\n".join([_ours(measured), _others(beside), *missing])


async def _measure(name: str, database: Database, world: World, beside: Beside | None) -> dict[str, Times]:
    async with process(database, world) as bench:
        measured = await bench.run()
        if beside is not None:
            for known in ("nothing known", "all known"):
                ours = {size: measured[f"{size:,} candidates, {known}"] for size in _BATCHES}
                beside[f"ScaiGrid on {name}, {known}"] = ours
            if database.is_sqlite:
                for peer, (make, rounds) in _PEERS.items():
                    beside[peer] = await _peer(bench, make(world), rounds)
    return measured


async def _peer(bench: Bench, ask: peers.Ask, rounds: int) -> dict[int, Times]:
    """Time another engine, whose answers must be ours."""
    measured: dict[int, Times] = {size: [] for size in _BATCHES}
    for size, times in measured.items():
        for turn in range(rounds):
            caller, documents = bench.caller(turn), bench.chance.sample(bench.world.documents, size)
            began = time.perf_counter()
            theirs = ask(caller.user_id, documents)
            times.append((time.perf_counter() - began) * 1_000)
            if theirs != await bench.filter(caller, [Found(id_) for id_ in documents]):
                raise AssertionError(f"{ask} differs from us: the worlds are not the same")
    return measured


def _ours(measured: Mapping[str, Mapping[str, Times]]) -> str:
    head = f"| ms, median (p95) | {' | '.join(measured)} |\n|---|{'--:|' * len(measured)}"
    kinds = next(iter(measured.values()))
    rows = (f"| {kind} | {' | '.join(_said(column[kind]) for column in measured.values())} |" for kind in kinds)
    return "\n".join([head, *rows])


def _others(beside: Beside) -> str:
    head = "| engine | 50 candidates: ms | 1,000 candidates: ms | decisions/s |\n|---|--:|--:|--:|"
    rows = (
        f"| {name} | {_said(times[50])} | {_said(times[1_000])} | {1e6 / statistics.median(times[1_000]):,.0f} |"
        for name, times in sorted(beside.items(), key=lambda item: statistics.median(item[1][1_000]))
    )
    return "\n".join([head, *rows])


def _said(times: Times) -> str:
    inner = sorted(times)
    return f"{statistics.median(inner):.2f} ({inner[int(len(inner) * 0.95)]:.2f})"


@contextmanager
def _databases() -> Iterator[dict[str, Callable[[], AbstractContextManager[Database]]]]:
    """How to open an empty database of each kind that there is here."""
    with ExitStack() as stack:
        found: dict[str, Callable[[], AbstractContextManager[Database]]] = {"SQLite": _sqlite}
        try:
            found["MariaDB"] = partial(_mariadb, stack.enter_context(mariadb(memory="256M")))
        except ServerMissingError as missing:
            print(f"Without MariaDB: {missing}.")
        yield found


@contextmanager
def _sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as home:
        database = open_database(f"sqlite+aiosqlite:///{home}/scaigrid.db")
        upgrade(database.lanes, Path(home))
        yield database


@contextmanager
def _mariadb(server: URL) -> Iterator[Database]:
    with fresh_database(server) as address, tempfile.TemporaryDirectory() as home:
        database = open_database(address.render_as_string(hide_password=False))
        upgrade(database.lanes, Path(home))
        yield database
