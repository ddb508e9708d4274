"""The built-in models, from the first start on."""

from __future__ import annotations

from pathlib import Path

from app.db.tenancy import Reach
from app.inference.founding import ensure_builtin
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.platform import ROOT_KEY, running, settings_for


async def test_the_built_in_models_are_there_for_everybody(acme: Organisation) -> None:
    viewer = acme.client("viewer")
    minilm = data(await viewer.get("/v1/models/local/minilm"))
    quote = data(await viewer.get("/v1/models/local%2Fquote"))
    assert (minilm["modality"], minilm["context_window"]) == ("embedding", 256)
    assert (quote["modality"], quote["capabilities"]) == ("chat", {"tools": False, "vision": False, "json": True})
    assert quote["input_price_per_mtok"] == minilm["output_price_per_mtok"] == "0"
    snapshot = await acme.running.platform.gateway.catalogue.snapshot()
    (backend,) = snapshot.models["local/minilm"].backends
    assert (backend.provider_type, backend.upstream_model, backend.dimensions) == ("local", "minilm", 384)
    assert backend.connection.base_url is None


async def test_a_later_start_adds_what_is_missing_and_keeps_what_was_changed(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    async with running(settings) as first, first.client(ROOT_KEY) as root:
        data(await root.put("/v1/models/local/minilm", json={"display_name": "Ours"}))
        data(await root.delete("/v1/models/local/quote"))
    async with running(settings) as second, second.client(ROOT_KEY) as root:
        items = {item["slug"]: item for item in data(await root.get("/v1/models"))["items"]}
        assert items["local/minilm"]["display_name"] == "Ours"
        assert set(items) == {"local/minilm", "local/quote"}
        assert len(data(await root.get("/v1/backends"))) == 2
        assert len(data(await root.get("/v1/providers"))) == 1


async def test_ensuring_twice_changes_nothing(acme: Organisation) -> None:
    platform = acme.running.platform
    before = (await platform.gateway.catalogue.snapshot()).epoch
    async with platform.transactions.open(Reach.everywhere()) as transaction:
        await ensure_builtin(transaction)
    assert (await platform.gateway.catalogue.snapshot()).epoch == before
