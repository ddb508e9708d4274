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
MOST_PIECES = 1_024  # about 70 ms on two cores, the longest a query waits for a bulk call's batch
MOST_PADDING = 24  # pieces: to fill up a window with more costs what one more run of the model does (3 ms on two cores)
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
        yield run


def _pieces_of(row: Row) -> int:
    return len(row[1].ids)


class Job:
    """The texts of one call, cut into windows only as fast as they are embedded."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.future: Future[tuple[NDArray[np.float32], int]] = Future()
        characters = sum(map(len, texts))
        self.short = len(texts) <= SHORT_TEXTS and characters <= SHORT_CHARACTERS
        self.weight = characters + len(texts) * BYTES_PER_TEXT
        self._texts = texts
        self._windows: Iterator[Window] | None = None
        self._ready: list[Window] = []
        self._tokens = 0

    def start(self, pieces: WordPieces) -> None:
        """Make room for the vectors."""
        import numpy as np  # noqa: PLC0415

        self._windows = pieces.windows(self._texts)
        self._sums = np.zeros((len(self._texts), DIMENSIONS), dtype=np.float32)
        self._refill()

    @property
    def started(self) -> bool:
        """Whether the worker has taken it up."""
        return self._windows is not None

    @property
    def exhausted(self) -> bool:
        """Whether nothing of it is left to take."""
        return not self._ready

    def fill(self, batch: Batch) -> None:
        """Add windows to the batch, longest first, while it has room."""
        while self._ready and batch.admits(self._ready[-1]):
            batch.add((self, self._ready.pop()))
            if not self._ready:
                self._refill()

    def put(self, window: Window, vector: NDArray[np.float32]) -> None:
        """Add a window's vector to its text's, in proportion to its pieces."""
        self._sums[window.text] += vector * len(window.ids)
        self._tokens += window.fresh

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

    def _still_awaited(self) -> bool:
        return not self.future.done() and self.future.set_running_or_notify_cancel()

    def _refill(self) -> None:
        assert self._windows is not None  # noqa: S101 - only called once started
        self._ready = sorted(islice(self._windows, AHEAD), key=lambda window: len(window.ids))
