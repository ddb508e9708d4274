"""What the proofs of access share."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.serving import prepare
from app.wiring import open_platform
from tests.acl.desk import Desk, desk
from tests.acl.worlds import NOW
from tests.world.databases import empty_database
from tests.world.people import Organisation
from tests.world.platform import Running, settings_for


@pytest.fixture(scope="session")
async def at_noon() -> AsyncIterator[Running]:
    """A platform where it is always the same moment, without a door; its database is empty at first."""
    with tempfile.TemporaryDirectory() as folder, empty_database(Path(folder)) as address:
        settings = settings_for(Path(folder), address)
        await asyncio.to_thread(asyncio.run, prepare(settings))
        async with open_platform(settings, FixedClock(NOW)) as platform:
            yield Running("", platform, settings)


@pytest.fixture
async def opened(acme: Organisation) -> AsyncIterator[Desk]:
    """A process that decides about a tenant's things."""
    async with desk(acme) as made:
        yield made
