"""What somebody may do, why, and what would turn it, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import VIEWER
from tests.acl.http.asking import BASE, ace, collection, document, refusal
from tests.world.by_night import by_night
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group, shelf


async def explained(client: httpx.AsyncClient, path: str, permission: Any = "READ", user_id: str | None = None) -> Any:
    """Ask why."""
    whom = {} if user_id is None else {"user_id": user_id}
    return data(await client.post(f"{path}/explain", json={"permission": permission, **whom}))


async def effective(client: httpx.AsyncClient, path: str, user_id: str | None = None) -> Any:
    """Ask what all."""
    return data(await client.get(f"{path}/effective", params={} if user_id is None else {"user_id": user_id}))


async def test_everybody_may_ask_what_they_may_do_to_what_they_see(acme: Organisation, plans: Shelf) -> None:
    await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.USER, acme.people["reader"].id), permissions=1)
    said = await effective(acme.client("reader"), document(plans.documents["roadmap"]))
    assert said == {
        "user_id": acme.people["reader"].id,
        "suspended": False,
        "permissions": 1,
        "permission_names": ["READ"],
        "can": {
            "read": True,
            "write": False,
            "delete": False,
            "ingest": False,
            "list": False,
            "read_permissions": False,
            "change_permissions": False,
            "take_ownership": False,
        },
    }


async def test_what_one_cannot_see_is_not_there_to_ask_about(acme: Organisation, plans: Shelf) -> None:
    reader = acme.client("reader")
    for path in (collection(plans.id), collection("col_missing")):
        answers = [
            await reader.get(f"{path}/effective"),
            await reader.post(f"{path}/explain", json={"permission": "READ"}),
            await reader.post(f"{path}/explain", json={"permission": "nonsense"}),
            await reader.post(f"{path}/rehearse", json={"changes": []}),
        ]
        assert {refusal(answer) for answer in answers} == {(404, "COLLECTION_NOT_FOUND", None)}


async def test_about_others_only_those_may_ask_who_see_the_list(acme: Organisation, plans: Shelf) -> None:
    await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.USER, acme.people["reader"].id), permissions=1)
    reader, path = acme.client("reader"), collection(plans.id)
    for somebody in (acme.people["user"].id, "usr_unknown"):
        answers = [
            await reader.get(f"{path}/effective", params={"user_id": somebody}),
            await reader.post(f"{path}/explain", json={"permission": "READ", "user_id": somebody}),
        ]
        assert {refusal(answer) for answer in answers} == {(403, "AUTHZ_PERMISSION_DENIED", None)}
    manager = acme.client("manager")
    assert (await effective(manager, path, acme.people["reader"].id))["permissions"] == 1
    assert (await effective(manager, path, acme.people["user"].id))["permissions"] == 0


async def test_nobody_of_the_organisation_is_blamed_on_the_field(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    admin, path = acme.client("admin"), collection(plans.id)
    stranger = data(await root.get("/v1/me"))["id"]
    for unknown in ("usr_unknown", stranger):
        answers = [
            await admin.get(f"{path}/effective", params={"user_id": unknown}),
            await admin.post(f"{path}/explain", json={"permission": 1, "user_id": unknown}),
        ]
        assert {refusal(answer) for answer in answers} == {(422, "VALIDATION_ERROR", "user_id")}


@pytest.mark.parametrize("permission", ["nonsense", 0, 256, -1, True, None, [], "VIEWER", 1.5])
async def test_what_is_no_deed_is_refused(acme: Organisation, plans: Shelf, permission: Any) -> None:
    answer = await acme.client("owner").post(f"{collection(plans.id)}/explain", json={"permission": permission})
    assert refusal(answer) == (422, "VALIDATION_ERROR", "permission")


async def test_the_answer_tells_the_rule_the_entry_the_way_and_what_would_turn_it(
    acme: Organisation, plans: Shelf
) -> None:
    interns = await group(acme, "interns")
    summer = await group(acme, "summer-2026", "reader", inside=[interns])
    everyone = (PrincipalType.EVERYONE, None)
    allowed = await enter(acme, plans.id, Effect.ALLOW, everyone, permissions=VIEWER)
    owner, path, reader = acme.client("owner"), document(plans.documents["roadmap"]), acme.people["reader"]
    no = {**ace(interns, ["READ"]), "ace_type": "deny", "note": "interns may not read"}
    denied = data(await owner.post(f"{path}/aces", json=no), 201)
    said = await explained(owner, path, "read", reader.id)
    assert (said["allowed"], said["rule"], said["ace"]) == (False, "explicit_deny", denied)
    assert said["group_path"] == [{"id": summer, "name": "summer-2026"}, {"id": interns, "name": "interns"}]
    assert said["reason"].startswith(
        "No. Denied on the document itself to the group interns, which Reader is in through summer-2026: "
        "“interns may not read” (set by Owner, "
    )
    assert [(rule["rule"], rule["said"], [entry["id"] for entry in rule["entries"]]) for rule in said["rules"]] == [
        ("super_admin", "passed_over", []),
        ("tenant_admin", "passed_over", []),
        ("owner", "passed_over", []),
        ("explicit_deny", "decided", [denied["id"]]),
        ("explicit_allow", "would_have_been_asked", []),
        ("collection_owner", "would_have_been_asked", []),
        ("inherited_deny", "would_have_been_asked", []),
        ("inherited_allow", "would_have_been_asked", [allowed]),
        ("default_access", "would_have_been_asked", []),
        ("none", "would_have_been_asked", []),
    ]
    assert [(remedy["action"], remedy["sentence"]) for remedy in said["remedies"]] == [
        ("remove_ace", "Remove the deny for the group interns on the document."),
        ("remove_from_group", "Take Reader out of the group summer-2026."),
        ("set_owner", "Make Reader the owner of the document."),
    ]
    first = said["remedies"][0]
    assert first["on"] == {"type": "document", "id": plans.documents["roadmap"]}
    assert first["change"] == {"op": "remove_ace", "ace_id": denied["id"]}
    assert said["groups"] is None
    admin = await explained(acme.client("admin"), path, "read", reader.id)
    assert [(held["name"], held["direct"]) for held in admin["groups"]] == [("summer-2026", True), ("interns", False)]


async def test_who_may_not_see_the_list_is_told_only_what_it_says_of_themselves(
    acme: Organisation, plans: Shelf
) -> None:
    owner, path = acme.client("owner"), collection(plans.id)
    board = await group(acme, "board")
    data(await owner.post(f"{path}/aces", json=ace(board, 255, note="hush")), 201)
    data(await owner.post(f"{path}/aces", json=ace(acme.people["reader"].id, 1, note="hush")), 201)
    said = await acme.client("reader").post(f"{path}/explain", json={"permission": "WRITE"})
    assert data(said)["allowed"] is False
    own = await acme.client("reader").post(f"{path}/explain", json={"permission": "READ"})
    assert (data(own)["ace"]["note"], data(own)["ace"]["created_by"]) == (None, None)
    for secret in ("hush", board, "board", acme.people["owner"].id):
        assert secret not in said.text + own.text
    assert [remedy["action"] for remedy in data(said)["remedies"]] == ["add_ace", "set_owner"]


async def test_the_suspended_may_nothing_and_are_said_to_be_suspended(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    admin, path, manager = acme.client("admin"), collection(plans.id), acme.people["manager"]
    data(await root.patch(f"/v1/users/{manager.id}", json={"status": "suspended"}))
    said = await effective(admin, path, manager.id)
    assert (said["suspended"], said["permissions"], said["permission_names"]) == (True, 0, [])
    why = await explained(admin, path, "READ", manager.id)
    assert (why["allowed"], why["rule"], why["ace"]) == (False, "none", None)
    assert why["reason"] == "No. Manager is suspended, and so cannot come in."
    assert [remedy["action"] for remedy in why["remedies"]] == ["reactivate"]
    data(await root.patch(f"/v1/users/{manager.id}", json={"status": "active"}))
    assert (await explained(admin, path, "READ", manager.id))["allowed"]


async def test_a_question_about_somebody_else_is_in_the_trail_and_one_about_oneself_is_not(
    acme: Organisation, plans: Shelf
) -> None:
    owner, path, reader = acme.client("owner"), collection(plans.id), acme.people["reader"].id
    await effective(owner, path)
    await explained(owner, path, user_id=acme.people["owner"].id)
    await effective(owner, path, reader)
    await explained(owner, path, 3, reader)
    trail = data(await acme.client("admin").get("/v1/audit/events", params={"target_id": plans.id}))["items"]
    asked = sorted((event["action"], event["actor_id"], event["details"]) for event in trail)
    mine = acme.people["owner"].id
    assert asked == [
        ("acl.effective_shown", mine, {"user_id": reader}),
        ("acl.explained", mine, {"user_id": reader, "permission": 3}),
    ]


async def test_administrators_and_owners_are_told_why_no_entry_stops_them(acme: Organisation, plans: Shelf) -> None:
    admin, path = acme.client("admin"), collection(plans.id)
    said = await explained(admin, path)
    assert (said["rule"], said["remedies"][0]["action"]) == ("tenant_admin", "remove_role")
    assert said["remedies"][0]["role"] == "tenant_admin"
    assert said["remedies"][0]["change"] is None
    said = await explained(admin, path, "DELETE", acme.people["owner"].id)
    assert (said["rule"], said["remedies"][0]["action"]) == ("owner", "set_owner")


async def test_what_cannot_be_done_to_a_document_is_denied_to_everybody_for_good(
    acme: Organisation, plans: Shelf
) -> None:
    said = await explained(acme.client("admin"), document(plans.documents["roadmap"]), "INGEST")
    assert (said["allowed"], said["rule"], said["remedies"]) == (False, "none", [])
    assert said["reason"] == "No. INGEST cannot be done to a document."


def request_for(step: Any, admin_id: str) -> tuple[str, str, Any]:
    """The request that does one step of a remedy."""
    on = "" if step["on"] is None else f"{BASE}/permissions/{step['on']['type']}/{step['on']['id']}"
    change = step["change"] or {}
    said = {name: value for name, value in change.items() if name not in {"op", "ace_id"}}
    members = f"/v1/groups/{step['group_id']}/members"
    return {
        "add_ace": ("POST", f"{on}/aces", change.get("ace")),
        "remove_ace": ("DELETE", f"{on}/aces/{step['ace_id']}", None),
        "change_ace": ("PATCH", f"{on}/aces/{step['ace_id']}", said),
        "remove_from_group": ("DELETE", f"{members}/{step['user_id']}", None),
        "add_to_group": ("POST", members, {"type": "user", "id": step["user_id"]}),
        "set_owner": ("PUT", f"{on}/owner", {"owner_id": step["owner_id"] or admin_id}),
        "set_inheritance": ("PUT", f"{on}/inheritance", said),
        "remove_role": ("PUT", f"/v1/users/{step['user_id']}/roles", {"roles": []}),
    }[step["action"]]


async def carry_out(acme: Organisation, remedy: Any, root: httpx.AsyncClient) -> None:
    """Do what a remedy says, through the API."""
    for step in remedy["steps"] or [remedy]:
        method, path, body = request_for(step, acme.people["admin"].id)
        client = root if step["action"] == "remove_role" else acme.client("admin")
        answer = await client.request(method, path, json=body)
        assert answer.status_code in {200, 201}, answer.text


@pytest.mark.parametrize("permission", ["READ", *by_night(["WRITE", 17, 255 - 8])])
@pytest.mark.parametrize("place", range(6))
async def test_each_remedy_turns_the_answer_when_it_is_carry_out(
    acme: Organisation, root: httpx.AsyncClient, permission: Any, place: int
) -> None:
    await acme.person("second", "tenant_admin")
    for who in ("user", "second", "owning"):
        if who == "owning":
            await acme.person("owning", "tenant_user")
        theirs = await shelf(acme, "roadmap", owner=who if who == "owning" else "admin")
        interns = await group(acme, "interns")
        await group(acme, "summer", who, inside=[interns])
        staff = await group(acme, "staff")
        document_id = theirs.documents["roadmap"]
        await enter(acme, theirs.id, Effect.ALLOW, (PrincipalType.GROUP, staff), permissions=255)
        await enter(acme, theirs.id, Effect.DENY, (PrincipalType.EVERYONE, None), permissions=2)
        await enter(acme, document_id, Effect.DENY, (PrincipalType.GROUP, interns), permissions=3)
        await enter(acme, document_id, Effect.ALLOW, (PrincipalType.USER, acme.people[who].id), permissions=49)
        admin, path = acme.client("admin"), document(document_id)
        for _ in range(2):  # there, and back again
            before = await explained(admin, path, permission, acme.people[who].id)
            if len(before["remedies"]) <= place:
                break
            await carry_out(acme, before["remedies"][place], root)
            after = await explained(admin, path, permission, acme.people[who].id)
            assert after["allowed"] is not before["allowed"], before["remedies"][place]


async def test_an_open_collection_decides_by_its_openness(acme: Organisation) -> None:
    opened = await shelf(acme, default_access=DefaultAccess.TENANT)
    said = await explained(acme.client("viewer"), collection(opened.id), "list")
    assert (said["allowed"], said["rule"], said["ace"]) == (True, "default_access", None)
    assert said["reason"] == "Yes. The collection is open to everyone in the organisation."
    assert said["remedies"][0]["change"]["ace"] == {
        "ace_type": "deny",
        "principal_type": "user",
        "principal_id": acme.people["viewer"].id,
        "permissions": 16,
    }


async def test_who_runs_the_platform_may_ask_from_another_organisation(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = collection(plans.id)
    monkeypatch.setattr(root, "params", {"tenant_id": acme.id})  # another organisation's is named
    assert (await effective(root, path))["permissions"] == 255
    said = await explained(root, path)
    assert (said["rule"], said["remedies"][0]["role"]) == ("super_admin", "super_admin")
    said = await explained(root, path, user_id=acme.people["reader"].id)
    assert (said["allowed"], said["rule"], said["reason"]) == (False, "none", "No. Nothing allows Reader READ here.")
    trail = data(await acme.client("admin").get("/v1/audit/events", params={"target_id": plans.id}))["items"]
    assert [event["action"] for event in trail] == ["acl.explained"]


async def test_a_question_of_several_deeds_is_a_no_if_one_of_them_is(acme: Organisation, plans: Shelf) -> None:
    denied = await enter(
        acme, plans.id, Effect.DENY, (PrincipalType.USER, acme.people["manager"].id), permissions=2 | 4
    )
    said = await explained(acme.client("owner"), collection(plans.id), 1 | 2, acme.people["manager"].id)
    assert (said["allowed"], said["rule"], said["ace"]["id"]) == (False, "explicit_deny", denied)
    assert [rule["rule"] for rule in said["rules"] if rule["said"] == "decided"] == ["explicit_deny", "explicit_allow"]
    first = said["remedies"][0]
    assert first["change"] == {"op": "change_ace", "ace_id": denied, "permissions": 4}
    assert first["sentence"] == "Take WRITE out of the deny for Manager on the collection."


async def test_everybody_who_may_is_told_by_what_lets_them(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    interns = await group(acme, "interns")
    await group(acme, "summer", "reader", "user", inside=[interns])
    entry = await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.GROUP, interns), permissions=VIEWER)
    await enter(acme, plans.id, Effect.DENY, (PrincipalType.USER, acme.people["user"].id), permissions=2)
    owner, path = acme.client("owner"), collection(plans.id)
    said = data(await owner.get(f"{path}/who"))
    told = [
        (way["rule"], way["ace"] and way["ace"]["principal_name"], way["count"], [one["name"] for one in way["people"]])
        for way in said["ways"]
    ]
    assert told[:3] == [
        ("tenant_admin", None, 1, ["Admin"]),
        ("owner", None, 1, ["Owner"]),
        ("explicit_allow", "interns", 2, ["User", "Reader"]),
    ]
    assert told[3:] == [("explicit_allow", "Manager", 1, ["Manager"])]
    assert (said["count"], said["truncated"], said["permission_names"]) == (5, False, ["READ"])
    both = data(await owner.get(f"{path}/who", params={"permission": "3"}))
    assert (both["count"], both["permissions"]) == (3, 3)
    one = data(await owner.get(f"{path}/who", params={"permission": "list"}))
    assert entry in [way["ace"]["id"] for way in one["ways"] if way["ace"]]
    for nonsense in ("nonsense", "0", "256", "", "-1"):
        answer = await owner.get(f"{path}/who", params={"permission": nonsense})
        assert refusal(answer) == (422, "VALIDATION_ERROR", "permission")
    data(await root.patch(f"/v1/users/{acme.people['reader'].id}", json={"status": "suspended"}))
    assert data(await owner.get(f"{path}/who"))["count"] == 4
    trail = data(await acme.client("admin").get("/v1/audit/events", params={"target_id": plans.id}))["items"]
    assert {event["action"] for event in trail} == {"acl.holders_shown"}


async def test_who_may_read_a_thing_but_not_its_list_is_not_told_who_else_may(acme: Organisation, plans: Shelf) -> None:
    await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.USER, acme.people["reader"].id), permissions=1)
    answer = await acme.client("reader").get(f"{collection(plans.id)}/who")
    assert refusal(answer) == (403, "AUTHZ_PERMISSION_DENIED", None)


async def test_who_sees_the_list_but_may_not_read_may_ask_all_the_same(acme: Organisation, plans: Shelf) -> None:
    await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.USER, acme.people["reader"].id), permissions=32)
    reader, path = acme.client("reader"), collection(plans.id)
    said = await explained(reader, path)
    assert (said["allowed"], said["rule"], said["remedies"][0]["action"]) == (False, "none", "add_ace")
    assert (await effective(reader, path, acme.people["manager"].id))["permissions"] == 127
