"""Roof, backup: names put aside until they are needed, however many: beyond a megabyte they lie on the disk."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator

_IN_MEMORY = 2**20


class Names:
    """Takes some names at a time, and gives them back in the order they came, once all are there."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115 - of one process

    def add(self, *names: str) -> None:
        """Put some aside that belong together."""
        self._file.write(f"{json.dumps(names)}\n")

    def __iter__(self) -> Iterator[list[str]]:
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)

    def close(self) -> None:
        """Forget them."""
        self._file.close()
