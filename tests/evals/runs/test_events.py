"""How far a run is, is told as it happens, to those who may look at runs, in the form in which crawls are told of."""

from __future__ import annotations

import asyncio

from tests.evals.runs.conftest import Quiet, questions
from tests.indexing.documents.test_watching import events, hear
from tests.world.measuring import RUNS
from tests.world.models import code, data
from tests.world.patience import PATIENCE


async def test_a_run_is_told_of_at_once_and_then_how_it_ended(quiet: Quiet) -> None:
    mine, admin = quiet.mine, quiet.mine.acme.client("admin")
    run = await mine.begin(await mine.asking(*questions(4)))
    async with asyncio.timeout(PATIENCE), admin.stream("GET", f"{RUNS}/{run['id']}/events") as answer:
        assert answer.status_code == 200
        heard = events(answer)
        first = await anext(heard)
        assert (first.event, first.id, first.data) == ("progress", "1", run)
        assert await quiet.work(run["id"]) is None
        rest = [one async for one in heard]
    assert (rest[-1].event, rest[-1].data["status"], rest[-1].data["done"]) == ("completed", "completed", 4)
    ids = [int(one.id) for one in (first, *rest)]
    assert ids == sorted(set(ids))
    assert [one.event for one in await hear(admin, f"{RUNS}/{run['id']}/events", last="1")] == ["completed"]
    nothing = await admin.get(f"{RUNS}/{run['id']}/events", headers={"Last-Event-ID": str(ids[-1])})
    assert nothing.status_code == 204


async def test_who_loses_the_right_to_look_is_cut_off(quiet: Quiet) -> None:
    mine, acme = quiet.mine, quiet.mine.acme
    person = await acme.person("watcher", "tenant_user", permissions=["scaipersona:view"])
    run = await mine.begin(await mine.asking(*questions(1)))
    client = acme.client("watcher")
    async with asyncio.timeout(PATIENCE), client.stream("GET", f"{RUNS}/{run['id']}/events") as answer:
        heard = events(answer)
        await anext(heard)
        path = f"/v1/users/{person.id}/module-permissions"
        data(await acme.client("admin").put(path, json={"permissions": []}))
        told = [one async for one in heard]
    assert [one.event for one in told] == ["error"]
    refused = await client.get(f"{RUNS}/{run['id']}/events")
    assert code(refused)[0] == 403
