"""The books of one tenant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.accounting.world import Books
from tests.world.people import Organisation


@pytest.fixture
def books(acme: Organisation, tmp_path: Path) -> Books:
    """An organisation whose calls are counted."""
    return Books(acme, tmp_path)
