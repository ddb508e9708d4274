"""Knowing, stores: where the files of embedded indexes lie, and who may make or remove one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexing.errors import StoreUnavailable

_NAME = re.compile(r"[A-Z][A-Za-z0-9_]{0,199}")
_PAUSE_SECONDS = 0.005


def checked_name(name: str) -> str:
    """Return a name that may name an index; any other is a fault of ours."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of an index")
    return name


@dataclass(frozen=True, slots=True)
class Places:
    """A folder for each index, with one file in it whose name is never used again.

    SQLite finds the log of a file by its name, also when the file is gone: under a new name, whoever still has a
    dropped file open can do no harm to the one that came after it. Opening is shared; making and removing is alone.
    """

    folder: Path
    patience: float  # seconds that somebody else may take

    def find(self, name: str) -> Path | None:
        """The file of an index."""
        try:
            return next((path for path in (self.folder / checked_name(name)).iterdir() if path.suffix == ".db"), None)
        except FileNotFoundError:
            return None

    def fresh(self, name: str) -> Path:
        """Where a file may be made; it is found only once it is called `.db`."""
        folder = self.folder / checked_name(name)
        self.prepare(folder)
        return folder / f"{secrets.token_hex(8)}.part"

    def settle(self, part: Path) -> Path:
        """Let a file be found that was made; what was left of others is removed."""
        place = part.with_suffix(".db")
        part.replace(place)
        for left in part.parent.iterdir():
            if left != place:
                left.unlink(missing_ok=True)
        _sync(place.parent)
        _sync(self.folder)
        return place

    def remove(self, place: Path) -> None:
        """Remove a file with its log; whoever has it open keeps something that nobody finds."""
        with self.alone():
            for path in (place, place.with_name(f"{place.name}-wal"), place.with_name(f"{place.name}-shm")):
                path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                place.parent.rmdir()

    def prepare(self, folder: Path) -> None:
        """Make a folder that only we can read."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def shared(self) -> contextlib.AbstractContextManager[None]:
        """While no file is made or removed, by any process."""
        return self._locked(fcntl.LOCK_SH)

    def alone(self) -> contextlib.AbstractContextManager[None]:
        """While nobody opens, makes or removes a file."""
        return self._locked(fcntl.LOCK_EX)

    def try_writing(self) -> None:
        """Return if the folder takes a file."""
        self.prepare(self.folder)
        with tempfile.TemporaryFile(dir=self.folder) as file:
            file.write(b"?")

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        self.prepare(self.folder)
        descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._wait(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    def _wait(self, descriptor: int, how: int) -> None:
        until = time.monotonic() + self.patience
        while True:
            try:
                fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise StoreUnavailable("The folder of a store is held by another process.") from None
                time.sleep(_PAUSE_SECONDS)
            else:
                return


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
