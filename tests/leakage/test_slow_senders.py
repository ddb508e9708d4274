"""Whoever sends slowly, or reads slowly, waits alone."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from tests.world.models import data
from tests.world.people import Organisation


async def half_a_request(acme: Organisation, name: str, line: str, length: int, sent: bytes) -> asyncio.StreamWriter:
    """Send the head of a request and the beginning of its body."""
    place = urlsplit(acme.running.url)
    _, writer = await asyncio.open_connection(place.hostname, place.port)
    head = (
        f"{line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {acme.people[name].key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    writer.write(head.encode() + sent)
    await writer.drain()
    return writer


async def test_a_body_that_trickles_in_holds_nobody_else_up(acme: Organisation) -> None:
    user = acme.client("user")
    key = data(await user.post("/v1/api-keys", json={"name": "mine"}), 201)["id"]
    writer = await half_a_request(acme, "user", f"PATCH /v1/api-keys/{key}", 40, b'{"name": ')
    try:
        await asyncio.sleep(0.2)
        async with asyncio.timeout(3):
            data(await acme.client("admin").post("/v1/groups", json={"name": "others work"}), 201)
    finally:
        writer.close()
