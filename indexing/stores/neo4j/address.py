"""Knowing, stores: where a Neo4j server is, and who we are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.errors import CannotStart

_SCHEMES = frozenset({"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"})


@dataclass(frozen=True, slots=True)
class Address:
    """One server (`bolt`) or a cluster (`neo4j`), encrypted if it ends in `+s` or `+ssc`."""

    url: str
    user: str = "neo4j"
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str, user: str, password: str) -> Address:
        """Read `bolt://host:port`, or say what is wrong with it."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            parts, host = urlsplit(""), None
        if not host or parts.scheme not in _SCHEMES or parts.username or parts.path.strip("/") or parts.query:
            raise CannotStart("SCAIGRID_NEO4J_URL must be bolt://host:port or neo4j://host:port, with nothing more.")
        return cls(url.rstrip("/"), user, password)
