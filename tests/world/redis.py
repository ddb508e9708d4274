"""A Redis of our own on a free loopback port."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.world.patience import PATIENCE
from tests.world.ports import kept_port

PROGRAM = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(
    PROGRAM is None, reason="redis-server is not installed: the Redis counter is not tried"
)


@dataclass(slots=True)
class RedisServer:
    """A server that can be stopped and started again on its port."""

    folder: Path
    port: int
    _process: asyncio.subprocess.Process | None = field(default=None)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Start, and return once it takes connections."""
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder))
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(str(PROGRAM), *options, stdout=quiet, stderr=quiet)
        async with asyncio.timeout(PATIENCE):
            while not await self._answers():  # noqa: ASYNC110 - a port says nothing by itself
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Stop at once, as in a crash."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True


@asynccontextmanager
async def redis_server(folder: Path) -> AsyncIterator[RedisServer]:
    """Run a server until the block ends."""
    with kept_port() as port:
        server = RedisServer(folder, port)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()
