"""One browser and one tenant of people for all that is tried in the console."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.console.browsing import chromium
from tests.world.people import Organisation, organisation
from tests.world.platform import Running


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for the run."""
    async with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
async def office(running: Running) -> AsyncIterator[Organisation]:
    """The people who use the console in one file of tests."""
    made = await organisation(running)
    yield made
    await made.aclose()
