"""Who sees which collections, and how much of what they hold."""

from __future__ import annotations

from acl.facts import Effect, PrincipalType
from acl.permission import EDITOR, VIEWER, Permission
from tests.indexing.collections.shelving import COLLECTIONS, MANAGING, VIEWING, make, put_document, seen
from tests.world.models import code, data
from tests.world.people import Organisation, organisation
from tests.world.shelves import enter


def about(acme: Organisation, name: str) -> tuple[PrincipalType, str]:
    return PrincipalType.USER, acme.people[name].id


async def test_a_hidden_collection_is_as_one_that_was_never_there(acme: Organisation) -> None:
    await acme.person("stranger", permissions=MANAGING)
    made, stranger = await make(acme.client("admin")), acme.client("stranger")
    missing = "col_" + "0" * 26
    for method, body in [("GET", None), ("PUT", {"name": "x"}), ("PATCH", {"name": "x"}), ("DELETE", None)]:
        hidden = await stranger.request(method, f"{COLLECTIONS}/{made['id']}", json=body)
        absent = await stranger.request(method, f"{COLLECTIONS}/{missing}", json=body)
        assert code(hidden) == (404, "COLLECTION_NOT_FOUND")
        assert hidden.json()["error"] == absent.json()["error"]


async def test_an_access_list_without_a_collection_is_no_collection(acme: Organisation) -> None:
    made = await make(acme.client("admin"))
    document = await put_document(acme, made["id"])
    assert code(await acme.client("admin").get(f"{COLLECTIONS}/{document}")) == (404, "COLLECTION_NOT_FOUND")


async def test_the_list_shows_what_may_be_read_in_full_pages(acme: Organisation) -> None:
    await acme.person("reader", permissions=VIEWING)
    admin, reader = acme.client("admin"), acme.client("reader")
    mine = []
    for number in range(9):
        made = await make(admin, name=f"Plans {number}")
        if number % 3 == 0:
            await enter(acme, made["id"], Effect.ALLOW, about(acme, "reader"))
            mine.append(made["id"])
    first = (await reader.get(COLLECTIONS, params={"limit": 2, "order": "asc"})).json()
    assert [one["id"] for one in first["data"]] == mine[:2]
    assert first["meta"]["has_more"]
    after = {"limit": 2, "order": "asc", "cursor": first["meta"]["next_cursor"]}
    second = (await reader.get(COLLECTIONS, params=after)).json()
    assert [one["id"] for one in second["data"]] == mine[2:]
    assert (second["meta"]["has_more"], second["meta"]["next_cursor"]) == (False, None)
    newest = (await reader.get(COLLECTIONS)).json()
    assert [one["id"] for one in newest["data"]] == mine[::-1]
    assert "total" not in newest["meta"]


async def test_what_may_be_read_but_not_listed_is_reached_by_its_id_alone(acme: Organisation) -> None:
    await acme.person("reader", permissions=VIEWING)
    made = await make(acme.client("admin"))
    await enter(acme, made["id"], Effect.ALLOW, about(acme, "reader"), permissions=int(Permission.READ))
    assert data(await acme.client("reader").get(COLLECTIONS)) == []
    assert (await seen(acme.client("reader"), made["id"]))["user_permission"] == "read"


async def test_each_is_told_how_far_their_access_goes(acme: Organisation) -> None:
    for name in ("reader", "writer", "blind"):
        await acme.person(name, permissions=VIEWING)
    made = await make(acme.client("admin"))
    await enter(acme, made["id"], Effect.ALLOW, about(acme, "reader"), permissions=VIEWER)
    await enter(acme, made["id"], Effect.ALLOW, about(acme, "writer"), permissions=EDITOR)
    assert (await seen(acme.client("admin"), made["id"]))["user_permission"] == "manage"
    assert (await seen(acme.client("reader"), made["id"]))["user_permission"] == "read"
    assert (await seen(acme.client("writer"), made["id"]))["user_permission"] == "write"


async def test_everybody_counts_what_they_may_read(acme: Organisation) -> None:
    await acme.person("reader", permissions=VIEWING)
    await acme.person("owner", permissions=VIEWING)
    made = await make(acme.client("admin"))
    for name in ("reader", "owner"):
        await enter(acme, made["id"], Effect.ALLOW, about(acme, name))
    await put_document(acme, made["id"], chunks=1, size=10)
    await put_document(acme, made["id"], chunks=2, size=20)
    denied = await put_document(acme, made["id"], owner="owner", chunks=4, size=40)
    await enter(acme, denied, Effect.DENY, (PrincipalType.EVERYONE, None))

    assert await counts(acme, "admin", made["id"]) == (3, 7, 70)
    assert await counts(acme, "owner", made["id"]) == (3, 7, 70)
    assert await counts(acme, "reader", made["id"]) == (2, 3, 30)
    [listed] = data(await acme.client("reader").get(COLLECTIONS))
    assert (listed["document_count"], listed["chunk_count"], listed["total_size_bytes"]) == (2, 3, 30)


async def test_who_may_read_single_documents_counts_those(acme: Organisation) -> None:
    await acme.person("reader", permissions=VIEWING)
    made = await make(acme.client("admin"))
    shown = await put_document(acme, made["id"], chunks=5, size=50)
    await put_document(acme, made["id"])
    await enter(acme, made["id"], Effect.ALLOW, about(acme, "reader"), permissions=int(Permission.READ))
    await enter(acme, made["id"], Effect.DENY, (PrincipalType.EVERYONE, None))
    await enter(acme, shown, Effect.ALLOW, about(acme, "reader"))
    assert code(await acme.client("reader").get(f"{COLLECTIONS}/{made['id']}"))[0] == 404
    assert await counts(acme, "admin", made["id"]) == (2, 7, 150)


async def counts(acme: Organisation, name: str, id_: str) -> tuple[int, int, int]:
    found = await seen(acme.client(name), id_)
    return found["document_count"], found["chunk_count"], found["total_size_bytes"]


async def test_an_unchanged_collection_is_not_sent_again_and_new_counts_are(acme: Organisation) -> None:
    admin, made = acme.client("admin"), await make(acme.client("admin"))
    path = f"{COLLECTIONS}/{made['id']}"
    tag = (await admin.get(path)).headers["etag"]
    assert (await admin.get(path, headers={"If-None-Match": tag})).status_code == 304
    await put_document(acme, made["id"])
    assert (await admin.get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_a_super_admin_finds_it_in_its_tenant_and_nowhere_else(acme: Organisation) -> None:
    made = await make(acme.client("admin"))
    other = await organisation(acme.running)
    path = f"{COLLECTIONS}/{made['id']}"
    async with acme.running.client(acme.running.root_key) as root:
        assert data(await root.get(path, params={"tenant_id": acme.id}))["user_permission"] == "manage"
        for elsewhere in ({}, {"tenant_id": other.id}):
            assert code(await root.get(path, params=elsewhere)) == (404, "COLLECTION_NOT_FOUND")
        listed = data(await root.get(COLLECTIONS, params={"tenant_id": acme.id}))
        assert [one["id"] for one in listed] == [made["id"]]
        assert data(await root.get(COLLECTIONS, params={"tenant_id": other.id})) == []
    assert code(await other.client("admin").get(f"{COLLECTIONS}/{made['id']}"))[0] == 404
    await other.aclose()
