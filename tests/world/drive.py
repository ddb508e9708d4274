"""A drive over a folder, really served on a loopback port."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from app.clock import SystemClock
from app.drive.opening import AUDIENCE, DriveSettings, opened, people_of
from app.drive.rights import Reader
from tests.world.calling import calling
from tests.world.platform import in_this_loop

SECRET = b"s" * 40


@dataclass(frozen=True, slots=True)
class ServedDrive:
    """A drive: its folder and where it is."""

    folder: Path
    url: str

    def client(self, subject: str, *groups: str, email: str | None = None) -> httpx.AsyncClient:
        """A client of somebody whose token was signed with the secret."""
        reader = Reader(subject, "ext", email, frozenset(groups))
        return self.holding(people_of(SECRET, AUDIENCE, SystemClock()).token_for(reader, 300))

    def holding(self, token: str) -> httpx.AsyncClient:
        """A client with a token."""
        return calling(self.url, token)


def filled(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files, by their paths."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


@asynccontextmanager
async def served(settings: DriveSettings) -> AsyncIterator[ServedDrive]:
    """Serve a drive until the block ends."""
    async with opened(settings) as application:
        server = uvicorn.Server(in_this_loop(application, lifespan="on"))
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # the test runner owns the signals
        task = asyncio.create_task(server.serve())
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield ServedDrive(settings.folder, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            await task
            gc.collect()  # the model of a drive hangs in circles, and the next one brings its own
