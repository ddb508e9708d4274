"""A platform whose crawls nobody walks: they stay as they were begun until a test moves them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.world.platform import Running, fresh


@pytest.fixture(scope="session")
async def running() -> AsyncIterator[Running]:
    """One for all tests of what is said of crawls over HTTP."""
    async with fresh(deeds={}, allow_hosts=("127.0.0.1",)) as platform:
        yield platform
