"""The HTTP door of a little Weaviate server: its classes, and whether it is ready."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

VERSION = "1.39.0"
FILLED_IN = {  # what a real server adds to a class as it was asked for
    "invertedIndexConfig": {
        "bm25": {"b": 0.75, "k1": 1.2},
        "cleanupIntervalSeconds": 60,
        "stopwords": {"preset": "none"},
    },
    "multiTenancyConfig": {"autoTenantActivation": False, "autoTenantCreation": False, "enabled": False},
    "replicationConfig": {"deletionStrategy": "TimeBasedResolution", "factor": 1, "asyncEnabled": False},
    "shardingConfig": {
        "actualCount": 1, "actualVirtualCount": 128, "desiredCount": 1, "desiredVirtualCount": 128,
        "function": "murmur3", "key": "_id", "strategy": "hash", "virtualPerPhysical": 128,
    },
    "vectorConfig": {
        "default": {
            "vectorIndexConfig": {"distance": "cosine", "vectorCacheMaxObjects": 1},
            "vectorIndexType": "flat",
            "vectorizer": {"none": {}},
        }
    },
}  # fmt: skip


@dataclass
class LittleSchema:
    """Classes by their names, as they were asked for."""

    classes: dict[str, dict[str, Any]] = field(default_factory=dict)
    wanted: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # method, path, headers
    ready: bool = True
    status: int = 0  # of every answer, if set
    version: str | None = VERSION
    before_making: str = ""  # a class that somebody else makes just before one is made here
    port: int = 0
    holds: Callable[[str, str], bool] = lambda *_: False  # whether a class has an object
    forget: Callable[[str, str], bool] = lambda *_: False  # deletes an object of a class, by its id alone

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer until the block ends."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:] if line}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.asked.append((method, path, headers))
            status, answer = self._answer(method, path, json.loads(body) if body.strip() else {})
            said = json.dumps(answer).encode()
            writer.write(
                f"HTTP/1.1 {self.status or status} X\r\nContent-Type: application/json\r\nConnection: close\r\n"
                f"Content-Length: {len(said)}\r\n\r\n".encode()
            )
            writer.write(said)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        name = path.rpartition("/")[2]
        if path.startswith("/v1/objects/"):
            deed = self.forget if method == "DELETE" else self.holds
            return (204 if deed(path.split("/")[3], name) or method == "DELETE" else 404), {}
        match method, path.removesuffix(f"/{name}"):
            case "GET", "/v1":
                return 200, {"version": self.version, "grpcMaxMessageSize": 104858000, "modules": {}}
            case "GET", "/v1/.well-known":
                return (200 if self.ready else 503), {}
            case "GET", "/v1/schema":
                return (200, self.classes[name]) if name in self.classes else (404, {})
            case "DELETE", "/v1/schema":
                self.classes.pop(name, None)
                return 200, {}
        return self._make(body)

    def _make(self, wanted: dict[str, Any]) -> tuple[int, Any]:
        name = wanted["class"]
        properties = [{"indexSearchable": False, "indexRangeFilters": False} | each for each in wanted["properties"]]
        made = wanted | FILLED_IN | {"properties": properties}
        if self.before_making == name:
            self.classes[name] = made
        if name in self.classes:
            return 422, {"error": [{"message": f"class name {name} already exists"}]}
        self.wanted[name] = wanted
        self.classes[name] = made
        return 200, made
