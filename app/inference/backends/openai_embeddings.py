"""Ground floor, inference: OpenAI's embeddings answer as a matrix, or the reason why it cannot be one; pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.inference.errors import UpstreamShapeMismatch

_LARGEST = float(np.finfo(np.float32).max)


def read_vectors(data: object, *, count: int, dimensions: int | None) -> NDArray[np.float32]:
    """Return one row per input, in the order of the inputs."""
    if not isinstance(data, list) or len(data) != count:
        raise UpstreamShapeMismatch("The backend returned another number of embeddings than it was asked for.")
    rows = [_vector(item) for item in _in_order(data)]
    try:
        numbers = np.asarray(rows)
    except ValueError:
        raise UpstreamShapeMismatch("The backend's embeddings are not all of one length.") from None
    if numbers.dtype.kind not in "fiu" or numbers.ndim != 2 or numbers.shape[1] == 0:
        raise UpstreamShapeMismatch("The backend's embeddings are not lists of numbers.")
    # Comparing also catches NaN, which is not smaller than anything.
    if not bool(np.all(np.abs(numbers) <= _LARGEST)):
        raise UpstreamShapeMismatch("The backend's embeddings hold numbers that are not finite.")
    if dimensions is not None and numbers.shape[1] != dimensions:
        raise UpstreamShapeMismatch("The backend's embeddings are not of the length that was asked for.")
    return numbers.astype(np.float32)


def _in_order(data: list[object]) -> list[object]:
    places = [item.get("index") if isinstance(item, dict) else None for item in data]
    if all(place is None for place in places):
        return data
    if any(type(place) is not int for place in places) or sorted(p for p in places if p is not None) != [
        *range(len(data))
    ]:
        raise UpstreamShapeMismatch("The backend's embeddings cannot be told apart by their index.")
    ordered: list[object] = [None] * len(data)
    for place, item in zip(places, data, strict=True):
        if place is not None:
            ordered[place] = item
    return ordered


def _vector(item: object) -> list[object]:
    vector = item.get("embedding") if isinstance(item, dict) else None
    if not isinstance(vector, list) or any(isinstance(number, bool) for number in vector[:1]):
        raise UpstreamShapeMismatch("The backend's embeddings are not lists of numbers.")
    return vector
