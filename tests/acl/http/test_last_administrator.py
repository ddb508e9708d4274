"""A collection keeps somebody who can change access to it, unless an administrator insists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from acl.facts import Effect, PrincipalType
from acl.permission import MANAGER
from tests.acl.http.asking import ace, collection, document, legacy, refusal
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group, withdraw

LAST = (409, "LAST_ADMINISTRATOR", None)
Ask = Callable[[httpx.AsyncClient, dict[str, str]], Awaitable[httpx.Response]]


@pytest.fixture
async def orphan(acme: Organisation, plans: Shelf, root: httpx.AsyncClient) -> Shelf:
    """The collection, whose owner is suspended; only the manager is left."""
    data(await root.patch(f"/v1/users/{acme.people['owner'].id}", json={"status": "suspended"}))
    return plans


async def asks(acme: Organisation, shelf: Shelf) -> dict[str, Ask]:
    """Every change that takes the last way from the manager."""
    path, list_ = collection(shelf.id), legacy(shelf.id)
    at = f"{path}/aces/{data(await acme.client('admin').get(path))['aces'][0]['id']}"
    manager = acme.people["manager"].id
    denial = ace(manager, ["CHANGE_PERMISSIONS"]) | {"ace_type": "deny"}
    line = {"principal_type": "user", "principal_id": manager, "access": "write"}

    def asking(method: str, url: str, body: Any = None) -> Ask:
        return lambda client, query: client.request(method, url, json=body, params=query)

    return {
        "delete": asking("DELETE", at),
        "narrow": asking("PATCH", at, {"permissions": "EDITOR"}),
        "deny": asking("PATCH", at, {"ace_type": "deny"}),
        "end": asking("PATCH", at, {"expires_at": "2020-01-01T00:00:00Z"}),
        "end some day": asking("PATCH", at, {"expires_at": "2100-01-01T00:00:00Z"}),
        "add a denial": asking("POST", f"{path}/aces", denial),
        "deny everyone": asking("POST", f"{path}/aces", ace(None, 64) | {"ace_type": "deny"}),
        "put nobody": asking("PUT", list_, []),
        "put less": asking("PUT", list_, [line]),
    }


@pytest.mark.parametrize(
    "how",
    ["delete", "narrow", "deny", "end", "end some day", "add a denial", "deny everyone", "put nobody", "put less"],
)
async def test_the_last_way_to_administer_is_kept_unless_an_administrator_insists(
    acme: Organisation, orphan: Shelf, how: str
) -> None:
    ask = (await asks(acme, orphan))[how]
    admin, manager = acme.client("admin"), acme.client("manager")
    before = data(await admin.get(collection(orphan.id)))
    for client, query in ((manager, {}), (manager, {"force": "true"}), (admin, {}), (admin, {"force": "false"})):
        answer = await ask(client, query)
        assert refusal(answer) == LAST, (how, answer.text)
    assert data(await admin.get(collection(orphan.id))) == before
    assert (await ask(admin, {"force": "true"})).status_code in {200, 201}
    assert data(await admin.get(collection(orphan.id))) != before


async def test_a_way_that_had_an_end_may_end_as_well_sooner(acme: Organisation, orphan: Shelf) -> None:
    path, admin = collection(orphan.id), acme.client("admin")
    own = f"{path}/aces/{data(await admin.get(path))['aces'][0]['id']}"
    data(await admin.patch(own, json={"expires_at": "2100-01-01T00:00:00Z"}, params={"force": "true"}))
    data(await acme.client("manager").patch(own, json={"expires_at": "2099-01-01T00:00:00Z"}))


async def test_the_platforms_own_may_insist_too(acme: Organisation, orphan: Shelf, root: httpx.AsyncClient) -> None:
    ask = (await asks(acme, orphan))["delete"]
    assert refusal(await ask(root, {"tenant_id": acme.id})) == LAST
    data(await ask(root, {"tenant_id": acme.id, "force": "true"}))


async def test_an_active_owner_or_somebody_in_a_group_is_a_way(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    path, admin, manager = collection(plans.id), acme.client("admin"), acme.people["manager"].id
    own = data(await admin.get(path))["aces"][0]["id"]
    data(await admin.delete(f"{path}/aces/{own}"))  # the owner is left
    data(await admin.put(f"{path}/owner", json={"owner_id": acme.people["user"].id}))
    outer, empty = await group(acme, "outer"), await group(acme, "empty")
    await group(acme, "inner", "manager", inside=[outer])
    entries = [
        await enter(acme, plans.id, Effect.ALLOW, (PrincipalType.GROUP, id_), permissions=MANAGER)
        for id_ in (outer, empty)
    ]
    data(await root.patch(f"/v1/users/{acme.people['user'].id}", json={"status": "suspended"}))
    data(await admin.delete(f"{path}/aces/{entries[1]}"))  # whoever is in a group of no people is nobody
    assert refusal(await admin.delete(f"{path}/aces/{entries[0]}")) == LAST
    data(await root.patch(f"/v1/users/{manager}", json={"status": "suspended"}))
    data(await admin.delete(f"{path}/aces/{entries[0]}"))  # nobody is locked out who was not before


async def test_administrators_are_no_way_of_their_own(acme: Organisation, orphan: Shelf) -> None:
    """They pass every list by; one who stands in the list as anybody else counts."""
    admin, path = acme.client("admin"), collection(orphan.id)
    own = data(await admin.get(path))["aces"][0]["id"]
    assert refusal(await admin.delete(f"{path}/aces/{own}")) == LAST
    whom = (PrincipalType.USER, acme.people["admin"].id)
    stands = await enter(acme, orphan.id, Effect.ALLOW, whom, permissions=MANAGER)
    data(await admin.delete(f"{path}/aces/{own}"))
    await withdraw(acme, stands)


async def test_a_document_can_be_left_to_administrators(acme: Organisation, orphan: Shelf) -> None:
    path, admin = document(orphan.documents["roadmap"]), acme.client("admin")
    data(await admin.put(f"{path}/inheritance", json={"inherit": False, "copy": False}))
    entry = data(await admin.post(f"{path}/aces", json=ace(acme.people["user"].id, "MANAGER")), 201)
    data(await admin.delete(f"{path}/aces/{entry['id']}"))
