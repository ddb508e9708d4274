"""Connections: used again when they may be, never mixed up, bound to the checked address and the right name."""

from __future__ import annotations

import asyncio
import datetime
import ssl
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.outbound.guard import Guard
from app.outbound.resolve import system_resolver
from app.outbound.transport import GuardedTransport, Limits
from tests.app.outbound.conftest import Names
from tests.world.patience import PATIENCE
from tests.world.upstream import Answer, Upstream, upstream


@asynccontextmanager
async def direct(**settings: object) -> AsyncIterator[httpx.AsyncClient]:
    transport = GuardedTransport(Guard.for_configured(), **settings)  # type: ignore[arg-type]  # a test's shorthand
    async with httpx.AsyncClient(transport=transport, timeout=PATIENCE) as client:
        yield client


OK = Answer(pieces=[b"ok"])


async def test_it_is_a_transport_like_any_other(world: Upstream) -> None:
    world.says(Answer(pieces=[b"a", b"b"], headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]))
    async with direct() as client:
        answer = await client.post(world.url, json={"x": 1})
        assert (answer.text, answer.headers.get_list("set-cookie")) == ("ab", ["a=1", "b=2"])
        async with client.stream("GET", world.url) as streamed:
            assert [piece async for piece in streamed.aiter_bytes()] != []
    assert world.connections == 1


@pytest.mark.parametrize(
    ("first", "connections"),
    [
        (OK, 1),
        (Answer(pieces=[b"ok"], chunked=False), 1),
        (Answer(204, chunked=False), 1),
        (Answer(pieces=[b"ok"], close=True), 2),
        (Answer(pieces=[b"ok"], chunked=False, cut=True), 2),
        (Answer(pieces=[b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"], raw=True), 2),
    ],
)
async def test_a_connection_is_used_again_only_when_it_may_be(world: Upstream, first: Answer, connections: int) -> None:
    world.says(first, OK)
    async with direct() as client:
        assert (await client.get(world.url)).text in {"ok", ""}
        assert (await client.get(world.url)).text == "ok"
    assert world.connections == connections


async def test_a_half_read_answer_does_not_become_the_next_one(world: Upstream) -> None:
    world.says(Answer(pieces=[b"secret"] * 3, delay_s=0.01), OK)
    async with direct() as client:
        async with client.stream("GET", world.url):
            pass
        assert (await client.get(world.url)).text == "ok"
    assert world.connections == 2


async def test_a_second_answer_nobody_asked_for_is_dropped(world: Upstream) -> None:
    one = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
    world.says(Answer(pieces=[one + b"ok" + one + b"no"], raw=True), OK)
    async with direct() as client:
        assert (await client.get(world.url)).text == "ok"
        assert (await client.get(world.url)).text == "ok"
    assert world.connections == 2


async def test_early_hints_and_heads(world: Upstream) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    world.says(Answer(pieces=[hints], raw=True), Answer(chunked=False, headers=[("Content-Length", "9")]))
    async with direct() as client:
        answer = await client.get(world.url)
        assert (answer.text, "link" in answer.headers) == ("ok", False)
        assert (await client.head(world.url)).headers["content-length"] == "9"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nok\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
    ],
)
async def test_answers_that_could_be_read_in_two_ways_are_errors(world: Upstream, head: bytes) -> None:
    world.says(Answer(pieces=[head], raw=True))
    async with direct() as client:
        with pytest.raises(httpx.TransportError):
            await client.get(world.url)


@pytest.mark.parametrize(
    ("method", "repeat", "works"), [("GET", False, True), ("POST", False, False), ("POST", True, True)]
)
async def test_an_idle_connection_that_was_closed_meanwhile(
    world: Upstream, method: str, *, repeat: bool, works: bool
) -> None:
    # The server leaves in the very moment of the second request: it reads it and answers with nothing.
    world.says(OK, Answer(pieces=[], raw=True), OK)
    async with direct(repeat_unheard=repeat) as client:
        await client.request(method, world.url)
        if works:
            assert (await client.request(method, world.url)).text == "ok"
        else:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.request(method, world.url)
    assert len(world.asked) == (3 if works else 2)


async def test_a_closed_idle_connection_is_not_tried(world: Upstream) -> None:
    world.says(OK)
    async with direct() as client:
        await client.post(world.url)
        world.drop_all()
        await asyncio.sleep(0.02)
        assert (await client.post(world.url)).text == "ok"


async def test_idle_connections_are_let_go(world: Upstream) -> None:
    world.says(OK)
    async with direct(limits=Limits(idle_s=0.05)) as client:
        await client.get(world.url)
        await asyncio.sleep(0.1)
        await client.get(world.url)
    assert world.connections == 2


async def test_no_more_connections_than_the_limit(world: Upstream) -> None:
    world.says(Answer(pieces=[b"ok"], before_s=0.05))
    async with direct(limits=Limits(connections=2, place_s=PATIENCE)) as client:
        answers = await asyncio.gather(*(client.get(world.url) for _ in range(6)))
        assert [answer.text for answer in answers] == ["ok"] * 6
        assert world.connections == 2
    async with direct(limits=Limits(connections=1, place_s=0.05)) as client:
        async with client.stream("GET", world.url):
            with pytest.raises(httpx.PoolTimeout):
                await client.get(world.url)
        assert (await client.get(world.url)).text == "ok"


async def test_a_fast_server_waits_for_a_slow_reader(world: Upstream) -> None:
    world.says(Answer(pieces=[bytes(1_000_000)] * 24))
    async with direct() as client, client.stream("GET", world.url) as answer:
        await asyncio.sleep(0.2)
        assert not world.asked[0].finished.is_set()
        assert sum([len(piece) async for piece in answer.aiter_raw()]) == 24_000_000


async def test_a_line_break_in_a_header_is_not_sent(world: Upstream) -> None:
    async with direct() as client:
        with pytest.raises(httpx.LocalProtocolError):
            await client.get(world.url, headers={"X": "a\r\nY: b"})
    assert world.asked == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "named.example")])
    today = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today)
        .not_valid_after(today.replace(year=2120))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("named.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + built.public_bytes(serialization.Encoding.PEM))
    return path


async def test_tls_goes_to_the_checked_address_and_asks_for_the_name(certificate: Path) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    asked: list[str | None] = []
    server_side.sni_callback = lambda _, name, __: asked.append(name)
    names = Names(**{"named.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with upstream(server_side) as world, direct(resolver=names, tls=trusting) as client:
        world.says(OK)
        for _ in range(2):
            assert (await client.get(f"https://named.example:{world.port}/")).text == "ok"
        assert world.connections == 1
        assert asked == ["named.example"]
        for host in ("other.example", "127.0.0.1"):
            with pytest.raises(httpx.ConnectError):
                await client.get(f"https://{host}:{world.port}/")
        assert len(world.asked) == 2


@pytest.mark.asyncio(loop_scope="function")  # the loop of all other tests keeps its threads
async def test_names_are_looked_up_however_busy_everybody_else_is() -> None:
    loop, hold = asyncio.get_running_loop(), threading.Event()
    loop.set_default_executor(ThreadPoolExecutor(1))
    busy = loop.run_in_executor(None, hold.wait)
    try:
        async with asyncio.timeout(PATIENCE):
            assert await system_resolver("127.0.0.1", 80) == [ip_address("127.0.0.1")]
    finally:
        hold.set()
        await busy
