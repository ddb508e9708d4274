"""Cases that are like those tried by day, and left to the nightly run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def by_night(cases: Iterable[object]) -> list[Any]:
    """The same cases, for `make nightly` alone: each is long, and one or two of its kind are tried in every run."""
    parts = (case if isinstance(case, tuple) else (case,) for case in cases)
    return [pytest.param(*part, marks=pytest.mark.nightly) for part in parts]
