"""A platform whose documents nobody works on: they stay as they were brought until a test moves them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.world.platform import Running, fresh


@pytest.fixture(scope="session")
async def running() -> AsyncIterator[Running]:
    """One for all tests of documents."""
    async with fresh(deeds={}) as platform:
        yield platform
