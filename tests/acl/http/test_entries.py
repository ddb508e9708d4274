"""Entries of access lists over HTTP: made, shown, changed and removed; in force for the very next request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from acl.facts import Effect, PrincipalType
from tests.acl.http.asking import ace, collection, document, refusal
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group, withdraw

NAMES = ["READ", "LIST", "READ_PERMISSIONS"]


async def test_an_entry_is_answered_and_shown_with_all_that_it_says(acme: Organisation, plans: Shelf) -> None:
    owner, reader = acme.client("owner"), acme.people["reader"]
    path, ends = collection(plans.id), "2099-01-31T12:00:00Z"
    made = await owner.post(f"{path}/aces", json=ace(reader.id, "viewer", expires_at=ends, note="for the audit"))
    entry = data(made, 201)
    assert made.headers["etag"].startswith('"')
    assert entry == {
        "id": entry["id"],
        "ace_type": "allow",
        "principal_type": "user",
        "principal_id": reader.id,
        "principal_name": "Reader",
        "permissions": 49,
        "permission_names": NAMES,
        "expires_at": ends,
        "note": "for the audit",
        "created_by": acme.people["owner"].id,
        "created_at": entry["created_at"],
    }
    shown = data(await owner.get(path))
    assert shown["aces"][-1] == entry
    assert {name: shown[name] for name in shown if "aces" not in name} == {
        "resource_type": "collection",
        "resource_id": plans.id,
        "owner_id": acme.people["owner"].id,
        "inherit": False,
        "default_access": "restricted",
    }


async def test_entries_stand_in_the_order_they_count_and_inherited_ones_apart(acme: Organisation, plans: Shelf) -> None:
    owner, path = acme.client("owner"), document(plans.documents["roadmap"])
    staff = await group(acme, "staff")
    allowed = data(await owner.post(f"{path}/aces", json=ace(staff, ["read", "List"])), 201)
    everybody = data(await owner.post(f"{path}/aces", json=ace(None, 2)), 201)
    denied = data(await owner.post(f"{path}/aces", json=ace(acme.people["user"].id, 4) | {"ace_type": "deny"}), 201)
    shown = data(await owner.get(path))
    assert [entry["id"] for entry in shown["aces"]] == [denied["id"], allowed["id"], everybody["id"]]
    assert (allowed["principal_name"], allowed["permissions"]) == ("staff", 17)
    assert (everybody["principal_id"], everybody["principal_name"]) == (None, None)
    assert (shown["inherit"], shown["default_access"]) == (True, None)
    assert [entry["principal_id"] for entry in shown["inherited_aces"]] == [acme.people["manager"].id]


async def test_what_has_ended_is_absent(acme: Organisation, plans: Shelf) -> None:
    owner, path = acme.client("owner"), document(plans.documents["roadmap"])
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()  # noqa: TID251 - the clock of the one who asks
    made = data(await owner.post(f"{path}/aces", json=ace(acme.people["reader"].id, expires_at=past)), 201)
    everyone = (PrincipalType.EVERYONE, None)
    await enter(acme, plans.id, Effect.ALLOW, everyone, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    shown = data(await owner.get(path))
    assert (shown["aces"], len(shown["inherited_aces"])) == ([], 1)
    at = f"{path}/aces/{made['id']}"
    for answer in (await owner.delete(at), await owner.patch(at, json={"expires_at": None})):
        assert refusal(answer) == (404, "ACE_NOT_FOUND", None)
    assert (await acme.client("reader").get(path)).status_code == 404


async def test_a_change_sets_what_is_said_and_null_clears(acme: Organisation, plans: Shelf) -> None:
    owner, path = acme.client("owner"), collection(plans.id)
    whole = ace(acme.people["reader"].id, expires_at="2099-01-01T00:00:00Z", note="why")
    entry = data(await owner.post(f"{path}/aces", json=whole), 201)
    at = f"{path}/aces/{entry['id']}"
    assert data(await owner.patch(at, json={})) == entry
    changed = data(await owner.patch(at, json={"permissions": ["READ"], "note": None}))
    assert changed == {**entry, "permissions": 1, "permission_names": ["READ"], "note": None}
    denied = data(await owner.patch(at, json={"ace_type": "deny", "expires_at": None, "permissions": None}))
    assert denied == {**changed, "ace_type": "deny", "expires_at": None}
    assert data(await owner.delete(at)) == {"deleted": True}
    for gone in (await owner.delete(at), await owner.patch(at, json={})):
        assert refusal(gone) == (404, "ACE_NOT_FOUND", None)


async def test_a_removed_entry_counts_no_more_for_the_very_next_request(acme: Organisation, plans: Shelf) -> None:
    owner, reader, path = acme.client("owner"), acme.client("reader"), collection(plans.id)
    for _ in range(5):
        entry = data(await owner.post(f"{path}/aces", json=ace(acme.people["reader"].id)), 201)
        assert (await reader.get(path)).status_code == 200
        assert (await reader.get(document(plans.documents["roadmap"]))).status_code == 200
        data(await owner.delete(f"{path}/aces/{entry['id']}"))
        assert (await reader.get(path)).status_code == 404
        assert (await reader.get(document(plans.documents["roadmap"]))).status_code == 404


async def test_an_entry_of_another_list_is_not_there(acme: Organisation, plans: Shelf) -> None:
    owner, path = acme.client("owner"), document(plans.documents["roadmap"])
    inherited = data(await owner.get(path))["inherited_aces"][0]["id"]
    elsewhere = [inherited, "ace_unknown", "x" * 64]
    answers = [await owner.delete(f"{path}/aces/{ace_id}") for ace_id in elsewhere]
    answers += [await owner.patch(f"{path}/aces/{ace_id}", json={"permissions": 1}) for ace_id in elsewhere]
    assert {refusal(answer) for answer in answers} == {(404, "ACE_NOT_FOUND", None)}
    assert len({answer.json()["error"]["message"] for answer in answers}) == 1


async def test_a_principal_that_is_gone_has_no_name(acme: Organisation, plans: Shelf, root: httpx.AsyncClient) -> None:
    owner, path = acme.client("owner"), collection(plans.id)
    staff = await group(acme, "staff")
    data(await owner.post(f"{path}/aces", json=ace(staff)), 201)
    data(await acme.client("admin").delete(f"/v1/groups/{staff}"))
    names = {entry["principal_id"]: entry["principal_name"] for entry in data(await owner.get(path))["aces"]}
    assert names[staff] is None


async def test_an_etag_tells_of_everything_that_is_shown(acme: Organisation, plans: Shelf) -> None:
    owner, path = acme.client("owner"), document(plans.documents["roadmap"])

    async def tag() -> str:
        answer = await owner.get(path)
        again = await owner.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        return str(answer.headers["etag"])

    tags = [await tag()]
    above = await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.EVERYONE, None))
    tags.append(await tag())
    await withdraw(acme, above)
    assert await tag() == tags[0]
    data(await owner.post(f"{path}/aces", json=ace(acme.people["reader"].id)), 201)
    tags.append(await tag())
    assert len(set(tags)) == 3


async def test_a_change_of_another_version_is_refused(acme: Organisation, plans: Shelf) -> None:
    owner, path = acme.client("owner"), collection(plans.id)
    tag = {"If-Match": (await owner.get(path)).headers["etag"]}
    made = await owner.post(f"{path}/aces", json=ace(acme.people["reader"].id), headers=tag)
    entry = data(made, 201)
    at, current = f"{path}/aces/{entry['id']}", {"If-Match": made.headers["etag"]}
    assert refusal(await owner.post(f"{path}/aces", json=ace(None), headers=tag)) == (412, "PRECONDITION_FAILED", None)
    assert (await owner.patch(at, json={"note": "x"}, headers=tag)).status_code == 412
    assert (await owner.delete(at, headers=tag)).status_code == 412
    new_owner = {"owner_id": acme.people["user"].id}
    assert (await owner.put(f"{path}/owner", json=new_owner, headers=tag)).status_code == 412
    changed = await owner.patch(at, json={"note": "x"}, headers=current)
    assert data(changed)["note"] == "x"
    assert (await owner.delete(at, headers=current)).status_code == 412
    data(await owner.delete(at, headers={"If-Match": changed.headers["etag"]}))


async def test_the_same_entry_asked_for_twice_with_a_key_is_made_once(acme: Organisation, plans: Shelf) -> None:
    owner, path = acme.client("owner"), collection(plans.id)
    body, key = ace(acme.people["reader"].id), {"Idempotency-Key": "once"}
    first, second = [await owner.post(f"{path}/aces", json=body, headers=key) for _ in range(2)]
    assert data(first, 201) == data(second, 201)
    assert second.headers["idempotency-replayed"] == "true"
    assert len(data(await owner.get(path))["aces"]) == 2


@pytest.mark.parametrize("doing", ["added", "changed", "removed"])
async def test_the_trail_keeps_who_and_which_deeds_and_no_note(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient, doing: str
) -> None:
    owner, path, reader = acme.client("owner"), collection(plans.id), acme.people["reader"].id
    entry = data(await owner.post(f"{path}/aces", json=ace(reader, 1, note="hushhush")), 201)
    if doing == "changed":
        data(await owner.patch(f"{path}/aces/{entry['id']}", json={"permissions": 17, "note": "hushhush!"}))
    if doing == "removed":
        data(await owner.delete(f"{path}/aces/{entry['id']}"))
    query = {"tenant_id": acme.id, "action": f"acl.entry_{doing}"}
    answer = await root.get("/v1/audit/events", params=query)
    (event,) = data(answer)["items"]
    assert (event["target_type"], event["target_id"]) == ("collection", plans.id)
    assert event["actor_id"] == acme.people["owner"].id
    said = event["details"]
    assert (said["ace_id"], said["principal_id"]) == (entry["id"], reader)
    assert said["permissions"] == (17 if doing == "changed" else 1)
    assert said.get("changed") == (["note", "permissions"] if doing == "changed" else None)
    assert "hushhush" not in answer.text
