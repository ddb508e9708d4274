"""A change through one process counts for the very next call in every other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.inference.errors import ModelNotFound
from tests.world.models import Shop, data
from tests.world.platform import ROOT_KEY, Running, running, settings_for


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Running, Running]]:
    """Two running platforms on one database."""
    home: Path = tmp_path_factory.mktemp("home")
    async with running(settings_for(home)) as here, running(settings_for(home)) as there:
        yield here, there


async def test_every_change_here_counts_for_the_next_call_there(pair: tuple[Running, Running]) -> None:
    here, there = pair
    catalogue = there.platform.gateway.catalogue
    caller = (await there.platform.credentials.admit(ROOT_KEY)).caller
    async with here.client(ROOT_KEY) as root:
        shop = Shop(root)
        provider = await shop.provider()
        backend = await shop.backend(provider_id=provider["id"])
        made = await shop.model(backends=[{"backend_id": backend["id"]}])
        slug = made["slug"]
        (model,) = await catalogue.resolve(caller, slug, "chat")

        for number in range(5):
            data(await root.put(f"/v1/models/{slug}", json={"display_name": f"Name {number}"}))
            (model,) = await catalogue.resolve(caller, slug, "chat")
            assert model.display_name == f"Name {number}"

        data(await root.patch(f"/v1/providers/{provider['id']}", json={"api_key": "sk-new"}))
        (model,) = await catalogue.resolve(caller, slug, "chat")
        assert model.backends[0].connection.api_key == "sk-new"

        data(await root.patch(f"/v1/backends/{backend['id']}", json={"status": "disabled"}))
        (model,) = await catalogue.resolve(caller, slug, "chat")
        assert not model.backends

        group = await shop.group(slug)
        assert await catalogue.resolve(caller, group["slug"], "chat")
        data(await root.delete(f"/v1/model-groups/{group['id']}"))
        with pytest.raises(ModelNotFound):
            await catalogue.resolve(caller, group["slug"], "chat")

        data(await root.delete(f"/v1/models/{slug}"))
        with pytest.raises(ModelNotFound):
            await catalogue.resolve(caller, slug, "chat")


async def test_a_list_there_shows_what_was_just_added_here(pair: tuple[Running, Running]) -> None:
    here, there = pair
    async with here.client(ROOT_KEY) as root, there.client(ROOT_KEY) as reader:
        assert await _slugs(reader)
        made = await Shop(root).model()
        assert made["slug"] in await _slugs(reader)


async def _slugs(client: httpx.AsyncClient) -> list[str]:
    return [item["slug"] for item in data(await client.get("/v1/models"))["items"]]
