"""Ground floor, inference: one caller's texts on their way to becoming vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from app.inference.backends.embedded.minilm.pieces import Window, WordPieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS = 384
AHEAD = 128  # windows held cut and sorted per caller: enough to fill batches of like length, little enough to hold
MOST_ROWS = 32
MOST_PIECES = 512  # about 70 ms on one core, the longest a query waits for a bulk call's batch
MOST_PADDING = 12  # pieces: to fill up a window with more costs what one more run of the model does (3 ms of a core)
SHORT_TEXTS = 8
SHORT_CHARACTERS = 8_000
BYTES_PER_TEXT = 2_000  # its vector and what Python adds


Row = tuple["Job", Window]


@dataclass(slots=True)
class Batch:
    """Windows whose turn it is, of one caller or of many."""

    rows: list[Row] = field(default_factory=list)
    pieces: int = 0

    def admits(self, window: Window) -> bool:
        """Whether there is room for one more; always for the first."""
        return not self.rows or (len(self.rows) < MOST_ROWS and self.pieces + len(window.ids) <= MOST_PIECES)

    def add(self, row: Row) -> None:
        """Take one more."""
        self.rows.append(row)
        self.pieces += len(row[1].ids)

    def runs(self) -> Iterator[list[Row]]:
        """Those of like length together, longest first: shorter ones are filled up to the longest of their run."""
        run: list[Row] = []
        for row in sorted(self.rows, key=_pieces_of, reverse=True):
            if run and _pieces_of(run[0]) - _pieces_of(row) > MOST_PADDING:
                yield run
                run = []
            run.append(row)
        if run:
            yield run


def _pieces_of(row: Row) -> int:
    return len(row[1].ids)


class Job:
    """The texts of one call, cut into windows only as fast as they are embedded; filled from and put to in turn."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.future: Future[tuple[NDArray[np.float32], int]] = Future()
        characters = sum(map(len, texts))
        self.short = len(texts) <= SHORT_TEXTS and characters <= SHORT_CHARACTERS
        self.weight = characters + len(texts) * BYTES_PER_TEXT
        self._texts = texts
        self._windows: Iterator[Window] | None = None
        self._ready: list[Window] = []
        self._taken = 0  # windows whose vectors are not here yet
        self._tokens = 0

    def fill(self, batch: Batch, pieces: WordPieces) -> bool:
        """Add windows to the batch, longest first, while it has room; says whether some are left."""
        if self._windows is None:
            self._start(pieces)
        while self._ready and batch.admits(self._ready[-1]):
            batch.add((self, self._ready.pop()))
            self._taken += 1
            if not self._ready:
                self._refill()
        return bool(self._ready)

    def put(self, window: Window, vector: NDArray[np.float32]) -> bool:
        """Add a window's vector to its text's, in proportion to its pieces; says whether it was the last one."""
        self._sums[window.text] += vector * len(window.ids)
        self._tokens += window.fresh
        self._taken -= 1
        return not self._taken and not self._ready

    def finish(self) -> None:
        """Hand the vectors to the caller, unless it has gone."""
        import numpy as np  # noqa: PLC0415

        lengths = np.linalg.norm(self._sums, axis=1, keepdims=True)
        vectors = self._sums / np.maximum(lengths, np.float32(1e-12))
        if self._still_awaited():
            self.future.set_result((vectors, self._tokens))

    def fail(self, error: Exception) -> None:
        """Tell the caller why there are no vectors, unless it has gone."""
        if self._still_awaited():
            self.future.set_exception(error)

    def _start(self, pieces: WordPieces) -> None:
        import numpy as np  # noqa: PLC0415

        self._windows = pieces.windows(self._texts)
        self._sums = np.zeros((len(self._texts), DIMENSIONS), dtype=np.float32)
        self._refill()

    def _still_awaited(self) -> bool:
        return not self.future.done() and self.future.set_running_or_notify_cancel()

    def _refill(self) -> None:
        assert self._windows is not None  # noqa: S101 - only called from there on
        self._ready = sorted(islice(self._windows, AHEAD), key=lambda window: len(window.ids))
