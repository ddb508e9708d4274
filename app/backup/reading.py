"""Roof, backup: read an archive, believing nothing of it: plain files alone, by the names we give, as their sums say.

The headers are read one by one, because a library that reads more kinds of them also reads what makes it fetch
gigabytes into memory or point outside. Nothing of an archive is ever written to a path that it names.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from app.backup.errors import ArchiveDamaged
from app.backup.sealing import LARGEST, read_sealed
from app.backup.writing import MANIFEST, SUMS

_BLOCK = tarfile.BLOCKSIZE
_PIECE = 2**20
_LARGEST_PART = 2**29  # of rows or vectors: they are written in parts of a few megabytes, and one row fits in here
_LAST = (SUMS, MANIFEST)


@dataclass(frozen=True, slots=True)
class Shape:
    """What archives of one sort hold before their sums: how members are called, and folders in their order."""

    names: re.Pattern[str]
    order: Sequence[str]

    def place_of(self, member: Member) -> int:
        """Where a member belongs; refuses a name that none of ours has."""
        if member.name in _LAST:
            return len(self.order) + _LAST.index(member.name)
        if self.names.fullmatch(member.name) is None:
            raise ArchiveDamaged("The archive holds something that none of ours does.")
        return self.order.index(member.folder)


BACKUP = Shape(
    re.compile(
        r"rows/[a-z_0-9]+/\d{6,9}\.ndjson|blobs/[A-Za-z0-9_/-]+|vectors/[A-Za-z0-9_-]+/\d{6,9}\.ndjson"
        r"|amended\.ndjson|secrets/secret\.key"
    ),
    ("rows", "blobs", "amended.ndjson", "vectors", "secrets"),
)


@dataclass(slots=True)
class Member:
    """One file of an archive; it is read before the next one is asked for, or not at all."""

    name: str
    size: int
    _stream: BinaryIO
    _left: int

    def read(self, size: int = _PIECE) -> bytes:
        """The next piece; empty at the end."""
        wanted = min(size, self._left)
        piece = _read(self._stream, wanted) if wanted else b""
        self._left -= len(piece)
        return piece

    def whole(self, most: int = _LARGEST_PART) -> bytes:
        """All of it at once, where it is small enough."""
        if self.size > most:
            raise ArchiveDamaged(f"{self.name} is larger than anything that is written so.")
        return self.read(self.size)

    @property
    def folder(self) -> str:
        """What sort of thing it is."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Archive:
    """An open file with an archive in it; the same file for every pass, whatever becomes of its name."""

    file: BinaryIO
    shape: Shape = BACKUP

    def verify(self) -> Mapping[str, Any]:
        """Read all of it once; the manifest and its seal are returned if every member is as it was written."""
        listed = ""
        with tempfile.TemporaryFile() as sums:
            for member in self.members():
                if member.name == MANIFEST:
                    document = read_sealed(member.whole(LARGEST))
                elif member.name == SUMS:
                    listed = _compared(member, cast("BinaryIO", sums))
                else:
                    sums.write(f"{_digest(member)}  {member.name}\n".encode())
        if not listed or document["manifest"].get("sums") != listed:
            raise ArchiveDamaged("The archive's list of checksums is another one than its manifest knows.")
        return document

    def members(self) -> Iterator[Member]:
        """Every member in the order it was written."""
        self.file.seek(0)
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=self.file)) if _is_packed(self.file) else self.file
        last, stage = "", 0
        while (member := _next(stream)) is not None:
            at = self.shape.place_of(member)
            if at < stage or (member.name == last):
                raise ArchiveDamaged(f"{member.name} is not where it belongs.")
            last, stage = member.name, at
            yield member
            while member.read():
                pass
            _read(stream, -member.size % _BLOCK)
            if member.name == MANIFEST:
                return
        raise ArchiveDamaged("The archive ends before its manifest: it was broken off, or cut.")


def open_archive(path: Path) -> BinaryIO:
    """Open the file of an archive."""
    try:
        return path.open("rb")
    except OSError as error:
        raise ArchiveDamaged(f"{path}: {error.strerror}") from None


def _is_packed(file: BinaryIO) -> bool:
    magic = file.read(2)
    file.seek(0)
    return magic == b"\x1f\x8b"


def _next(stream: BinaryIO) -> Member | None:
    block = _read(stream, _BLOCK)
    if not any(block):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.TarError, ValueError):
        raise ArchiveDamaged("The file is no archive of ours, or damaged.") from None
    if header.type != tarfile.REGTYPE or header.linkname or header.size < 0:
        raise ArchiveDamaged("The archive holds something that none of ours does.")
    return Member(header.name, header.size, stream, header.size)


def _read(stream: BinaryIO, size: int) -> bytes:
    pieces, left = [], size
    while left:
        try:
            piece = stream.read(min(left, _PIECE))
        except (EOFError, OSError, zlib.error):
            piece = b""
        if not piece:
            raise ArchiveDamaged("The archive ends in the middle: it was broken off, or cut.")
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _digest(member: Member) -> str:
    reckoned = hashlib.sha256()
    while piece := member.read():
        reckoned.update(piece)
    return reckoned.hexdigest()


def _compared(member: Member, own: BinaryIO) -> str:
    """Read the list of checksums beside our own; names the first member that differs."""
    own.seek(0)
    reckoned = hashlib.sha256()
    held = b""
    while piece := member.read():
        reckoned.update(piece)
        held += piece
        *lines, held = held.splitlines(keepends=True) or [b""]
        if held.endswith(b"\n"):
            lines, held = [*lines, held], b""
        _same(lines, own)
    if held or own.read(1):
        raise ArchiveDamaged("The archive's list of checksums is not of what it holds.")
    return reckoned.hexdigest()


def _same(lines: list[bytes], own: BinaryIO) -> None:
    for line in lines:
        reckoned = own.readline()
        if reckoned != line:
            name = reckoned.decode(errors="replace").strip().partition("  ")[2] or "a member"
            raise ArchiveDamaged(f"{name} is not as it was written.")
