"""Models of a test: a scripted server behind a provider, a backend and a frontend model of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.world.platform import unique
from tests.world.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Served:
    """A model and what serves it."""

    slug: str
    id: str
    backend_ids: tuple[str, ...]


async def backend_for(root: httpx.AsyncClient, upstream: Upstream | str, **changed: Any) -> str:
    """Make a provider and a backend that lead to a scripted server (or an address)."""
    address = upstream if isinstance(upstream, str) else upstream.base_url
    provider = await created(
        root,
        "/v1/providers",
        name=unique("provider"),
        type=changed.pop("type", "custom"),
        base_url=address,
        api_key="up-key",
    )
    body = {
        "provider_id": provider["id"],
        "upstream_model": "up-model-1",
        "modality": "chat",
    } | changed
    return str((await created(root, "/v1/backends", **body))["id"])


async def model_on(
    root: httpx.AsyncClient, *upstreams: Upstream | str, priorities: Sequence[int] | None = None, **changed: Any
) -> Served:
    """Make a model served by scripted servers, tried in the order given unless priorities say otherwise."""
    modality = changed.get("modality", "chat")
    backend_ids = [await backend_for(root, upstream, modality=modality) for upstream in upstreams]
    order = priorities or range(len(backend_ids))
    links = [
        {"backend_id": name, "priority": priority, "weight": 1}
        for name, priority in zip(backend_ids, order, strict=True)
    ]
    body = {"slug": unique("model"), "display_name": "Model", "modality": modality, "backends": links} | changed
    made = await created(root, "/v1/models", **body)
    return Served(made["slug"], made["id"], tuple(backend_ids))


async def created(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    """Create something and return it."""
    answer = await client.post(path, json=body)
    assert answer.status_code in {200, 201}, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made
