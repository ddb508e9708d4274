"""Ground floor, identity: one question to the identity provider, and its answer as JSON of a bounded size."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from app.outbound.errors import OutboundRefused

FAILURES = (httpx.HTTPError, httpx.InvalidURL, OutboundRefused, ValueError, RecursionError)  # what asking may raise
_PLAIN = {"Accept": "application/json", "Accept-Encoding": "identity"}  # a packed answer could swell past the limit
_QUICKLY_READ = 64 * 1024


class NoAnswer(ValueError):
    """Something came back that is no JSON object, or more of it than is read."""


async def fetch(
    client: httpx.AsyncClient, address: str, *, most_bytes: int, method: str = "GET", **options: Any
) -> tuple[int, dict[str, Any]]:
    """Return the status and, where that is 200, the JSON object; may raise FAILURES."""
    headers = _PLAIN | options.pop("headers", {})
    async with client.stream(method, address, headers=headers, **options) as answer:
        if answer.status_code != 200:
            return answer.status_code, {}
        body = bytearray()
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > most_bytes:
                raise NoAnswer("larger than is ever meant")
    found = json.loads(body) if len(body) < _QUICKLY_READ else await asyncio.to_thread(json.loads, body)
    if not isinstance(found, dict):
        raise NoAnswer("not an object")
    return 200, found
