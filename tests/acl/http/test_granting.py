"""Nobody gives what they do not hold, and nobody gives to themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import MANAGER, OWNER, VIEWER, Permission
from tests.acl.http.asking import ace, collection, document, legacy, refusal
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group, shelf

DENIED = (403, "AUTHZ_PERMISSION_DENIED", None)
CHANGER = int(Permission.READ | Permission.READ_PERMISSIONS | Permission.CHANGE_PERMISSIONS)


def person(acme: Organisation, name: str) -> tuple[PrincipalType, str]:
    return PrincipalType.USER, acme.people[name].id


async def test_a_manager_gives_what_managers_hold_and_no_more(acme: Organisation, plans: Shelf) -> None:
    manager, path, reader = acme.client("manager"), f"{collection(plans.id)}/aces", acme.people["reader"].id
    entry = data(await manager.post(path, json=ace(reader, "MANAGER")), 201)
    for beyond in ("OWNER", 128, ["TAKE_OWNERSHIP"]):
        assert refusal(await manager.post(path, json=ace(reader, beyond))) == DENIED
        assert refusal(await manager.patch(f"{path}/{entry['id']}", json={"permissions": beyond})) == DENIED
    data(await manager.post(path, json=ace(reader, "OWNER") | {"ace_type": "deny"}), 201)
    data(await acme.client("owner").post(path, json=ace(reader, "OWNER")), 201)


async def test_what_an_entry_gives_already_may_be_noted_on_and_narrowed_but_not_made_to_last(
    acme: Organisation, plans: Shelf
) -> None:
    owner, manager, path = acme.client("owner"), acme.client("manager"), f"{collection(plans.id)}/aces"
    wide = ace(acme.people["reader"].id, OWNER, expires_at="2099-01-01T00:00:00Z")
    at = f"{path}/{data(await owner.post(path, json=wide), 201)['id']}"
    data(await manager.patch(at, json={"note": "so it is"}))
    data(await manager.patch(at, json={"expires_at": "2098-01-01T00:00:00Z"}))
    assert refusal(await manager.patch(at, json={"expires_at": None})) == DENIED
    assert refusal(await manager.patch(at, json={"expires_at": "2099-01-01T00:00:00Z"})) == DENIED
    data(await manager.patch(at, json={"permissions": 129}))
    data(await manager.patch(at, json={"ace_type": "deny"}))
    assert refusal(await manager.patch(at, json={"ace_type": "allow"})) == DENIED
    data(await manager.patch(at, json={"ace_type": "allow", "permissions": 1}))


@pytest.mark.parametrize("through", ["themselves", "a group", "a group in a group", "everyone"])
async def test_nobody_removes_what_keeps_them_out(acme: Organisation, plans: Shelf, through: str) -> None:
    outer = await group(acme, "outer")
    inner = await group(acme, "inner", "manager", inside=[outer])
    principal = {
        "themselves": person(acme, "manager"),
        "a group": (PrincipalType.GROUP, inner),
        "a group in a group": (PrincipalType.GROUP, outer),
        "everyone": (PrincipalType.EVERYONE, None),
    }[through]
    denied = await enter(acme, plans.id, Effect.DENY, principal, permissions=int(Permission.DELETE))
    manager, at = acme.client("manager"), f"{collection(plans.id)}/aces/{denied}"
    assert refusal(await manager.delete(at)) == DENIED
    for said in ({"permissions": 2}, {"ace_type": "allow"}, {"expires_at": "2020-01-01T00:00:00Z"}):
        assert refusal(await manager.patch(at, json=said)) == DENIED
    assert refusal(await manager.patch(at, json={"expires_at": "2098-01-01T00:00:00Z"})) == DENIED  # later, but more
    data(await manager.patch(at, json={"note": "as it is"}))
    data(await acme.client("owner").delete(at))


async def test_who_manages_for_a_while_does_not_make_it_last(acme: Organisation) -> None:
    plans = await shelf(acme, "roadmap")
    await acme.person("guest", permissions=["scaimatrix:access", "scaimatrix:view"])
    ends = acme.running.platform.clock.now() + timedelta(hours=1)
    own = await enter(acme, plans.id, Effect.ALLOW, person(acme, "guest"), permissions=MANAGER, expires_at=ends)
    staff = await group(acme, "staff", "guest")
    guest, path = acme.client("guest"), f"{collection(plans.id)}/aces"
    for whom in (acme.people["guest"].id, staff, None):
        assert refusal(await guest.post(path, json=ace(whom, 1))) == DENIED
        data(await guest.post(path, json=ace(whom, 1, expires_at=ends.isoformat())), 201)
    assert refusal(await guest.patch(f"{path}/{own}", json={"expires_at": None})) == DENIED
    data(await guest.post(path, json=ace(acme.people["user"].id, 1)), 201)


async def test_who_may_change_a_list_and_no_more_does_not_let_themselves_in(acme: Organisation, plans: Shelf) -> None:
    roadmap = plans.documents["roadmap"]
    await enter(acme, roadmap, Effect.ALLOW, person(acme, "reader"), permissions=CHANGER)
    await enter(acme, plans.id, Effect.ALLOW, person(acme, "reader"), permissions=CHANGER | 6)
    owner, reader = acme.client("owner"), acme.client("reader")
    data(await owner.put(f"{document(roadmap)}/inheritance", json={"inherit": False, "copy": False}))
    assert (
        refusal(await reader.put(f"{document(roadmap)}/inheritance", json={"inherit": True, "copy": False})) == DENIED
    )
    assert refusal(await reader.post(f"{document(roadmap)}/aces", json=ace(None, 2))) == DENIED
    data(await acme.client("admin").put(f"{document(roadmap)}/inheritance", json={"inherit": True, "copy": False}))
    data(await reader.post(f"{document(roadmap)}/aces", json=ace(None, 2)), 201)


async def test_the_list_in_three_words_gives_no_more_either(acme: Organisation) -> None:
    plans = await shelf(acme, default_access=DefaultAccess.RESTRICTED)
    await acme.person("changer", permissions=["scaimatrix:access", "scaimatrix:view"])
    own = await enter(acme, plans.id, Effect.ALLOW, person(acme, "changer"), permissions=CHANGER | VIEWER)
    changer, user = acme.client("changer"), acme.people["user"].id
    mine = {"principal_type": "user", "principal_id": acme.people["changer"].id, "access": "manage"}
    for word, status in (("manage", 403), ("write", 403), ("read", 200)):
        line = {"principal_type": "user", "principal_id": user, "access": word}
        assert (await changer.put(legacy(plans.id), json=[mine, line])).status_code == status
    assert data(await changer.get(collection(plans.id)))["aces"][0]["id"] == own
