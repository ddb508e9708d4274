"""The platform as it is really run: a process of its own, that can be told to stop and can be killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.world.calling import calling
from tests.world.platform import ROOT_KEY
from tests.world.ports import kept_port
from tests.world.surroundings import MODELS

REPOSITORY = Path(__file__).parents[2]


@dataclass(slots=True)
class Server:
    """One server process."""

    url: str
    process: asyncio.subprocess.Process

    def client(self, key: str = ROOT_KEY) -> httpx.AsyncClient:
        return calling(self.url, key)


@asynccontextmanager
async def serving(home: Path, **more: str) -> AsyncIterator[Server]:
    """Run `python -m app.cli serve` on a folder until the block ends or the process does."""
    async with started(home, **more) as server:
        await up(server)
        yield server


@asynccontextmanager
async def started(home: Path, **more: str) -> AsyncIterator[Server]:
    """The same without waiting until it answers: it may be one that dies before."""
    with kept_port() as port:
        async with _started(home, port, more) as server:
            yield server


@asynccontextmanager
async def _started(home: Path, port: int, more: Mapping[str, str]) -> AsyncIterator[Server]:
    settings = {
        "SCAIGRID_HOME": str(home),
        "SCAIGRID_MODELS": MODELS,
        "SCAIGRID_PORT": str(port),
        "SCAIGRID_BOOTSTRAP_KEY": ROOT_KEY,
        "SCAIGRID_DEMO": "0",
        "SCAIGRID_LOG_LEVEL": "error",
        **{f"SCAIGRID_RATE_{name}": "0" for name in ("KEY", "USER", "TENANT", "PARTNER")},
        **{f"SCAIGRID_{name.upper()}": value for name, value in more.items()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.cli",
        "serve",
        cwd=REPOSITORY,
        env=settings,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    server = Server(f"http://127.0.0.1:{port}", process)
    try:
        yield server
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def up(server: Server) -> None:
    """Wait until it answers."""
    async with server.client() as client, asyncio.timeout(60):
        while True:
            if server.process.returncode is not None:
                raise RuntimeError("the server ended before it started")
            try:
                if (await client.get("/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
