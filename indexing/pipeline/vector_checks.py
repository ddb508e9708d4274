"""Knowing, pipeline: vectors that cannot be are refused, whoever gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.inference.errors import UpstreamShapeMismatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def checked(vectors: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The vectors, unless they are too few, not numbers or nothing at all."""
    import numpy as np  # noqa: PLC0415 - kept out of a server that indexes nothing

    if vectors.ndim != 2 or len(vectors) != count:
        raise UpstreamShapeMismatch(f"The embedding model gave {len(vectors)} vectors for {count} texts.")
    if not np.isfinite(vectors).all():
        raise UpstreamShapeMismatch("The embedding model gave vectors with numbers that are not finite.")
    if not vectors.any(axis=1).all():
        raise UpstreamShapeMismatch("The embedding model gave a vector of nothing but zeros.")
    return vectors
