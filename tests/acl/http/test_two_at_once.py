"""Several who change one access list at the same moment: nothing is lost, doubled or broken."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import httpx

from tests.acl.http.asking import ace, collection, document, legacy
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.shelves import Shelf

MANY = 8


async def at_once(*asked: Coroutine[Any, Any, httpx.Response]) -> list[httpx.Response]:
    return list(await asyncio.gather(*asked))


async def test_all_who_add_are_in_the_list(acme: Organisation, plans: Shelf) -> None:
    clients, path = [acme.client(name) for name in ("owner", "manager", "admin")], collection(plans.id)
    adding = [clients[turn % 3].post(f"{path}/aces", json=ace(None, note=f"{turn}")) for turn in range(MANY)]
    answers = await at_once(*adding)
    assert {answer.status_code for answer in answers} == {201}
    made = sorted(data(answer, 201)["id"] for answer in answers)
    listed = [entry for entry in data(await clients[0].get(path))["aces"] if entry["note"] is not None]
    assert [entry["id"] for entry in listed] == made
    assert sorted(entry["note"] for entry in listed) == sorted(f"{turn}" for turn in range(MANY))


async def test_of_all_who_change_one_version_one_does(acme: Organisation, plans: Shelf) -> None:
    clients, path = [acme.client(name) for name in ("owner", "admin")], collection(plans.id)
    tag = {"If-Match": (await clients[0].get(path)).headers["etag"]}
    adding = [clients[turn % 2].post(f"{path}/aces", json=ace(None), headers=tag) for turn in range(MANY)]
    statuses = sorted(answer.status_code for answer in await at_once(*adding))
    assert statuses == [201, *[412] * (MANY - 1)]
    assert len(data(await clients[0].get(path))["aces"]) == 2


async def test_different_changes_of_one_list_all_count(acme: Organisation, plans: Shelf) -> None:
    clients, path = [acme.client(name) for name in ("owner", "admin")], document(plans.documents["roadmap"])
    for _ in range(3):
        first, second = [
            data(await clients[0].post(f"{path}/aces", json=ace(None, note=name)), 201)["id"] for name in ("a", "b")
        ]
        answers = await at_once(
            clients[0].patch(f"{path}/aces/{first}", json={"note": "changed"}),
            clients[1].delete(f"{path}/aces/{second}"),
            clients[0].post(f"{path}/aces", json=ace(None, note="c")),
            clients[1].put(f"{path}/inheritance", json={"inherit": False, "copy": True}),
            clients[0].put(f"{path}/owner", json={"owner_id": acme.people["owner"].id}),
        )
        assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
        shown = data(await clients[0].get(path))
        assert sorted(filter(None, (entry["note"] for entry in shown["aces"]))) == ["c", "changed"]
        assert shown["inherit"] is False
        data(await clients[0].put(f"{path}/inheritance", json={"inherit": True, "copy": False}))
        for entry in data(await clients[0].get(path))["aces"]:
            data(await clients[0].delete(f"{path}/aces/{entry['id']}"))


async def test_one_entry_is_removed_once(acme: Organisation, plans: Shelf) -> None:
    clients, path = [acme.client(name) for name in ("owner", "admin")], collection(plans.id)
    entry = data(await clients[0].post(f"{path}/aces", json=ace(None)), 201)["id"]
    removing = [clients[turn % 2].delete(f"{path}/aces/{entry}") for turn in range(MANY)]
    statuses = sorted(answer.status_code for answer in await at_once(*removing))
    assert statuses == [200, *[404] * (MANY - 1)]


async def test_the_same_list_put_by_many_is_there_once(acme: Organisation, plans: Shelf) -> None:
    clients = [acme.client(name) for name in ("owner", "admin")]
    wanted: list[dict[str, str | None]] = [
        {"principal_type": "user", "principal_id": acme.people[name].id, "access": "manage"}
        for name in ("manager", "user")
    ]
    wanted.append({"principal_type": "everyone", "principal_id": None, "access": "read"})
    answers = await at_once(*(clients[turn % 2].put(legacy(plans.id), json=wanted) for turn in range(MANY)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(data(await clients[0].get(collection(plans.id)))["aces"]) == 3


async def test_two_who_take_the_last_ways_from_each_other_leave_one(
    acme: Organisation, plans: Shelf, root: httpx.AsyncClient
) -> None:
    path, admin = collection(plans.id), acme.client("admin")
    second = data(await admin.post(f"{path}/aces", json=ace(acme.people["reader"].id, "MANAGER")), 201)["id"]
    first = next(entry["id"] for entry in data(await admin.get(path))["aces"] if entry["id"] != second)
    data(await root.patch(f"/v1/users/{acme.people['owner'].id}", json={"status": "suspended"}))
    answers = await at_once(*(admin.delete(f"{path}/aces/{entry}") for entry in (first, second)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
