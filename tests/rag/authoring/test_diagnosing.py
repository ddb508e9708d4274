"""Each entry of the troubleshooting page is a check of `diagnose`: with a verdict, and with the fix the page names."""

from __future__ import annotations

from typing import Any

import httpx

from acl.facts import DefaultAccess
from tests.world.models import Shop, data
from tests.world.passages import written
from tests.world.people import Organisation
from tests.world.personas import at, persona, published, reads
from tests.world.shelves import shelf

ENTRIES = {
    "Publishing returns PERSONA_MODEL_NOT_FOUND",
    "Caller gets `model not found` invoking a published persona",
    "Persona answers from system prompt, ignores attached sources",
    "Persona confabulates",
    "ScaiDrive shares list returns 503 or 502",
    "ScaiDrive source returns no chunks at invocation time",
    "Publishing assigns to no groups even though `group_ids` was passed",
    "Avatar upload returns `STORAGE_ERROR`",
    "Persona slug collides",
    "Updates don't appear in invocations",
    "Persona invocations not metered against the right cost centre",
}


async def checks(client: httpx.AsyncClient, one: Any) -> dict[str, Any]:
    """The checks by their ids."""
    return {check["id"]: check for check in data(await client.get(at(one, "diagnose")))["checks"]}


def verdict(found: dict[str, Any], id_: str) -> tuple[str, bool]:
    """What was found, and whether a fix is named."""
    return found[id_]["verdict"], found[id_]["fix"] is not None


async def test_every_entry_of_the_page_is_looked_into(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = data(await admin.get(at(await persona(admin), "diagnose")))
    assert {check["entry"] for check in made["checks"]} == ENTRIES
    assert all(check["fix"] for check in made["checks"] if check["verdict"] in {"problem", "warning"})
    assert made["healthy"] is False


async def test_a_persona_that_is_well_is_said_to_be(acme: Organisation, root: httpx.AsyncClient) -> None:
    admin, plans, group = acme.client("admin"), await shelf(acme), await Shop(root).group()
    one = await persona(admin, rag_enabled=True, grounding="strict", rag_min_score=0.3)
    await reads(admin, one, plans.id)
    data(await root.post(at(one, "publish"), json={"group_ids": [group["id"]]}, params={"tenant_id": acme.id}))
    made = data(await admin.get(at(one, "diagnose")))
    assert made["healthy"] is True
    assert {check["id"] for check in made["checks"] if check["verdict"] != "ok"} == set()


async def test_a_model_that_does_not_resolve_is_found(acme: Organisation) -> None:
    admin = acme.client("admin")
    found = await checks(admin, await persona(admin, model_slug="mistyped"))
    assert verdict(found, "model") == ("problem", True)
    assert "GET /v1/models" in found["model"]["fix"]


async def test_who_is_not_published_is_told_what_it_will_be_called(acme: Organisation, root: httpx.AsyncClient) -> None:
    admin, one = acme.client("admin"), await persona(acme.client("admin"), slug="help")
    found = await checks(admin, one)
    assert verdict(found, "invocation") == verdict(found, "updates") == ("problem", True)
    assert f"tenant/{acme.slug}/help" in found["invocation"]["fix"]
    done = data(await admin.post(at(one, "publish")))
    found = await checks(admin, one)
    assert verdict(found, "invocation") == verdict(found, "updates") == ("ok", False)
    assert done["published_slug"] in found["accounting"]["finding"]
    data(await root.patch(f"/v1/tenants/{acme.id}", json={"settings": {"enabled_models": ["local/quote"]}}))
    assert verdict(await checks(admin, one), "invocation") == ("problem", True)


async def test_sources_that_are_ignored_are_explained(acme: Organisation) -> None:
    """RAG disabled; no active sources; collection access denied; `rag_min_score` too high; wrong collection id."""
    admin, plans = acme.client("admin"), await shelf(acme)
    one = await persona(admin)
    found = await checks(admin, one)
    assert verdict(found, "rag_enabled") == verdict(found, "active_sources") == ("warning", True)
    source = await reads(admin, one, plans.id, status="disabled")
    data(await admin.put(at(one), json={"rag_min_score": 0.9}))
    found = await checks(admin, one)
    assert verdict(found, "rag_enabled") == ("problem", True)
    assert verdict(found, "min_score") == ("warning", True)
    assert "0.3" in found["min_score"]["fix"]
    data(await admin.put(at(one, "sources", source["id"]), json={"status": "active"}))
    data(await admin.put(at(one), json={"rag_enabled": True}))
    found = await checks(admin, one)
    assert verdict(found, "active_sources") == verdict(found, "collection_access") == ("ok", False)
    data(await admin.delete(f"/v1/modules/scaimatrix/collections/{plans.id}"))
    found = await checks(admin, one)
    assert verdict(found, "collection_access") == ("problem", True)
    assert plans.id in found["collection_access"]["finding"]
    assert "persona_rag_collection_search_error" in found["collection_access"]["fix"]


async def test_what_a_tester_may_not_read_is_no_more_to_them_than_what_is_gone(acme: Organisation) -> None:
    admin = acme.client("admin")
    hidden, open_ = await shelf(acme), await shelf(acme, default_access=DefaultAccess.TENANT)
    one = await persona(admin, rag_enabled=True)
    for place in (hidden, open_):
        await reads(admin, one, place.id, source_name=f"Named {place.id}")
    await acme.person("tester", "tenant_user", permissions=["scaipersona:test"])
    found = (await checks(acme.client("tester"), one))["collection_access"]
    assert found["verdict"] == "problem"
    assert hidden.id in found["finding"]
    assert open_.id not in found["finding"]
    data(await admin.delete(f"/v1/modules/scaimatrix/collections/{hidden.id}"))
    assert (await checks(acme.client("tester"), one))["collection_access"] == found


async def test_confabulating_has_all_the_advice_of_the_page(acme: Organisation) -> None:
    """The default behaviour is permissive: prompt, `rag_min_score`, `rag_top_k`, `multi_step`."""
    admin, one = acme.client("admin"), await persona(acme.client("admin"), rag_top_k=40)
    found = (await checks(admin, one))["grounding"]
    assert found["verdict"] == "warning"
    for word in ("system_prompt", "rag_min_score", "rag_top_k", "multi_step", "strict"):
        assert word in found["fix"]


async def test_shares_without_an_address_and_callers_with_keys_are_told(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    admin, one = acme.client("admin"), await persona(acme.client("admin"), rag_enabled=True)
    share = {"source_type": "scaidrive", "source_id": "share-1"}
    data(await admin.post(at(one, "sources"), json=share), 201)
    found = await checks(admin, one)
    assert verdict(found, "shares") == ("problem", True)
    assert "scaidrive_base_url" in found["shares"]["fix"]
    address = {"scaidrive_base_url": "http://127.0.0.1:9"}
    config, here = "/v1/modules/scaipersona/config", {"tenant_id": acme.id}
    data(await root.put(config, json=address, params=here))
    found = await checks(admin, one)
    assert verdict(found, "shares") == verdict(found, "share_retrieval") == ("warning", True)
    assert "API key" in found["shares"]["finding"]


async def test_what_has_changed_behind_a_published_persona_is_named(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    admin, behind = acme.client("admin"), await Shop(root).model()
    one = await published(admin, model_slug=behind["slug"])
    assert verdict(await checks(admin, one), "updates") == ("ok", False)
    data(await root.put(f"/v1/models/{behind['id']}", json={"context_window": 7000, "backends": []}))
    found = (await checks(admin, one))["updates"]
    assert (found["verdict"], "context_window" in found["finding"]) == ("warning", True)
    data(await admin.post(at(one, "publish")))
    found = await checks(admin, one)
    assert verdict(found, "updates") == ("ok", False)
    assert verdict(found, "invocation") == ("problem", True), "no backend is left"


async def test_a_question_shows_whether_passages_are_lost_to_the_least_score(acme: Organisation) -> None:
    """`rag_min_score` too high. Drop it (try 0.3 — 0.4) to let weaker matches through."""
    admin = acme.client("admin")
    place = await written(acme, {"harbour": ["The harbour closes at dusk."], "bread": ["Bread is baked at dawn."]})
    one = await persona(admin, rag_enabled=True, rag_search_type="keyword", rag_min_score=1.0)
    await reads(admin, one, place.id)

    async def asked(question: str) -> Any:
        made = data(await admin.get(at(one, "diagnose"), params={"query": question}))
        return {check["id"]: check for check in made["checks"]}["min_score"]

    lost = await asked("harbour dusk tides and pilots of the old town")
    assert (lost["verdict"], lost["fix"]) == ("problem", "Drop rag_min_score to 0.3 or 0.4.")
    data(await admin.patch(at(one), json={"rag_min_score": None}))
    assert (await asked("harbour dusk tides and pilots of the old town"))["verdict"] == "ok"
    assert (await asked("elephants"))["verdict"] == "warning"
