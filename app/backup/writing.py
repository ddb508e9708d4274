"""Roof, backup: a tar file that is there whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, cast

from app.backup.errors import BackupRefused

SUMS, MANIFEST = "SHA256SUMS", "manifest.json"
_IN_MEMORY = 2**20
_COMPRESSION = 3  # what texts gain by more is not worth its time


class ArchiveWriter:
    """Takes one member after the other; nothing stands under the archive's name until `finish`."""

    def __init__(self, path: Path) -> None:
        if not path.name.endswith((".tar", ".tar.gz", ".tgz")):
            raise BackupRefused(f"{path}: name it .tar or .tar.gz")
        if path.exists():
            raise BackupRefused(f"{path} is there already; nothing was written.")
        if not path.parent.is_dir():
            raise BackupRefused(f"{path.parent} is no folder.")
        self._path = path
        self._unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        self._file = os.fdopen(os.open(self._unfinished, flags, 0o600), "wb")
        packed = None if path.name.endswith(".tar") else gzip.GzipFile("", "wb", _COMPRESSION, self._file, mtime=0)
        self._packed = packed
        self._tar = tarfile.open(  # noqa: SIM115 - closed by finish or at the exit
            fileobj=cast("IO[bytes]", packed or self._file), mode="w|", format=tarfile.USTAR_FORMAT
        )
        self._sums = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - as above

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sums.close()
        for part in (self._tar, self._packed, self._file):
            with suppress(OSError, ValueError):  # of a disk that is full; what is unfinished goes anyway
                if part is not None:
                    part.close()
        with suppress(FileNotFoundError):
            self._unfinished.unlink()

    def add(self, name: str, data: bytes) -> None:
        """Add a member."""
        self._add(name, io.BytesIO(data), len(data))

    def add_file(self, name: str, file: BinaryIO) -> int:
        """Add what a file holds; says how many bytes that is."""
        size = os.fstat(file.fileno()).st_size
        self._add(name, file, size)
        return size

    def finish(self, manifest: Callable[[str], bytes]) -> None:
        """Write the list of all checksums, and the manifest, which is told the list's own; then give it its name."""
        size = self._sums.tell()
        self._sums.seek(0)
        counted = _Counted(cast("BinaryIO", self._sums))
        self._tar.addfile(_member(SUMS, size), cast("IO[bytes]", counted))
        raw = manifest(counted.digest)
        self._tar.addfile(_member(MANIFEST, len(raw)), io.BytesIO(raw))
        self._tar.close()
        if self._packed is not None:
            self._packed.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        try:
            os.link(self._unfinished, self._path)  # fails where another came first
        except FileExistsError:
            raise BackupRefused(f"{self._path} has come meanwhile; nothing was written.") from None
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _add(self, name: str, file: BinaryIO, size: int) -> None:
        counted = _Counted(file)
        self._tar.addfile(_member(name, size), cast("IO[bytes]", counted))
        self._sums.write(f"{counted.digest}  {name}\n".encode())


class _Counted:
    """Reads a file and reckons its checksum on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._sum.update(piece)
        return piece

    @property
    def digest(self) -> str:
        return self._sum.hexdigest()


def _member(name: str, size: int) -> tarfile.TarInfo:
    member: Any = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return cast("tarfile.TarInfo", member)
