"""How much memory a piece of work takes, whatever else this process does meanwhile."""

from __future__ import annotations

import tracemalloc
from collections.abc import Awaitable, Callable

_TIMES = 5


async def least_memory(work: Callable[[], Awaitable[object]], enough: int) -> int:
    """What it takes at most at one moment: the least of several times, or the first so little; others take some too."""
    least = await _memory(work)
    for _ in range(_TIMES - 1):
        if least < enough:
            break
        least = min(least, await _memory(work))
    return least


async def _memory(work: Callable[[], Awaitable[object]]) -> int:
    tracemalloc.start()
    try:
        await work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
