"""Who gains and who loses by changes of access, told before anything is saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import MANAGER, VIEWER
from acl.rehearsing import MOST_TOLD
from app.db.epochs import Epoch
from app.db.tenancy import Reach
from app.identity.tables import User
from app.ids import new_id
from tests.acl.http.asking import ace, collection, document, refusal
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group, shelf

Shifts = dict[str, int]


async def rehearsed(client: httpx.AsyncClient, path: str, *changes: Any) -> tuple[Shifts, Shifts]:
    """Who would gain and who would lose what."""
    said = data(await client.post(f"{path}/rehearse", json={"changes": changes}))
    assert said["truncated"] is False
    gains, loses = ({one["user_id"]: one["permissions"] for one in said[name]} for name in ("gains", "loses"))
    return gains, loses


async def rights(acme: Organisation, path: str) -> Shifts:
    """What everybody may do."""
    admin = acme.client("admin")
    found = {}
    for person in acme.people.values():
        answer = await admin.get(f"{path}/effective", params={"user_id": person.id})
        found[person.id] = data(answer)["permissions"]
    return found


async def save(client: httpx.AsyncClient, path: str, change: Any) -> httpx.Response:
    """Make a change for good."""
    said = {name: value for name, value in change.items() if name not in {"op", "ace_id"}}
    method, below, body = {
        "add_ace": ("POST", "aces", change.get("ace")),
        "remove_ace": ("DELETE", f"aces/{change.get('ace_id')}", None),
        "change_ace": ("PATCH", f"aces/{change.get('ace_id')}", said),
        "set_inheritance": ("PUT", "inheritance", said),
        "set_owner": ("PUT", "owner", said),
    }[change["op"]]
    return await client.request(method, f"{path}/{below}", json=body)


async def epochs(acme: Organisation) -> dict[str, int]:
    """Every epoch there is."""
    async with acme.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        rows = await transaction.session.execute(select(Epoch.scope, Epoch.number))
        return {scope: number for scope, number in rows if acme.id in scope}


@pytest.fixture
async def full(acme: Organisation) -> Shelf:
    """A collection of `user` with entries about people, nested groups and everyone, and a document with its own."""
    await acme.person("ben", "tenant_user")
    await acme.person("eve", "tenant_user")
    made = await shelf(acme, "roadmap", owner="user", default_access=DefaultAccess.TENANT)
    staff = await group(acme, "staff", "viewer")
    interns = await group(acme, "interns", "ben", inside=[staff])
    entries = [
        (made.id, Effect.ALLOW, (PrincipalType.GROUP, staff), MANAGER),
        (made.id, Effect.DENY, (PrincipalType.GROUP, interns), 4),
        (made.documents["roadmap"], Effect.ALLOW, (PrincipalType.USER, acme.people["eve"].id), VIEWER),
        (made.documents["roadmap"], Effect.DENY, (PrincipalType.GROUP, interns), 2),
    ]
    for number, (where, effect, principal, permissions) in enumerate(entries):
        made.documents[f"entry{number}"] = await enter(acme, where, effect, principal, permissions=permissions)
    made.documents |= {"staff": staff, "interns": interns}
    return made


def proposals(acme: Organisation, full: Shelf) -> dict[str, list[Any]]:
    """Changes of the document, by what they do."""
    ids, eve = full.documents, acme.people["eve"].id
    now = acme.running.platform.clock.now()
    return {
        "an allowance for a group": [{"op": "add_ace", "ace": ace(ids["interns"], "OWNER")}],
        "a denial for everyone": [{"op": "add_ace", "ace": ace(None, "VIEWER") | {"ace_type": "deny"}}],
        "one that has ended": [{"op": "add_ace", "ace": ace(None, 2, expires_at=(now - timedelta(1)).isoformat())}],
        "an entry less": [{"op": "remove_ace", "ace_id": ids["entry3"]}],
        "an entry turned round": [{"op": "change_ace", "ace_id": ids["entry2"], "ace_type": "deny"}],
        "an entry widened": [{"op": "change_ace", "ace_id": ids["entry2"], "permissions": ["READ", "WRITE"]}],
        "another owner": [{"op": "set_owner", "owner_id": eve}],
        "no inheritance": [{"op": "set_inheritance", "inherit": False, "copy": False}],
        "no inheritance, all kept": [{"op": "set_inheritance", "inherit": False, "copy": True}],
        "several, one upon the other": [
            {"op": "set_inheritance", "inherit": False, "copy": False},
            {"op": "remove_ace", "ace_id": ids["entry2"]},
            {"op": "set_owner", "owner_id": eve},
            {"op": "add_ace", "ace": ace(ids["staff"], "EDITOR")},
            {"op": "set_inheritance", "inherit": True},
        ],
        "nothing": [],
    }


@pytest.mark.parametrize("name", [
    "an allowance for a group", "a denial for everyone", "one that has ended", "an entry less",
    "an entry turned round", "an entry widened", "another owner", "no inheritance", "no inheritance, all kept",
    "several, one upon the other", "nothing",
])  # fmt: skip
async def test_what_is_rehearsed_is_what_comes_of_it(acme: Organisation, full: Shelf, name: str) -> None:
    admin, path = acme.client("admin"), document(full.documents["roadmap"])
    changes = proposals(acme, full)[name]
    before, shown, numbers = await rights(acme, path), await admin.get(path), await epochs(acme)
    gains, loses = await rehearsed(admin, path, *changes)
    again = await admin.get(path)
    assert (again.json()["data"], again.headers["etag"]) == (shown.json()["data"], shown.headers["etag"])
    assert await epochs(acme) == numbers
    for change in changes:
        assert (await save(admin, path, change)).status_code in {200, 201}
    after = await rights(acme, path)
    assert gains == {id_: after[id_] & ~before[id_] for id_ in after if after[id_] & ~before[id_]}
    assert loses == {id_: before[id_] & ~after[id_] for id_ in after if before[id_] & ~after[id_]}
    assert bool(gains or loses) is (name not in {"one that has ended", "no inheritance, all kept", "nothing"})


async def test_a_collection_can_be_closed_and_handed_over_in_thought(acme: Organisation, full: Shelf) -> None:
    user, path = acme.client("admin"), collection(full.id)
    closed = {"op": "set_default_access", "default_access": "restricted"}
    gains, loses = await rehearsed(user, path, closed)
    assert (gains, loses) == ({}, {acme.people["eve"].id: VIEWER})
    handed = {"op": "set_owner", "owner_id": acme.people["eve"].id}
    gains, loses = await rehearsed(user, path, closed, handed)
    assert gains == {acme.people["eve"].id: 255 & ~VIEWER}
    assert loses == {acme.people["user"].id: 255}
    assert await rehearsed(user, path, closed, {**closed, "default_access": "tenant"}) == ({}, {})


async def test_who_is_suspended_neither_gains_nor_loses(
    acme: Organisation, full: Shelf, root: httpx.AsyncClient
) -> None:
    everyone = {"op": "add_ace", "ace": ace(None, "MANAGER")}
    admin, path, eve = acme.client("admin"), collection(full.id), acme.people["eve"].id
    assert eve in (await rehearsed(admin, path, everyone))[0]
    data(await root.patch(f"/v1/users/{eve}", json={"status": "suspended"}))
    assert eve not in (await rehearsed(admin, path, everyone))[0]


async def test_what_would_be_refused_is_refused_the_same_way(acme: Organisation, plans: Shelf) -> None:
    manager, path = acme.client("manager"), document(plans.documents["roadmap"])
    stranger = {"op": "add_ace", "ace": ace("usr_unknown")}
    for change, field in [
        (stranger, "ace.principal_id"),
        ({"op": "add_ace", "ace": ace(None, ["INGEST"])}, "ace.permissions"),
        ({"op": "add_ace", "ace": ace(None, 0)}, "ace.permissions"),
        ({"op": "add_ace", "ace": ace(None, "nonsense")}, "ace.permissions"),
        ({"op": "add_ace", "ace": ace(None, 128)}, None),  # more than the manager holds
        ({"op": "remove_ace", "ace_id": "ace_unknown"}, None),
        ({"op": "change_ace", "ace_id": "ace_unknown", "permissions": 1}, None),
        ({"op": "set_owner", "owner_id": acme.people["reader"].id}, None),
        ({"op": "set_owner", "owner_id": acme.people["manager"].id}, None),
    ]:
        in_thought = await manager.post(f"{path}/rehearse", json={"changes": [change]})
        for_good = await save(manager, path, change)
        assert refusal(in_thought)[:2] == refusal(for_good)[:2], change
        assert refusal(in_thought)[2] == (None if field is None else f"changes.0.{field}")
        assert (refusal(for_good)[2] or "").rpartition(".")[2] == (field or "").rpartition(".")[2]
    closed = {"op": "set_inheritance", "inherit": False}
    answer = await acme.client("owner").post(f"{collection(plans.id)}/rehearse", json={"changes": [closed]})
    assert refusal(answer) == (422, "VALIDATION_ERROR", "changes.0.inherit")
    answer = await manager.post(f"{path}/rehearse", json={"changes": [
        {"op": "set_default_access", "default_access": "tenant"}
    ]})  # fmt: skip
    assert refusal(answer) == (422, "VALIDATION_ERROR", "changes.0.default_access")


async def test_a_change_needs_what_it_needs_also_after_those_before_it(acme: Organisation, plans: Shelf) -> None:
    owner, path = acme.client("owner"), document(plans.documents["roadmap"])
    given = {"op": "set_owner", "owner_id": acme.people["reader"].id}
    shut = {"op": "set_inheritance", "inherit": False, "copy": False}
    answer = await owner.post(f"{path}/rehearse", json={"changes": [shut, given, {**shut, "inherit": True}]})
    assert refusal(answer) == (403, "AUTHZ_PERMISSION_DENIED", None)


async def test_locking_everybody_out_is_refused_in_thought_too_unless_an_administrator_insists(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    data(await root.patch(f"/v1/users/{acme.people['owner'].id}", json={"status": "suspended"}))
    [entry] = data(await acme.client("admin").get(collection(plans.id)))["aces"]
    gone = {"changes": [{"op": "remove_ace", "ace_id": entry["id"]}]}
    path = f"{collection(plans.id)}/rehearse"
    assert refusal(await acme.client("admin").post(path, json=gone)) == (409, "LAST_ADMINISTRATOR", None)
    assert refusal(await acme.client("manager").post(f"{path}?force=true", json=gone))[0] == 409
    said = data(await acme.client("admin").post(f"{path}?force=true", json=gone))
    assert [(one["user_id"], one["permissions"]) for one in said["loses"]] == [(acme.people["manager"].id, MANAGER)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ([{"op": "add_everything"}], "changes.0.op"),
        ([{"ace_id": "ace_1"}], "changes.0.op"),
        ([{"op": 7}], "changes.0.op"),
        ([{"op": "remove_ace"}], "changes.0.ace_id"),
        ([{"op": "remove_ace", "ace_id": ""}], "changes.0.ace_id"),
        ([{"op": "add_ace", "ace": {"ace_type": "maybe", "principal_type": "everyone", "permissions": 1}}],
         "changes.0.ace.ace_type"),
        ([{"op": "set_owner", "owner_id": "usr_1", "more": 1}], "changes.0.more"),
        ([{"op": "set_inheritance", "inherit": "no"}], "changes.0.inherit"),
        (["add_ace"], "changes.0"),
        ([{"op": "remove_ace", "ace_id": "ace_1"}] * 101, "changes"),
        (None, "changes"),
    ],
)  # fmt: skip
async def test_what_is_no_change_is_refused_with_its_field(
    acme: Organisation, plans: Shelf, changes: Any, field: str
) -> None:
    answer = await acme.client("owner").post(f"{collection(plans.id)}/rehearse", json={"changes": changes})
    assert refusal(answer) == (422, "VALIDATION_ERROR", field)


async def test_only_who_may_change_a_list_rehearses_and_it_is_in_the_trail(acme: Organisation, plans: Shelf) -> None:
    path = collection(plans.id)
    await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.USER, acme.people["reader"].id))
    answer = await acme.client("reader").post(f"{path}/rehearse", json={"changes": []})
    assert refusal(answer) == (403, "AUTHZ_PERMISSION_DENIED", None)
    data(await acme.client("owner").post(f"{path}/rehearse", json={"changes": []}))
    trail = data(await acme.client("admin").get("/v1/audit/events", params={"target_id": plans.id}))["items"]
    assert [(event["action"], event["details"]) for event in trail] == [("acl.rehearsed", {"changes": 0})]


async def test_a_long_answer_is_cut_and_says_so(acme: Organisation, plans: Shelf) -> None:
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        now, words = transaction.clock.now(), {"tenant_id": acme.id, "name": "One of many", "status": "active"}
        for number in range(MOST_TOLD + 1):
            row = User(id=new_id("usr"), email=f"{number}@many.example", created_at=now, updated_at=now, **words)
            transaction.session.add(row)
    change = {"op": "add_ace", "ace": ace(None, "VIEWER")}
    said = data(await acme.client("owner").post(f"{collection(plans.id)}/rehearse", json={"changes": [change]}))
    assert (len(said["gains"]), said["loses"], said["truncated"]) == (MOST_TOLD, [], True)
    assert said["gains"][0]["permission_names"] == ["READ", "LIST", "READ_PERMISSIONS"]
