"""Processes that do one piece of work on a home each; a line names a home and a fault.

A line is answered with how its process ended. They are forked from one that has imported everything: what a process
knows dies with it all the same, and a proof of many deaths takes no time to import.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import indexing.chunking.paragraph  # noqa: F401 - what every one of them needs
from app.errors import CannotStart
from app.telemetry.logging import configure_logging
from app.wiring import Platform, open_platform
from tests.world.platform import settings_for

Work = Callable[[Platform], Awaitable[object]]


def make_processes(work: Work) -> None:
    """Make processes until there are no more lines."""
    configure_logging("error", "json")
    for line in sys.stdin:
        home, _, fault = line.strip().partition("\t")
        print(_forked(work, Path(home), fault), flush=True)  # noqa: T201 - it answers whoever wrote the line


def _forked(work: Work, home: Path, fault: str) -> int:
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(_work(work, home, fault))
        except CannotStart:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


async def _work(work: Work, home: Path, fault: str) -> None:
    async with open_platform(settings_for(home, fault=fault)) as platform:
        await work(platform)
