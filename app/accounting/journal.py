"""Ground floor, accounting: finished calls on disk until the database has them; survives kill -9.

Each process appends to a file of its own and holds its lock; the lock goes with the process, so a file that can be
locked has been left behind and is taken over. Lines are read back from the files, never kept in memory.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.ids import new_id

log = structlog.get_logger("accounting")

READ_BYTES = 1 << 20  # about 2000 calls: one transaction
SHEET_BYTES = 16 << 20  # a new file beyond this, so that a busy one can be thrown away once it is done
MOST_KEPT = 10_000  # lines kept in memory when the disk takes no more


@dataclass(slots=True)
class _Sheet:
    """One file of lines, locked by us; up to `done` its lines are in the database."""

    path: Path
    file: int
    adopted: bool = False
    done: int = 0

    def size(self) -> int:
        return os.fstat(self.file).st_size

    def throw_away(self) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self.file)


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines that are not known to be in the database yet."""

    lines: Sequence[bytes]
    sheet: _Sheet | None  # None where they are from memory
    end: int
    last: bool  # whether there were no others when these were read

    @property
    def left_behind(self) -> bool:
        """Whether another process wrote them."""
        return self.sheet is not None and self.sheet.adopted


class Journal:
    """Appended to on the event loop, read on the ledger's thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()  # between a line being added and a file being emptied
        self._sheets: deque[_Sheet] = deque()
        self._current: _Sheet | None = None
        self._kept: deque[bytes] = deque()
        self._torn = False

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    def append(self, line: bytes) -> None:
        """Put one line where a dying process cannot take it along: one write, no waiting for the disk."""
        with self._lock:
            try:
                self._write(line)
            except OSError as error:
                self._keep(line, error)

    def adopt(self) -> None:
        """Take over the files of processes that are no more; of two that try at once, one gets each."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in sorted(self._folder.glob("*.jsonl")):
            sheet = _take_over(path)
            if sheet is not None:
                self._sheets.append(sheet)

    def read(self) -> Lines | None:
        """The next lines to be applied, or None when all of them are."""
        with self._lock:
            sheets, current, kept = tuple(self._sheets), self._current, tuple(self._kept)
        for sheet in sheets:
            held = os.pread(sheet.file, READ_BYTES, sheet.done)
            end = held.rfind(b"\n") + 1
            if end:
                last = sheet is current and len(held) < READ_BYTES and not kept
                return Lines(held[:end].split(b"\n"), sheet, sheet.done + end, last)
            if sheet is not current:
                self._drop(sheet)  # nothing, or a line its writer did not live to finish
        return Lines(kept, None, len(kept), last=True) if kept else None

    def done(self, lines: Lines) -> None:
        """These lines are in the database: let go of them."""
        with self._lock:
            if lines.sheet is None:
                for _ in range(lines.end):
                    self._kept.popleft()
                return
            lines.sheet.done = lines.end
            if lines.sheet is self._current and lines.sheet.size() == lines.end:
                os.ftruncate(lines.sheet.file, 0)
                lines.sheet.done = 0

    def close(self) -> None:
        """Let go of the files: those with nothing left go away, the others are for the next start."""
        with self._lock:
            self._current = None
            while self._sheets:
                sheet = self._sheets.popleft()
                if sheet.size() == sheet.done or sheet.size() == 0:
                    sheet.throw_away()
                else:
                    os.close(sheet.file)

    def _write(self, line: bytes) -> None:
        sheet = self._current or self._begin()
        said = b"\n" + line if self._torn else line
        self._torn = True
        if os.write(sheet.file, said) < len(said):
            raise OSError(0, "the disk is full")
        self._torn = False
        if sheet.size() > SHEET_BYTES:
            self._current = None

    def _keep(self, line: bytes, error: OSError) -> None:
        """Without a disk, memory has to do, within bounds."""
        full = len(self._kept) >= MOST_KEPT
        if not full:
            self._kept.append(line)
        log.error("journal_not_written", reason=error.strerror, lost=full)

    def _begin(self) -> _Sheet:
        """Start a file under a name nobody looks for, and show it only once it is locked."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{new_id('jnl')}.jsonl"
        hidden = path.with_suffix(".new")
        file = os.open(hidden, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        hidden.rename(path)
        self._current = _Sheet(path, file)
        self._sheets.append(self._current)
        return self._current

    def _drop(self, sheet: _Sheet) -> None:
        with self._lock:
            self._sheets.remove(sheet)
            sheet.throw_away()


def _take_over(path: Path) -> _Sheet | None:
    try:
        file = os.open(path, os.O_RDWR | os.O_APPEND)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    if os.fstat(file).st_nlink == 0:  # somebody else took it over and is done with it
        os.close(file)
        return None
    return _Sheet(path, file, adopted=True)
