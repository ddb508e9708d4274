"""A platform on which nobody does the jobs but the test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.app.jobs.desk import Desk, desk_on
from tests.world.platform import Running, fresh


@pytest.fixture(scope="session")
async def idle() -> AsyncIterator[Running]:
    """A platform that knows of no work and so takes none."""
    async with fresh(deeds={}) as running:
        yield running


@pytest.fixture
async def mine(idle: Running) -> AsyncIterator[Desk]:
    """A desk with nothing on it."""
    async with desk_on(idle) as made:
        yield made
