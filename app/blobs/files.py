"""Ground floor, blobs: files that appear whole or not at all, and outlive a power cut once they have."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path

from app.blobs.ports import Written

_ENDING = ".part"
_YOUNG_SECONDS = 60.0  # between making a file and locking it there is a moment
_ATTEMPTS = 40
_PAUSE_SECONDS = 0.001
_NO_LINK_HERE = {errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EXDEV, errno.ENOSYS}


class UnfinishedFile:
    """A file beside the one it will become; locked while somebody writes it, so that the dead's can be told apart."""

    def __init__(self, place: Path) -> None:
        self._place = place
        descriptor, name = _made_beside(place)
        self.path = Path(name)
        self._file = os.fdopen(descriptor, "wb")
        self._digest, self._size = hashlib.sha256(), 0
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def write(self, data: bytes) -> None:
        """Write on."""
        self._digest.update(data)
        self._size += len(data)
        self._file.write(data)

    def flush(self) -> None:
        """Let others on this machine read what has been written."""
        self._file.flush()

    def finish(self, *, lasting: bool = True) -> Written:
        """Make it the file it was to become; if it is to be `lasting`, it is on the disk when this returns."""
        self._file.flush()
        if lasting:
            os.fsync(self._file.fileno())
        self.path.replace(self._place)
        self._file.close()
        if lasting:
            sync(self._place.parent)
        return Written(self._size, self._digest.hexdigest())

    def drop(self) -> None:
        """Leave nothing of it, whatever state it is in; what is finished stays."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # what cannot be flushed is not wanted any more
            self._file.close()


def copy_file(source: Path, target: Path) -> None:
    """Let a file be the same as another: another name of it where the file system can, else written anew."""
    os.utime(source)  # the age of both counts from now on, for whoever clears away what nobody owns
    with _same_beside(source, target) as beside:
        beside.replace(target)
    sync(target.parent)


@contextlib.contextmanager
def _same_beside(source: Path, target: Path) -> Iterator[Path]:
    descriptor, name = _made_beside(target)
    os.close(descriptor)
    beside = Path(name)
    try:
        beside.unlink()
        try:
            beside.hardlink_to(source)
        except OSError as error:
            if error.errno not in _NO_LINK_HERE:
                raise
            shutil.copyfile(source, beside)
            sync(beside)
        yield beside
    finally:
        beside.unlink(missing_ok=True)  # it is still there where source and target were one file already


def _made_beside(place: Path) -> tuple[int, str]:
    # Whoever deletes the last file of a folder takes the folder away, perhaps just now.
    for attempt in range(_ATTEMPTS):
        make_folder(place.parent)
        with contextlib.suppress(FileNotFoundError):
            return tempfile.mkstemp(dir=place.parent, prefix=".", suffix=_ENDING)
        time.sleep(attempt * _PAUSE_SECONDS)
    raise OSError(errno.EBUSY, "its folder keeps vanishing")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; each outlives a power cut."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        with contextlib.suppress(FileNotFoundError):
            with contextlib.suppress(FileExistsError):  # others make it too, or made it and took it away
                one.mkdir(mode=0o700)
            sync(one.parent)


def remove_empty(folder: Path, *, up_to: Path) -> None:
    """Take away a folder with nothing in it, and those above that it leaves empty."""
    with contextlib.suppress(OSError):
        while folder != up_to:
            folder.rmdir()
            folder = folder.parent


def files_below(folder: Path) -> Generator[Path, None, None]:
    """Every file under a folder, in no order; what vanishes meanwhile is passed by."""
    try:
        entries = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from files_below(Path(entry.path))
            else:
                yield Path(entry.path)


def remove_abandoned(path: Path) -> bool:
    """Remove an unfinished file nobody writes any more; says whether it did."""
    if not path.name.endswith(_ENDING) or time.time() - path.stat().st_mtime < _YOUNG_SECONDS:
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        path.unlink()
    return True


def sync(path: Path) -> None:
    """See to it that a file is on the disk; a rename is only once the folder itself is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
