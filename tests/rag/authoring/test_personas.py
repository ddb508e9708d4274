"""Personas as their authors keep them: made, changed, shown and deleted, each in its tenant."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import inspect

from app.db.tenancy import Reach
from app.ids import new_id
from rag.personas.authoring import MOST
from rag.personas.tables import PersonaRow, PersonaSourceRow
from tests.world.models import code, data, fields
from tests.world.people import Organisation, organisation
from tests.world.personas import PERSONAS, at, persona, published
from tests.world.platform import Running

NOTHING_SAID = {
    "description": "", "system_prompt": "", "rag_enabled": False, "rag_strategy": "single_step", "rag_top_k": 5,
    "rag_min_score": None, "rag_context_template": "$context", "rag_search_type": "vector",
    "status_messages_mode": "standard", "rag_status_messages": {}, "grounding": "permissive", "default_params": {},
    "status": "draft", "metadata": {}, "avatar_url": None, "published": False, "published_model_id": None,
    "published_slug": None,
}  # fmt: skip
EVERYTHING: dict[str, Any] = {
    "description": "Helps", "system_prompt": "You help.", "rag_enabled": True, "rag_strategy": "agentic",
    "rag_top_k": 50, "rag_min_score": 0.35, "rag_context_template": "Known:\n$context", "rag_search_type": "combined",
    "status_messages_mode": "custom", "rag_status_messages": {"searching": "Looking…"}, "grounding": "strict",
    "default_params": {"temperature": 0.2}, "metadata": {"team": "blue"},
}  # fmt: skip


async def test_what_is_not_said_is_as_the_contract_has_it(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await persona(admin, name="Réfund Guide")
    assert made["id"].startswith("per_")
    assert (made["name"], made["slug"], made["model_slug"]) == ("Réfund Guide", "refund-guide", "local/quote")
    assert {name: made[name] for name in NOTHING_SAID} == NOTHING_SAID
    assert made["created_by"] == acme.people["admin"].id
    assert data(await admin.get(at(made))) == made


async def test_put_ignores_nulls_and_patch_empties_what_may_be_empty(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await persona(admin)
    changed = data(await admin.put(at(made), json={**EVERYTHING, "name": None}))
    assert {name: changed[name] for name in EVERYTHING} == EVERYTHING
    assert changed["name"] == made["name"]
    same = data(await admin.put(at(made), json=dict.fromkeys(EVERYTHING)))
    assert same == changed, "nothing was said, and so nothing has changed"
    emptied = data(await admin.patch(at(made), json={"rag_min_score": None}))
    assert emptied["rag_min_score"] is None
    assert code(await admin.patch(at(made), json={"name": None})) == (422, "VALIDATION_ERROR")


async def test_a_slug_is_its_tenants_alone_and_the_same_may_be_anothers(running: Running, acme: Organisation) -> None:
    """`PERSONA_SLUG_CONFLICT` on create — another persona in the same tenant already uses this slug."""
    admin, other = acme.client("admin"), await organisation(running)
    made = await persona(admin, name="Support", slug="acme-support")
    again = {"name": "Another", "slug": "acme-support", "model_slug": "local/quote"}
    assert code(await admin.post(PERSONAS, json=again)) == (409, "PERSONA_SLUG_CONFLICT")
    assert code(await admin.post(PERSONAS, json={**again, "name": "acme support", "slug": None})) == (
        409,
        "PERSONA_SLUG_CONFLICT",
    )
    second = await persona(admin)
    assert code(await admin.put(at(second), json={"slug": "acme-support"})) == (409, "PERSONA_SLUG_CONFLICT")
    assert (await persona(other.client("admin"), slug="acme-support"))["slug"] == made["slug"]
    data(await admin.delete(at(made)))
    assert data(await admin.put(at(second), json={"slug": "acme-support"}))["slug"] == "acme-support"
    await other.aclose()


async def test_many_who_want_one_slug_at_once_leave_one_that_has_it(acme: Organisation) -> None:
    admin = acme.client("admin")
    body = {"name": "Race", "slug": "race", "model_slug": "local/quote"}
    answers = await asyncio.gather(*(admin.post(PERSONAS, json=body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"slug": "No Slug"}, "slug"),
        ({"slug": "avatar"}, "slug"),
        ({"rag_top_k": 0}, "rag_top_k"),
        ({"rag_top_k": 51}, "rag_top_k"),
        ({"rag_min_score": True}, "rag_min_score"),
        ({"rag_context_template": "no place"}, "rag_context_template"),
        ({"rag_strategy": "guess"}, "rag_strategy"),
        ({"default_params": {"model": "x"}}, "default_params.model"),
        ({"default_params": {"messages": []}}, "default_params.messages"),
        ({"model_slug": "tenant/acme/other"}, "model_slug"),
        ({"strategy": "agentic"}, "strategy"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(acme: Organisation, said: dict[str, Any], field: str) -> None:
    admin = acme.client("admin")
    answer = await admin.post(PERSONAS, json={"name": "X", "model_slug": "local/quote", **said})
    assert (answer.status_code, fields(answer)) == (422, [field])
    one = await persona(admin)
    assert fields(await admin.put(at(one), json=said)) == [field]
    assert data(await admin.get(at(one))) == one


async def test_a_name_that_makes_no_slug_gets_one_all_the_same(acme: Organisation) -> None:
    for name in ("支持", "Avatar"):
        assert (await persona(acme.client("admin"), name=name))["slug"].startswith("persona-")


async def test_a_model_that_is_not_there_may_be_named_before_it_is(acme: Organisation) -> None:
    """The persona row stays valid until you fix this."""
    made = await persona(acme.client("admin"), model_slug="not/there-yet")
    assert made["model_slug"] == "not/there-yet"


async def test_a_change_against_another_version_is_refused(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await persona(admin)
    first = (await admin.get(at(made))).headers["etag"]
    assert (await admin.get(at(made), headers={"If-None-Match": first})).status_code == 304
    changed = await admin.put(at(made), json={"name": "Newer"}, headers={"If-Match": first})
    assert changed.status_code == 200
    for method, path in [("PUT", at(made)), ("DELETE", at(made)), ("POST", at(made, "publish"))]:
        stale = await admin.request(method, path, json={}, headers={"If-Match": first})
        assert code(stale) == (412, "PRECONDITION_FAILED"), (method, path)
    assert data(await admin.delete(at(made), headers={"If-Match": changed.headers["etag"]})) == {"deleted": True}


async def test_what_is_deleted_is_not_there_and_neither_is_its_model(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await published(admin)
    assert data(await admin.delete(at(one))) == {"deleted": True}
    for answer in (await admin.get(at(one)), await admin.delete(at(one)), await admin.put(at(one), json={})):
        assert code(answer) == (404, "PERSONA_NOT_FOUND")
    assert code(await admin.get(f"/v1/models/{one['published_slug']}")) == (404, "MODEL_NOT_FOUND")


async def test_another_tenants_persona_is_not_there(running: Running, acme: Organisation) -> None:
    """The persona itself is tenant-scoped — `get_for_tenant` rejects any cross-tenant read."""
    one, other = await published(acme.client("admin")), await organisation(running)
    stranger = other.client("admin")
    for method, more in [("GET", ()), ("PUT", ()), ("DELETE", ()), ("POST", ("publish",)), ("GET", ("sources",))]:
        answer = await stranger.request(method, at(one, *more), json={} if method in {"PUT", "POST"} else None)
        assert code(answer) == (404, "PERSONA_NOT_FOUND")
    assert data(await stranger.get(PERSONAS)) == []
    await other.aclose()


async def test_each_permission_opens_its_own_routes(acme: Organisation) -> None:
    made = await persona(acme.client("admin"))
    viewer, user = acme.client("viewer"), acme.client("user")
    assert data(await viewer.get(at(made)))["id"] == made["id"]
    denied = (403, "AUTHZ_PERMISSION_DENIED")
    assert code(await viewer.put(at(made), json={})) == code(await viewer.get(at(made, "diagnose"))) == denied
    assert code(await user.get(PERSONAS)) == code(await user.get(at(made))) == denied
    await acme.person("tester", "tenant_user", permissions=["scaipersona:test"])
    tester = acme.client("tester")
    assert (await tester.get(at(made, "diagnose"))).status_code == 200
    assert code(await tester.get(at(made))) == denied


async def test_what_was_done_is_in_the_trail_of_the_module(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await published(admin)
    data(await admin.put(at(one), json={"system_prompt": "secret words", "metadata": {"a": 1}}))
    data(await admin.put(at(one), json={"status": "archived"}))
    data(await admin.delete(at(one)))
    events = data(await admin.get("/v1/audit/events?module=scaipersona&order=asc"))["items"]
    mine = {event["action"]: event for event in events if event["target_id"] == one["id"]}
    wanted = ["persona.created", "persona.published", "persona.updated", "persona.unpublished", "persona.deleted"]
    assert sorted(mine) == sorted(wanted)
    assert "secret words" not in str(events)


async def test_a_super_admin_works_in_a_tenant_by_naming_it(acme: Organisation, root: httpx.AsyncClient) -> None:
    body = {"name": "From above", "model_slug": "local/quote"}
    here = {"tenant_id": acme.id}
    made = data(await root.post(PERSONAS, json=body, params=here), 201)
    assert data(await acme.client("admin").get(at(made)))["name"] == "From above"
    assert code(await root.post(at(made, "publish"), json={})) == (404, "PERSONA_NOT_FOUND")
    done = data(await root.post(at(made, "publish"), json={}, params=here))
    assert done["published_slug"] == f"tenant/{acme.slug}/from-above"


async def test_the_list_goes_on_page_by_page(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = [(await persona(admin, name=f"Number {number}"))["id"] for number in range(5)]
    first = (await admin.get(PERSONAS, params={"limit": 3, "order": "asc"})).json()
    rest = (
        await admin.get(PERSONAS, params={"limit": 3, "order": "asc", "cursor": first["meta"]["next_cursor"]})
    ).json()
    assert [one["id"] for one in (*first["data"], *rest["data"])] == made
    assert rest["meta"]["has_more"] is False


async def test_a_tenant_keeps_so_many_personas_and_no_more(acme: Organisation) -> None:
    """Every process knows the published ones: without an end to them, one tenant could take all the memory there is."""
    admin, first = acme.client("admin"), await persona(acme.client("admin"))
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        like = await transaction.session.get_one(PersonaRow, first["id"])
        kept = {column.key: getattr(like, column.key) for column in inspect(PersonaRow).mapper.column_attrs}
        for number in range(MOST - 1):
            transaction.session.add(PersonaRow(**{**kept, "id": new_id("per"), "slug": f"number-{number}"}))
    refused = await admin.post(PERSONAS, json={"name": "One more", "model_slug": "local/quote"})
    assert code(refused) == (429, "QUOTA_EXCEEDED")
    data(await admin.delete(at(first)))
    await persona(admin)


async def test_a_module_that_is_off_says_so_and_keeps_what_it_holds(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await published(admin)
    data(await admin.post("/v1/modules/scaipersona/disable"))
    for method, path in [("GET", PERSONAS), ("GET", at(one)), ("PUT", at(one)), ("POST", at(one, "publish"))]:
        body: dict[str, Any] | None = None if method == "GET" else {}
        assert code(await admin.request(method, path, json=body)) == (403, "MODULE_NOT_ENABLED")
    data(await admin.post("/v1/modules/scaipersona/enable"))
    assert data(await admin.get(at(one)))["published_slug"] == one["published_slug"]


async def test_the_tables_are_those_the_architecture_names() -> None:
    """Personas and sources — in tables `mod_scaipersona_personas` and `mod_scaipersona_persona_sources`."""
    names = [PersonaRow.__tablename__, PersonaSourceRow.__tablename__]
    assert names == ["mod_scaipersona_personas", "mod_scaipersona_persona_sources"]
