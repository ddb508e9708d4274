"""What becomes of documents is told as it happens, to those who may read them, and to nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from acl.permission import OWNER, VIEWER
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.documents.filing import deny, filed, let, path_of, sent
from tests.indexing.documents.test_reading import put_status
from tests.world.models import code, data
from tests.world.people import Organisation


@dataclass(slots=True)
class Heard:
    """One event."""

    event: str
    id: str
    data: dict[str, Any] = field(default_factory=dict)


async def events(answer: httpx.Response) -> AsyncIterator[Heard]:
    """The events of a stream, as a browser takes them apart."""
    said: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            said[name] = value
        elif "data" in said:
            yield Heard(said.get("event", "message"), said.get("id", ""), json.loads(said["data"]))
            said = {}


async def hear(client: httpx.AsyncClient, path: str, *, last: str | None = None, **query: Any) -> list[Heard]:
    """Listen until the stream ends."""
    headers = {} if last is None else {"Last-Event-ID": last}
    async with asyncio.timeout(30), client.stream("GET", path, headers=headers, params=query) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [heard async for heard in events(answer)]


async def test_a_document_is_told_of_until_it_is_found(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await sent(people["admin"], plans["id"])
    heard: list[Heard] = []
    async with people["admin"].stream("GET", f"{path_of(made)}/events") as answer, asyncio.timeout(30):
        async for event in events(answer):
            heard.append(event)
            if len(heard) == 1:
                await put_status(acme, made["id"], "embedding", stage_done=3, stage_of=9, waiting_for=None)
            elif len(heard) == 2:
                await put_status(acme, made["id"], "indexed")
    assert [event.event for event in heard] == ["progress", "progress", "indexed"]
    numbers = [int(event.id) for event in heard]
    assert numbers == sorted(set(numbers))
    assert heard[0].data["status"] == "pending"
    assert heard[1].data["stage"]["name"] == "embedding"
    assert (heard[1].data["stage"]["done"], heard[1].data["stage"]["of"]) == (3, 9)
    assert heard[2].data["id"] == made["id"]


async def test_a_finished_document_is_told_of_once_and_the_stream_ends(acme: Organisation) -> None:
    plans, people = await filed(acme)
    for status, error in (("indexed", None), ("failed", "NO_TEXT")):
        made = await sent(people["admin"], plans["id"])
        await put_status(acme, made["id"], status, error_code=error)
        (only,) = await hear(people["admin"], f"{path_of(made)}/events")
        assert (only.event, only.data["error_code"]) == (status, error)
        (again,) = await hear(people["admin"], f"{path_of(made)}/events", last="0")
        assert again == only
        done = await people["admin"].get(f"{path_of(made)}/events", headers={"Last-Event-ID": only.id})
        assert (done.status_code, done.content) == (204, b"")
        for strange in ("nonsense", "-1", "99999", "1" * 99):
            (told,) = await hear(people["admin"], f"{path_of(made)}/events", last=strange)
            assert told == only


async def test_who_comes_back_misses_nothing_and_hears_nothing_twice(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await sent(people["admin"], plans["id"])
    async with people["admin"].stream("GET", f"{path_of(made)}/events") as answer, asyncio.timeout(30):
        first = await anext(aiter(events(answer)))
    await put_status(acme, made["id"], "embedding")
    await put_status(acme, made["id"], "indexed")
    (rest,) = await hear(people["admin"], f"{path_of(made)}/events", last=first.id)
    assert (rest.event, int(rest.id)) == ("indexed", int(first.id) + 2)
    waiting = await sent(people["admin"], plans["id"])
    async with people["admin"].stream("GET", f"{path_of(waiting)}/events") as answer, asyncio.timeout(30):
        known = await anext(aiter(events(answer)))
    headers = {"Last-Event-ID": known.id}
    async with (
        asyncio.timeout(30),
        people["admin"].stream("GET", f"{path_of(waiting)}/events", headers=headers) as answer,
    ):
        coming = asyncio.ensure_future(anext(aiter(events(answer))))
        done, _ = await asyncio.wait({coming}, timeout=0.5)
        assert not done, "what was told is not told again"
        await put_status(acme, waiting["id"], "failed")
        assert (await coming).event == "failed"


@pytest.mark.parametrize("whole", [False, True])
async def test_a_stream_ends_when_the_right_to_it_ends(acme: Organisation, whole: bool) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve", VIEWER)
    made = await sent(people["admin"], plans["id"])
    path = f"{COLLECTIONS}/{plans['id']}/events" if whole else f"{path_of(made)}/events"
    heard: list[Heard] = []
    async with people["eve"].stream("GET", path) as answer, asyncio.timeout(30):
        async for event in events(answer):
            heard.append(event)
            if len(heard) == 1:
                await deny(acme, plans["id"] if whole else made["id"], "eve", OWNER)
    assert heard[0].event == "progress"
    assert (heard[-1].event, heard[-1].data["code"]) == (
        "error",
        "COLLECTION_NOT_FOUND" if whole else "DOCUMENT_NOT_FOUND",
    )
    # Between two looks at a collection, what was told of is hidden with it.
    assert [one.event for one in heard[1:-1]] in ([], ["removed"])


async def test_a_stream_ends_with_the_deletion_and_with_the_key(acme: Organisation, root: httpx.AsyncClient) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve", VIEWER)
    made = await sent(people["admin"], plans["id"])
    last: dict[str, str] = {}

    async def listen(name: str) -> None:
        async with people[name].stream("GET", f"{path_of(made)}/events") as answer, asyncio.timeout(30):
            async for event in events(answer):
                last[name] = event.data.get("code", "")

    eve, admin = asyncio.ensure_future(listen("eve")), asyncio.ensure_future(listen("admin"))
    async with asyncio.timeout(30):
        while len(last) < 2:  # noqa: ASYNC110 - simplest thing that waits for somebody else
            await asyncio.sleep(0.05)
        data(await root.patch(f"/v1/users/{acme.people['eve'].id}", json={"status": "suspended"}))
        await eve
        data(await people["admin"].delete(path_of(made)))
        await admin
    assert last == {"eve": "AUTH_TOKEN_INVALID", "admin": "DOCUMENT_NOT_FOUND"}


async def test_a_collection_tells_of_what_its_watcher_may_read(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve", VIEWER)
    open_, hidden = await sent(people["admin"], plans["id"]), await sent(people["admin"], plans["id"])
    await deny(acme, hidden["id"], "eve", OWNER)
    heard: list[Heard] = []
    path = f"{COLLECTIONS}/{plans['id']}/events"
    async with people["eve"].stream("GET", path, params={"until": "idle"}) as answer, asyncio.timeout(30):
        async for event in events(answer):
            heard.append(event)
            if len(heard) == 1:
                await put_status(acme, hidden["id"], "embedding")
                await put_status(acme, open_["id"], "embedding")
            if len(heard) == 2:
                await put_status(acme, open_["id"], "indexed")
    assert {event.data["id"] for event in heard} == {open_["id"]}
    assert [event.event for event in heard] == ["progress", "progress", "indexed"]
    assert [int(event.id) for event in heard] == sorted(int(event.id) for event in heard)
    later = await hear(people["eve"], path, last=heard[1].id, until="idle")
    assert later[-1].event == "indexed"


async def test_a_document_that_becomes_readable_is_told_of_when_it_next_changes(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve", VIEWER)
    made = await sent(people["admin"], plans["id"])
    entry = await deny(acme, made["id"], "eve", OWNER)
    path = f"{COLLECTIONS}/{plans['id']}/events"
    assert await hear(people["eve"], path, until="idle") == []
    data(await people["admin"].delete(f"/v1/modules/scaimatrix/permissions/document/{made['id']}/aces/{entry}"))
    await put_status(acme, made["id"], "indexed")
    assert [event.event for event in await hear(people["eve"], path, until="idle")] == ["indexed"]


async def test_a_collection_tells_its_watchers_alike_of_what_was_deleted_and_what_was_hidden(
    acme: Organisation,
) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve", VIEWER)
    kept, deleted, hidden, secret = [await sent(people["admin"], plans["id"]) for _ in range(4)]
    await deny(acme, secret["id"], "eve", OWNER)
    heard: list[Heard] = []
    path = f"{COLLECTIONS}/{plans['id']}/events"
    async with people["eve"].stream("GET", path) as answer, asyncio.timeout(30):
        async for event in events(answer):
            heard.append(event)
            if len(heard) == 3:
                data(await people["admin"].delete(path_of(deleted)))
                data(await people["admin"].delete(path_of(secret)))
                await deny(acme, hidden["id"], "eve", OWNER)
            if len(heard) == 5:
                await put_status(acme, kept["id"], "indexed")
            if event.event == "indexed":
                break
    removed = [event for event in heard if event.event == "removed"]
    assert sorted(event.data["id"] for event in removed) == sorted([deleted["id"], hidden["id"]])
    assert all(event.data == {"id": event.data["id"]} and int(event.id) for event in removed)
    assert heard[-1].data["id"] == kept["id"]


async def test_many_documents_are_told_of_once_each(acme: Organisation) -> None:
    plans, people = await filed(acme)
    path = f"{COLLECTIONS}/{plans['id']}/documents"
    for _ in range(21):
        files = [people["admin"].post(path, files={"file": ("a.md", b"text")}) for _ in range(10)]
        made = [data(answer, 201)["id"] for answer in await asyncio.gather(*files)]
        for id_ in made:
            await put_status(acme, id_, "indexed")
    heard = await hear(people["admin"], f"{COLLECTIONS}/{plans['id']}/events", until="idle")
    assert len(heard) == len({event.data["id"] for event in heard}) == 210


async def test_only_readers_listen(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    made = await sent(people["admin"], plans["id"])
    for path in (f"{COLLECTIONS}/{plans['id']}/events", f"{path_of(made)}/events"):
        assert code(await people["eve"].get(path)) == (404, "COLLECTION_NOT_FOUND")
    assert (await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/events?until=never")).status_code == 422
