"""What cannot be said of access, and who cannot say it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import VIEWER
from acl.tables import AccessEntry
from acl.weighing import MOST_ENTRIES
from app.db.tenancy import Reach
from app.ids import new_id
from tests.acl.http.asking import AROUND, BASE, ace, collection, document, legacy, refusal
from tests.world.models import data
from tests.world.people import Organisation, organisation
from tests.world.shelves import Shelf, enter, group, shelf

INVALID = (422, "INVALID_ACE")


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"permissions": 0}, "INVALID_ACE", "permissions"),
        ({"permissions": 256}, "INVALID_ACE", "permissions"),
        ({"permissions": -1}, "INVALID_ACE", "permissions"),
        ({"permissions": 10**30}, "INVALID_ACE", "permissions"),
        ({"permissions": []}, "INVALID_ACE", "permissions"),
        ({"permissions": ["READ", "FLY"]}, "INVALID_ACE", "permissions"),
        ({"permissions": "KING"}, "INVALID_ACE", "permissions"),
        ({"permissions": "READ"}, "INVALID_ACE", "permissions"),
        ({"permissions": ["READ"] * 33}, "VALIDATION_ERROR", "permissions"),
        ({"permissions": True}, "VALIDATION_ERROR", "permissions"),
        ({"permissions": 1.5}, "VALIDATION_ERROR", "permissions"),
        ({"permissions": [1]}, "VALIDATION_ERROR", "permissions"),
        ({"permissions": None}, "VALIDATION_ERROR", "permissions"),
        ({"permissions": {}}, "VALIDATION_ERROR", "permissions"),
        ({"ace_type": "maybe"}, "VALIDATION_ERROR", "ace_type"),
        ({"principal_type": "robot"}, "VALIDATION_ERROR", "principal_type"),
        ({"principal_id": "usr_unknown"}, "INVALID_ACE", "principal_id"),
        ({"principal_id": None}, "INVALID_ACE", "principal_id"),
        ({"principal_id": ""}, "VALIDATION_ERROR", "principal_id"),
        ({"principal_id": "x" * 65}, "VALIDATION_ERROR", "principal_id"),
        ({"principal_type": "group"}, "INVALID_ACE", "principal_id"),
        ({"principal_type": "everyone"}, "INVALID_ACE", "principal_id"),
        ({"expires_at": "tomorrow"}, "VALIDATION_ERROR", "expires_at"),
        ({"expires_at": "2099-01-01T00:00:00"}, "VALIDATION_ERROR", "expires_at"),
        ({"expires_at": 4070908800}, "VALIDATION_ERROR", "expires_at"),
        ({"note": "x" * 501}, "VALIDATION_ERROR", "note"),
        ({"permission": 1}, "VALIDATION_ERROR", "permission"),
    ],
)
async def test_an_entry_that_cannot_be_is_refused_by_its_field(
    acme: Organisation, plans: Shelf, said: dict[str, Any], code: str, field: str
) -> None:
    owner, path = acme.client("owner"), collection(plans.id)
    body = ace(acme.people["reader"].id) | said
    before = data(await owner.get(path))
    assert refusal(await owner.post(f"{path}/aces", json=body)) == (422, code, field)
    at = f"{path}/aces/{before['aces'][0]['id']}"
    if field in {"permissions", "ace_type", "expires_at", "note"} and said != {"permissions": None}:
        assert refusal(await owner.patch(at, json=said)) == (422, code, field)
    assert data(await owner.get(path)) == before


async def test_what_is_said_nearly_right_is_put_right(acme: Organisation, plans: Shelf) -> None:
    owner, path = acme.client("owner"), f"{collection(plans.id)}/aces"
    for said, advice in (("VEIWER", "'VIEWER'"), (["RAED"], "'READ'"), ("KING", "known are: VIEWER")):
        answer = await owner.post(path, json=ace(None, said))
        assert advice in answer.json()["error"]["message"]


async def test_nothing_is_ingested_into_a_document(acme: Organisation, plans: Shelf) -> None:
    owner, path, reader = acme.client("owner"), document(plans.documents["roadmap"]), acme.people["reader"].id
    for said in (8, 9, 255, ["READ", "INGEST"]):
        assert refusal(await owner.post(f"{path}/aces", json=ace(reader, said))) == (*INVALID, "permissions")
    for role, mask in (("EDITOR", 51), ("manager", 119), ("Owner", 247)):
        entry = data(await owner.post(f"{path}/aces", json=ace(reader, role)), 201)
        assert entry["permissions"] == mask
        refused = await owner.patch(f"{path}/aces/{entry['id']}", json={"permissions": ["INGEST"]})
        assert refusal(refused) == (*INVALID, "permissions")


async def test_people_and_groups_of_others_are_unknown(acme: Organisation, plans: Shelf) -> None:
    other = await organisation(acme.running)
    owner, path = acme.client("owner"), f"{collection(plans.id)}/aces"
    theirs = [other.people["user"].id, await group(other, "staff")]
    known = [await owner.post(path, json=ace(id_)) for id_ in theirs]
    unknown = [await owner.post(path, json=ace(id_)) for id_ in ("usr_x", "grp_x")]
    assert [answer.json()["error"] for answer in known] == [answer.json()["error"] for answer in unknown]
    assert {refusal(answer) for answer in known} == {(*INVALID, "principal_id")}
    new_owner = await owner.put(f"{collection(plans.id)}/owner", json={"owner_id": theirs[0]})
    assert refusal(new_owner) == (422, "VALIDATION_ERROR", "owner_id")
    line = {"principal_type": "user", "principal_id": theirs[0], "access": "read"}
    assert refusal(await owner.put(legacy(plans.id), json=[line])) == (*INVALID, "0.principal_id")
    await other.aclose()


@pytest.mark.parametrize("kind", ["persona", "Collection", "collections", "%00"])
async def test_what_has_no_access_list_is_refused_by_its_type(acme: Organisation, plans: Shelf, kind: str) -> None:
    path, admin = f"{BASE}/permissions/{kind}/{plans.id}", acme.client("admin")
    answers = [await admin.get(path), await admin.post(f"{path}/aces", content=b"{broken")]
    answers += [await admin.put(f"{path}/owner", json={}), await admin.delete(f"{path}/aces/ace_x")]
    assert refusal(answers[0]) == (422, "VALIDATION_ERROR", "type")
    assert {answer.status_code for answer in answers} <= {415, 422}


async def test_a_document_is_no_collection(acme: Organisation, plans: Shelf) -> None:
    admin, roadmap = acme.client("admin"), plans.documents["roadmap"]
    assert refusal(await admin.get(collection(roadmap))) == (404, "COLLECTION_NOT_FOUND", None)
    assert refusal(await admin.get(document(plans.id))) == (404, "DOCUMENT_NOT_FOUND", None)
    assert refusal(await admin.get(legacy(roadmap))) == (404, "COLLECTION_NOT_FOUND", None)


async def test_who_may_read_and_no_more_is_refused_and_who_may_not_is_told_nothing(
    acme: Organisation, plans: Shelf
) -> None:
    reader, path, roadmap = acme.client("reader"), collection(plans.id), plans.documents["roadmap"]
    everything: list[tuple[str, str, Any]] = [
        ("GET", path, None),
        ("GET", legacy(plans.id), None),
        ("POST", f"{path}/aces", ace(None)),
        ("PUT", f"{path}/owner", {"owner_id": acme.people["reader"].id}),
        ("PUT", f"{document(roadmap)}/inheritance", {"inherit": False, "copy": True}),
        ("PUT", legacy(plans.id), []),
    ]
    for method, at, body in everything:
        assert (await reader.request(method, at, json=body)).status_code == 404
    await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.USER, acme.people["reader"].id), permissions=1)
    for method, at, body in everything:
        answer = await reader.request(method, at, json=body)
        assert refusal(answer) == (403, "AUTHZ_PERMISSION_DENIED", None), (method, at)


async def test_both_gates_must_be_passed(acme: Organisation) -> None:
    await acme.person("looker", permissions=["scaimatrix:view"])
    await acme.person("changer", permissions=["scaimatrix:access"])
    for name in ("looker", "changer", "user"):
        plans = await shelf(acme, "roadmap", owner=name)
        person, path = acme.client(name), collection(plans.id)
        assert (await person.get(path)).status_code == (200 if name == "looker" else 403)
        assert (await person.get(legacy(plans.id))).status_code == (200 if name == "looker" else 403)
        assert (await person.post(f"{path}/aces", json=ace(None))).status_code == (201 if name == "changer" else 403)
        assert (await person.put(legacy(plans.id), json=[])).status_code == (200 if name == "changer" else 403)


async def test_nothing_is_shown_or_changed_where_the_module_is_off(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    data(await root.post("/v1/modules/scaimatrix/disable", params={"tenant_id": acme.id}))
    owner = acme.client("owner")
    for answer in (await owner.get(collection(plans.id)), await owner.put(legacy(plans.id), json=[])):
        assert refusal(answer) == (403, "MODULE_NOT_ENABLED", None)
    data(await root.post("/v1/modules/scaimatrix/enable", params={"tenant_id": acme.id}))
    data(await owner.get(collection(plans.id)))


async def test_a_list_takes_so_many_entries_and_what_has_ended_makes_room(acme: Organisation) -> None:
    await acme.person("owner", permissions=AROUND)
    plans = await shelf(acme, owner="owner", default_access=DefaultAccess.RESTRICTED)
    owner, path, now = acme.client("owner"), collection(plans.id), acme.running.platform.clock.now()

    def entry(**more: Any) -> AccessEntry:
        whose = {"tenant_id": acme.id, "resource_id": plans.id, "collection_id": plans.id}
        what = {"ace_type": "allow", "principal_type": "everyone", "permissions": VIEWER}
        return AccessEntry(id=new_id("ace"), **whose, **what, created_at=now, **more)

    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        transaction.session.add_all(entry() for _ in range(MOST_ENTRIES - 1))
    data(await owner.post(f"{path}/aces", json=ace(None)), 201)
    assert refusal(await owner.post(f"{path}/aces", json=ace(None))) == (*INVALID, "aces")
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        transaction.session.add_all(entry(expires_at=now) for _ in range(3))
    first = data(await owner.get(path))["aces"][0]
    data(await owner.delete(f"{path}/aces/{first['id']}"))
    data(await owner.post(f"{path}/aces", json=ace(None)), 201)
    assert len(data(await owner.get(path))["aces"]) == MOST_ENTRIES
    line = {"principal_type": "everyone", "access": "read"}
    answer = await owner.put(legacy(plans.id), json=[line] * (MOST_ENTRIES + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
