"""What tests of several parts of indexing begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from indexing.stores.embedded.store import EmbeddedVectors


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[EmbeddedVectors]:
    """An embedded vector store that holds nothing."""
    store = EmbeddedVectors(tmp_path)
    yield store
    await store.aclose()
