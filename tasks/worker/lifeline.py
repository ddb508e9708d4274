"""The second door, worker: how the processes of a worker learn that it is about to stop."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


class Lifeline:
    """A pipe that one process keeps open and those it forks listen to: Celery has no word for them until they end."""

    def __init__(self) -> None:
        self._ends: tuple[int, int] | None = None
        self._tied_by = 0

    def tie(self) -> None:
        """Make it, in the process whose life it is."""
        self._ends, self._tied_by = os.pipe(), os.getpid()

    def hold(self, told: Callable[[], None]) -> None:
        """Be told of its end, in a process that was forked from that one."""
        if self._ends is None or self._tied_by == os.getpid():
            return
        listening, kept = self._ends
        os.close(kept)
        self._ends = None
        threading.Thread(target=_wait, args=[listening, told], name="lifeline", daemon=True).start()

    def cut(self) -> None:
        """End it; only who made it can."""
        if self._ends is not None and self._tied_by == os.getpid():
            _, kept = self._ends
            self._ends = None
            os.close(kept)


def _wait(listening: int, told: Callable[[], None]) -> None:
    os.read(listening, 1)  # nothing is ever written: it returns when nobody holds the other end any more
    os.close(listening)
    told()
