"""Local sites, and a guarded way to them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.outbound.client import OutboundClient
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from tests.world.upstream import Upstream, upstream


@pytest.fixture
async def host() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


@pytest.fixture
async def private() -> AsyncIterator[Upstream]:
    """A server nobody may call."""
    async with upstream() as server:
        yield server


@pytest.fixture
async def client(host: Upstream) -> AsyncIterator[OutboundClient]:
    """May call the host and nothing else that is local."""
    transport = GuardedTransport(Guard(allow_hosts=[f"127.0.0.1:{host.port}"]))
    yield OutboundClient(transport)
    await transport.aclose()
