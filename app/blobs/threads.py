"""Ground floor, blobs: blocking work on a thread that is never left alone with what its caller cleans up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


async def on_thread(
    deed: Callable[[], T], *, executor: Executor | None = None, undo: Callable[[T], object] | None = None
) -> T:
    """Do it on a thread; whoever is cancelled goes on only once the thread is through, and what it made is undone."""
    work = asyncio.get_running_loop().run_in_executor(executor, deed)
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return work.result()
    if work.exception() is None and undo is not None:
        undo(work.result())
    raise cancelled


def next_of(batches: Iterator[T]) -> Callable[[], T | None]:
    """The next of an iterator, None at its end: an iterator's own way of ending cannot pass a thread."""
    return lambda: next(batches, None)
