"""The list of who reads, writes and manages a collection is another look at its entries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from acl.coarse import Coarse, coarse_of
from acl.facts import Effect, PrincipalType
from acl.permission import EDITOR, MANAGER, OWNER, VIEWER
from tests.acl.http.asking import ace, collection, legacy, refusal
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group


def line(kind: str, id_: str | None, access: str) -> dict[str, Any]:
    return {"principal_type": kind, "principal_id": id_, "access": access}


@pytest.mark.parametrize(
    ("permissions", "word"),
    [
        (VIEWER, "read"),
        (EDITOR, "write"),
        (MANAGER, "manage"),
        (OWNER, "manage"),
        (1, "read"),
        (2, "write"),
        (64, "manage"),
        (16, None),
        (4 | 8 | 32 | 128, None),
        (0, None),
    ],
)
def test_every_mask_has_one_word_or_none(permissions: int, word: str | None) -> None:
    assert coarse_of(permissions) == (None if word is None else Coarse(word))


@pytest.fixture
async def full(acme: Organisation, plans: Shelf) -> Shelf:
    """Entries of every sort: wide, narrow, ended, denying, several of one principal, with notes and ends."""
    reader, staff = acme.people["reader"].id, await group(acme, "staff")
    path, owner = f"{collection(plans.id)}/aces", acme.client("owner")
    data(await owner.post(path, json=ace(reader, 1, note="reads", expires_at="2099-01-01T00:00:00Z")), 201)
    data(await owner.post(path, json=ace(reader, 2 | 4, note="and writes")), 201)
    data(await owner.post(path, json=ace(reader, 16)), 201)
    data(await owner.post(path, json=ace(staff, 49) | {"ace_type": "deny"}), 201)
    data(await owner.post(path, json=ace(staff, ["LIST"])), 201)
    data(await owner.post(path, json=ace(None)), 201)
    user = (PrincipalType.USER, acme.people["user"].id)
    await enter(acme, plans.id, Effect.ALLOW, user, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    return plans


async def test_it_shows_how_far_the_entries_of_each_go(acme: Organisation, full: Shelf) -> None:
    shown = data(await acme.client("owner").get(legacy(full.id)))
    users = [line("user", acme.people["manager"].id, "manage"), line("user", acme.people["reader"].id, "write")]
    assert shown == [line("everyone", None, "read"), *sorted(users, key=lambda said: str(said["principal_id"]))]


async def test_putting_back_what_was_got_changes_nothing(
    acme: Organisation, full: Shelf, root: httpx.AsyncClient
) -> None:
    owner = acme.client("owner")
    before, got = await owner.get(collection(full.id)), await owner.get(legacy(full.id))
    tag = {"If-Match": got.headers["etag"]}
    put = await owner.put(legacy(full.id), json=list(reversed(data(got))), headers=tag)
    assert (data(put), put.headers["etag"]) == (data(got), got.headers["etag"])
    after = await owner.get(collection(full.id))
    assert (data(after), after.headers["etag"]) == (data(before), before.headers["etag"])
    query = {"tenant_id": acme.id, "action": "acl.access_set"}
    assert data(await root.get("/v1/audit/events", params=query))["items"] == []


async def test_a_principal_that_is_gone_is_put_back_too(acme: Organisation, plans: Shelf) -> None:
    owner, staff = acme.client("owner"), await group(acme, "staff")
    data(await owner.post(f"{collection(plans.id)}/aces", json=ace(staff)), 201)
    data(await acme.client("admin").delete(f"/v1/groups/{staff}"))
    got = data(await owner.get(legacy(plans.id)))
    assert data(await owner.put(legacy(plans.id), json=got)) == got
    raised = [said | {"access": "write"} if said["principal_id"] == staff else said for said in got]
    at = next(place for place, said in enumerate(got) if said["principal_id"] == staff)
    assert refusal(await owner.put(legacy(plans.id), json=raised)) == (422, "INVALID_ACE", f"{at}.principal_id")


async def test_it_sets_adds_and_removes_and_leaves_the_rest_alone(
    acme: Organisation, full: Shelf, root: httpx.AsyncClient
) -> None:
    owner, reader, manager = acme.client("owner"), acme.people["reader"].id, acme.people["manager"].id
    before = data(await owner.get(collection(full.id)))["aces"]
    newcomer = acme.people["viewer"].id
    wanted = [line("user", reader, "read"), line("user", manager, "manage"), line("user", newcomer, "write")]
    assert len(data(await owner.put(legacy(full.id), json=wanted))) == 3
    after = data(await owner.get(collection(full.id)))["aces"]
    kept = [entry for entry in after if entry in before]
    made = [entry for entry in after if entry not in before]
    lost = [entry for entry in before if entry not in after]
    assert {(e["principal_id"], e["permissions"]) for e in made} == {(reader, VIEWER), (newcomer, EDITOR)}
    assert {(e["principal_id"], e["permissions"]) for e in lost} == {(reader, 1), (reader, 6), (None, VIEWER)}
    assert {(e["ace_type"], e["permissions"]) for e in kept} == {("deny", 49), ("allow", 16), ("allow", MANAGER)}
    answer = await root.get("/v1/audit/events", params={"tenant_id": acme.id, "action": "acl.access_set"})
    (event,) = data(answer)["items"]
    assert event["details"]["removed"] == sorted(entry["id"] for entry in lost)
    assert {said["permissions"] for said in event["details"]["added"]} == {VIEWER, EDITOR}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ([{"principal_type": "user", "principal_id": "usr_x", "access": "read"}], "INVALID_ACE", "0.principal_id"),
        ([{"principal_type": "user", "access": "read"}], "INVALID_ACE", "0.principal_id"),
        ([{"principal_type": "everyone", "principal_id": "x", "access": "read"}], "INVALID_ACE", "0.principal_id"),
        ([{"principal_type": "everyone", "access": "read"}] * 2, "INVALID_ACE", "1.principal_id"),
        ([{"principal_type": "everyone", "access": "own"}], "VALIDATION_ERROR", "0.access"),
        ([{"principal_type": "robot", "access": "read"}], "VALIDATION_ERROR", "0.principal_type"),
        ([{"principal_type": "everyone", "acces": "read"}], "VALIDATION_ERROR", "0.access"),
        ({"entries": []}, "VALIDATION_ERROR", ""),
        (None, "VALIDATION_ERROR", ""),
    ],
)
async def test_a_list_that_cannot_be_is_refused_by_its_field(
    acme: Organisation, full: Shelf, body: Any, code: str, field: str
) -> None:
    owner = acme.client("owner")
    before = data(await owner.get(collection(full.id)))
    answer = await owner.put(legacy(full.id), json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert answer.json()["error"]["details"][0]["field"] == field
    assert data(await owner.get(collection(full.id))) == before


async def test_an_unknown_field_of_a_line_is_told_the_nearest_known(acme: Organisation, full: Shelf) -> None:
    body = [{"principal_type": "everyone", "access": "read", "principalid": None}]
    answer = await acme.client("owner").put(legacy(full.id), json=body)
    (issue,) = answer.json()["error"]["details"]
    assert issue == {"field": "0.principalid", "message": "unknown field; did you mean 'principal_id'?"}


async def test_a_stale_list_is_refused(acme: Organisation, full: Shelf) -> None:
    owner = acme.client("owner")
    tag = (await owner.get(legacy(full.id))).headers["etag"]
    data(await owner.post(f"{collection(full.id)}/aces", json=ace(None)), 201)
    answer = await owner.put(legacy(full.id), json=[], headers={"If-Match": tag})
    assert refusal(answer) == (412, "PRECONDITION_FAILED", None)
