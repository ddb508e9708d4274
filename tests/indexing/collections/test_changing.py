"""What can change about a collection, by whom, and what follows from it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from acl.facts import Effect, PrincipalType
from acl.permission import EDITOR, MANAGER, VIEWER
from app.db.tenancy import Reach
from app.jobs.tables import Job
from tests.indexing.collections.shelving import COLLECTIONS, MANAGING, VIEWING, make, put_document, seen
from tests.world.models import code, data, fields
from tests.world.people import Organisation
from tests.world.platform import unique
from tests.world.shelves import enter


async def put(acme: Organisation, id_: str, said: dict[str, Any], who: str = "admin") -> Any:
    return await acme.client(who).put(f"{COLLECTIONS}/{id_}", json=said)


async def test_what_is_given_changes_and_nulls_change_nothing(acme: Organisation) -> None:
    made = await make(acme.client("admin"), description="old", storage_quota_bytes=1000)
    said = {"name": "New name", "description": None, "storage_quota_bytes": None, "metadata": {"a": 1}}
    changed = data(await put(acme, made["id"], said))
    assert (changed["name"], changed["description"], changed["storage_quota_bytes"]) == ("New name", "old", 1000)
    assert changed["metadata"] == {"a": 1}
    assert changed["follow_ups"] == {"graph_reextract": None, "rechunk_recommended": False}
    shown = await seen(acme.client("admin"), made["id"])
    assert shown == {name: value for name, value in changed.items() if name != "follow_ups"}


async def test_a_patch_takes_the_quota_away_with_null(acme: Organisation) -> None:
    made, admin = await make(acme.client("admin"), storage_quota_bytes=1000), acme.client("admin")
    changed = data(await admin.patch(f"{COLLECTIONS}/{made['id']}", json={"storage_quota_bytes": None}))
    assert changed["storage_quota_bytes"] is None
    assert fields(await admin.patch(f"{COLLECTIONS}/{made['id']}", json={"name": None})) == ["name"]


@pytest.mark.parametrize("said", [{"chunking_strategy": "markdown"}, {"chunk_size": 256}, {"chunk_overlap": 10}])
async def test_other_chunking_recommends_to_cut_again(acme: Organisation, said: dict[str, Any]) -> None:
    made = await make(acme.client("admin"))
    assert data(await put(acme, made["id"], said))["follow_ups"]["rechunk_recommended"]
    assert not data(await put(acme, made["id"], said))["follow_ups"]["rechunk_recommended"]


async def test_chunking_is_checked_as_it_will_be_in_the_end(acme: Organisation) -> None:
    made = await make(acme.client("admin"), chunk_size=512, chunk_overlap=50)
    assert fields(await put(acme, made["id"], {"chunk_size": 64, "chunk_overlap": 50})) == ["chunk_size"]
    changed = data(await put(acme, made["id"], {"chunk_size": 64}))
    assert (changed["chunk_size"], changed["chunk_overlap"]) == (64, 6)  # nobody chose 50, so it gives way
    changed = data(await put(acme, made["id"], {"chunk_size": 64, "chunk_overlap": 16}))
    assert (changed["chunk_size"], changed["chunk_overlap"]) == (64, 16)


async def test_another_embedding_model_is_refused_with_the_way_to_get_it(acme: Organisation) -> None:
    made = await make(acme.client("admin"))
    same = data(await put(acme, made["id"], {"embedding_model": "local/minilm"}))
    assert same["embedding_model"] == "local/minilm"
    refused = await put(acme, made["id"], {"embedding_model": "local/other"})
    assert fields(refused) == ["embedding_model"]
    assert "fork" in refused.json()["error"]["message"]


async def test_a_graph_that_is_switched_on_is_asked_for(acme: Organisation) -> None:
    made = await make(acme.client("admin"))
    assert fields(await put(acme, made["id"], {"graph_enabled": True})) == ["graph_extraction_model"]
    said = {"graph_enabled": True, "graph_extraction_model": "local/quote"}
    changed = data(await put(acme, made["id"], said))
    assert changed["follow_ups"]["graph_reextract"] == "queued"
    assert changed["graph_reextract_status"] == "queued"
    assert data(await put(acme, made["id"], said))["follow_ups"]["graph_reextract"] is None
    assert await jobs_of(acme, made["id"]) == ["reextract_collection_graph"]


async def jobs_of(acme: Organisation, id_: str) -> list[str]:
    async with acme.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        return list(await transaction.session.scalars(select(Job.kind).where(Job.subject_id == id_)))


async def test_a_change_against_an_older_version_is_refused(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await make(admin)
    path = f"{COLLECTIONS}/{made['id']}"
    tag = (await admin.get(path)).headers["etag"]
    changed = await admin.put(path, json={"name": "one"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    stale = await admin.put(path, json={"name": "two"}, headers={"If-Match": tag})
    assert code(stale) == (412, "PRECONDITION_FAILED")
    assert code(await admin.delete(path, headers={"If-Match": tag})) == (412, "PRECONDITION_FAILED")
    again = await admin.put(path, json={"name": "two"}, headers={"If-Match": changed.headers["etag"]})
    assert again.status_code == 200


async def test_a_new_slug_must_be_free(acme: Organisation) -> None:
    admin = acme.client("admin")
    first, second = await make(admin), await make(admin)
    assert code(await put(acme, first["id"], {"slug": second["slug"]})) == (409, "SLUG_CONFLICT")
    assert data(await put(acme, first["id"], {"slug": first["slug"]}))["slug"] == first["slug"]


async def test_two_changes_at_once_both_count(acme: Organisation) -> None:
    made = await make(acme.client("admin"))
    names, sizes = [f"name {number}" for number in range(4)], [200, 300, 400, 500]
    answers = await asyncio.gather(
        *(put(acme, made["id"], {"name": name}) for name in names),
        *(put(acme, made["id"], {"chunk_size": size}) for size in sizes),
    )
    assert {answer.status_code for answer in answers} == {200}
    shown = await seen(acme.client("admin"), made["id"])
    assert shown["name"] in names
    assert shown["chunk_size"] in sizes


async def test_readers_may_not_change_and_writers_may_not_open_or_delete(acme: Organisation) -> None:
    made = await make(acme.client("admin"))
    for name, mask in [("reader", VIEWER), ("writer", EDITOR), ("manager", MANAGER)]:
        await acme.person(name, permissions=MANAGING)
        whom = (PrincipalType.USER, acme.people[name].id)
        await enter(acme, made["id"], Effect.ALLOW, whom, permissions=mask)
    denied = (403, "AUTHZ_PERMISSION_DENIED")
    assert code(await put(acme, made["id"], {"name": "x"}, "reader")) == denied
    assert (await put(acme, made["id"], {"name": "x"}, "writer")).status_code == 200
    assert code(await put(acme, made["id"], {"default_access": "tenant"}, "writer")) == denied
    assert code(await acme.client("writer").delete(f"{COLLECTIONS}/{made['id']}")) == denied
    assert data(await put(acme, made["id"], {"default_access": "tenant"}, "manager"))["default_access"] == "tenant"


async def test_who_is_let_in_by_default_needs_both_permissions_over_access(acme: Organisation) -> None:
    await acme.person("owner", permissions=("scaimatrix:view", "scaimatrix:manage"))
    made = await make(acme.client("owner"))
    said = {"default_access": "tenant"}
    assert code(await put(acme, made["id"], said, "owner")) == (403, "AUTHZ_PERMISSION_DENIED")
    assert (await put(acme, made["id"], {"default_access": "restricted"}, "owner")).status_code == 200


async def test_opening_and_closing_counts_for_the_very_next_request(acme: Organisation) -> None:
    await acme.person("reader", permissions=VIEWING)
    made, reader = await make(acme.client("admin")), acme.client("reader")
    path = f"{COLLECTIONS}/{made['id']}"
    before = (await acme.client("admin").get(path)).headers["etag"]
    assert (await reader.get(path)).status_code == 404
    opened = await put(acme, made["id"], {"default_access": "tenant"})
    assert data(opened)["default_access"] == "tenant"
    assert opened.headers["etag"].partition(".")[0] != before.partition(".")[0]
    assert (await reader.get(path)).status_code == 200
    await put(acme, made["id"], {"default_access": "restricted"})
    assert (await reader.get(path)).status_code == 404


async def test_deleted_it_is_gone_at_once_with_its_documents_and_its_slug_is_free(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await make(admin, slug=unique("gone"))
    document = await put_document(acme, made["id"])
    path = f"{COLLECTIONS}/{made['id']}"
    assert data(await admin.delete(path)) == {"deleted": True}
    assert code(await admin.get(path)) == (404, "COLLECTION_NOT_FOUND")
    assert code(await admin.delete(path)) == (404, "COLLECTION_NOT_FOUND")
    assert made["id"] not in [one["id"] for one in data(await admin.get(COLLECTIONS))]
    listed = await admin.get(f"/v1/modules/scaimatrix/permissions/document/{document}")
    assert code(listed) == (404, "DOCUMENT_NOT_FOUND")
    assert await jobs_of(acme, made["id"]) == ["erase_collection"]
    await make(admin, slug=made["slug"])


async def test_what_is_done_to_it_is_in_the_trail(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await make(admin)
    await put(acme, made["id"], {"name": "x", "default_access": "tenant"})
    await admin.delete(f"{COLLECTIONS}/{made['id']}")
    trail = data(await admin.get("/v1/audit/events", params={"target_id": made["id"]}))["items"]
    done = {"collection.created", "collection.deleted", "collection.updated"}
    assert {event["action"] for event in trail} - {"collection.erased"} == done  # which comes whenever it comes
    [updated] = [event for event in trail if event["action"] == "collection.updated"]
    assert updated["details"]["fields"] == ["default_access", "name"]
