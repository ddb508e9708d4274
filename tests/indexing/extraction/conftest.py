"""One warm reading process for all tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from indexing.extraction.apart import Extractor


@pytest.fixture(scope="session")
async def extractor() -> AsyncIterator[Extractor]:
    """Reads files as the server does."""
    made = Extractor()
    yield made
    await made.aclose()
