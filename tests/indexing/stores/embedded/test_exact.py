"""The nearest are the nearest: compared with every cosine reckoned in a plain way."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexing.stores.embedded.nearest import best


@given(st.integers(0, 400), st.integers(1, 12), st.integers(1, 50), st.sampled_from([None, 0, 0.02, 0.3, 1]), st.data())
def test_the_best_are_the_best(
    rows: int, dimensions: int, limit: int, share: float | None, data: st.DataObject
) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 30)))
    vectors = rng.integers(-2, 3, (rows, dimensions)).astype(np.float32)  # whole numbers: many equals, none by accident
    query = rng.integers(-2, 3, dimensions).astype(np.float32)
    allowed = None if share is None else rng.random(rows) < share
    places, scores = best(vectors, query, allowed, limit)
    every = [
        (-float(vector @ query), place) for place, vector in enumerate(vectors) if allowed is None or allowed[place]
    ]
    assert [(-score, place) for score, place in zip(scores.tolist(), places.tolist(), strict=True)] == sorted(every)[
        :limit
    ]
