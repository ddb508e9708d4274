"""What a slug leads to, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.db.base import CATALOGUE
from app.db.epochs import read_epochs
from app.db.tenancy import Reach
from app.errors import ValidationFailed
from app.identity.caller import Caller
from app.inference.callable import CallableModel, Modality
from app.inference.errors import ModelAccessDenied, ModelNotFound, ModelUnavailable
from app.inference.tables import Provider
from app.secrets import Secrets
from tests.world.models import ADDRESS, KEY, Shop, data
from tests.world.people import Organisation
from tests.world.platform import Running


async def caller_of(acme: Organisation, name: str = "user") -> Caller:
    return (await acme.running.platform.credentials.admit(acme.people[name].key)).caller


async def resolve(acme: Organisation, slug: str, modality: Modality = "chat", **how: Any) -> Sequence[CallableModel]:
    return await acme.running.platform.gateway.catalogue.resolve(await caller_of(acme), slug, modality, **how)


async def test_a_slug_leads_to_its_model_with_everything_needed_to_call_it(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    shop = Shop(root)
    second, first = await shop.backend(timeout_s=7), await shop.backend()
    made = await shop.model(
        backends=[{"backend_id": second["id"], "priority": 5, "weight": 3}, {"backend_id": first["id"]}],
        input_price_per_mtok="0.15",
        default_params={"temperature": 0.2},
    )
    (model,) = await resolve(acme, made["slug"])
    assert [link.backend_id for link in model.backends] == [first["id"], second["id"]]
    assert model.backends[1].weight == 3
    assert model.backends[1].connection.timeout_s == 7
    assert model.backends[0].connection.base_url == ADDRESS
    assert model.backends[0].connection.api_key == KEY
    assert str(model.input_price) == "0.150000000000"
    assert model.default_params == {"temperature": 0.2}
    assert KEY not in repr(model)
    assert KEY not in repr(model.backends[0].connection)


async def test_an_unknown_slug_and_a_hidden_one_are_equally_not_found(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    hidden = await Shop(root).model(visibility="tenants", tenant_ids=[])
    for slug in ("no/such-model", hidden["slug"]):
        with pytest.raises(ModelNotFound):
            await resolve(acme, slug)


async def test_a_model_for_some_tenants_is_there_for_them_alone(acme: Organisation, root: httpx.AsyncClient) -> None:
    mine = await Shop(root).model(visibility="tenants", tenant_ids=[acme.id])
    (model,) = await resolve(acme, mine["slug"])
    assert model.id == mine["id"]
    stranger = replace(await caller_of(acme), tenant_id="tnt_other")
    with pytest.raises(ModelNotFound):
        await acme.running.platform.gateway.catalogue.resolve(stranger, mine["slug"], "chat")


async def test_an_embedding_model_cannot_be_chatted_with(acme: Organisation) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await resolve(acme, "local/minilm", "chat")
    assert refused.value.details[0].field == "model"
    assert "is an embedding model" in refused.value.message


async def test_a_viewer_sees_a_model_but_may_not_call_it(acme: Organisation) -> None:
    catalogue, viewer = acme.running.platform.gateway.catalogue, await caller_of(acme, "viewer")
    with pytest.raises(ModelAccessDenied):
        await catalogue.resolve(viewer, "local/quote", "chat")
    (model,) = await catalogue.resolve(viewer, "local/quote", "chat", invoked=False)
    assert model.slug == "local/quote"


async def test_a_key_without_the_scope_may_not_call(acme: Organisation) -> None:
    narrowed = replace(await caller_of(acme), scopes=frozenset({"models:list"}))
    with pytest.raises(ModelAccessDenied):
        await acme.running.platform.gateway.catalogue.resolve(narrowed, "local/quote", "chat")


async def test_a_tenant_calls_only_what_it_is_enabled_for(acme: Organisation, root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    other = await shop.model()
    group = await shop.group("local/quote", other["slug"])
    enabled = replace(await caller_of(acme), tenant_settings={"enabled_models": ["local/quote"]})
    catalogue = acme.running.platform.gateway.catalogue
    with pytest.raises(ModelAccessDenied):
        await catalogue.resolve(enabled, other["slug"], "chat")
    assert [model.slug for model in await catalogue.resolve(enabled, group["slug"], "chat")] == ["local/quote"]
    assert await catalogue.resolve(enabled, other["slug"], "chat", invoked=False)
    broken = replace(enabled, tenant_settings={"enabled_models": "local/quote"})
    with pytest.raises(ModelAccessDenied):
        await catalogue.resolve(broken, "local/quote", "chat")


async def test_a_groups_slug_leads_to_its_visible_members_in_order(acme: Organisation, root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    hidden = await shop.model(visibility="tenants", tenant_ids=[])
    first, second = await shop.model(), await shop.model()
    group = await shop.group(second["slug"], hidden["slug"], "local/minilm", first["slug"])
    assert [model.slug for model in await resolve(acme, group["slug"])] == [second["slug"], first["slug"]]
    assert [model.slug for model in await resolve(acme, group["slug"], "embedding")] == ["local/minilm"]


async def test_a_groups_slug_is_not_there_outside_its_scope(acme: Organisation, root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    mine = await shop.group("local/quote", scope_type="tenant", scope_id=acme.id)
    ours = await shop.group("local/quote", scope_type="partner", scope_id=acme.partner_id)
    empty = await shop.group()
    assert await resolve(acme, mine["slug"])
    assert await resolve(acme, ours["slug"])
    with pytest.raises(ModelUnavailable):
        await resolve(acme, empty["slug"])
    stranger = replace(await caller_of(acme), tenant_id="tnt_other", partner_id="prt_other")
    for slug in (mine["slug"], ours["slug"]):
        with pytest.raises(ModelNotFound):
            await acme.running.platform.gateway.catalogue.resolve(stranger, slug, "chat")


async def test_a_disabled_backend_is_not_tried(acme: Organisation, root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    backend = await shop.backend()
    made = await shop.model(backends=[{"backend_id": backend["id"]}])
    data(await root.patch(f"/v1/backends/{backend['id']}", json={"status": "disabled"}))
    (model,) = await resolve(acme, made["slug"])
    assert model.backends == ()
    assert model.links[0].backend_id == backend["id"]


async def test_an_address_of_a_backends_own_does_not_get_the_providers_key(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    shop = Shop(root)
    elsewhere = await shop.backend(connection={"base_url": "https://elsewhere.example"})
    own_key = await shop.backend(connection={"api_key": "sk-own"})
    made = await shop.model(backends=[{"backend_id": elsewhere["id"]}, {"backend_id": own_key["id"], "priority": 1}])
    (model,) = await resolve(acme, made["slug"])
    assert model.backends[0].connection.base_url == "https://elsewhere.example"
    assert model.backends[0].connection.api_key is None
    assert model.backends[1].connection.base_url == ADDRESS
    assert model.backends[1].connection.api_key == "sk-own"


async def test_an_epoch_that_was_read_already_is_enough(acme: Organisation, root: httpx.AsyncClient) -> None:
    platform = acme.running.platform
    held = await platform.gateway.catalogue.snapshot()
    assert await platform.gateway.catalogue.snapshot(held.epoch) is held
    made = await Shop(root).model()
    with platform.database.lanes.execution_options(writes=False).connect() as connection:
        now = read_epochs(connection, [CATALOGUE])[CATALOGUE]
    assert now > held.epoch
    assert made["slug"] in (await platform.gateway.catalogue.snapshot(now)).models


async def test_one_backend_sealed_with_a_lost_key_does_not_take_the_others_down(running: Running) -> None:
    async with running.client(running.root_key) as root:
        shop = Shop(root)
        made = await shop.model()
        snapshot = await running.platform.gateway.catalogue.snapshot()
        provider = snapshot.models[made["slug"]].backends[0].provider_id
        await _spoil(running, provider)
        lost = (await running.platform.gateway.catalogue.snapshot()).models
        assert lost[made["slug"]].backends == ()
        assert lost["local/quote"].backends
        shown = data(await root.get(f"/v1/providers/{provider}"))
        assert not shown["has_api_key"]
        mended = {"base_url": ADDRESS, "api_key": KEY}
        data(await root.patch(f"/v1/providers/{provider}", json=mended))
        assert (await running.platform.gateway.catalogue.snapshot()).models[made["slug"]].backends


async def _spoil(running: Running, provider_id: str) -> None:
    async with running.platform.transactions.open(Reach.everywhere()) as transaction:
        row = await transaction.session.get_one(Provider, provider_id)
        row.sealed_config = Secrets(b"x" * 32).seal("{}", purpose="provider")
