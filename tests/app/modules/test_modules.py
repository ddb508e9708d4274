"""Switching modules and setting them up."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.errors import PermissionDenied
from app.modules.catalogue import MASK, Module, Setting, SettingKind
from app.modules.configuring import Configuring
from app.modules.errors import ModuleNotEnabled
from app.modules.tables import ModuleSetting
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh

PATH = "/v1/modules/scaipersona"


@pytest.fixture(scope="module")
async def own() -> AsyncIterator[Running]:
    """A platform whose global switches are ours to play with."""
    async with fresh() as platform:
        yield platform


async def _on(client: httpx.AsyncClient, query: str = "") -> bool:
    on: bool = (await client.get(f"{PATH}{query}")).json()["data"]["enabled"]
    return on


async def test_modules_are_on_unless_somebody_says_otherwise(acme: Organisation) -> None:
    listed = (await acme.client("user").get("/v1/modules")).json()["data"]
    assert {(item["id"], item["enabled"]) for item in listed} == {("scaimatrix", True), ("scaipersona", True)}
    assert (await acme.client("viewer").get("/v1/modules")).status_code == 403
    missing = await acme.client("user").get("/v1/modules/scainothing")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "MODULE_NOT_FOUND")


async def test_modules_are_a_list_like_any_other(acme: Organisation) -> None:
    user = acme.client("user")
    first = (await user.get("/v1/modules?limit=1&order=asc")).json()
    assert ([item["id"] for item in first["data"]], first["meta"]["has_more"]) == (["scaimatrix"], True)
    rest = (await user.get("/v1/modules", params={"order": "asc", "cursor": first["meta"]["next_cursor"]})).json()
    assert [item["id"] for item in rest["data"]] == ["scaipersona"]
    assert (rest["meta"]["has_more"], rest["meta"]["next_cursor"]) == (False, None)
    assert [(await user.get(f"/v1/modules?{wrong}")).status_code for wrong in ("limit=0", "cursor=x")] == [422, 422]


async def test_a_tenants_admin_switches_for_the_tenant_alone(acme: Organisation, running: Running) -> None:
    other = await organisation(running)
    admin = acme.client("admin")
    assert (await acme.client("user").post(f"{PATH}/disable")).status_code == 403
    assert (await admin.post(f"{PATH}/disable")).json()["data"]["enabled"] is False
    assert not await _on(admin)
    assert await _on(other.client("admin"))
    with pytest.raises(ModuleNotEnabled):
        await running.platform.switchboard.require(acme.id, "scaipersona")
    assert (await admin.post(f"{PATH}/enable")).json()["data"]["enabled"] is True
    await running.platform.switchboard.require(acme.id, "scaipersona")
    assert (await admin.post(f"{PATH}/disable?tenant_id={other.id}")).status_code == 404
    await other.aclose()


async def test_what_operators_set_for_a_tenant_its_admins_cannot_undo(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    admin = acme.client("admin")
    await root.post(f"{PATH}/disable?tenant_id={acme.id}")
    refused = await admin.post(f"{PATH}/enable")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTHZ_PERMISSION_DENIED")
    assert (await admin.post(f"{PATH}/disable")).status_code == 200
    assert not await _on(root, f"?tenant_id={acme.id}")
    assert await _on(root)


async def test_switched_off_for_everybody_is_off_save_where_operators_say_on(own: Running) -> None:
    one, two = await organisation(own), await organisation(own)
    async with own.client(own.root_key) as root:
        await root.post(f"{PATH}/disable")
        await root.post(f"{PATH}/enable?tenant_id={two.id}")
        refused = await one.client("admin").post(f"{PATH}/enable")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "MODULE_NOT_ENABLED")
        assert not await _on(one.client("admin"))
        assert await _on(two.client("admin"))
        await root.post(f"{PATH}/enable")
        assert await _on(one.client("admin"))
    await one.aclose()
    await two.aclose()


async def test_settings_have_layers_and_null_resets(own: Running) -> None:
    tenant = await organisation(own)
    here = f"{PATH}/config?tenant_id={tenant.id}"
    async with own.client(own.root_key) as root:
        wide = await root.put(f"{PATH}/config", json={"scaidrive_base_url": "https://drive.example/", "s3_bucket": "a"})
        assert wide.json()["data"]["scaidrive_base_url"] == "https://drive.example"
        assert (await root.put(here, json={"s3_bucket": "b"})).json()["data"]["s3_bucket"] == "b"
        seen = (await tenant.client("admin").get(f"{PATH}/config")).json()["data"]
        assert (seen["s3_bucket"], seen["scaidrive_base_url"]) == ("b", "https://drive.example")
        assert (await root.get(f"{PATH}/config")).json()["data"]["s3_bucket"] == "a"
        layers = (await tenant.client("admin").get(f"{PATH}/settings")).json()["data"]
        (bucket,) = [layer for layer in layers if layer["key"] == "s3_bucket"]
        assert (bucket["everywhere"], bucket["here"], bucket["effective"]) == ("a", "b", "b")
        assert (await root.put(here, json={"s3_bucket": None})).json()["data"]["s3_bucket"] == "a"
        known = await own.platform.switchboard.settings_of(tenant.id, "scaipersona")
        assert known == {"s3_bucket": "a", "scaidrive_base_url": "https://drive.example"}
        await root.put(f"{PATH}/config", json={"s3_bucket": None, "scaidrive_base_url": None})
    assert await own.platform.switchboard.settings_of(tenant.id, "scaipersona") == {}
    await tenant.aclose()


async def test_a_secret_is_sealed_masked_and_survives_its_mask(acme: Organisation, root: httpx.AsyncClient) -> None:
    here = f"{PATH}/config?tenant_id={acme.id}"
    put = await root.put(here, json={"s3_secret_key": "open sesame"})
    assert put.json()["data"]["s3_secret_key"] == MASK
    await root.put(here, json={"s3_secret_key": MASK, "s3_region": "eu"})
    settings = await acme.running.platform.switchboard.settings_of(acme.id, "scaipersona")
    assert settings == {"s3_secret_key": "open sesame", "s3_region": "eu"}
    async with acme.running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        rows = await transaction.session.scalars(select(ModuleSetting).where(ModuleSetting.scope == acme.id))
        assert not any("sesame" in str(row.value) for row in rows)
    trail = await acme.client("admin").get("/v1/audit/events?action=module.configured")
    assert "sesame" not in trail.text
    assert trail.json()["data"]["items"][-1]["details"]["settings"] == ["s3_secret_key"]


async def test_unknown_and_unfit_settings_are_refused_whole(root: httpx.AsyncClient) -> None:
    wrong = await root.put(f"{PATH}/config", json={"s3_region": "eu", "scaidrive_url": "https://a.example"})
    assert wrong.status_code == 422
    (detail,) = wrong.json()["error"]["details"]
    assert (detail["field"], "did you mean 'scaidrive_base_url'" in detail["message"]) == ("scaidrive_url", True)
    unfit: list[object] = ["ftp://a", "https://u:p@a.example", "x", "", 3, ["a"], {}]
    for value in unfit:
        assert (await root.put(f"{PATH}/config", json={"scaidrive_base_url": value})).status_code == 422, value
    assert (await root.put(f"{PATH}/config", json=["a"])).status_code == 422
    assert (await root.put("/v1/modules/scaimatrix/config", json={"x": 1})).status_code == 422
    assert (await root.get(f"{PATH}/config")).json()["data"]["s3_region"] is None


async def test_a_tenants_admin_sets_only_what_is_theirs_to_set(acme: Organisation) -> None:
    refused = await acme.client("admin").put(f"{PATH}/config", json={"scaidrive_base_url": "http://169.254.169.254"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTHZ_PERMISSION_DENIED")
    assert (await acme.client("user").get(f"{PATH}/config")).status_code == 403
    ours = Setting("greeting", SettingKind.TEXT, "Hello.", tenant_settable=True)
    theirs = Setting("address", SettingKind.ADDRESS, "Where.")
    module = Module("scaitest", "Test", "A test.", {"greeting": ours, "address": theirs})
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        deed = Configuring(transaction, acme.running.platform.secrets)
        assert await deed.set(module, acme.id, {"greeting": "hi"}, operator=False) == ["greeting"]
        with pytest.raises(PermissionDenied):
            await deed.set(module, acme.id, {"greeting": "ho", "address": "https://a.example"}, operator=False)
        assert [layer.effective for layer in await deed.layers(module, acme.id)] == ["hi", None]
