"""Roof, console: the built console, read once into memory; nobody reads a disk while somebody waits."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

BUILT = Path(__file__).parent / "built"
_INDEX = "index.html"
_HASHED = "assets/"  # where the build puts what it names by its content
_MOST_BYTES = 64 * 2**20
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".html": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file of the build."""

    content: bytes
    media_type: str
    etag: str
    immutable: bool


@dataclass(frozen=True, slots=True)
class Built:
    """The files of a build by their names; none at all where it was never made."""

    files: Mapping[str, BuiltFile] = field(default_factory=dict)

    def find(self, path: str) -> BuiltFile | None:
        """The file of that name; a route of the console is answered with its page.

        Names are looked up among those there are, so that no path leads out of the build.
        """
        found = self.files.get(path)
        if found is None and "." not in path.rpartition("/")[2]:
            return self.files.get(_INDEX)
        return found

    @property
    def made(self) -> bool:
        """Whether there is a console to serve."""
        return _INDEX in self.files


def read_built(folder: Path = BUILT) -> Built:
    """Read a build; one too large to be ours is left alone."""
    paths = [
        path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink() and path.name[0] != "."
    ]
    if sum(path.stat().st_size for path in paths) > _MOST_BYTES:
        return Built()
    return Built({path.relative_to(folder).as_posix(): _read(path, folder) for path in paths})


def _read(path: Path, folder: Path) -> BuiltFile:
    content, name = path.read_bytes(), path.relative_to(folder).as_posix()
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return BuiltFile(content, _TYPES.get(path.suffix, guessed), etag, immutable=name.startswith(_HASHED))
