"""Calls to strangers' addresses: checked at each hop, limited in everything."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import socket
import zlib

import httpx
import pytest

from app.outbound.client import Allowance, OutboundClient, translated
from app.outbound.errors import Fault, OutboundFailed, OutboundRefused
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport, Limits
from tests.app.outbound.conftest import Names
from tests.world.memory import least_memory
from tests.world.patience import PATIENCE
from tests.world.upstream import Answer, Upstream

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
SMALL = Allowance(PATIENCE, PATIENCE, body_bytes=1000)
QUICK = Allowance(total_s=0.5, read_s=0.2, body_bytes=1000)  # for what never comes: whatever does may take longer


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status, [b"moved"], headers=[("Location", location)], chunked=False)


async def test_an_answer_is_read_to_its_end(world: Upstream, client: OutboundClient) -> None:
    world.says(Answer(pieces=[b"he", b"llo"], headers=[("X-A", "b")]))
    answer = await client.send(
        "POST", f"{world.url}/in?x=1#f", content=b"{}", headers={"X-Signature": "s", "ACCEPT": "é"}
    )
    assert (answer.status, answer.body, answer.headers["x-a"]) == (200, b"hello", "b")
    asked = world.asked[0]
    assert (asked.method, asked.path, asked.body) == ("POST", "/in?x=1", b"{}")
    assert asked.headers["x-signature"] == "s"
    assert asked.headers["accept"].encode("latin-1").decode() == "é"
    assert asked.headers["host"] == f"127.0.0.1:{world.port}"


async def test_send_never_follows(world: Upstream, client: OutboundClient) -> None:
    world.says(redirect("/elsewhere"))
    assert (await client.send("GET", world.url)).status == 302
    assert len(world.asked) == 1


@pytest.mark.parametrize("method", ["send", "get_following"])
async def test_a_private_address_is_never_connected_to(other: Upstream, client: OutboundClient, method: str) -> None:
    call = client.get_following(other.url) if method == "get_following" else client.send("GET", other.url)
    with pytest.raises(OutboundRefused):
        await call
    assert other.connections == 0


async def test_an_opened_answer_is_read_as_it_comes_and_never_follows(
    world: Upstream, other: Upstream, client: OutboundClient
) -> None:
    world.says(redirect("/elsewhere"), Answer(pieces=[b"x" * 400] * 3))
    async with client.open(world.url, allowance=SMALL) as answer:
        assert (answer.status, answer.headers["location"]) == (302, "/elsewhere")
    async with client.open(world.url, headers={"Accept": "text/html"}, allowance=SMALL) as answer:
        with pytest.raises(OutboundFailed) as caught:
            read = sum([len(part) async for part in answer.parts])
            assert read > SMALL.body_bytes
    assert caught.value.fault is Fault.TOO_LARGE
    assert [asked.headers["accept"] for asked in world.asked] == ["*/*", "text/html"]
    with pytest.raises(OutboundRefused):
        async with client.open(other.url):
            pass
    assert other.connections == 0


async def test_redirects_are_followed_and_each_hop_is_checked(
    world: Upstream, other: Upstream, client: OutboundClient
) -> None:
    world.says_at("/a", redirect("b?c", 301))
    world.says_at("/b", redirect(f"{world.url}/d", 308))
    world.says_at("/d", Answer(pieces=[b"here"]))
    answer = await client.get_following(f"{world.url}/a")
    assert (answer.body, answer.url) == (b"here", f"{world.url}/d")
    assert answer.hops == (f"{world.url}/a", f"{world.url}/b?c")
    for location in (other.url, "http://169.254.169.254/", "file:///etc/passwd", "//[::1]/", "http://localhost/"):
        world.says_at("/a", redirect(location))
        with pytest.raises(OutboundRefused):
            await client.get_following(f"{world.url}/a")
    assert other.connections == 0


async def test_circles_and_long_chains_end(world: Upstream, client: OutboundClient) -> None:
    world.says_at("/a", redirect("/b"))
    world.says_at("/b", redirect("/a#again"))
    with pytest.raises(OutboundFailed) as caught:
        await client.get_following(f"{world.url}/a")
    assert caught.value.fault is Fault.REDIRECT_LOOP
    world.asked.clear()
    for number in range(9):
        world.says_at(f"/{number}", redirect(f"/{number + 1}"))
    with pytest.raises(OutboundFailed) as caught:
        await client.get_following(f"{world.url}/0", max_redirects=3)
    assert caught.value.fault is Fault.TOO_MANY_REDIRECTS
    assert len(world.asked) == 4


async def test_credentials_stay_with_the_host_they_were_meant_for(world: Upstream, other: Upstream) -> None:
    transport = GuardedTransport(Guard(allow_hosts=["127.0.0.1"]))
    client = OutboundClient(transport)
    world.says(redirect(other.url))
    other.says(Answer(pieces=[b"x"]))
    await client.get_following(world.url, headers={"Authorization": "Bearer x", "Accept": "text/html"})
    await client.aclose()
    assert "authorization" in world.asked[0].headers
    assert "authorization" not in other.asked[0].headers
    assert other.asked[0].headers["accept"] == "text/html"


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello")[2:-4]),
    ],
)
async def test_packed_answers_are_unpacked(
    world: Upstream, client: OutboundClient, encoding: str, packed: bytes
) -> None:
    world.says(Answer(pieces=[packed[:9], packed[9:]], headers=[("Content-Encoding", encoding)]))
    assert (await client.send("GET", world.url)).body == b"hello"


async def test_a_bomb_is_not_unpacked(world: Upstream, client: OutboundClient) -> None:
    bomb = gzip.compress(bytes(200_000_000), mtime=0)
    world.says(Answer(pieces=[bomb], headers=[("Content-Encoding", "gzip")]))

    async def send() -> None:
        with pytest.raises(OutboundFailed) as caught:
            await client.send("GET", world.url, allowance=Allowance(body_bytes=1_000_000))
        assert caught.value.fault is Fault.TOO_LARGE

    assert await least_memory(send, 8_000_000) < 8_000_000


async def test_what_unpacks_to_much_comes_bit_by_bit_and_holds_nobody_up(
    world: Upstream, client: OutboundClient
) -> None:
    size, turns = 60_000_000, [0]

    async def somebody_else() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    world.says(Answer(pieces=[gzip.compress(bytes(size), mtime=0)], headers=[("Content-Encoding", "gzip")]))
    other = asyncio.create_task(somebody_else())

    async def read() -> None:
        longest, left = 0, size
        async with client.open(world.url, allowance=Allowance(600.0, 600.0, size)) as answer:
            before = turns[0]
            async for part in answer.parts:
                longest, left = max(longest, len(part)), left - len(part)
            meanwhile = turns[0] - before
        assert left == 0
        assert longest <= 1_000_000
        assert meanwhile > 50

    assert await least_memory(read, 8_000_000) < 8_000_000
    other.cancel()


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(pieces=[b"x" * 600] * 2), Fault.TOO_LARGE),
        (Answer(pieces=[b"x" * 1001], chunked=False), Fault.TOO_LARGE),
        (Answer(pieces=[b"x"], hang=True), Fault.TIMEOUT),
        (Answer(silent=True), Fault.TIMEOUT),
        (Answer(pieces=[b"x"] * 50, delay_s=0.1), Fault.TIMEOUT),
        (Answer(pieces=[b"x"], cut=True), Fault.PROTOCOL),
        (Answer(pieces=[b"junk\r\n\r\n"], raw=True), Fault.PROTOCOL),
        (Answer(headers=[("X-Long", "y" * 70_000)]), Fault.PROTOCOL),
        (Answer(pieces=[b"HTTP/1.1 200 OK\r\nx-long: ", *[b"y" * 9000] * 9], raw=True), Fault.PROTOCOL),
        (Answer(pieces=[CHUNKED + b"1\r\nx\r\n0\r\nx-long: ", *[b"y" * 9000] * 99], raw=True), Fault.PROTOCOL),
        (Answer(pieces=[b"HTTP/1.1 100 Wait\r\n\r\n" * 400] * 9, raw=True), Fault.PROTOCOL),
        (Answer(pieces=[b"x"], headers=[("Content-Encoding", "br")]), Fault.PROTOCOL),
        (Answer(pieces=[b"x"], headers=[("Content-Encoding", "gzip, gzip")]), Fault.PROTOCOL),
        (Answer(pieces=[b"xyz"], headers=[("Content-Encoding", "gzip")]), Fault.PROTOCOL),
        (
            Answer(pieces=[gzip.compress(b"hello", mtime=0)[:-9]], headers=[("Content-Encoding", "gzip")]),
            Fault.PROTOCOL,
        ),
        (redirect("http://[/"), None),
    ],
)
async def test_broken_or_endless_answers(
    world: Upstream, client: OutboundClient, answer: Answer, fault: Fault | None
) -> None:
    world.says(answer)
    with pytest.raises((OutboundFailed, OutboundRefused)) as caught:
        await client.get_following(world.url, allowance=QUICK if fault is Fault.TIMEOUT else SMALL)
    assert getattr(caught.value, "fault", None) is fault or fault is None
    assert "127.0.0.1" not in caught.value.message


async def test_exactly_the_limit_is_allowed(world: Upstream, client: OutboundClient) -> None:
    world.says(Answer(pieces=[b"x" * 500] * 2), Answer(pieces=[]), Answer(204, chunked=False))
    assert len((await client.send("GET", world.url, allowance=SMALL)).body) == 1000
    assert (await client.send("GET", world.url, allowance=SMALL)).body == b""
    assert (await client.send("GET", world.url, allowance=SMALL)).body == b""


async def test_a_name_is_looked_up_once_and_every_address_of_it_checked(world: Upstream) -> None:
    names = Names(**{"good.example": ["127.0.0.1"], "bad.example": ["8.8.8.8", "127.0.0.1"], "none.example": []})
    guard = Guard(allow_hosts=[f"good.example:{world.port}"], ports={world.port})
    client = OutboundClient(GuardedTransport(guard, resolver=names))
    world.says(Answer(pieces=[b"x"]))
    assert (await client.send("GET", f"http://good.example:{world.port}/")).body == b"x"
    assert world.asked[0].headers["host"] == f"good.example:{world.port}"
    assert names.asked == ["good.example"]
    with pytest.raises(OutboundRefused):
        await client.send("GET", f"http://bad.example:{world.port}/")
    for host in ("none.example", "unknown.example"):
        with pytest.raises(OutboundFailed) as caught:
            await client.send("GET", f"http://{host}:{world.port}/")
        assert caught.value.fault is Fault.UNREACHABLE
    await client.aclose()
    assert world.connections == 1


async def test_a_lookup_that_does_not_come_back_is_given_up() -> None:
    async def never(host: str, port: int) -> list[object]:
        await asyncio.sleep(60)
        return []

    client = OutboundClient(GuardedTransport(Guard(), resolver=never, limits=Limits(lookup_s=0.05)))  # type: ignore[arg-type]  # never returns
    with pytest.raises(OutboundFailed) as caught:
        await client.send("GET", "http://slow.example/")
    assert caught.value.fault is Fault.TIMEOUT
    await client.aclose()


async def test_nobody_listens(client: OutboundClient) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        lonely = OutboundClient(GuardedTransport(Guard(allow_hosts=["127.0.0.1"])))
        with pytest.raises(OutboundFailed) as caught:
            await lonely.send("GET", f"http://127.0.0.1:{port}/")
        await lonely.aclose()
    assert caught.value.fault is Fault.UNREACHABLE


def test_every_exception_of_the_driver_is_translated() -> None:
    for _, kind in inspect.getmembers(httpx, inspect.isclass):
        if issubclass(kind, httpx.TransportError):
            failure = translated(kind("secret"))
            assert "secret" not in failure.message
            assert (failure.fault is Fault.TIMEOUT) == issubclass(kind, httpx.TimeoutException)
