"""The places a persona reads: attached by who may read them, and called what their author calls them."""

from __future__ import annotations

from typing import Any

import httpx

from acl.facts import DefaultAccess, Effect, PrincipalType
from tests.world.models import code, data, fields
from tests.world.people import Organisation, organisation
from tests.world.personas import at, persona, reads
from tests.world.platform import Running
from tests.world.shelves import enter, shelf


async def author(acme: Organisation) -> httpx.AsyncClient:
    """Somebody who may write personas, and whom access lists alone let at collections."""
    await acme.person("author", "tenant_user", permissions=["scaipersona:view", "scaipersona:manage"])
    return acme.client("author")


async def test_a_collection_is_called_what_it_is_called_unless_said(acme: Organisation) -> None:
    admin, plans = acme.client("admin"), await shelf(acme)
    one = await persona(admin)
    made = await reads(admin, one, plans.id)
    assert made["id"].startswith("src_")
    assert (made["weight"], made["status"], made["persona_id"]) == (1.0, "active", one["id"])
    assert made["source_name"].startswith("shelf")
    named = data(await admin.put(at(one, "sources", made["id"]), json={"source_name": "Plans", "weight": 2.5}))
    assert (named["source_name"], named["weight"]) == ("Plans", 2.5)
    assert data(await admin.get(at(one, "sources"))) == [named]
    assert data(await admin.get(at(one, "sources", made["id"]))) == named
    assert data(await admin.delete(at(one, "sources", made["id"]))) == {"deleted": True}
    assert code(await admin.delete(at(one, "sources", made["id"]))) == (404, "PERSONA_SOURCE_NOT_FOUND")


async def test_a_collection_one_may_not_read_is_not_there_to_be_attached(running: Running, acme: Organisation) -> None:
    """Nobody attaches somebody else's collection to a persona of their own, or learns from trying that it exists."""
    client, other = await author(acme), await organisation(running)
    hidden, theirs, open_ = (
        await shelf(acme),
        await shelf(other),
        await shelf(acme, default_access=DefaultAccess.TENANT),
    )
    one = await persona(client)
    answers = []
    for id_ in (hidden.id, theirs.id, "col_missing"):
        answer = await client.post(at(one, "sources"), json={"source_type": "collection", "source_id": id_})
        assert code(answer) == (404, "COLLECTION_NOT_FOUND")
        answers.append(answer.json()["error"])
    assert answers[0] == answers[1] == answers[2]
    mine = await reads(client, one, open_.id)
    moved = await client.put(at(one, "sources", mine["id"]), json={"source_id": hidden.id})
    assert code(moved) == (404, "COLLECTION_NOT_FOUND")
    await enter(acme, hidden.id, Effect.ALLOW, (PrincipalType.USER, acme.people["author"].id))
    assert (await reads(client, one, hidden.id))["source_id"] == hidden.id
    await other.aclose()


async def test_not_even_a_super_admin_attaches_another_tenants_collection(
    running: Running, acme: Organisation, root: httpx.AsyncClient
) -> None:
    other, one = await organisation(running), await persona(acme.client("admin"))
    theirs = await shelf(other)
    attached = {"source_type": "collection", "source_id": theirs.id}
    answer = await root.post(at(one, "sources"), json=attached, params={"tenant_id": acme.id})
    assert code(answer) == (404, "COLLECTION_NOT_FOUND")
    await other.aclose()


async def test_a_deleted_collection_is_not_there_and_leaves_its_sources_as_they_are(acme: Organisation) -> None:
    admin, plans = acme.client("admin"), await shelf(acme)
    one = await persona(admin)
    held = await reads(admin, one, plans.id)
    data(await admin.delete(f"/v1/modules/scaimatrix/collections/{plans.id}"))
    assert data(await admin.get(at(one, "sources"))) == [held]
    again = await admin.post(at(one, "sources"), json={"source_type": "collection", "source_id": plans.id})
    assert code(again) == (404, "COLLECTION_NOT_FOUND")


async def test_a_place_is_read_once_and_a_share_is_taken_at_its_word(acme: Organisation) -> None:
    admin, plans = acme.client("admin"), await shelf(acme)
    one = await persona(admin)
    await reads(admin, one, plans.id)
    twice = {"source_type": "collection", "source_id": plans.id}
    assert code(await admin.post(at(one, "sources"), json=twice)) == (409, "PERSONA_SOURCE_CONFLICT")
    share = {"source_type": "scaidrive", "source_id": "share-7", "status": "disabled", "weight": 0}
    made = data(await admin.post(at(one, "sources"), json=share), 201)
    assert (made["source_name"], made["status"], made["weight"]) == ("share-7", "disabled", 0)


async def test_what_cannot_be_is_refused_by_its_field(acme: Organisation) -> None:
    admin, one = acme.client("admin"), await persona(acme.client("admin"))
    good = {"source_type": "scaidrive", "source_id": "share-1"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"source_type": "website"}, "source_type"),
        ({"weight": 10.5}, "weight"),
        ({"weight": -1}, "weight"),
        ({"weight": True}, "weight"),
        ({"status": "paused"}, "status"),
        ({"source_id": ""}, "source_id"),
    ]
    for said, field in wrong:
        assert fields(await admin.post(at(one, "sources"), json={**good, **said})) == [field]


async def test_a_source_has_a_version_of_its_own(acme: Organisation) -> None:
    admin, plans = acme.client("admin"), await shelf(acme)
    one = await persona(admin)
    made = await reads(admin, one, plans.id)
    path = at(one, "sources", made["id"])
    tag = (await admin.get(path)).headers["etag"]
    assert (await admin.put(path, json={"weight": 3}, headers={"If-Match": tag})).status_code == 200
    assert code(await admin.put(path, json={"weight": 4}, headers={"If-Match": tag})) == (412, "PRECONDITION_FAILED")
    assert code(await admin.delete(path, headers={"If-Match": tag})) == (412, "PRECONDITION_FAILED")


async def test_a_source_of_another_persona_is_not_there(acme: Organisation) -> None:
    admin, plans = acme.client("admin"), await shelf(acme)
    one, another = await persona(admin), await persona(admin)
    made = await reads(admin, one, plans.id)
    assert code(await admin.get(at(another, "sources", made["id"]))) == (404, "PERSONA_SOURCE_NOT_FOUND")
