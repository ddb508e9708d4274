"""Whose a collection or document is: given by its owner, taken by who may, noted by the trail."""

from __future__ import annotations

import httpx

from acl.facts import Effect, PrincipalType
from acl.permission import VIEWER, Permission
from tests.acl.http.asking import AROUND, collection, document, refusal
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter

DENIED = (403, "AUTHZ_PERMISSION_DENIED", None)


async def test_an_owner_gives_it_away_and_owns_it_no_more(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    owner, reader, path = acme.client("owner"), acme.client("reader"), collection(plans.id)
    was, will_be = acme.people["owner"].id, acme.people["reader"].id
    given = data(await owner.put(f"{path}/owner", json={"owner_id": will_be}))
    assert given == {"resource_type": "collection", "resource_id": plans.id, "owner_id": will_be}
    assert (await owner.get(path)).status_code == 404
    assert data(await reader.get(path))["owner_id"] == will_be
    data(await reader.put(f"{path}/owner", json={"owner_id": will_be}))
    answer = await root.get("/v1/audit/events", params={"tenant_id": acme.id, "action": "acl.owner_changed"})
    (event,) = data(answer)["items"]
    assert (event["target_id"], event["details"]) == (plans.id, {"owner_id": will_be, "was": was})


async def test_who_may_take_it_takes_it_for_themselves_alone(acme: Organisation, plans: Shelf) -> None:
    reader, roadmap = acme.people["reader"].id, plans.documents["roadmap"]
    taker, path = acme.client("reader"), f"{document(roadmap)}/owner"
    may_take = VIEWER | int(Permission.TAKE_OWNERSHIP)
    await enter(acme, roadmap, Effect.ALLOW, (PrincipalType.USER, reader), permissions=may_take)
    others = (acme.people["user"].id, acme.people["owner"].id, "usr_unknown")
    assert {refusal(await taker.put(path, json={"owner_id": other})) for other in others} == {DENIED}
    assert data(await taker.put(path, json={"owner_id": reader}))["owner_id"] == reader
    assert data(await taker.put(path, json={"owner_id": others[0]}))["owner_id"] == others[0]


async def test_a_manager_neither_takes_nor_gives(acme: Organisation, plans: Shelf) -> None:
    manager, path = acme.client("manager"), f"{collection(plans.id)}/owner"
    for name in ("manager", "user"):
        assert refusal(await manager.put(path, json={"owner_id": acme.people[name].id})) == DENIED


async def test_an_administrator_gives_it_to_any_active_user_of_the_tenant(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    admin, path, gone = acme.client("admin"), f"{collection(plans.id)}/owner", await acme.person("gone")
    data(await admin.put(path, json={"owner_id": acme.people["viewer"].id}))
    named = f"{path}?tenant_id={acme.id}"
    data(await root.put(named, json={"owner_id": acme.people["user"].id}))
    data(await root.patch(f"/v1/users/{gone.id}", json={"status": "suspended"}))
    me = data(await root.get("/v1/me"))["id"]
    for nobody in (gone.id, "usr_unknown", me):
        for client, where in ((admin, path), (root, named)):
            answer = await client.put(where, json={"owner_id": nobody})
            assert refusal(answer) == (422, "VALIDATION_ERROR", "owner_id")
    for body, field in (({}, "owner_id"), ({"owner_id": None}, "owner_id"), ({"owner": "x"}, "owner_id")):
        assert refusal(await admin.put(path, json=body)) == (422, "VALIDATION_ERROR", field)


async def test_an_owner_is_free_of_their_own_list(acme: Organisation, plans: Shelf) -> None:
    await acme.person("next", permissions=AROUND)
    following, path = acme.people["next"].id, collection(plans.id)
    await enter(acme, plans.id, Effect.DENY, (PrincipalType.USER, following), permissions=255)
    data(await acme.client("owner").put(f"{path}/owner", json={"owner_id": following}))
    data(await acme.client("next").get(path))
