"""Whoever sends slowly, or reads slowly, waits alone."""

from __future__ import annotations

import asyncio
import json
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx
import pytest

from tests.world.models import data
from tests.world.patience import PATIENCE
from tests.world.people import Organisation

Connection: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def half_a_request(acme: Organisation, name: str, line: str, length: int, sent: bytes) -> Connection:
    """Send the head of a request and the beginning of its body."""
    place = urlsplit(acme.running.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    head = (
        f"{line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {acme.people[name].key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    writer.write(head.encode() + sent)
    await writer.drain()
    return reader, writer


async def test_a_body_that_trickles_in_holds_nobody_else_up(acme: Organisation) -> None:
    user = acme.client("user")
    key = data(await user.post("/v1/api-keys", json={"name": "mine"}), 201)["id"]
    _, writer = await half_a_request(acme, "user", f"PATCH /v1/api-keys/{key}", 40, b'{"name": ')
    try:
        await asyncio.sleep(0.2)
        async with asyncio.timeout(PATIENCE):
            data(await acme.client("admin").post("/v1/groups", json={"name": "others work"}), 201)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("POST /v1/api-keys", {"name": "kept for later"}),
        ("POST /v1/users", {"email": "back@door.example", "name": "Back Door", "roles": ["tenant_admin"]}),
        ("POST /v1/inference/chat", {"model": "local/quote", "messages": [{"role": "user", "content": "hi"}]}),
        ("POST /oai/v1/embeddings", {"model": "local/minilm", "input": "hi"}),
    ],
)
async def test_a_request_begun_before_the_suspension_is_not_finished_after_it(
    acme: Organisation, root: httpx.AsyncClient, line: str, body: dict[str, Any]
) -> None:
    content = json.dumps(body).encode()
    reader, writer = await half_a_request(acme, "admin", line, len(content), content[:-1])
    try:
        await asyncio.sleep(0.2)
        path = f"/v1/users/{acme.people['admin'].id}"
        data(await root.patch(path, json={"status": "suspended"}))
        await asyncio.sleep(1.2)
        writer.write(content[-1:])
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readline()).startswith(b"HTTP/1.1 401")
    finally:
        writer.close()
