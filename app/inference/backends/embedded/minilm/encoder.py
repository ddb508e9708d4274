"""Ground floor, inference: MiniLM itself, loaded once and run on one thread at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.inference.backends.embedded.minilm.cache import GraphCache
from app.inference.backends.embedded.minilm.pieces import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession


class Encoder:
    """Turns windows of word pieces into vectors; whoever calls it does so from one thread."""

    def __init__(self, cache: GraphCache) -> None:
        self._cache = cache
        self._session: InferenceSession | None = None

    def load(self) -> None:
        """Open the graph, building it on the very first start of a machine."""
        if self._session is None:
            self._session = self._cache.open()

    def run(self, windows: Sequence[Window]) -> NDArray[np.float32]:
        """Give one unit vector per window, in order."""
        import numpy as np  # noqa: PLC0415 - loaded with the model, not with the server

        self.load()
        assert self._session is not None  # noqa: S101 - load() sets it or raises
        longest = max(len(window.ids) for window in windows)
        ids = np.zeros((len(windows), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window.ids)] = window.ids
            mask[row, : len(window.ids)] = 1
        vectors: NDArray[np.float32] = self._session.run(["vectors"], {"ids": ids, "mask": mask})[0]
        return vectors
