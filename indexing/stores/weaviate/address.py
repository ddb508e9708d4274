"""Knowing, stores: where a Weaviate server is."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.errors import CannotStart

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Both doors of a server: HTTP for classes, gRPC for chunks; encrypted either both or neither."""

    host: str
    port: int
    grpc_port: int
    secure: bool
    api_key: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str, grpc_port: int, api_key: str = "") -> Address:
        """Read `http://host:port`, or say what is wrong with it."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            parts, host, port = urlsplit(""), None, None
        if not host or parts.scheme not in _PORTS or parts.username or parts.path.strip("/") or parts.query:
            raise CannotStart("SCAIGRID_WEAVIATE_URL must be http://host:port or https://host:port, with nothing more.")
        port = port or _PORTS[parts.scheme]
        if port == grpc_port:
            raise CannotStart("SCAIGRID_WEAVIATE_GRPC_PORT must be another port than that of SCAIGRID_WEAVIATE_URL.")
        return cls(host, port, grpc_port, parts.scheme == "https", api_key)
