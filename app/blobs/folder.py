"""Ground floor, blobs: a folder of files, each replaced whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.blobs.ports import checked_key


@dataclass(frozen=True, slots=True)
class FolderBlobs:
    """Keeps each blob in a file of its own under one folder."""

    folder: Path

    async def put(self, key: str, data: bytes) -> None:
        """Keep these bytes; they are on the disk when this returns."""
        await asyncio.to_thread(self._put, self._place(key), data)

    async def get(self, key: str) -> bytes | None:
        """Return what is kept."""
        return await asyncio.to_thread(_read, self._place(key))

    async def delete(self, key: str) -> None:
        """Keep nothing any more."""
        await asyncio.to_thread(self._place(key).unlink, missing_ok=True)

    def _place(self, key: str) -> Path:
        # The ending keeps a blob `a` beside the blobs `a/…`.
        return self.folder / f"{checked_key(key)}.blob"

    def _put(self, place: Path, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(unfinished).replace(place)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(unfinished).unlink()
            raise
        _sync_folder(place.parent)


def _read(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    """A rename outlives a power cut only once the folder itself is written."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
