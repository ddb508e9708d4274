"""A collection is made whole, with its access list, or refused with the field that is wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from indexing.collections.naming import index_name, slug_of
from indexing.collections.tables import Collection
from tests.indexing.collections.shelving import COLLECTIONS, MANAGING, VIEWING, make, seen
from tests.world.models import code, data, fields
from tests.world.people import Organisation
from tests.world.platform import unique


async def test_a_collection_is_made_with_what_is_said_and_the_rest_by_default(acme: Organisation) -> None:
    admin = acme.client("admin")
    answer = await admin.post(COLLECTIONS, json={"name": "Big Plans", "embedding_model": "local/minilm"})
    made = data(answer, 201)
    expected = {
        "slug": "big-plans",
        "description": "",
        "embedding_model": "local/minilm",
        "chunking_strategy": "paragraph",
        "chunk_size": 512,
        "chunk_overlap": 50,
        "graph_enabled": False,
        "graph_extraction_model": None,
        "graph_max_nodes": 250_000,
        "graph_max_edges": 500_000,
        "storage_quota_bytes": None,
        "default_access": "tenant",
        "owner_id": acme.people["admin"].id,
        "user_permission": "manage",
        "metadata": {},
        "document_count": 0,
        "chunk_count": 0,
        "total_size_bytes": 0,
        "node_count": 0,
        "edge_count": 0,
        "rechunk_status": "idle",
        "graph_reextract_status": "idle",
        "forked_from": None,
    }
    assert {name: made[name] for name in expected} == expected
    assert made["id"].startswith("col_")
    assert await seen(admin, made["id"]) == made
    assert (await admin.get(f"{COLLECTIONS}/{made['id']}")).headers["etag"] == answer.headers["etag"]


async def test_its_access_list_is_there_with_it(acme: Organisation) -> None:
    made = await make(acme.client("admin"), default_access="tenant")
    shown = data(await acme.client("admin").get(f"/v1/modules/scaimatrix/permissions/collection/{made['id']}"))
    assert (shown["owner_id"], shown["default_access"], shown["aces"]) == (acme.people["admin"].id, "tenant", [])


async def test_a_slug_is_one_collections_in_a_tenant_and_anybodys_in_another(acme: Organisation) -> None:
    admin, slug = acme.client("admin"), unique("shared")
    await make(admin, slug=slug)
    again = await admin.post(COLLECTIONS, json={"name": slug.upper(), "embedding_model": "local/minilm"})
    assert code(again) == (409, "SLUG_CONFLICT")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Product plans 2026", "product-plans-2026"),
        ("Über uns: Größe & Maß", "uber-uns-grosse-mass"),
        ("  __Ready?__ ", "ready"),
        ("Crème brûlée", "creme-brulee"),
        ("Łódź", "lodz"),
        ("x" * 62 + " y", "x" * 62),
        ("計画", ""),
    ],
)
def test_a_slug_is_made_of_the_letters_and_digits_of_a_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


async def test_a_name_without_any_letter_a_slug_may_have_gets_one_all_the_same(acme: Organisation) -> None:
    first = await make(acme.client("admin"), name="計画")
    second = await make(acme.client("admin"), name="計画")
    assert re.fullmatch(r"collection-[0-9a-z]{8}", first["slug"])
    assert first["slug"] != second["slug"]


def test_an_index_is_named_so_that_stores_take_it_and_no_two_have_it() -> None:
    name = index_name("product-plans", "col_01JZ4K9V8T")
    assert re.fullmatch(r"[A-Z][A-Za-z0-9_]*", name)
    assert name != index_name("product-plans", "col_01JZ4K9V8U")
    assert index_name("a" * 63, "col_" + "0" * 26).__len__() <= 200


async def test_the_index_keeps_its_name_whatever_becomes_of_the_slug(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await make(admin)
    before = await _index_name(acme, made["id"])
    changed = data(await admin.put(f"{COLLECTIONS}/{made['id']}", json={"slug": unique("other")}))
    assert changed["slug"] != made["slug"]
    assert await _index_name(acme, made["id"]) == before


async def _index_name(acme: Organisation, id_: str) -> str | None:
    async with acme.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        found: str | None = await transaction.session.scalar(select(Collection.index_name).where(Collection.id == id_))
        return found


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"embedding_model": "no/such"}, (404, "MODEL_NOT_FOUND")),
        ({"embedding_model": "local/quote"}, (422, "VALIDATION_ERROR")),
        ({"graph_enabled": True}, (422, "VALIDATION_ERROR")),
        ({"graph_enabled": True, "graph_extraction_model": "no/such"}, (404, "MODEL_NOT_FOUND")),
        ({"graph_enabled": True, "graph_extraction_model": "local/minilm"}, (422, "VALIDATION_ERROR")),
    ],
)
async def test_models_are_ones_the_caller_sees_and_of_the_right_kind(
    acme: Organisation, said: dict[str, Any], expected: tuple[int, str]
) -> None:
    body = {"name": unique("plans"), "embedding_model": "local/minilm"} | said
    assert code(await acme.client("admin").post(COLLECTIONS, json=body)) == expected


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "name"),
        ({"slug": "No Slug"}, "slug"),
        ({"chunk_size": 0}, "chunk_size"),
        ({"chunk_size": 100, "chunk_overlap": 51}, "chunk_size"),
        ({"chunk_size": 31, "chunk_overlap": 0}, "chunk_size"),
        ({"chunk_size": 1_000_000}, "chunk_size"),
        ({"chunk_overlap": -1}, "chunk_overlap"),
        ({"chunking_strategy": "sentence"}, "chunking_strategy"),
        ({"default_access": "world"}, "default_access"),
        ({"storage_quota_bytes": -1}, "storage_quota_bytes"),
        ({"metadata": {"long": "x" * 70_000}}, "metadata"),
        ({"chunksize": 512}, "chunksize"),
    ],
)
async def test_a_wrong_value_is_refused_by_its_field(acme: Organisation, said: dict[str, Any], field: str) -> None:
    body = {"name": unique("plans"), "embedding_model": "local/minilm"} | said
    assert fields(await acme.client("admin").post(COLLECTIONS, json=body)) == [field]


async def test_a_chunk_that_leaves_room_for_something_new_is_taken(acme: Organisation) -> None:
    for size, overlap in ((64, 32), (40, 10), (32, 16)):
        made = await make(acme.client("admin"), chunk_size=size, chunk_overlap=overlap)
        assert (made["chunk_size"], made["chunk_overlap"]) == (size, overlap)
    for size, overlap in ((512, 50), (100, 50), (99, 9), (64, 6), (33, 1), (32, 0)):
        made = await make(acme.client("admin"), chunk_size=size)
        assert (made["chunk_size"], made["chunk_overlap"]) == (size, overlap)


async def test_a_null_is_as_if_nothing_had_been_said(acme: Organisation) -> None:
    said = {"description": None, "chunk_size": None, "slug": None, "metadata": None, "graph_extraction_model": None}
    made = await make(acme.client("admin"), **said)
    assert (made["description"], made["chunk_size"], made["metadata"]) == ("", 512, {})
    answer = await acme.client("admin").post(COLLECTIONS, json={"name": None, "embedding_model": "local/minilm"})
    assert fields(answer) == ["name"]


async def test_making_one_needs_the_permission_to_manage(acme: Organisation) -> None:
    await acme.person("looker", permissions=VIEWING)
    await acme.person("maker", permissions=MANAGING)
    body = {"name": unique("plans"), "embedding_model": "local/minilm"}
    assert code(await acme.client("looker").post(COLLECTIONS, json=body)) == (403, "AUTHZ_PERMISSION_DENIED")
    made = data(await acme.client("maker").post(COLLECTIONS, json=body), 201)
    assert made["owner_id"] == acme.people["maker"].id


async def test_asked_twice_with_one_key_it_is_made_once(acme: Organisation) -> None:
    admin, body = acme.client("admin"), {"name": unique("plans"), "embedding_model": "local/minilm"}
    key = {"Idempotency-Key": unique("key")}
    first = await admin.post(COLLECTIONS, json=body, headers=key)
    second = await admin.post(COLLECTIONS, json=body, headers=key)
    assert second.headers["idempotency-replayed"] == "true"
    assert data(second, 201) == data(first, 201)
    other = await admin.post(COLLECTIONS, json=body | {"name": "another"}, headers=key)
    assert code(other) == (422, "IDEMPOTENCY_MISMATCH")
