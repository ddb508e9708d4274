"""Knowing, extraction: what is inside a zipped file, taken out in memory and never more than may be."""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from io import BytesIO
from types import TracebackType
from urllib.parse import unquote

from indexing.extraction.errors import FileDamaged, FileEncrypted, FileTooComplex
from indexing.extraction.limits import Limits

_MOST_MEMBERS = 20_000
_LOCKED = 0x1
_XML = (".xml", ".rels", ".xhtml")
_PROLOG = 4096
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError, ValueError)


class Archive:
    """A zip in memory. Members are looked up by name among those it lists: no name ever becomes a path on a disk."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except BROKEN as error:
            raise FileDamaged("It begins as a zipped file, but its list of contents is missing or broken.") from error
        members = self._zip.infolist()
        if len(members) > _MOST_MEMBERS:
            raise FileTooComplex(f"It holds {len(members)} files inside.")
        # A member never gives more bytes than the list declares for it, so the sum bounds what can come out.
        declared = sum(member.file_size for member in members)
        if declared > limits.unpacked_bytes:
            raise FileTooComplex(f"Unpacked it would take {declared // 2**20} MB.")
        if any(member.flag_bits & _LOCKED for member in members):
            raise FileEncrypted("Its contents are locked with a password.")
        self.names = frozenset(self._zip.namelist())

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def read(self, name: str) -> bytes:
        """One member, whole."""
        if name not in self.names:
            raise FileDamaged(f"The part {_shown(name)} is missing.")
        try:
            return self._zip.read(name)
        except BROKEN as error:
            raise FileDamaged(f"The part {_shown(name)} is broken.") from error

    def optional(self, name: str) -> bytes | None:
        """One member, if there is one of that name."""
        return self.read(name) if name in self.names else None

    def refuse_entities(self) -> None:
        """Office files never declare a document type; one that does means to swell or to reach out when read."""
        for name in self.names:
            if name.endswith(_XML) and b"<!doctype" in self._beginning(name).replace(b"\0", b"").lower():
                raise FileTooComplex(f"The part {_shown(name)} declares a document type, as entity bombs do.")

    def _beginning(self, name: str) -> bytes:
        try:
            with self._zip.open(name) as member:
                return member.read(_PROLOG)
        except BROKEN as error:
            raise FileDamaged(f"The part {_shown(name)} is broken.") from error


def inside(folder: str, reference: str) -> str:
    """The member that a reference in another member's folder means; it cannot lead out of the archive."""
    path = unquote(reference.split("#", 1)[0].split("?", 1)[0])
    return posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")


def _shown(name: str) -> str:
    return repr(name[:100])
