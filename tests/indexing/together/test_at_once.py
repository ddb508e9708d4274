"""What is asked for at once, or in the middle of something else, leaves documents whole: nothing doubled or lost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.indexing.collections.shelving import COLLECTIONS, make
from tests.indexing.documents.filing import path_of, send, sent
from tests.world.embedder import Embedder, embedder
from tests.world.hands import until
from tests.world.models import code, data
from tests.world.people import Organisation
from tests.world.platform import unique
from tests.world.served import Served, model_on
from tests.world.wholeness import faults, is_whole

pytestmark = pytest.mark.slow


def paper(said: str, paragraphs: int = 6) -> bytes:
    """Markdown that says one thing, in so many ways."""
    return "\n\n".join(f"Paragraph {number} says {said}. " * 8 for number in range(paragraphs)).encode()


@dataclass(slots=True)
class Shelf:
    """A collection, its model, and whoever does things to it."""

    acme: Organisation
    admin: httpx.AsyncClient
    model: Embedder
    served: Served
    collection: dict[str, Any]

    @property
    def path(self) -> str:
        return f"{COLLECTIONS}/{self.collection['id']}"

    async def add(self, *names: str) -> list[dict[str, Any]]:
        """Documents that are read."""
        found = [await sent(self.admin, self.collection["id"], paper(name), filename=f"{name}.md") for name in names]
        await self.settled()
        return found

    async def replace(self, document: dict[str, Any], said: str) -> httpx.Response:
        files = {"file": ("new.md", paper(said), "text/markdown")}
        return await self.admin.put(f"{path_of(document)}/content", files=files)

    async def state(self, document: dict[str, Any]) -> Any:
        return data(await self.admin.get(path_of(document)))

    async def at(self, document: dict[str, Any], status: str) -> None:
        """Wait until a document has come so far."""

        async def there() -> bool:
            return bool((await self.state(document))["status"] == status)

        await until(there)

    async def said_of(self, document: dict[str, Any]) -> str:
        page = data(await self.admin.get(f"{path_of(document)}/chunks?limit=100"))
        return "".join(chunk["content"] for chunk in page)

    async def rechunk(self, size: int) -> httpx.Response:
        assert (await self.admin.put(self.path, json={"chunk_size": size})).is_success
        return await self.admin.post(f"{self.path}/re-chunk")

    async def rechunk_is(self, status: str) -> None:
        async def so() -> bool:
            return bool(data(await self.admin.get(f"{self.path}/re-chunk"))["status"] == status)

        await until(so)

    async def settled(self) -> None:
        """Wait until nobody is at work any more, and everything fits."""
        platform, end = self.acme.running.platform, asyncio.get_running_loop().time() + 60
        while not await is_whole(platform, self.acme.id):
            if asyncio.get_running_loop().time() > end:
                pytest.fail("\n".join(await faults(platform, self.acme.id)))
            await asyncio.sleep(0.05)


@pytest.fixture
async def shelf(acme: Organisation, root: httpx.AsyncClient) -> AsyncIterator[Shelf]:
    async with embedder() as model:
        served, admin = await model_on(root, model, modality="embedding"), acme.client("admin")
        graph = {"graph_enabled": True, "graph_extraction_model": "local/quote"}
        made = await make(admin, embedding_model=served.slug, chunk_size=64, chunk_overlap=0, **graph)
        yield Shelf(acme, admin, model, served, made)
        model.pause.set()


async def test_a_file_sent_twice_at_once_is_two_documents_and_with_one_key_it_is_one(shelf: Shelf) -> None:
    one, other = await asyncio.gather(*(sent(shelf.admin, shelf.collection["id"], paper("twice")) for _ in range(2)))
    assert one["id"] != other["id"]
    await shelf.settled()
    assert await shelf.said_of(one) == await shelf.said_of(other)
    keyed = {"headers": {"Idempotency-Key": unique("key")}}
    answers = await asyncio.gather(
        *(send(shelf.admin, shelf.collection["id"], paper("once"), **dict(keyed)) for _ in range(6))
    )
    brought = {data(answer, 201)["id"] for answer in answers if answer.status_code == 201}
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len(brought) == 1
    assert len(data(await shelf.admin.get(f"{shelf.path}/documents"))) == 3
    await shelf.settled()


async def test_what_is_replaced_while_it_is_read_says_in_the_end_what_it_was_given_last(shelf: Shelf) -> None:
    shelf.model.pause.clear()
    document = await sent(shelf.admin, shelf.collection["id"], paper("the first"), filename="plan.md")
    await shelf.at(document, "embedding")
    answers = await asyncio.gather(*(shelf.replace(document, f"number {number}") for number in range(5)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert (await shelf.replace(document, "the last")).is_success
    shelf.model.pause.set()
    await shelf.settled()
    assert "the last" in await shelf.said_of(document)
    assert "number" not in await shelf.said_of(document)


async def test_what_is_deleted_while_all_is_cut_anew_is_gone_and_the_rest_is_cut(shelf: Shelf) -> None:
    first, *rest = await shelf.add("one", "two", "three", "four", "five", "six")
    shelf.model.pause.clear()
    data(await shelf.rechunk(32), 202)
    await shelf.rechunk_is("running")
    assert (await shelf.admin.delete(path_of(first))).is_success
    assert code(await shelf.admin.get(path_of(first))) == (404, "DOCUMENT_NOT_FOUND")
    shelf.model.pause.set()
    await shelf.rechunk_is("completed")
    await shelf.settled()
    state = data(await shelf.admin.get(f"{shelf.path}/re-chunk"))
    assert (state["total"], state["failed"]) == (state["processed"], 0)
    assert all([await shelf.said_of(document) for document in rest])


async def test_cut_anew_and_called_off_at_any_moment_one_way_of_cutting_answers(shelf: Shelf) -> None:
    documents = await shelf.add("one", "two", "three")
    assert (await shelf.admin.put(shelf.path, json={"chunking_strategy": "fixed"})).is_success
    chance, counts = random.Random(7), set[tuple[int, ...]]()
    for size in (32, 128, 48, 96, 40, 80):  # whichever of them are called off, each makes another number of chunks
        before = [(await shelf.state(document))["chunk_count"] for document in documents]
        data(await shelf.rechunk(size), 202)
        await asyncio.sleep(chance.uniform(0, 0.15))
        cancelled = await shelf.admin.post(f"{shelf.path}/re-chunk/cancel")
        assert cancelled.status_code in {200, 409}
        await shelf.settled()
        after = [(await shelf.state(document))["chunk_count"] for document in documents]
        state = data(await shelf.admin.get(f"{shelf.path}/re-chunk"))["status"]
        assert state == ("idle" if cancelled.is_success else "completed")
        if cancelled.is_success:
            assert after == before
        else:
            assert after != before
            assert tuple(after) not in counts
            counts.add(tuple(after))


async def test_retried_twice_at_once_it_is_read_once_more(shelf: Shelf) -> None:
    shelf.model.spoil = lambda rows: rows[:-1]
    document = await sent(shelf.admin, shelf.collection["id"], paper("again"), filename="plan.md")

    async def waits() -> bool:
        return (await shelf.state(document))["error_code"] is not None

    await until(waits)
    shelf.model.spoil = None
    shelf.model.texts.clear()
    answers = await asyncio.gather(*(shelf.admin.post(f"{path_of(document)}/retry") for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 202, 409}
    await shelf.settled()
    assert (await shelf.state(document))["status"] == "indexed"
    assert max(shelf.model.texts.values()) <= 2  # what was under way when it was asked for, and once more


async def test_forked_while_it_is_deleted_a_fork_is_whole_or_says_why_not(shelf: Shelf) -> None:
    await shelf.add("one", "two", "three")
    body = {"name": unique("fork"), "embedding_model": shelf.served.slug}
    forked, gone = await asyncio.gather(
        shelf.admin.post(f"{shelf.path}/fork", json=body), shelf.admin.delete(shelf.path)
    )
    assert gone.is_success
    await shelf.settled()
    if forked.status_code == 404:
        return
    made = data(forked, 202)
    state = data(await shelf.admin.get(f"{COLLECTIONS}/{made['id']}/fork"))
    copies = data(await shelf.admin.get(f"{COLLECTIONS}/{made['id']}/documents"))
    if state["status"] == "completed":
        assert len(copies) == 3
    else:
        assert (state["status"], state["error_code"]) == ("failed", "COLLECTION_NOT_FOUND")


async def test_a_fork_and_a_collection_that_are_deleted_in_the_middle_leave_nothing(shelf: Shelf) -> None:
    await shelf.add("one", "two", "three")
    shelf.model.pause.clear()
    body = {"name": unique("fork"), "embedding_model": shelf.served.slug, "chunk_size": 32}
    forked = data(await shelf.admin.post(f"{shelf.path}/fork", json=body), 202)
    late = await sent(shelf.admin, shelf.collection["id"], paper("late", 40), filename="late.md")
    await shelf.at(late, "embedding")
    for id_ in (forked["id"], shelf.collection["id"]):
        assert (await shelf.admin.delete(f"{COLLECTIONS}/{id_}")).is_success
    assert code(await shelf.admin.get(path_of(late))) == (404, "COLLECTION_NOT_FOUND")
    shelf.model.pause.set()
    await shelf.settled()
    assert data(await shelf.admin.get(COLLECTIONS)) == []
    for id_ in (forked["id"], shelf.collection["id"]):
        receipts = data(await shelf.admin.get(f"/v1/modules/scaimatrix/erasures?subject_id={id_}"))
        assert {one["store"] for one in receipts if one["erased_at"]} == {"database", "blobs", "vectors", "graph"}


async def test_a_tenant_that_is_shut_out_in_the_middle_finds_its_document_when_it_is_back(
    shelf: Shelf, root: httpx.AsyncClient
) -> None:
    shelf.model.pause.clear()
    document = await sent(shelf.admin, shelf.collection["id"], paper("patience"), filename="plan.md")
    await shelf.at(document, "embedding")
    assert (await root.patch(f"/v1/tenants/{shelf.acme.id}", json={"status": "suspended"})).is_success
    shelf.model.pause.set()
    assert code(await shelf.admin.get(path_of(document))) == (401, "AUTH_TOKEN_INVALID")
    await asyncio.sleep(0.2)
    assert (await root.patch(f"/v1/tenants/{shelf.acme.id}", json={"status": "active"})).is_success
    await shelf.settled()
    assert (await shelf.state(document))["status"] == "indexed"


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(2, 9))], ids=str)
async def test_whatever_many_do_at_once_everything_fits_in_the_end(shelf: Shelf, seed: int) -> None:
    await shelf.add("one", "two", "three")
    chance = random.Random(seed)
    answers: Counter[int] = Counter()
    for answer in await asyncio.gather(*(_somebody(shelf, random.Random(chance.random())) for _ in range(4))):
        answers += answer
    assert set(answers) <= {200, 201, 202, 404, 409}
    await shelf.settled()
    for document in data(await shelf.admin.get(f"{shelf.path}/documents?limit=100")):
        assert document["status"] == "indexed"
        assert await shelf.said_of(document)


async def _somebody(shelf: Shelf, chance: random.Random) -> Counter[int]:
    """Do this and that, without looking what others do; returns how it was answered."""
    answers: Counter[int] = Counter()
    for number in range(10):
        answers[(await _something(shelf, chance, number)).status_code] += 1
        await asyncio.sleep(chance.uniform(0, 0.1))
    return answers


_TO_ALL = ("cut", "cut", "pause", "resume", "cancel", "read", "switch")
_TO_ONE = ("add", "replace", "replace", "delete", "retry")


async def _something(shelf: Shelf, chance: random.Random, number: int) -> httpx.Response:
    deed = chance.choice(_TO_ALL + _TO_ONE)
    if deed in _TO_ALL:
        return await _to_all(shelf, chance, deed)
    documents: list[dict[str, Any]] = data(await shelf.admin.get(f"{shelf.path}/documents?limit=100"))
    if deed == "add" or not documents:
        said = paper(f"new {chance.random()}")
        added: httpx.Response = await send(shelf.admin, shelf.collection["id"], said, filename=f"{number}.md")
        return added
    document = chance.choice(documents)
    if deed == "replace":
        return await shelf.replace(document, f"something else {chance.random()}")
    if deed == "delete":
        return await shelf.admin.delete(path_of(document))
    return await shelf.admin.post(f"{path_of(document)}/retry")


async def _to_all(shelf: Shelf, chance: random.Random, deed: str) -> httpx.Response:
    if deed == "cut":
        return await shelf.rechunk(chance.choice((32, 40, 48, 64, 96)))
    if deed == "read":
        return await shelf.admin.post(f"{shelf.path}/graph/re-extract")
    if deed == "switch":
        return await shelf.admin.put(shelf.path, json={"graph_enabled": chance.random() < 0.7})
    answer = await shelf.admin.post(f"{shelf.path}/re-chunk/{deed}")
    if deed == "pause" and answer.is_success:
        await shelf.admin.post(f"{shelf.path}/re-chunk/resume")
    return answer
