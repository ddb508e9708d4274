"""SDK: which server, and with whose key: as said, or from SCAIGRID_URL and SCAIGRID_API_KEY."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import NotConfigured

_DEFAULT = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Address:
    """A server and a key for it; the key is in no text that is made of it."""

    url: str
    key: str = field(repr=False)


def address(url: str | None, key: str | None) -> Address:
    """Choose what is said over what the environment says."""
    where = (url or os.environ.get("SCAIGRID_URL") or _DEFAULT).rstrip("/")  # noqa: TID251 - it stands alone
    whose = (key or os.environ.get("SCAIGRID_API_KEY") or "").strip()  # noqa: TID251 - as above
    parts = urlsplit(where)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NotConfigured("SCAIGRID_URL: the server's address starts with https:// or http://")
    if parts.username or parts.password:
        raise NotConfigured("SCAIGRID_URL: an address holds no password; the key goes into SCAIGRID_API_KEY")
    if not whose:
        raise NotConfigured(f"SCAIGRID_API_KEY: set it to the key to speak to {where} with")
    if not whose.isascii() or not whose.isprintable() or " " in whose:
        raise NotConfigured("SCAIGRID_API_KEY: is not a key; there are characters in it that no key has")
    return Address(where, whose)
