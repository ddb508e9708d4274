"""A platform that follows a provider's directory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.app.identity.directory.world import Followed, followed, where
from tests.world.platform import Running, fresh
from tests.world.scaikey import ScaiKey, scaikey


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[ScaiKey]:
    async with scaikey() as provider:
        yield provider


@pytest.fixture(scope="module")
async def following(provider: ScaiKey) -> AsyncIterator[Running]:
    """One platform for the tests of a module."""
    async with fresh(scaikey=where(provider)) as platform:
        yield platform


@pytest.fixture
async def tenant(following: Running, provider: ScaiKey) -> AsyncIterator[Followed]:
    """A tenant of this test alone."""
    async with followed(following, provider) as made:
        yield made
