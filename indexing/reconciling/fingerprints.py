"""Knowing, reconciling: a set of millions of names in eight bytes each, that can be asked what it does not hold."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Fingerprints:
    """Names that were seen. Two names may look alike once in many billions; then one that is missing is overlooked."""

    def __init__(self) -> None:
        self._seen = array("Q")
        self._sorted: NDArray[np.uint64] | None = None

    def add(self, names: Iterable[str]) -> None:
        """Remember some names."""
        self._seen.extend(_print_of(name) for name in names)
        self._sorted = None

    def missing(self, names: Sequence[str]) -> list[str]:
        """Those among some names that were never added."""
        import numpy as np  # noqa: PLC0415 - kept out of an idle server

        if self._sorted is None:
            self._sorted = np.sort(np.frombuffer(self._seen, dtype=np.uint64)) if self._seen else np.empty(0, np.uint64)
        asked = np.fromiter(map(_print_of, names), dtype=np.uint64, count=len(names))
        places = np.searchsorted(self._sorted, asked)
        within = places < len(self._sorted)
        found = np.zeros(len(names), dtype=bool)
        found[within] = self._sorted[places[within]] == asked[within]
        return [name for name, is_there in zip(names, found, strict=True) if not is_there]


def _print_of(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
