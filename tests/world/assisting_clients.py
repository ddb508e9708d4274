"""The official client of the Model Context Protocol, and single messages of it, against a running platform."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.world.platform import Running

MCP = "/mcp"


@asynccontextmanager
async def speaking(running: Running, key: str, mode: str = "auto") -> AsyncIterator[Client]:
    """A client of somebody, its introduction done."""
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as http,
        Client(streamable_http_client(f"{running.url}{MCP}", http_client=http), mode=mode) as client,
    ):
        yield client


def message(method: str, params: dict[str, Any] | None = None, number: int | str = 1) -> dict[str, Any]:
    """A message that asks."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}


def calling(tool: str, **arguments: Any) -> dict[str, Any]:
    """A message that has a tool do something."""
    return message("tools/call", {"name": tool, "arguments": arguments})


async def told(client: httpx.AsyncClient, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool answers somebody, be it a failure; said twice, and the same both times."""
    answer = await client.post(MCP, json=calling(tool, **arguments))
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    (text,) = result["content"]
    assert json.loads(text["text"]) == result["structuredContent"]
    assert result.get("isError", False) == ("error" in result["structuredContent"])
    said: dict[str, Any] = result["structuredContent"]
    return said
