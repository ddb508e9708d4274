"""Ground floor, outbound: which IP addresses may be called; pure."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# Clouds hand out credentials here, to whoever asks from inside; the whole of IPv4 link-local counts, as that is
# where each of them puts its own service (AWS, GCP, Azure .169.254, ECS .170.2, Tencent .0.23, Scaleway .42.42).
_METADATA_V4 = (
    IPv4Network("169.254.0.0/16"),
    IPv4Network("100.100.100.200/32"),  # Alibaba
    IPv4Network("192.0.0.192/32"),  # Oracle
    IPv4Network("168.63.129.16/32"),  # Azure's wire server, on an address that looks public
)
_METADATA_V6 = (
    IPv6Network("fd00:ec2::/32"),  # AWS
    IPv6Network("fd20:ce::254/128"),  # Google
    IPv6Network("fd00:42::42/128"),  # Scaleway
    IPv6Network("fe80::a9fe:a9fe/128"),  # OpenStack
)

# Said again although `is_global` knows most of them: what it answers has changed between releases of Python.
_REFUSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_MAPPED = IPv6Network("::ffff:0:0/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
_COMPATIBLE = IPv6Network("::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_GLOBAL_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = (
    _SIX_TO_FOUR,
    IPv6Network("2001::/23"),
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),
)


def is_public(address: Address) -> bool:
    """Tell whether anyone on the Internet could reach it: the only addresses a stranger may make us call."""
    if is_metadata(address):
        return False
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _REFUSED_V4)
    if address in _MAPPED or address in _NAT64:
        return is_public(_low(address))
    # An address that carries another in a way no longer in use is refused outright: nothing honest is served there.
    return (
        address in _GLOBAL_V6
        and address.is_global
        and not _is_isatap(address)
        and not any(address in network for network in _REFUSED_V6)
    )


def is_metadata(address: Address) -> bool:
    """Tell whether a cloud's metadata service listens there, however the address is wrapped."""
    if isinstance(address, IPv4Address):
        return any(address in network for network in _METADATA_V4)
    if any(address in network for network in _METADATA_V6):
        return True
    return any(is_metadata(inner) for inner in embedded(address))


def embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield every IPv4 address that a translator on the way may take out of an IPv6 one."""
    if any(address in network for network in (_MAPPED, _TRANSLATED, _COMPATIBLE, _NAT64)) or _is_isatap(address):
        yield _low(address)
    if address in _SIX_TO_FOUR:
        yield _bits(address, 16)
    if address in _TEREDO:
        yield _bits(address, 32)
        yield IPv4Address(int(_low(address)) ^ 0xFFFFFFFF)
    if address in _NAT64_LOCAL:
        yield _low(address)
        for prefix in (48, 56, 64):
            yield _around_the_u_octet(address, prefix)


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFDFFFFFF == 0x5EFE


def _low(address: IPv6Address) -> IPv4Address:
    return _bits(address, 96)


def _bits(address: IPv6Address, start: int) -> IPv4Address:
    return IPv4Address((int(address) >> (96 - start)) & 0xFFFFFFFF)


def _around_the_u_octet(address: IPv6Address, prefix: int) -> IPv4Address:
    """Read the address after a prefix of RFC 6052, whose octet 8 is always skipped."""
    octets = address.packed[:8] + address.packed[9:]
    return IPv4Address(octets[prefix // 8 : prefix // 8 + 4])
