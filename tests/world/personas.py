"""Personas of one test, made through the API."""

from __future__ import annotations

from typing import Any

import httpx

from tests.world.models import data
from tests.world.platform import unique

PERSONAS = "/v1/modules/scaipersona/personas"


def at(persona: Any, *more: str) -> str:
    """The path of a persona, or of something of it."""
    return "/".join([PERSONAS, persona["id"], *more])


async def persona(client: httpx.AsyncClient, **said: Any) -> Any:
    """Make one that stands on the built-in answerer."""
    body = {"name": unique("Support"), "model_slug": "local/quote", **said}
    return data(await client.post(PERSONAS, json=body), 201)


async def published(client: httpx.AsyncClient, **said: Any) -> Any:
    """Make one and publish it."""
    return data(await client.post(at(await persona(client, **said), "publish"), json={}))


async def reads(client: httpx.AsyncClient, one: Any, collection_id: str, **said: Any) -> Any:
    """Have it read a collection."""
    body = {"source_type": "collection", "source_id": collection_id, **said}
    return data(await client.post(at(one, "sources"), json=body), 201)


async def persona_ids(client: httpx.AsyncClient, mark: str, collection_id: str) -> dict[str, str]:
    """Make a published one with a source; gives the ids of both."""
    one = await published(client, name=mark, system_prompt=mark)
    source = await reads(client, one, collection_id, source_name=mark)
    return {"persona_id": one["id"], "persona_source_id": source["id"], "persona_slug": one["published_slug"]}
