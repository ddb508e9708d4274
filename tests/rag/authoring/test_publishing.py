"""A published persona is a model: made of the one behind it, kept in step, and taken down without a trace."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.world.models import Shop, code, data, fields
from tests.world.patience import eventually
from tests.world.people import Organisation, organisation
from tests.world.personas import at, persona, published
from tests.world.platform import Running, unique

SAY = [{"role": "user", "content": "Hello"}]
_MODELS = "/v1/models?limit=1000&order=desc"  # by slug: those of tenants before all that others have left here


async def model_of(client: httpx.AsyncClient, one: Any) -> Any:
    return data(await client.get(f"/v1/models/{one['published_slug']}"))


async def test_publishing_makes_a_model_of_the_persona_and_the_one_behind_it(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    """Has slug `tenant/{tenant_slug}/{persona_slug}`; inherits `modality`, `capabilities`, `context_window` and
    pricing; uses the persona's `system_prompt` as its `system_prompt_template`; carries `avatar_url` and
    `default_params`; has its backend links copied from the underlying frontend model."""
    admin = acme.client("admin")
    behind = await Shop(root).model(
        context_window=32_000, max_output_tokens=900, input_price_per_mtok="1.5", output_price_per_mtok="2.25",
        capabilities={"vision": False}, system_prompt_template="Theirs", default_params={"top_p": 0.5},
    )  # fmt: skip
    said = {"system_prompt": "You are Acme.", "default_params": {"temperature": 0.1}, "description": "Helps"}
    made = await persona(admin, name="Help", model_slug=behind["slug"], **said)
    done = data(await admin.post(at(made, "publish")))
    assert (done["published"], done["status"], done["groups"]) == (True, "active", [])
    assert done["published_slug"] == f"tenant/{acme.slug}/help"
    model = data(await root.get(f"/v1/models/{done['published_model_id']}"))
    copied = ("modality", "capabilities", "context_window", "max_output_tokens", "backends")
    prices = ("input_price_per_mtok", "output_price_per_mtok")
    assert {name: model[name] for name in (*copied, *prices)} == {name: behind[name] for name in (*copied, *prices)}
    assert (model["slug"], model["display_name"], model["description"]) == (done["published_slug"], "Help", "Helps")
    assert (model["system_prompt_template"], model["default_params"]) == ("You are Acme.", {"temperature": 0.1})
    assert (model["metadata"], model["tenant_ids"]) == ({"persona_id": made["id"]}, [acme.id])


async def test_anybody_with_models_use_calls_it_by_its_slug_and_by_nothing_else(
    running: Running, acme: Organisation
) -> None:
    """The published model's slug is `tenant/{tenant_slug}/{persona_slug}`, not the persona's own slug; wrong is the
    bare `slug`, the tenant id in place of its slug, and what was unpublished meanwhile."""
    admin, user, other = acme.client("admin"), acme.client("user"), await organisation(running)
    one = await published(admin, slug="acme-support")

    async def called(client: httpx.AsyncClient, slug: str) -> httpx.Response:
        return await client.post("/v1/inference/chat", json={"model": slug, "messages": SAY})

    slug = f"tenant/{acme.slug}/acme-support"
    assert data(await called(user, slug))["model"] == slug
    for wrong in ("acme-support", f"tenant/{acme.id}/acme-support", f"tenant/{acme.slug}/{one['id']}"):
        assert code(await called(user, wrong)) == (404, "MODEL_NOT_FOUND")
    assert code(await called(other.client("admin"), slug)) == (404, "MODEL_NOT_FOUND")
    shown = data(await acme.client("viewer").get(_MODELS))["items"]
    assert slug in {model["slug"] for model in shown}
    data(await admin.post(at(one, "unpublish")))
    assert code(await called(user, slug)) == (404, "MODEL_NOT_FOUND")
    await other.aclose()


async def test_a_model_that_does_not_resolve_is_said_so(acme: Organisation, root: httpx.AsyncClient) -> None:
    """Either you mistyped the slug, the underlying model was deleted, or the model exists but isn't visible to your
    tenant."""
    admin, shop = acme.client("admin"), Shop(root)
    hidden = await shop.model(visibility="tenants", tenant_ids=[])
    group, gone = await shop.group("local/quote"), await shop.model()
    data(await root.delete(f"/v1/models/{gone['id']}"))
    answers = set()
    for slug in ("local/qoute", hidden["slug"], gone["slug"], group["slug"], hidden["id"]):
        made = await persona(admin, model_slug=slug)
        answer = await admin.post(at(made, "publish"))
        assert code(answer) == (404, "PERSONA_MODEL_NOT_FOUND"), slug
        answers.add(answer.json()["error"]["message"])
        assert data(await admin.get(at(made))) == made, "the persona row stays valid"
    assert len(answers) == 1, "hidden and missing are told apart"
    vectors = await persona(admin, model_slug="local/minilm")
    assert fields(await admin.post(at(vectors, "publish"))) == ["model_slug"]


async def test_a_model_that_is_restored_can_be_published_on(acme: Organisation, root: httpx.AsyncClient) -> None:
    """If the model was unintentionally deleted, restore or recreate it."""
    admin, slug = acme.client("admin"), unique("later")
    made = await persona(admin, model_slug=slug)
    assert code(await admin.post(at(made, "publish"))) == (404, "PERSONA_MODEL_NOT_FOUND")
    await Shop(root).model(slug=slug)
    assert data(await admin.post(at(made, "publish")))["published"] is True


async def test_editing_a_published_persona_is_live_on_the_next_call(acme: Organisation) -> None:
    """Editing a persona while it's published auto-syncs the frontend model on the next `PUT /personas/{id}`; there is
    no separate draft / live split."""
    admin = acme.client("admin")
    one = await published(admin, name="First", system_prompt="One")
    said = {"name": "Second", "system_prompt": "Two", "default_params": {"temperature": 1}, "description": "New"}
    changed = data(await admin.put(at(one), json=said))
    model = await model_of(admin, changed)
    assert (model["display_name"], model["system_prompt_template"]) == ("Second", "Two")
    assert (model["default_params"], model["description"]) == ({"temperature": 1}, "New")
    assert model["id"] == one["published_model_id"]


async def test_renaming_the_slug_while_published_moves_the_model_and_its_memberships(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    admin = acme.client("admin")
    group = await Shop(root).group(scope_type="tenant", scope_id=acme.id)
    made = await persona(admin, slug="before")
    one = data(await admin.post(at(made, "publish"), json={"group_ids": [group["id"]]}))
    moved = data(await admin.put(at(one), json={"slug": "after"}))
    assert moved["published_slug"] == f"tenant/{acme.slug}/after"
    assert moved["published_model_id"] == one["published_model_id"]
    assert code(await admin.get(f"/v1/models/{one['published_slug']}")) == (404, "MODEL_NOT_FOUND")
    members = data(await admin.get(f"/v1/model-groups/{group['id']}/members"))
    assert [member["model_slug"] for member in members] == [moved["published_slug"]]


async def test_a_second_publish_is_a_resync_with_the_model_behind(acme: Organisation, root: httpx.AsyncClient) -> None:
    admin = acme.client("admin")
    behind = await Shop(root).model(context_window=1000)
    one = await published(admin, model_slug=behind["slug"])
    data(await root.put(f"/v1/models/{behind['id']}", json={"context_window": 2000, "backends": []}))
    assert (await model_of(admin, one))["context_window"] == 1000, "copied when it was published"
    again = data(await admin.post(at(one, "publish"), json={}))
    assert again["published_model_id"] == one["published_model_id"]
    model = await model_of(admin, again)
    assert (model["context_window"], model["backends"]) == (2000, [])


async def test_a_persona_outlives_the_model_behind_it(acme: Organisation, root: httpx.AsyncClient) -> None:
    admin = acme.client("admin")
    behind = await Shop(root).model(context_window=1000)
    one = await published(admin, model_slug=behind["slug"])
    data(await root.delete(f"/v1/models/{behind['id']}"))
    data(await admin.put(at(one), json={"system_prompt": "Still here"}))
    model = await model_of(admin, one)
    assert (model["system_prompt_template"], model["context_window"]) == ("Still here", 1000)
    assert len(model["backends"]) == 1
    assert code(await admin.put(at(one), json={"model_slug": "not/there"})) == (404, "PERSONA_MODEL_NOT_FOUND")
    assert data(await admin.get(at(one)))["model_slug"] == behind["slug"], "what was refused has changed nothing"
    other = data(await admin.put(at(one), json={"model_slug": "local/quote"}))
    assert (await model_of(admin, other))["backends"] != model["backends"]


async def test_unpublishing_deletes_the_model_and_every_membership_and_keeps_the_persona(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    """Unpublishing deletes the frontend model and removes it from any model groups it had joined. The persona itself
    stays put; you can re-publish later."""
    admin, group = acme.client("admin"), await Shop(root).group(scope_type="tenant", scope_id=acme.id)
    made = await persona(admin)
    one = data(await admin.post(at(made, "publish"), json={"group_ids": [group["id"]]}))
    down = data(await admin.post(at(one, "unpublish")))
    assert (down["published"], down["published_model_id"], down["published_slug"]) == (False, None, None)
    assert data(await admin.get(f"/v1/model-groups/{group['id']}/members")) == []
    assert data(await admin.post(at(one, "unpublish"))) == down, "a second time changes nothing"
    again = data(await admin.post(at(one, "publish")))
    assert again["published_slug"] == one["published_slug"]
    assert again["published_model_id"] != one["published_model_id"]


async def test_archiving_unpublishes_and_a_published_persona_is_no_draft(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await published(admin)
    assert fields(await admin.put(at(one), json={"status": "draft"})) == ["status"]
    archived = data(await admin.put(at(one), json={"status": "archived"}))
    assert (archived["status"], archived["published"]) == ("archived", False)
    assert code(await admin.get(f"/v1/models/{one['published_slug']}")) == (404, "MODEL_NOT_FOUND")
    assert data(await admin.post(at(one, "publish")))["status"] == "active"


async def test_the_model_of_a_persona_is_changed_through_the_persona_alone(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    one = await published(acme.client("admin"))
    for method in ("PUT", "PATCH", "DELETE"):
        answer = await root.request(method, f"/v1/models/{one['published_model_id']}", json={})
        assert code(answer) == (409, "MODEL_OWNED_BY_PERSONA")


async def test_groups_outside_the_callers_scope_are_left_out_and_fail_nothing(
    running: Running, acme: Organisation, root: httpx.AsyncClient
) -> None:
    """A super-admin can target any group; a partner-admin partner-scoped groups for their partner only; a tenant-admin
    tenant-scoped groups for their tenant only; global groups are super-admin-only; ids outside are dropped."""
    shop, other = Shop(root), await organisation(running)
    groups = {
        "own": await shop.group(scope_type="tenant", scope_id=acme.id),
        "theirs": await shop.group(scope_type="tenant", scope_id=other.id),
        "partner": await shop.group(scope_type="partner", scope_id=acme.partner_id),
        "their partner": await shop.group(scope_type="partner", scope_id=other.partner_id),
        "global": await shop.group(),
        "missing": {"id": "mgr_missing"},
    }
    await acme.person("author", "tenant_user", permissions=["scaipersona:manage"])
    await acme.person("partner", "partner_admin")
    may = {
        "admin": {"own"},
        "author": set(),
        "partner": {"partner"},
        "root": {"own", "theirs", "partner", "their partner", "global"},
    }
    made = await persona(acme.client("admin"))
    for name, wanted in may.items():
        client = root if name == "root" else acme.client(name)
        here = {"tenant_id": acme.id}
        body = {"group_ids": [group["id"] for group in groups.values()]}
        done = data(await client.post(at(made, "publish"), json=body, params=here))
        outcomes = {group["group_id"]: group for group in done["groups"]}
        for called, group in groups.items():
            reason = None if called in wanted else "out_of_scope"
            said = {"group_id": group["id"], "assigned": called in wanted, "reason": reason}
            assert outcomes[group["id"]] == said, (name, called)
            if called != "missing":
                members = data(await root.get(f"/v1/model-groups/{group['id']}/members"))
                held = [member["model_id"] for member in members]
                assert held == ([done["published_model_id"]] if called in wanted else []), (name, called)
        data(await client.post(at(made, "unpublish"), params=here))
    await other.aclose()


async def test_a_group_with_a_persona_in_it_routes_to_it_for_its_tenant_alone(
    running: Running, acme: Organisation, root: httpx.AsyncClient
) -> None:
    """Persona slugs are first-class members of model groups."""
    group, other = await Shop(root).group(), await organisation(running)
    made = await persona(acme.client("admin"))
    data(await root.post(at(made, "publish"), json={"group_ids": [group["id"]]}, params={"tenant_id": acme.id}))
    body = {"model": group["slug"], "messages": SAY}
    answer = data(await acme.client("user").post("/v1/inference/chat", json=body))
    assert answer["model"] == f"tenant/{acme.slug}/{made['slug']}"
    assert code(await other.client("user").post("/v1/inference/chat", json=body)) == (503, "MODEL_UNAVAILABLE")
    await other.aclose()


async def test_use_is_reckoned_on_the_personas_own_model(acme: Organisation) -> None:
    """Accounting attributes usage to the frontend model that was called: the persona's, not the underlying one."""
    one = await published(acme.client("admin"))
    body = {"model": one["published_slug"], "messages": SAY}
    data(await acme.client("user").post("/v1/inference/chat", json=body))

    async def reckoned() -> str | None:
        said = await acme.client("admin").get("/v1/accounting/usage/summary?group_by=model")
        return said.text if one["published_slug"] in said.text else None

    assert "local/quote" not in await eventually(reckoned)


async def test_many_who_publish_at_once_leave_one_model(acme: Organisation) -> None:
    admin, made = acme.client("admin"), await persona(acme.client("admin"))
    deeds = ["publish", "publish", "unpublish", "publish", "unpublish", "publish"]
    answers = await asyncio.gather(*(admin.post(at(made, deed)) for deed in deeds))
    assert {answer.status_code for answer in answers} == {200}
    done = data(await admin.post(at(made, "publish")))
    models = data(await admin.get(_MODELS))["items"]
    mine = [model["id"] for model in models if model["metadata"].get("persona_id") == made["id"]]
    assert mine == [done["published_model_id"]]


@pytest.mark.parametrize("listed", [True, False])
async def test_a_tenant_that_is_enabled_for_some_models_is_for_its_personas_by_their_slugs(
    acme: Organisation, root: httpx.AsyncClient, *, listed: bool
) -> None:
    one = await published(acme.client("admin"))
    enabled = [one["published_slug"]] if listed else ["local/quote"]
    data(await root.patch(f"/v1/tenants/{acme.id}", json={"settings": {"enabled_models": enabled}}))
    answer = await acme.client("user").post(
        "/v1/inference/chat", json={"model": one["published_slug"], "messages": SAY}
    )
    assert answer.status_code == (200 if listed else 403)


async def test_a_persona_is_no_way_around_the_models_a_tenant_is_enabled_for(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    admin, dear = acme.client("admin"), await Shop(root).model()
    one = await published(admin)
    enabled = ["local/quote", one["published_slug"]]
    data(await root.patch(f"/v1/tenants/{acme.id}", json={"settings": {"enabled_models": enabled}}))
    denied = (403, "MODEL_ACCESS_DENIED")
    assert code(await admin.put(at(one), json={"model_slug": dear["slug"]})) == denied
    assert code(await admin.post(at(await persona(admin, model_slug=dear["slug"]), "publish"))) == denied
    assert data(await admin.put(at(one), json={"name": "As before"}))["published"] is True
    assert data(await admin.post(at(one, "publish")))["model_slug"] == "local/quote"
