"""Local servers, and guarded ways to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_address

import pytest

from app.outbound.addresses import Address
from app.outbound.client import OutboundClient
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from tests.world.upstream import Upstream, upstream


@pytest.fixture
async def world() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


@pytest.fixture
async def other() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


@pytest.fixture
async def client(world: Upstream) -> AsyncIterator[OutboundClient]:
    """May call the first server and nothing else that is local."""
    async with AsyncExitStack() as stack:
        transport = GuardedTransport(Guard(allow_hosts=[f"127.0.0.1:{world.port}"]))
        stack.push_async_callback(transport.aclose)
        yield OutboundClient(transport)


class Names:
    """A resolver with a table, which remembers what it was asked."""

    def __init__(self, **table: Sequence[str]) -> None:
        self.table = table
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[Address]:
        self.asked.append(host)
        if host not in self.table:
            raise OSError("no such name")
        return [ip_address(text) for text in self.table[host]]
