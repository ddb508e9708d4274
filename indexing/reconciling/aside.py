"""Knowing, reconciling: names put aside until they are needed, however many: beyond a megabyte they lie on the disk."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from itertools import islice
from types import TracebackType

_IN_MEMORY = 2**20


class PutAside:
    """Takes names, and gives them back some thousands at a time in the order they came; closing forgets them."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115 - closed by exit
        self.count = 0

    def __enter__(self) -> PutAside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._file.close()

    async def add(self, names: Iterable[str]) -> None:
        """Put some aside."""
        lines = [f"{json.dumps(name)}\n" for name in names]
        self.count += len(lines)
        await asyncio.to_thread(self._file.writelines, lines)

    async def batches(self, size: int) -> AsyncIterator[list[str]]:
        """All of them; nothing is added any more."""
        self._file.seek(0)
        while lines := await asyncio.to_thread(lambda: list(islice(self._file, size))):
            yield [json.loads(line) for line in lines]
