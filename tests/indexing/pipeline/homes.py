"""Folders of the platform that processes of their own work on."""

from __future__ import annotations

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from app.wiring import Platform, open_platform
from tests.world.embedder import Embedder
from tests.world.platform import settings_for

Indexed = TypeVar("Indexed")


@dataclass(frozen=True, slots=True)
class Home:
    """A folder with work to do, the model its documents are embedded by, and the maker of processes."""

    folder: Path
    model: Embedder
    maker: Process

    def copied(self, to: Path) -> Home:
        """The same, to be spoilt."""
        shutil.copytree(self.folder, to)
        return Home(to, self.model, self.maker)

    async def process(self, fault: str = "") -> int:
        """Run a process that does all of it; says how it ended."""
        assert self.maker.stdin is not None
        assert self.maker.stdout is not None
        self.maker.stdin.write(f"{self.folder}\t{fault}\n".encode())
        async with asyncio.timeout(180):
            return int(await self.maker.stdout.readline())

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Platform]:
        """The platform on it, in this process."""
        async with open_platform(settings_for(self.folder)) as platform:
            yield platform


@dataclass(frozen=True, slots=True)
class Undisturbed(Generic[Indexed]):
    """What a process that nobody killed has made, and the texts that it asked the model for."""

    index: Indexed
    texts: Counter[str]


async def left_alone(home: Home, folder: Path, index_of: Callable[[Home], Awaitable[Indexed]]) -> Undisturbed[Indexed]:
    """Let a process work on a copy to its end."""
    copy = home.copied(folder / "home")
    home.model.texts.clear()
    assert await copy.process() == 0
    return Undisturbed(await index_of(copy), Counter(home.model.texts))


@asynccontextmanager
async def maker(module: str = "tests.world.ingesting") -> AsyncIterator[Process]:
    """What makes the processes."""
    command = (sys.executable, "-m", module)
    made = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        yield made
    finally:
        made.terminate()
        await made.wait()
