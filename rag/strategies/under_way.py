"""Answering, strategies: what an agent has begun and not ended, so that nothing of it outlives who waits for it.

LlamaIndex's workflows let go of their workers when whoever waits for them is cancelled; the workers go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class UnderWay:
    """Knows the tasks in which something goes on."""

    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    _is_over: bool = False

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Something goes on in this task until the block ends; nothing begins once all was stopped."""
        task = asyncio.current_task()
        if task is None or self._is_over:
            raise asyncio.CancelledError
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def stop(self) -> None:
        """Break off all of it, and wait until it has ended."""
        self._is_over = True
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
