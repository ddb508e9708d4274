"""What tests of webhooks have at hand."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh
from tests.world.receiver import Receiver, receiver


@pytest.fixture(scope="session")
async def reaching() -> AsyncIterator[Running]:
    """A platform that may call this machine."""
    async with fresh(allow_hosts=("127.0.0.1",)) as platform:
        yield platform


@pytest.fixture
async def shop(reaching: Running) -> AsyncIterator[Organisation]:
    """A tenant of that platform."""
    made = await organisation(reaching)
    yield made
    await made.aclose()


@pytest.fixture
async def theirs() -> AsyncIterator[Receiver]:
    """A server of the tenant's."""
    async with receiver() as made:
        yield made
