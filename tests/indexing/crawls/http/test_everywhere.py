"""Runs and saved crawls of all collections are one list each, of those that the caller may list and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from acl.permission import VIEWER, Permission
from tests.indexing.collections.shelving import make
from tests.indexing.crawls.http.crawling import MATRIX, begin, put_run, save
from tests.indexing.documents.filing import filed, let
from tests.world.models import data
from tests.world.people import Organisation

RUNS, SAVED = f"{MATRIX}/crawl", f"{MATRIX}/crawls"


def ids(listed: Any) -> list[str]:
    return [one["id"] for one in listed]


@contextmanager
def asked(acme: Organisation) -> Iterator[list[str]]:
    """The statements put to the database meanwhile."""
    database, said = acme.running.platform.database, list[str]()

    def note(*arguments: object) -> None:
        if "mod_scaimatrix_" in str(arguments[2]):
            said.append(str(arguments[2]))

    engines = (database.requests.sync_engine, database.lanes)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield said
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


async def test_runs_of_all_collections_are_one_list(acme: Organisation) -> None:
    plans, people = await filed(acme)
    admin, other = people["admin"], await make(people["admin"])
    made = [await begin(admin, one["id"]) for one in (plans, other, plans)]
    whole = data(await admin.get(RUNS))
    assert ids(whole) == ids(made)[::-1]
    assert [one.pop("collection_name") for one in whole] == [plans["name"], other["name"], plans["name"]]
    assert whole == made[::-1]
    first = (await admin.get(RUNS, params={"limit": 2})).json()
    rest = (await admin.get(RUNS, params={"limit": 2, "cursor": first["meta"]["next_cursor"]})).json()
    assert ids([*first["data"], *rest["data"]]) == ids(made)[::-1]
    assert (first["meta"]["has_more"], rest["meta"]["has_more"]) == (True, False)
    assert ids(data(await admin.get(RUNS, params={"order": "asc"}))) == ids(made)
    await put_run(acme, made[1]["id"], status="completed")
    assert ids(data(await admin.get(RUNS, params={"status": "completed"}))) == [made[1]["id"]]


async def test_saved_crawls_of_all_collections_are_one_list(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    admin, other = people["admin"], await make(people["admin"])
    made = [await save(admin, one["id"]) for one in (plans, other)]
    run = data(await admin.post(f"{SAVED}/{made[0]['id']}/run"), 202)
    listed = data(await admin.get(SAVED))
    assert ids(listed) == ids(made)[::-1]
    assert [one["collection_name"] for one in listed] == [other["name"], plans["name"]]
    assert [one["last_run"] and one["last_run"]["id"] for one in listed] == [None, run["id"]]
    for one, permissions in ((plans, VIEWER), (other, int(Permission.READ | Permission.LIST))):
        await let(acme, one["id"], "eve", permissions)
    assert [one["acl"] is None for one in data(await people["eve"].get(SAVED))] == [True, False]


@pytest.mark.parametrize("path", [RUNS, SAVED])
async def test_what_is_not_theirs_to_list_is_in_no_list_and_takes_no_place_in_it(acme: Organisation, path: str) -> None:
    plans, people = await filed(acme, "eve")
    put = begin if path is RUNS else save
    shown = [await put(people["admin"], plans["id"]) for _ in range(2)]
    assert data(await people["eve"].get(path)) == []
    await let(acme, plans["id"], "eve", VIEWER)
    before = (await people["eve"].get(path, params={"limit": 2})).json()
    for permissions in (0, int(Permission.READ), int(Permission.LIST)):
        hidden = await make(people["admin"])
        if permissions:
            await let(acme, hidden["id"], "eve", permissions)
        await put(people["admin"], hidden["id"])
    after = (await people["eve"].get(path, params={"limit": 2})).json()
    assert ids(before["data"]) == ids(shown)[::-1]
    assert (after["data"], after["meta"]["has_more"]) == (before["data"], False)


@pytest.mark.parametrize("path", [RUNS, SAVED])
async def test_how_much_is_asked_does_not_grow_with_collections(acme: Organisation, path: str) -> None:
    plans, people = await filed(acme)
    put, admin = begin if path is RUNS else save, people["admin"]
    await put(admin, plans["id"])
    counted = list[int]()
    for _ in range(2):
        await admin.get(path)  # what is new is learned
        with asked(acme) as said:
            await admin.get(path)
        counted.append(len(said))
        for _ in range(3):
            await put(admin, (await make(admin))["id"])
    assert counted[0] == counted[1] <= 10


async def test_a_deleted_collection_takes_its_crawls_along(acme: Organisation) -> None:
    plans, people = await filed(acme)
    await begin(people["admin"], plans["id"])
    await save(people["admin"], plans["id"])
    assert (await people["admin"].delete(f"{MATRIX}/collections/{plans['id']}")).status_code == 200
    assert [data(await people["admin"].get(path)) for path in (RUNS, SAVED)] == [[], []]
