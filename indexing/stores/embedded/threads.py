"""Knowing, stores: the threads of one embedded store, and what it says of SQLite and the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from indexing.errors import StoreUnavailable
from indexing.stores.embedded.layout import said_of

_P = ParamSpec("_P")
_T = TypeVar("_T")
_READERS, _WRITERS = 8, 4


class Threads:
    """Apart, so that questions do not wait for a row of writers that wait for one another."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._reads = ThreadPoolExecutor(_READERS, f"{store}, reading")
        self._writes = ThreadPoolExecutor(_WRITERS, f"{store}, writing")

    async def read(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Do something that changes nothing."""
        return await self._on(self._reads, lambda: work(*args, **kwargs))

    async def write(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Do something that changes what is kept."""
        return await self._on(self._writes, lambda: work(*args, **kwargs))

    def shutdown(self) -> None:
        """Let what runs come to its end."""
        self._reads.shutdown()
        self._writes.shutdown()

    async def _on(self, threads: ThreadPoolExecutor, work: Callable[[], _T]) -> _T:
        try:
            doing = asyncio.get_running_loop().run_in_executor(threads, work)
        except RuntimeError:
            raise StoreUnavailable(f"The {self._store} is closed.") from None
        try:
            return await doing
        except (sqlite3.Error, OSError) as error:
            raise said_of(error, self._store) from error
