"""Roof, drive: the files of a folder, without what is hidden, linked or no file."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.drive.rights import RIGHTS

Stamp = tuple[int, int, int]
MOST_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Held:
    """A file as it is now: by its path below the whole folder."""

    path: str
    size: int
    stamp: Stamp  # changes whenever its content may have

    @property
    def name(self) -> str:
        """What it is called."""
        return PurePosixPath(self.path).name

    def within(self, folder: str) -> str | None:
        """Its path below one of the folders; None if it lies elsewhere."""
        place = PurePosixPath(folder)
        if place == PurePosixPath():
            return self.path
        return self.path.removeprefix(f"{place}/") if self.path.startswith(f"{place}/") else None


def file_id(share_id: str, path: str) -> str:
    """The name a file goes by in a share; it tells nothing of where the file lies."""
    return f"file_{hashlib.sha256(f'{share_id}/{path}'.encode('utf-8', 'surrogateescape')).hexdigest()[:24]}"


def walk(root: Path) -> Iterator[Held]:
    """Every file below, in a lasting order, up to so many; blocks."""
    found = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            held = None if name.startswith(".") else look(root, (Path(folder) / name).relative_to(root).as_posix())
            if held is not None and held.path != RIGHTS:
                found += 1
                if found > MOST_FILES:
                    return
                yield held


def look(root: Path, path: str) -> Held | None:
    """A file as it is this moment; None if it is no file any more, or a link; blocks."""
    try:
        path.encode()
        found = (root / path).lstat()
    except (OSError, ValueError):  # gone, or with a name that nothing could say
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Held(path, found.st_size, (found.st_ino, found.st_size, found.st_mtime_ns))
