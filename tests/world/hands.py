"""Work that leaves a line in a file for each time it is done, and processes that do it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.jobs.kinds import JobKind
from app.jobs.work import Held
from app.settings import Settings
from app.telemetry.logging import configure_logging
from app.wiring import Platform, open_platform
from tasks.jobs.deeds import Deed, Deeds
from tasks.worker.bench import Pace
from tasks.worker.embedded import working
from tests.world.beside import REPOSITORY
from tests.world.platform import settings_for

LEASE = 2.0
LINES = "SCAIGRID_TEST_LINES"  # where a worker is to write; the tests' own, no setting of the platform
HASTY = Pace(lease=LEASE, heartbeat=0.5, poll=0.2, grace=0.5)


def writing(file: Path) -> Deeds:
    """Work of every kind: takes the seconds its payload says, then leaves `{subject} {process}` in a file.

    What begins once the file has a `.hurry` beside it takes no time, and what is `held` ends only once it is there.
    """

    async def write(_platform: Platform, held: Held) -> None:
        await asyncio.to_thread(_append, file.with_suffix(".begun"), held)
        hurry = file.with_suffix(".hurry")
        if not await asyncio.to_thread(hurry.exists):
            await asyncio.sleep(held.payload.get("seconds", 0))
        while held.payload.get("held") and not await asyncio.to_thread(hurry.exists):  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.05)
        await asyncio.to_thread(_append, file, held)

    return {kind: Deed(write) for kind in JobKind}


def written(file: Path) -> Counter[str]:
    """How often each subject was done."""
    return Counter(line.split()[0] for line in file.read_text().splitlines()) if file.exists() else Counter()


def _append(file: Path, held: Held) -> None:
    with file.open("ab", buffering=0) as end:
        end.write(f"{held.subject_id} {os.getpid()}\n".encode())


@asynccontextmanager
async def process(
    module: str, *arguments: str, surroundings: Mapping[str, str] | None = None, errors: int | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process of this program until the block ends, at the latest."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=REPOSITORY,
        env={**os.environ, **(surroundings or {})},  # noqa: TID251 - it runs where we run
        stdout=asyncio.subprocess.PIPE,
        stderr=errors,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 120) -> None:
    """Wait for something that another process brings about."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if found is True or (not isinstance(found, bool) and await found):
                return
            await asyncio.sleep(0.05)


async def _work(settings: Settings, file: Path, lease: float) -> None:
    pace = replace(HASTY, lease=lease)
    async with open_platform(settings) as platform, working(platform, writing(file), pace=pace):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logging("error", "json")
    _said: dict[str, Any] = json.loads(sys.argv[1])
    _settings = settings_for(Path(_said["home"]), _said["database"], job_slots=8)
    asyncio.run(_work(_settings, Path(_said["file"]), _said["lease"]))
