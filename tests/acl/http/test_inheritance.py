"""A document stops inheriting, with or without what it inherited, and begins again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import Permission
from acl.ref import ResourceRef
from acl.tables import AccessEntry
from app.db.tenancy import Reach
from tests.acl.http.asking import AROUND, ace, collection, document, refusal
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group, shelf

ALL = 247


async def rights(acme: Organisation, document_id: str) -> dict[str, int]:
    """What everybody may do with a document."""
    found = {}
    platform = acme.running.platform
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        for name, person in acme.people.items():
            caller = (await platform.credentials.admit(person.key)).caller
            resolver, ref = platform.access.resolver(transaction.session), ResourceRef.document(document_id)
            found[name] = (await resolver.explain(caller, ref, Permission(ALL))).granted
    return found


async def test_a_copy_keeps_every_right_with_its_end_and_its_note(acme: Organisation) -> None:
    await acme.person("owner", permissions=AROUND)
    for name in ("ben", "ada"):
        await acme.person(name)
    plans = await shelf(acme, owner="owner", default_access=DefaultAccess.TENANT)
    await plans.hold("roadmap", owner="admin")
    interns, owner = await group(acme, "interns", "ben", "ada"), acme.client("owner")
    above, path = f"{collection(plans.id)}/aces", document(plans.documents["roadmap"])
    ends = "2099-01-01T00:00:00Z"
    data(await owner.post(above, json=ace(interns, 16, note="no interns") | {"ace_type": "deny"}), 201)
    data(await owner.post(above, json=ace(interns, 3, note="for summer", expires_at=ends)), 201)
    data(await owner.post(above, json=ace(None, ["INGEST"])), 201)
    before = await rights(acme, plans.documents["roadmap"])
    answer = data(await owner.put(f"{path}/inheritance", json={"inherit": False, "copy": True}))
    assert answer == {
        "resource_type": "document", "resource_id": plans.documents["roadmap"], "inherit": False, "copied": 4
    }  # fmt: skip
    assert await rights(acme, plans.documents["roadmap"]) == before
    shown = data(await owner.get(path))
    assert (shown["inherit"], shown["inherited_aces"]) == (False, [])
    said = [(e["ace_type"], e["principal_id"], e["permissions"], e["note"], e["expires_at"]) for e in shown["aces"]]
    assert said == [
        ("deny", interns, 16, "no interns", None),
        ("allow", interns, 3, "for summer", ends),
        ("allow", None, 49, None, None),
        ("allow", acme.people["owner"].id, ALL, None, None),
    ]
    data(await owner.put(f"{path}/inheritance", json={"inherit": True, "copy": True}))
    assert len(data(await owner.get(path))["aces"]) == 4
    data(await owner.put(f"{path}/inheritance", json={"inherit": False, "copy": True}))
    assert len(data(await owner.get(path))["aces"]) == 4


async def test_a_copied_denial_does_not_go_before_what_the_document_allows(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    for name in ("ben", "ada", "eve"):
        await acme.person(name)
    interns, roadmap = await group(acme, "interns", "ben", "ada", "eve", "owner"), plans.documents["roadmap"]
    await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.EVERYONE, None))
    await enter(acme, plans.id, Effect.DENY, (PrincipalType.GROUP, interns), permissions=1)
    await enter(acme, roadmap, Effect.ALLOW, (PrincipalType.USER, acme.people["ben"].id), permissions=1)
    data(await root.patch(f"/v1/users/{acme.people['eve'].id}", json={"status": "suspended"}))
    eve = acme.people.pop("eve")
    before = await rights(acme, roadmap)
    data(await acme.client("admin").put(f"{document(roadmap)}/inheritance", json={"inherit": False, "copy": True}))
    data(await root.patch(f"/v1/users/{eve.id}", json={"status": "active"}))
    assert await rights(acme, roadmap) == before
    acme.people["eve"] = eve
    found = await rights(acme, roadmap)
    assert [found[name] & 1 for name in ("ben", "owner", "user", "ada", "eve")] == [1, 1, 1, 0, 0]


async def test_without_a_copy_only_its_own_entries_are_left(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    roadmap = plans.documents["roadmap"]
    data(await acme.client("admin").put(f"{document(roadmap)}/owner", json={"owner_id": acme.people["user"].id}))
    owner, manager, path = acme.client("owner"), acme.client("manager"), document(roadmap)
    own = await enter(acme, roadmap, Effect.ALLOW, (PrincipalType.EVERYONE, None), permissions=1)
    assert (await manager.get(path)).status_code == 200
    for _ in range(2):  # the second time there is nothing to do
        answer = await acme.client("admin").put(f"{path}/inheritance", json={"inherit": False})
        assert data(answer)["copied"] == 0
    assert refusal(await manager.get(path)) == (403, "AUTHZ_PERMISSION_DENIED", None)
    assert refusal(await owner.get(path)) == (403, "AUTHZ_PERMISSION_DENIED", None)
    assert [entry["id"] for entry in data(await acme.client("admin").get(path))["aces"]] == [own]
    data(await acme.client("admin").put(f"{path}/inheritance", json={"inherit": True, "copy": False}))
    shown = data(await manager.get(path))
    assert (len(shown["aces"]), len(shown["inherited_aces"])) == (1, 1)
    answer = await root.get("/v1/audit/events", params={"tenant_id": acme.id, "action": "acl.inheritance_changed"})
    details = [event["details"] for event in data(answer)["items"]]
    assert details == [{"inherit": True, "copied": []}, {"inherit": False, "copied": []}]


@pytest.mark.parametrize("body", [{"inherit": False, "copy": True}, {"inherit": True, "copy": False}])
async def test_a_collection_has_nothing_to_inherit(acme: Organisation, plans: Shelf, body: dict[str, Any]) -> None:
    answer = await acme.client("owner").put(f"{collection(plans.id)}/inheritance", json=body)
    assert refusal(answer) == (422, "VALIDATION_ERROR", "inherit")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "inherit"),
        ({"inherit": None}, "inherit"),
        ({"inherit": "no"}, "inherit"),
        ({"inherit": 0}, "inherit"),
        ({"inherit": False, "copy": "yes"}, "copy"),
        ({"inherit": False, "copies": True}, "copies"),
    ],
)
async def test_inheriting_is_a_yes_or_a_no(acme: Organisation, plans: Shelf, body: dict[str, Any], field: str) -> None:
    path = f"{document(plans.documents['roadmap'])}/inheritance"
    assert refusal(await acme.client("owner").put(path, json=body)) == (422, "VALIDATION_ERROR", field)


async def test_what_has_ended_above_is_not_copied(acme: Organisation, plans: Shelf) -> None:
    ended = datetime(2020, 1, 1, tzinfo=UTC)
    await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.EVERYONE, None), expires_at=ended)
    path = f"{document(plans.documents['roadmap'])}/inheritance"
    data(await acme.client("owner").put(path, json={"inherit": False, "copy": True}))
    async with acme.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        own = select(AccessEntry).where(AccessEntry.resource_id == plans.documents["roadmap"])
        rows = list(await transaction.session.scalars(own))
    assert {row.principal_id for row in rows} == {acme.people["manager"].id, acme.people["owner"].id}
    assert {row.collection_id for row in rows} == {plans.id}
