"""The platform, really running: a server on a loopback port with a folder of its own."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
import uvicorn
from fastapi import APIRouter

from app.clock import Clock
from app.http.application import create_app
from app.serving import IDLE_SECONDS, ROUTERS, prepare
from app.settings import Settings
from app.wiring import Platform, open_platform
from tasks.jobs.all import DEEDS
from tasks.jobs.deeds import Deeds
from tasks.worker.bench import Pace
from tasks.worker.doing import Patience
from tasks.worker.embedded import working
from tasks.worker.schedule import ROUNDS
from tests.world.calling import calling
from tests.world.databases import empty_database
from tests.world.surroundings import MODELS

# What is tried again comes soon, and nobody waits for work that a stopping platform has in hand.
QUICK = Pace(poll=0.3, grace=0.0, patience=Patience(shortest=0.2, longest=1.0))
ROOT_KEY = "sgk_" + "r" * 40


@dataclass(frozen=True, slots=True)
class Running:
    """A running platform: its address, and its inside for building worlds."""

    url: str
    platform: Platform
    settings: Settings
    root_key: str = ROOT_KEY

    def client(self, key: str | None = None, **options: Any) -> httpx.AsyncClient:
        """A client that calls as the owner of a key."""
        return calling(self.url, key, **options)


def settings_for(home: Path, database_url: str = "", **changed: Any) -> Settings:
    """Settings of a test platform: no rate limits, no demo, unless asked for."""
    base: dict[str, Any] = {
        "home": home,
        "models": MODELS,
        "database_url": database_url,
        "bootstrap_key": ROOT_KEY,
        "demo": False,
        "rate_key": 0,
        "rate_user": 0,
        "rate_tenant": 0,
        "rate_partner": 0,
        "log_level": "error",
        "port": 0,
        "shutdown_seconds": 1,
    }
    return Settings(**(base | changed))


def as_it_is(platform: Platform) -> Platform:
    """Change nothing about a platform."""
    return platform


def in_this_loop(app: Any, lifespan: Literal["on", "off"], port: int = 0) -> uvicorn.Config:
    """How a server of the tests runs: quiet, on a free port or one kept for it, patient with idle connections."""
    return uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        lifespan=lifespan,
        timeout_keep_alive=IDLE_SECONDS,
    )


@asynccontextmanager
async def running(
    settings: Settings,
    routers: Sequence[APIRouter] = ROUTERS,
    refit: Callable[[Platform], Platform] = as_it_is,
    deeds: Deeds | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Running]:
    """Run a platform in this event loop until the block ends; refitted, perhaps, with other parts and other work."""
    await asyncio.to_thread(asyncio.run, prepare(settings))
    opened: list[Platform] = []

    @asynccontextmanager
    async def opening() -> AsyncIterator[Platform]:
        async with open_platform(settings, clock) as made:
            opened.append(refit(made))
            rounds = ROUNDS if deeds is None else ()  # who does no work asks for none by the clock either
            async with working(opened[0], DEEDS if deeds is None else deeds, rounds=rounds, pace=QUICK):
                yield opened[0]

    app = create_app(
        opening, max_json_bytes=settings.max_json_bytes, max_upload_bytes=settings.max_upload_bytes, routers=routers
    )
    server = uvicorn.Server(in_this_loop(app, lifespan="on", port=settings.port))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # the test runner owns the signals
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
            raise RuntimeError("the server ended before it started; see its log")
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Running(f"http://127.0.0.1:{port}", opened[0], settings)
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def fresh(
    database_url: str = "", routers: Sequence[APIRouter] = ROUTERS, deeds: Deeds | None = None, **changed: Any
) -> AsyncIterator[Running]:
    """Run a platform with an empty folder and an empty database, or the database given."""
    with tempfile.TemporaryDirectory() as folder, empty_database(Path(folder)) as empty:
        settings = settings_for(Path(folder), database_url or empty, **changed)
        async with running(settings, routers, deeds=deeds) as platform:
            yield platform


def unique(stem: str) -> str:
    """A slug nobody else in this run has."""
    return f"{stem}-{secrets.token_hex(4)}"
