"""Neo4j may be away, silent, foreign or wrongly named: that is said, whatever is asked, and nothing waits for long."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.errors import CannotStart
from indexing.errors import StoreUnavailable
from indexing.stores.neo4j import client
from indexing.stores.neo4j.address import Address
from indexing.stores.neo4j.store import Neo4jGraphs
from tests.contract.graphs.statements import new_graph, scope
from tests.house.sources import ROOT
from tests.world.patience import PATIENCE
from tests.world.ports import LOOPBACK, kept_port

WEB = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def answering(words: bytes | None) -> AsyncIterator[Neo4jGraphs]:
    """A store whose server says this to whatever it is asked, or nothing at all, or goes away at once."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if words is None:
                await reader.read()  # until whoever asked has given up
            elif words:
                await reader.read(64)
                writer.write(words)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    store = Neo4jGraphs(Address.of(f"bolt://{LOOPBACK}:{port}", "neo4j", "secret"))
    try:
        yield store
    finally:
        await store.aclose()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("words", [b"", WEB, b"\x00" * 64, b"\xff" * 64], ids=["gone", "web", "zeros", "noise"])
async def test_what_is_not_neo4j_is_said_to_be_away(words: bytes) -> None:
    async with answering(words) as store:
        with pytest.raises(StoreUnavailable):
            await store.answers()
        with pytest.raises(StoreUnavailable):
            await store.present(new_graph(), ["ada"], scope())


@pytest.mark.slow
async def test_a_server_that_takes_questions_and_is_silent_is_away() -> None:
    async with answering(None) as store, asyncio.timeout(PATIENCE):
        with pytest.raises(StoreUnavailable) as caught:
            await store.answers()
        assert caught.value.message == client.AWAY


async def test_many_who_ask_what_is_away_are_all_told() -> None:
    with kept_port() as port:
        store = Neo4jGraphs(Address.of(f"neo4j://{LOOPBACK}:{port}", "neo4j", "secret"))
        asked = [store.present(new_graph(), ["ada"], scope()) for _ in range(20)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(each) for each in told} == {StoreUnavailable}
        assert {str(each) for each in told} == {client.AWAY}
        await store.aclose()
        await store.aclose()


def test_its_driver_is_loaded_by_nobody_who_does_not_ask_it() -> None:
    code = "import sys, app.wiring; print('neo4j' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    "url", ["http://host:7474", "bolt://", "bolt://host:port", "bolt://user:word@host", "bolt://host/graph", "neo4j"]
)
def test_an_address_that_is_none_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(CannotStart, match="SCAIGRID_NEO4J_URL"):
        Address.of(url, "neo4j", "")


@pytest.mark.parametrize(
    "url", ["bolt://host:7687", "neo4j+s://graph.internal", "bolt+ssc://[::1]:7687", "neo4j://a:1/"]
)
def test_an_address_is_read(url: str) -> None:
    assert Address.of(url, "neo4j", "").url == url.rstrip("/")


def test_a_password_is_not_shown() -> None:
    assert "hush" not in repr(Address.of("bolt://host", "neo4j", "hush"))
