"""What the pages about rights, keys, chunks and OpenAI's clients tell to type works, and answers what they show."""

from __future__ import annotations

from acl.facts import Effect, PrincipalType
from tests.docs.test_how_tos import follow
from tests.indexing.collections.shelving import make, seen
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.platform import Running
from tests.world.shelves import enter, shelf

SERVER = "http://127.0.0.1:8000"


async def test_an_openai_client_is_connected_as_the_page_says(running: Running, acme: Organisation) -> None:
    key = acme.people["user"].key
    await follow("connect-an-openai-client.md", **{SERVER: running.url, "sgk_…": key})


async def test_a_collection_and_a_document_are_restricted_as_the_page_says(
    running: Running, acme: Organisation
) -> None:
    plans = await shelf(acme)
    await plans.hold("tide", "wind")
    real = {"col_…": plans.id, "doc_…": plans.documents["tide"], "usr_…": acme.people["user"].id}
    await follow("restrict-to-a-group.md", **{SERVER: running.url, "sgk_…": acme.people["admin"].key}, **real)
    assert await _may_read(acme, "user", plans.id)
    assert not await _may_read(acme, "viewer", plans.id)


async def _may_read(acme: Organisation, name: str, collection_id: str) -> bool:
    path = f"/v1/modules/scaimatrix/permissions/collection/{collection_id}/effective"
    asked = await acme.client("admin").get(path, params={"user_id": acme.people[name].id})
    return bool(data(asked)["can"]["read"])


async def test_it_is_found_out_why_somebody_sees_nothing_as_the_page_says(running: Running, acme: Organisation) -> None:
    plans = await shelf(acme)
    await plans.hold("tide")
    tide, user = plans.documents["tide"], acme.people["user"].id
    await enter(acme, tide, Effect.DENY, (PrincipalType.USER, user))
    here = {SERVER: running.url, "sgk_…": acme.people["admin"].key}
    await follow("why-not-visible.md", **here, **{"doc_…": tide, "usr_…": user})


async def test_chunking_is_tuned_as_the_page_says(running: Running, acme: Organisation) -> None:
    admin = acme.client("admin")
    collection = await make(admin)
    here = {SERVER: running.url, "sgk_…": acme.people["admin"].key}
    await follow("tune-chunking.md", **here, **{"col_…": collection["id"]})
    assert (await seen(admin, collection["id"]))["chunk_size"] == 400


async def test_a_key_is_rotated_as_the_page_says(running: Running, acme: Organisation) -> None:
    old = data(await acme.client("admin").post("/v1/api-keys", json={"name": "crm"}), 201)
    here = {SERVER: running.url, "sgk_…": acme.people["admin"].key}
    await follow("rotate-a-key.md", **here, **{"apikey_…": old["id"]})
    async with running.client(old["key"]) as crm:
        assert (await crm.get("/v1/me")).status_code == 401
