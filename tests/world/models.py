"""Providers, backends and models of one test, made through the API by the super-admin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.world.platform import unique

KEY = "sk-very-secret-0123456789"
ADDRESS = "http://models.internal:9000/v1"


def data(answer: httpx.Response, status: int = 200) -> Any:
    """The data of a success."""
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a failure."""
    return answer.status_code, answer.json()["error"]["code"]


def fields(answer: httpx.Response) -> list[str]:
    """Which fields a 422 names."""
    assert code(answer) == (422, "VALIDATION_ERROR"), answer.text
    return [issue["field"] for issue in answer.json()["error"]["details"]]


@dataclass(frozen=True, slots=True)
class Shop:
    """Makes things to call, as somebody who may."""

    root: httpx.AsyncClient

    async def provider(self, **said: Any) -> Any:
        """A provider of its own."""
        body = {"name": unique("provider"), "type": "custom", "base_url": ADDRESS, "api_key": KEY} | said
        return data(await self.root.post("/v1/providers", json=body), 201)

    async def backend(self, **said: Any) -> Any:
        """A chat backend, at a provider of its own unless one is given."""
        provider_id = said.pop("provider_id", None) or (await self.provider())["id"]
        body = {"provider_id": provider_id, "upstream_model": "large", "modality": "chat"} | said
        return data(await self.root.post("/v1/backends", json=body), 201)

    async def model(self, **said: Any) -> Any:
        """A chat model with a backend of its own unless some are given."""
        backends = said.pop("backends", None)
        if backends is None:
            backends = [{"backend_id": (await self.backend(modality=said.get("modality", "chat")))["id"]}]
        body = {"slug": unique("model"), "display_name": "A model", "modality": "chat", "backends": backends} | said
        return data(await self.root.post("/v1/models", json=body), 201)

    async def group(self, *slugs: str, **said: Any) -> Any:
        """A group with members."""
        body = {"slug": unique("group"), "display_name": "A group", "scope_type": "global"} | said
        made = data(await self.root.post("/v1/model-groups", json=body), 201)
        for slug in slugs:
            data(await self.root.post(f"/v1/model-groups/{made['id']}/members", json={"model_slug": slug}), 201)
        return made
