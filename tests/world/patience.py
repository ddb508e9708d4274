"""How long a test waits for what must happen: generously, for it costs nothing where the thing happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 30.0  # seconds a busy machine is given; never a claim of how fast something is


async def eventually(ask: Callable[[], Awaitable[T | None]]) -> T:
    """Ask until there is an answer."""
    end = time.monotonic() + PATIENCE
    while True:
        found = await ask()
        if found:
            return found
        assert time.monotonic() < end, "it never came to be"
        await asyncio.sleep(0.02)


async def until(so: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not so():  # noqa: ASYNC110 - simplest thing that waits for somebody else
            await asyncio.sleep(0.01)
