"""Tests that wait without giving way, where the loop they would hold up has others in the middle of a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import ParamSpec

P = ParamSpec("P")


def beside_the_loop(test: Callable[P, None]) -> Callable[P, Awaitable[None]]:
    """Run a test on a thread: whoever holds the lock it waits for can then come to its end."""

    @wraps(test)
    async def run(*args: P.args, **kwargs: P.kwargs) -> None:
        await asyncio.to_thread(partial(test, *args, **kwargs))

    return run
