"""Ground floor, inference: MiniLM itself, loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from app.inference.backends.embedded.minilm.cache import GraphCache
from app.inference.backends.embedded.minilm.pieces import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession


class Encoder:
    """Turns windows of word pieces into vectors, for any number of threads.

    Opened twice at most: once to have every core for a run that is alone, and once to have one for each of several that
    run at a time, which gets more done, because no core waits for another one within a layer.
    """

    def __init__(self, cache: GraphCache) -> None:
        self.streams = cache.threads
        self._cache = cache
        self._loading = Lock()
        self._sessions: dict[int, InferenceSession] = {}

    def run(self, windows: Sequence[Window], *, alone: bool = True) -> NDArray[np.float32]:
        """Give one unit vector per window, in order."""
        import numpy as np  # noqa: PLC0415 - loaded with the model, not with the server

        session = self._session(self._cache.threads if alone else 1)
        longest = max(len(window.ids) for window in windows)
        ids = np.zeros((len(windows), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window.ids)] = window.ids
            mask[row, : len(window.ids)] = 1
        vectors: NDArray[np.float32] = session.run(["vectors"], {"ids": ids, "mask": mask})[0]
        return vectors

    def _session(self, threads: int) -> InferenceSession:
        """Open the graph, building it on the very first start of a machine."""
        with self._loading:
            if threads not in self._sessions:
                self._sessions[threads] = self._cache.open(threads)
            return self._sessions[threads]
