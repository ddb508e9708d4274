"""A re-extract over HTTP: who starts it, who follows it, and what a graph that is switched on or off asks for."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from acl.facts import Effect, PrincipalType
from acl.permission import EDITOR, VIEWER
from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.stores.vectors import Index
from tests.indexing.collections.shelving import COLLECTIONS, MANAGING, VIEWING, make, put_document, seen
from tests.indexing.maintenance.test_routes import ended, path, read, stop_at
from tests.world.graph_reader import graph_reader
from tests.world.models import code, data
from tests.world.openai_answers import error
from tests.world.patience import PATIENCE
from tests.world.people import Organisation
from tests.world.served import model_on
from tests.world.shelves import enter

DEED = "graph/re-extract"
GRAPH = {"graph_enabled": True, "graph_extraction_model": "local/quote"}
NOTHING = {"waiting_for": None, "error_code": None, "error_message": None, "started_at": None, "ended_at": None}


async def kept(acme: Organisation, id_: str) -> set[str]:
    """The layers of what the graph store holds of a collection."""
    platform = acme.running.platform
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        name = (await transaction.session.get_one(Collection, id_)).index_name
    pages = platform.graphs.edition_ids(Index(acme.id, id_, name))
    return {layer async for page in pages for _, layer in page}


async def put(acme: Organisation, id_: str, **said: Any) -> dict[str, Any]:
    changed: dict[str, Any] = data(await acme.client("admin").put(f"{COLLECTIONS}/{id_}", json=said))
    return changed


async def test_nothing_is_read_where_no_graph_is_wanted(acme: Organisation) -> None:
    admin, made = acme.client("admin"), await make(acme.client("admin"))
    assert code(await admin.post(path(made["id"], DEED))) == (409, "GRAPH_NOT_ENABLED")
    state = data(await admin.get(path(made["id"], DEED)))
    assert state == {"status": "idle", "total": 0, "processed": 0, "failed": 0} | NOTHING


async def test_started_it_is_followed_to_its_end(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await make(admin, **GRAPH)
    await read(acme, made["id"], "one", "two")
    assert await kept(acme, made["id"]) == {"1.1"}
    started = data(await admin.post(path(made["id"], DEED)), 202)
    assert (started["status"], started["total"]) == ("queued", 2)
    state = await ended(admin, made["id"], DEED)
    assert (state["status"], state["total"], state["processed"], state["failed"]) == ("completed", 2, 2, 0)
    assert state["started_at"] <= state["ended_at"]
    await gone(acme, made["id"], {"1.2"})
    shown = await seen(admin, made["id"])
    assert (shown["graph_reextract_status"], shown["graph_reextract_processed"]) == ("completed", 2)
    trail = data(await admin.get("/v1/audit/events", params={"target_id": made["id"]}))["items"]
    assert "collection.graph_reextract_started" in {event["action"] for event in trail}


async def gone(acme: Organisation, id_: str, left: set[str]) -> None:
    """Wait until no other layers are left."""
    async with asyncio.timeout(60):
        while await kept(acme, id_) != left:  # noqa: ASYNC110 - it tells nobody else
            await asyncio.sleep(0.05)


async def test_a_graph_is_read_when_it_is_switched_on_and_dropped_when_it_is_switched_off(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await make(admin)
    await read(acme, made["id"], "one", "two")
    changed = await put(acme, made["id"], **GRAPH)
    assert changed["follow_ups"]["graph_reextract"] == "queued"
    assert changed["graph_reextract_status"] == "queued"
    assert (await ended(admin, made["id"], DEED))["processed"] == 2
    await gone(acme, made["id"], {"1.2"})
    assert (await put(acme, made["id"], graph_enabled=False))["follow_ups"]["graph_reextract"] is None
    await gone(acme, made["id"], set())
    assert data(await admin.get(path(made["id"], DEED)))["status"] == "idle"
    await put(acme, made["id"], **GRAPH)
    assert (await ended(admin, made["id"], DEED))["processed"] == 2
    await gone(acme, made["id"], {"1.3"})


async def test_one_that_waits_for_a_model_that_is_away_says_so_and_can_be_given_up(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    admin = acme.client("admin")
    made = await make(admin, **GRAPH)
    cancel = path(made["id"], f"{DEED}/cancel")
    assert code(await admin.post(cancel)) == (409, "JOB_NOT_RUNNING")
    await read(acme, made["id"], "one")
    async with graph_reader() as model:
        model.fails = error(503)
        await put(acme, made["id"], graph_extraction_model=(await model_on(root, model)).slug)
        assert data(await admin.post(path(made["id"], DEED)), 202)["status"] == "queued"
        async with asyncio.timeout(PATIENCE):
            while "model that reads" not in str(data(await admin.get(path(made["id"], DEED)))["waiting_for"]):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.05)
        assert data(await admin.post(cancel))["status"] == "idle"
        assert code(await admin.post(cancel)) == (409, "JOB_NOT_RUNNING")
    await put(acme, made["id"], **GRAPH)
    assert data(await admin.post(path(made["id"], DEED)), 202)["status"] == "queued"
    assert (await ended(admin, made["id"], DEED))["status"] == "completed"
    trail = data(await admin.get("/v1/audit/events", params={"target_id": made["id"]}))["items"]
    assert "collection.graph_reextract_cancelled" in {event["action"] for event in trail}


@pytest.mark.parametrize("other", ["re-chunk", DEED])
async def test_one_thing_is_built_at_a_time(acme: Organisation, other: str) -> None:
    admin = acme.client("admin")
    made = await make(admin, **GRAPH)
    answers = await asyncio.gather(*(admin.post(path(made["id"], deed)) for deed in (DEED, other) * 3))
    assert any(answer.status_code == 202 for answer in answers)
    refused = [answer for answer in answers if answer.status_code != 202]
    assert {code(answer) for answer in refused} <= {(409, "JOB_ALREADY_RUNNING")}


async def test_readers_follow_writers_start_and_strangers_find_nothing(acme: Organisation) -> None:
    made = await make(acme.client("admin"), **GRAPH)
    for name, rights, mask in [("reader", MANAGING, VIEWER), ("writer", MANAGING, EDITOR), ("looker", VIEWING, EDITOR)]:
        await acme.person(name, permissions=rights)
        await enter(acme, made["id"], Effect.ALLOW, (PrincipalType.USER, acme.people[name].id), permissions=mask)
    await acme.person("stranger", permissions=MANAGING)
    denied, missing = (403, "AUTHZ_PERMISSION_DENIED"), (404, "COLLECTION_NOT_FOUND")
    assert code(await acme.client("reader").post(path(made["id"], DEED))) == denied
    assert code(await acme.client("looker").post(path(made["id"], DEED))) == denied
    assert code(await acme.client("stranger").post(path(made["id"], DEED))) == missing
    for name in ("reader", "writer", "looker"):
        assert (await acme.client(name).get(path(made["id"], DEED))).status_code == 200
    assert code(await acme.client("stranger").get(path(made["id"], DEED))) == missing
    assert (await acme.client("writer").post(path(made["id"], DEED))).status_code == 202


async def test_its_numbers_are_those_of_what_each_may_read(acme: Organisation) -> None:
    await acme.person("reader", permissions=VIEWING)
    made = await make(acme.client("admin"), **GRAPH)
    await enter(acme, made["id"], Effect.ALLOW, (PrincipalType.USER, acme.people["reader"].id))
    for number in range(10):
        document = await put_document(acme, made["id"])
        if number >= 4:
            await enter(acme, document, Effect.DENY, (PrincipalType.USER, acme.people["reader"].id))
    shown = {"total": 10, "processed": 5, "failed": 3}
    await stop_at(acme, made["id"], **{f"graph_reextract_{name}": number for name, number in shown.items()})
    for name, numbers in [("admin", (10, 5, 3)), ("reader", (4, 2, 1))]:
        state = data(await acme.client(name).get(path(made["id"], DEED)))
        assert (state["total"], state["processed"], state["failed"]) == numbers
