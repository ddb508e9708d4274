"""A re-chunk over HTTP: who starts it, who follows it, and how much each of them is shown."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from acl.facts import Effect, PrincipalType
from acl.permission import EDITOR, VIEWER
from app.db.tenancy import Reach
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from indexing.collections.tables import Collection
from tests.indexing.collections.shelving import COLLECTIONS, MANAGING, VIEWING, make, put_document, seen
from tests.world.models import code, data
from tests.world.people import Organisation
from tests.world.platform import unique
from tests.world.shelves import enter
from tests.world.stacks import Stack

DEEDS = ("re-chunk", "re-chunk/pause", "re-chunk/resume", "re-chunk/cancel")


def path(id_: str, deed: str = "re-chunk") -> str:
    return f"{COLLECTIONS}/{id_}/{deed}"


async def ended(client: httpx.AsyncClient, id_: str, deed: str = "re-chunk") -> dict[str, Any]:
    """Wait until a re-chunk, or a re-extract, is at its end."""
    async with asyncio.timeout(60):
        while True:
            state: dict[str, Any] = data(await client.get(path(id_, deed)))
            if state["status"] in {"completed", "failed"}:
                return state
            await asyncio.sleep(0.05)


async def read(acme: Organisation, id_: str, *names: str) -> None:
    """Put documents into a collection and wait until they are read, by the platform's own workers."""
    platform = acme.running.platform
    papers = Stack(platform, acme.id, acme.people["admin"].id, id_)
    ids = [
        await papers.add(
            name, f"# {name}\n\n{name} says that Ada Lovelace wrote to Charles Babbage. {'And that. ' * 40}".encode()
        )
        for name in names
    ]
    async with platform.transactions.open(Reach.one(acme.id)) as transaction:
        for document_id in ids:
            await ask_for(transaction, platform.jobs, Wanted(JobKind.INGEST_DOCUMENT, document_id, acme.id))
    async with asyncio.timeout(60):
        for document_id in ids:
            while (await papers.document(document_id)).status != "indexed":  # noqa: ASYNC110 - it tells nobody else
                await asyncio.sleep(0.05)


async def test_started_it_is_followed_to_its_end(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await make(admin)
    assert data(await admin.get(path(made["id"])))["status"] == "idle"
    started = data(await admin.post(path(made["id"])), 202)
    assert started["status"] in {"queued", "running", "completed"}
    state = await ended(admin, made["id"])
    assert (state["status"], state["total"], state["processed"], state["failed"]) == ("completed", 0, 0, 0)
    assert (await seen(admin, made["id"]))["rechunk_status"] == "completed"


async def test_whoever_starts_it_beside_another_is_refused_in_words(acme: Organisation) -> None:
    made = await make(acme.client("admin"))
    await stop_at(acme, made["id"], rechunk_status="idle")
    answers = await asyncio.gather(*(acme.client("admin").post(path(made["id"])) for _ in range(6)))
    started = [answer for answer in answers if answer.status_code == 202]
    refused = [answer for answer in answers if answer.status_code != 202]
    assert started
    assert {code(answer) for answer in refused} <= {(409, "JOB_ALREADY_RUNNING")}


async def stop_at(acme: Organisation, id_: str, **values: Any) -> None:
    """Show what would be shown at some moment of a re-chunk."""
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        await transaction.session.execute(update(Collection).where(Collection.id == id_).values(**values))


async def test_started_twice_with_one_key_it_is_one_start(acme: Organisation) -> None:
    admin, key = acme.client("admin"), {"Idempotency-Key": unique("key")}
    made = await make(admin)
    first = await admin.post(path(made["id"]), headers=key)
    again = await admin.post(path(made["id"]), headers=key)
    assert data(again, 202) == data(first, 202)
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("deed", ["pause", "resume", "cancel"])
async def test_what_is_not_under_way_is_not_stopped(acme: Organisation, deed: str) -> None:
    made = await make(acme.client("admin"))
    refused = await acme.client("admin").post(path(made["id"], f"re-chunk/{deed}"))
    assert code(refused) == (409, "JOB_NOT_RUNNING")


async def test_readers_follow_writers_start_and_strangers_find_nothing(acme: Organisation) -> None:
    made = await make(acme.client("admin"))
    for name, rights, mask in [("reader", MANAGING, VIEWER), ("writer", MANAGING, EDITOR), ("looker", VIEWING, EDITOR)]:
        await acme.person(name, permissions=rights)
        whom = (PrincipalType.USER, acme.people[name].id)
        await enter(acme, made["id"], Effect.ALLOW, whom, permissions=mask)
    await acme.person("stranger", permissions=MANAGING)
    denied, missing = (403, "AUTHZ_PERMISSION_DENIED"), (404, "COLLECTION_NOT_FOUND")
    for deed in DEEDS:
        assert code(await acme.client("reader").post(path(made["id"], deed))) == denied
        assert code(await acme.client("looker").post(path(made["id"], deed))) == denied
        assert code(await acme.client("stranger").post(path(made["id"], deed))) == missing
    for name in ("reader", "writer", "looker"):
        assert (await acme.client(name).get(path(made["id"]))).status_code == 200
    assert code(await acme.client("stranger").get(path(made["id"]))) == missing
    assert (await acme.client("writer").post(path(made["id"]))).status_code == 202


async def test_its_numbers_are_those_of_what_each_may_read(acme: Organisation) -> None:
    await acme.person("reader", permissions=VIEWING)
    made = await make(acme.client("admin"))
    await enter(acme, made["id"], Effect.ALLOW, (PrincipalType.USER, acme.people["reader"].id))
    for number in range(10):
        document = await put_document(acme, made["id"])
        if number >= 4:
            await enter(acme, document, Effect.DENY, (PrincipalType.USER, acme.people["reader"].id))
    await stop_at(acme, made["id"], rechunk_total=10, rechunk_processed=5, rechunk_failed=3)
    for name, numbers in [("admin", (10, 5, 3)), ("reader", (4, 2, 1))]:
        state = data(await acme.client(name).get(path(made["id"])))
        assert (state["total"], state["processed"], state["failed"]) == numbers
        found = await seen(acme.client(name), made["id"])
        assert (found["rechunk_total"], found["rechunk_processed"], found["rechunk_failed"]) == numbers


async def test_what_is_done_is_in_the_trail(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await make(admin)
    await admin.post(path(made["id"]))
    trail = data(await admin.get("/v1/audit/events", params={"target_id": made["id"]}))["items"]
    assert "collection.rechunk_started" in {event["action"] for event in trail}


async def test_a_change_of_chunking_is_cut_by_the_platform_itself(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await make(admin, chunk_size=512)
    await read(acme, made["id"], "one", "two")
    before = await seen(admin, made["id"])
    changed = data(await admin.put(f"{COLLECTIONS}/{made['id']}", json={"chunk_size": 64, "chunk_overlap": 0}))
    assert changed["follow_ups"]["rechunk_recommended"]
    assert data(await admin.post(path(made["id"])), 202)["total"] == 2
    state = await ended(admin, made["id"])
    assert (state["status"], state["processed"], state["failed"]) == ("completed", 2, 0)
    assert (await seen(admin, made["id"]))["chunk_count"] > before["chunk_count"]
