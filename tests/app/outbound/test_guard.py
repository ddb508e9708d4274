"""Every spelling of a URL gets the verdict of what it means."""

from __future__ import annotations

from ipaddress import ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outbound.errors import OutboundRefused
from app.outbound.guard import Guard
from app.outbound.urls import read_host, read_url
from tests.world.memory import least_memory

LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0X7F.0.0.1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "00000177.0.0.01",
    "127.0.0.1.",
    "1\uff127.0.0.1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127\uff0e0\uff0e0\uff0e1",
    "127.0.0.1。",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "127.0.0.0x1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[::1]",
    "[0:0::0:1]",
    "0",
    "0x0",
    "0.0.0.0",  # noqa: S104 - called, not bound
    "[::]",
    "127.0.0.1\u00ad",
]
METADATA = ["169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "[::ffff:a9fe:a9fe]"]


@pytest.mark.parametrize("host", [*LOOPBACK, *METADATA])
@pytest.mark.parametrize("scheme", ["http", "HTTPS"])
def test_every_spelling_of_a_private_address_is_refused(host: str, scheme: str) -> None:
    with pytest.raises(OutboundRefused) as caught:
        Guard().check_url(f"{scheme}://{host}/x")
    assert caught.value.code == "BLOCKED_ADDRESS"


@pytest.mark.parametrize("host", METADATA)
def test_metadata_is_refused_whoever_allows_it(host: str) -> None:
    for guard in (Guard.for_configured(), Guard(allow_hosts=["169.254.169.254", "[::ffff:a9fe:a9fe]"])):
        with pytest.raises(OutboundRefused):
            guard.check_url(f"http://{host}/")


@pytest.mark.parametrize("host", LOOPBACK)
def test_an_address_let_through_by_name_is_not_let_through_in_disguise(host: str) -> None:
    guard = Guard(allow_hosts=["127.0.0.1"])
    if host == "127.0.0.1":
        assert guard.check_url(f"http://{host}:9000/x").host == "127.0.0.1"
        return
    with pytest.raises(OutboundRefused):
        guard.check_url(f"http://{host}:9000/x")


BROKEN = [
    "",
    "example.com",
    "//example.com/",
    "http:/example.com",
    "http:example.com",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "http://",
    "http:///x",
    "http://user@example.com/",
    "http://user:pw@example.com/",
    "http://example.com@127.0.0.1/",
    "http://example.com%40127.0.0.1/",
    "http://example.com\\@127.0.0.1/",
    "http://example.com\\.evil/",
    "http://exa mple.com/",
    "http://example.com\t/",
    "http://exam\nple.com/",
    "http://example.com/\ud800",
    "http://\ud800.com/",
    "http://example.com:port/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:999999/",
    "http://example.com:80:80/",
    "http://exa%00mple.com/",
    "http://%zz/",
    "http://%ff/",
    "http://example..com/",
    "http://.example.com/",
    "http://-example.com/",
    "http://exa_mple!.com/",
    "http://[::1/",
    "http://::1/",
    "http://[fe80::1%25eth0]/",
    "http://[v1.x]/",
    "http://[127.0.0.1]/",
    "http://256.1.1.1/",
    "http://1.2.3.4.5/",
    "http://1.2.3.999/",
    "http://4294967296/",
    "http://08.1.1.1/",
    "http://1..1/",
    "http://a.b.c.1/",
    f"http://{'a' * 64}.com/",
    f"http://{'a.' * 130}com/",
    f"http://{'9' * 6000}/",
]


@pytest.mark.parametrize("url", BROKEN)
@pytest.mark.parametrize("guard", [Guard(), Guard.for_configured()])
def test_what_cannot_be_read_in_one_way_is_refused(url: str, guard: Guard) -> None:
    with pytest.raises(OutboundRefused):
        guard.check_url(url)


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        (" HTTP://Example.COM:80 ", "http://example.com/"),
        ("https://example.com.:443/a?b#c", "https://example.com/a?b"),
        ("http://bücher.example/ü", "http://xn--bcher-kva.example/ü"),
        ("http://\uff25\uff38\uff21\uff2d\uff30\uff2c\uff25。com?q", "http://example.com/?q"),
        ("http://0x8.8.2056", "http://8.8.8.8/"),
        ("http://[2606:4700:0:0::1]:8080/", "http://[2606:4700::1]:8080/"),
        ("http://my_host.example:8443/", "http://my_host.example:8443/"),
        ("http://example.com//x/../y", "http://example.com//x/../y"),
    ],
)
def test_a_good_url_has_one_spelling(url: str, meant: str) -> None:
    target = Guard().check_url(url)
    assert target.url == meant
    assert httpx.URL(meant).raw_host.decode() == target.host
    assert read_url(target.url) == target


def test_ports_are_those_of_the_web_unless_allowed() -> None:
    guard = Guard(allow_hosts=["wiki.example:9200", " Other.Example. "])
    for url in ("http://a.example:8080/", "https://a.example:8443/", "http://wiki.example:9200/"):
        guard.check_url(url)
    assert guard.check_url("http://OTHER.example:22/").port == 22
    for url in ("http://a.example:22/", "http://a.example:6379/", "http://wiki.example:9201/", "http://1.1.1.1:25/"):
        with pytest.raises(OutboundRefused):
            guard.check_url(url)
    assert Guard.for_configured().check_url("http://a.example:6379/").port == 6379


def test_an_allowed_host_is_let_through_whatever_its_address_but_not_to_metadata() -> None:
    guard = Guard(allow_hosts=["wiki.example", "127.0.0.1:9000", "::1", "[::1]:5"])
    private, metadata = ip_address("10.0.0.1"), ip_address("169.254.169.254")
    guard.check_addresses(read_url("http://wiki.example/"), [private])
    guard.check_url("http://127.0.0.1:9000/")
    guard.check_url("http://[::1]:77/")
    with pytest.raises(OutboundRefused):
        guard.check_addresses(read_url("http://wiki.example/"), [private, metadata])
    for url in ("http://127.0.0.1/", "http://localhost:9000/x.wiki.example", "http://127.0.0.2:9000/"):
        with pytest.raises(OutboundRefused):
            guard.check_addresses(guard.check_url(url), [private])


def test_one_bad_address_among_good_ones_refuses_the_name() -> None:
    target = read_url("http://both.example/")
    Guard().check_addresses(target, [ip_address("8.8.8.8")])
    with pytest.raises(OutboundRefused):
        Guard().check_addresses(target, [ip_address("8.8.8.8"), ip_address("10.0.0.1")])


def test_the_guard_for_configured_addresses_lets_everything_else_through() -> None:
    guard = Guard.for_configured()
    for url in ("http://127.0.0.1:11434/", "http://10.1.2.3/", "http://[::1]:8000/"):
        guard.check_url(url)


@pytest.mark.parametrize("entry", ["", "a b", "http://x", "x:y", "x:99999", "x@y", "a..b"])
def test_an_entry_that_is_not_a_host_stops_the_start(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a host nor host:port"):
        Guard(allow_hosts=[entry])


async def test_a_host_longer_than_any_name_is_not_looked_into() -> None:
    url = f"http://{chr(0xFDFA) * 1_000_000}/"  # a letter that stands for eighteen

    async def check() -> None:
        with pytest.raises(OutboundRefused):
            Guard().check_url(url)

    assert await least_memory(check, 20_000_000) < 20_000_000


@given(text=st.text(max_size=40))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        name, address = read_host(text)
    except OutboundRefused:
        return
    assert name.isascii()
    assert read_host(f"[{name}]" if ":" in name else name) == (name, address)
