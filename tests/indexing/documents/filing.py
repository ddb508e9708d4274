"""Short ways to send documents over HTTP and to look at what became of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx

from acl.facts import Effect, PrincipalType
from acl.permission import EDITOR
from tests.indexing.collections.shelving import COLLECTIONS, make
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.platform import Running
from tests.world.shelves import enter

Connection: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
MATRIX = "/v1/modules/scaimatrix"
FILING = ("scaimatrix:view", "scaimatrix:search", "scaimatrix:ingest")


async def send(client: httpx.AsyncClient, collection_id: str, content: bytes = b"What it says.", **said: Any) -> Any:
    """Upload a file."""
    filename, media = said.pop("filename", "plan.md"), said.pop("media", "text/markdown")
    headers = said.pop("headers", {})
    path = f"{COLLECTIONS}/{collection_id}/documents"
    return await client.post(path, files={"file": (filename, content, media)}, data=said, headers=headers)


async def sent(client: httpx.AsyncClient, collection_id: str, content: bytes = b"What it says.", **said: Any) -> Any:
    """The same, once it is taken in."""
    return data(await send(client, collection_id, content, **said), 201)


def path_of(document: dict[str, Any]) -> str:
    """Where a document is under its collection."""
    return f"{COLLECTIONS}/{document['collection_id']}/documents/{document['id']}"


async def filed(acme: Organisation, *names: str, **said: Any) -> tuple[dict[str, Any], dict[str, httpx.AsyncClient]]:
    """A collection of admin's, and people who may use the module's routes but have no right to it yet."""
    clients = {"admin": acme.client("admin")}
    for name in names:
        if name not in acme.people:
            await acme.person(name, "tenant_user", permissions=FILING)
        clients[name] = acme.client(name)
    return await make(clients["admin"], **said), clients


async def let(acme: Organisation, resource_id: str, name: str, permissions: int = EDITOR) -> str:
    """Allow somebody something."""
    whom = (PrincipalType.USER, acme.people[name].id)
    return await enter(acme, resource_id, Effect.ALLOW, whom, permissions=permissions)


async def deny(acme: Organisation, resource_id: str, name: str, permissions: int) -> str:
    """Deny somebody something."""
    whom = (PrincipalType.USER, acme.people[name].id)
    return await enter(acme, resource_id, Effect.DENY, whom, permissions=permissions)


def blobs_of(running: Running, tenant_id: str) -> list[Path]:
    """Every file that is kept of a tenant's documents, whole or not."""
    folder = running.settings.home / "blobs" / "documents" / tenant_id
    return sorted(path for path in folder.rglob("*") if path.is_file())


def form(content: bytes, filename: str = "plan.md") -> tuple[bytes, bytes, dict[str, str]]:
    """A form with a file, cut before the last of it, and the headers it is sent with."""
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'.encode()
    body = head + content + b"\r\n--x--\r\n"
    at = len(head) + len(content) // 2
    return body[:at], body[at:], {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(len(body))}


async def begin(acme: Organisation, name: str, line: str, headers: dict[str, str], sent: bytes) -> Connection:
    """Send the head of a request and the beginning of its body."""
    place = urlsplit(acme.running.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    told = {"Host": "x", "Authorization": f"Bearer {acme.people[name].key}", **headers}
    head = "".join(f"{field}: {value}\r\n" for field, value in told.items())
    writer.write(f"{line} HTTP/1.1\r\n{head}\r\n".encode() + sent)
    await writer.drain()
    return reader, writer
