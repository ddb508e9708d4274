"""Ground floor, outbound: one reading of a URL, so that what is checked is what is called; pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import unquote_to_bytes

import idna

from app.outbound.addresses import Address
from app.outbound.errors import OutboundRefused

DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>[^#]*)")
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_LONGEST_HOST = 3000  # letters, in whatever spelling: what makes a name of them takes time by their number
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")

_REMEMBERED = 300  # letters

Authority = tuple[tuple[str, Address | None], int | None]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads, in the one spelling every later step uses."""

    scheme: str
    host: str  # a lower-case ASCII name, or an address in its usual form, without brackets
    port: int
    rest: str  # path and query
    address: Address | None  # set when the host is an address and needs no lookup
    is_plain: bool = field(default=True, compare=False)  # an address written as usual, not 0x7f.1 or 2130706433

    @property
    def url(self) -> str:
        """The URL again, normalised, without a fragment."""
        return f"{self.scheme}://{self.netloc}{self.rest}"

    @property
    def netloc(self) -> str:
        """Host and, where it is not the scheme's own, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def read_url(text: str) -> Target:
    """Read an absolute http or https URL, or refuse it."""
    text = text.strip(" \t\r\n\f")
    if _FORBIDDEN.search(text):
        raise OutboundRefused("The URL holds a space, a backslash or something that is no character.")
    match = _URL.match(text)
    if match is None:
        raise OutboundRefused("This is not an absolute URL.")
    scheme = match["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise OutboundRefused("Only http and https URLs may be called.")
    host, port = read_authority(match["authority"])
    rest = match["rest"]
    name, address = host
    return Target(
        scheme=scheme,
        host=name,
        port=DEFAULT_PORTS[scheme] if port is None else port,
        rest=rest if rest.startswith("/") else f"/{rest}",
        address=address,
        is_plain=address is None or _host_of(match["authority"]) == (f"[{name}]" if ":" in name else name),
    )


def _host_of(authority: str) -> str:
    match = _AUTHORITY.fullmatch(authority)
    return "" if match is None else match["host"]


def read_authority(text: str) -> Authority:
    """Read `host` or `host:port`; the host as a name or an address, the port None when it is not said."""
    return _remembered(text) if len(text) <= _REMEMBERED else _read_authority(text)


def _read_authority(text: str) -> Authority:
    if "@" in text:
        raise OutboundRefused("A URL with a user name or password in it is not called.")
    match = _AUTHORITY.fullmatch(text)
    if match is None or not match["host"]:
        raise OutboundRefused("The URL names no host that could be read.")
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        raise OutboundRefused("The port is not one.")
    return read_host(match["host"]), port


_remembered = lru_cache(maxsize=1024)(_read_authority)


def read_host(text: str) -> tuple[str, Address | None]:
    """Bring any spelling of a host to one: browsers' reading, in which 0x7f.1 is 127.0.0.1."""
    if text.startswith("["):
        return _read_v6(text[1:-1])
    name = _plain(text) if len(text) <= _LONGEST_HOST else text
    if len(name) > 253:
        raise OutboundRefused("The host is neither a name nor an address.")
    if _NUMBER.fullmatch(name.rsplit(".", 1)[-1]):
        address = _read_v4(name)
        return str(address), address
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise OutboundRefused("The host is neither a name nor an address.")
    return name, None


def _plain(text: str) -> str:
    """Undo escapes, wide letters and foreign dots; what is left is lower-case ASCII."""
    try:
        name = unicodedata.normalize("NFKC", unquote_to_bytes(text).decode()).lower()
        name = name.removesuffix(".").removesuffix("\u3002")
        if not name.isascii():
            name = idna.encode(name, uts46=True).decode("ascii")
    except (UnicodeError, idna.IDNAError):
        raise OutboundRefused("The host is neither a name nor an address.") from None
    return name.lower().removesuffix(".")


def _read_v6(text: str) -> tuple[str, Address]:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        raise OutboundRefused("The host is neither a name nor an address.") from None
    if address.scope_id is not None:
        raise OutboundRefused("An address bound to one of our own network cards is not called.")
    return str(address), address


def _read_v4(text: str) -> IPv4Address:
    parts = text.split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise OutboundRefused("The host is neither a name nor an address.")
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        raise OutboundRefused("The host is neither a name nor an address.") from None
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(numbers)):
        raise OutboundRefused("The host is neither a name nor an address.")
    return IPv4Address(last + sum(number << (24 - 8 * index) for index, number in enumerate(leading)))


def _number(text: str) -> int:
    if text[:2] in {"0x", "0X"}:
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") else int(text)
