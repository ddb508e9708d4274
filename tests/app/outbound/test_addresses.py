"""Which addresses a stranger may make us call."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outbound.addresses import is_metadata, is_public

PRIVATE = [
    "0.0.0.0",  # noqa: S104 - called, not bound
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
PRIVATE_V6 = [
    "::",
    "::1",
    "::2",
    "::8.8.8.8",
    "::ffff:0:8.8.8.8",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2001:10::1",
    "2001:20::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
    "2606:4700::5efe:808:808",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.1"]
PUBLIC_V6 = ["2606:4700:4700::1111", "2a00:1450:4001::200e", "64:ff9b::808:808", "::ffff:8.8.8.8"]
METADATA = ["169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16"]
METADATA_V6 = ["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fe80::a9fe:a9fe", "fd00:42::42"]


@pytest.mark.parametrize("text", [*PRIVATE, *PRIVATE_V6, *METADATA, *METADATA_V6])
def test_what_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", [*PUBLIC, *PUBLIC_V6])
def test_what_is_public(text: str) -> None:
    assert is_public(ip_address(text))
    assert not is_metadata(ip_address(text))


def wrapped(address: IPv4Address) -> list[IPv6Address]:
    """Every known way to carry an IPv4 address in an IPv6 one."""
    number, octets = int(address), address.packed
    local = IPv6Address("64:ff9b:1::").packed
    return [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0xFFFF << 48 | number),
        IPv6Address(number),
        IPv6Address(int(IPv6Address("64:ff9b::")) | number),
        IPv6Address(int(IPv6Address("64:ff9b:1::")) | number),
        IPv6Address(local[:6] + octets[:2] + b"\0" + octets[2:] + bytes(5)),
        IPv6Address(local[:7] + octets[:1] + b"\0" + octets[1:] + bytes(4)),
        IPv6Address(local[:8] + b"\0" + octets + bytes(3)),
        IPv6Address(0x2002 << 112 | number << 80),
        IPv6Address(0x20010000 << 96 | number << 64),
        IPv6Address(0x20010000 << 96 | 0x08080808 << 64 | number ^ 0xFFFFFFFF),
        IPv6Address(0x20010DB8 << 96 | 0x5EFE << 32 | number),
        IPv6Address(0x26064700 << 96 | 0x02005EFE << 32 | number),
    ]


@pytest.mark.parametrize("text", METADATA)
def test_metadata_is_known_however_it_is_wrapped(text: str) -> None:
    assert is_metadata(IPv4Address(text))
    for address in wrapped(IPv4Address(text)):
        assert is_metadata(address), address


@pytest.mark.parametrize("text", METADATA_V6)
def test_metadata_over_ipv6(text: str) -> None:
    assert is_metadata(ip_address(text))


@pytest.mark.parametrize("text", PRIVATE)
def test_a_wrapped_private_address_stays_private(text: str) -> None:
    assert not any(is_public(address) for address in wrapped(IPv4Address(text)))


@given(number=st.integers(0, 2**32 - 1))
def test_wrapping_never_makes_an_address_more_public(number: int) -> None:
    address = IPv4Address(number)
    assert is_public(address) or not any(is_public(one) for one in wrapped(address))
    assert not (is_public(address) and not address.is_global)


@given(number=st.integers(0, 2**128 - 1))
def test_a_public_ipv6_address_is_global_unicast_or_carries_a_public_one(number: int) -> None:
    address = IPv6Address(number)
    if is_public(address):
        assert address.ipv4_mapped or (address.is_global and not address.is_multicast)
