"""Who sees which models."""

from __future__ import annotations

import httpx

from tests.world.models import Shop, code, data
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, unique


def told(answer: httpx.Response) -> str:
    """A failure without its request id."""
    return answer.text.replace(answer.headers["x-request-id"], "")


async def test_hidden_and_missing_are_the_same_answer(acme: Organisation, root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    hidden = await shop.model(visibility="tenants", tenant_ids=[])
    viewer = acme.client("viewer")
    missing = await viewer.get("/v1/models/no-such-model")
    assert code(missing) == (404, "MODEL_NOT_FOUND")
    for name in (hidden["slug"], hidden["id"], "x" * 3000, ""):
        assert told(await viewer.get(f"/v1/models/{name}")) == told(missing)
    assert hidden["slug"] not in [item["slug"] for item in data(await viewer.get("/v1/models"))["items"]]
    assert data(await root.get(f"/v1/models/{hidden['id']}"))["slug"] == hidden["slug"]


async def test_a_model_for_one_tenant_does_not_tell_of_the_others(
    running: Running, acme: Organisation, root: httpx.AsyncClient
) -> None:
    other = await organisation(running)
    made = await Shop(root).model(visibility="tenants", tenant_ids=[other.id, acme.id])
    assert data(await acme.client("user").get(f"/v1/models/{made['slug']}"))["tenant_ids"] == [acme.id]
    assert made["tenant_ids"] == sorted([acme.id, other.id])


async def test_routing_and_prompt_are_shown_to_those_who_may_view_routing(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    made = await Shop(root).model(system_prompt_template="Be brief.")
    viewer = data(await acme.client("viewer").get(f"/v1/models/{made['slug']}"))
    assert viewer["backends"] is None
    assert viewer["system_prompt_template"] is None
    admin = data(await acme.client("admin").get(f"/v1/models/{made['slug']}"))
    assert admin["backends"] == made["backends"]
    assert admin["system_prompt_template"] == "Be brief."


async def test_the_list_keeps_its_shape_and_comes_in_pages(acme: Organisation, root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    stem = unique("zz")
    backend = [{"backend_id": (await shop.backend())["id"]}]
    wanted = [(await shop.model(slug=f"{stem}-{n}", backends=backend))["slug"] for n in range(3)]
    viewer = acme.client("viewer")
    first = await viewer.get("/v1/models", params={"limit": 2, "order": "desc"})
    assert set(first.json()["data"]) == {"items"}
    assert first.json()["meta"]["has_more"] is True
    found: list[str] = []
    cursor = None
    while True:
        params = {"limit": "2", "modality": "chat"} | ({"cursor": cursor} if cursor else {})
        page = (await viewer.get("/v1/models", params=params)).json()
        found += [item["slug"] for item in page["data"]["items"]]
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            break
    assert [slug for slug in found if slug.startswith(stem)] == wanted
    assert found == sorted(set(found))
    assert "local/minilm" not in found
    assert code(await viewer.get("/v1/models", params={"limit": 1001})) == (422, "VALIDATION_ERROR")
    assert code(await viewer.get("/v1/models", params={"cursor": "made-up"})) == (422, "VALIDATION_ERROR")


async def test_a_model_that_has_not_changed_is_not_sent_again(acme: Organisation, root: httpx.AsyncClient) -> None:
    made = await Shop(root).model()
    viewer, path = acme.client("viewer"), f"/v1/models/{made['slug']}"
    tag = (await viewer.get(path)).headers["etag"]
    assert (await viewer.get(path, headers={"If-None-Match": tag})).status_code == 304
    data(await root.put(path, json={"description": "New"}))
    assert (await viewer.get(path, headers={"If-None-Match": tag})).status_code == 200
