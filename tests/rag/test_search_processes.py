"""Several processes on one database and one vector store: what one of them did, the next search of another knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.leakage.process import serving
from tests.world.embedder import embedder
from tests.world.models import data
from tests.world.patience import eventually
from tests.world.platform import unique
from tests.world.served import model_on

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
MODULE = "/v1/modules/scaimatrix"
SEARCHERS = 32
WAYS = ("vector", "keyword", "hybrid")
SUBJECTS = ("harbours", "glaciers", "looms", "orchards", "lanterns", "bridges")


@dataclass(slots=True)
class Pair:
    """Two servers, and a collection of somebody on the first that somebody else reads on the second."""

    one: httpx.AsyncClient
    other: httpx.AsyncClient
    readers: list[httpx.AsyncClient]  # the same person, on both
    reader_id: str
    collection_id: str

    @property
    def path(self) -> str:
        return f"{MODULE}/collections/{self.collection_id}"

    async def add(self, name: str, text: str) -> str:
        """Upload a document to the first, and wait until that says it can be found."""
        sent = await self.one.post(f"{self.path}/documents", files={"file": (f"{name}.md", text, "text/markdown")})
        made: str = data(sent, 201)["id"]
        await self.indexed(made, 1)
        return made

    async def indexed(self, document_id: str, version: int) -> None:
        async def done() -> bool:
            document = data(await self.one.get(f"{self.path}/documents/{document_id}"))
            assert document["status"] != "failed", document
            return bool(document["status"] == "indexed" and document["content_version"] == version)

        await eventually(done)

    async def found(self, query: str, way: str = "hybrid", on: int = 1, **said: Any) -> list[dict[str, Any]]:
        """What the reader is answered by one of the servers: the second, unless said otherwise."""
        asked = {"query": query, "search_type": way, **said}
        answer = await self.readers[on].post(f"{self.path}/search", json=asked)
        assert answer.status_code == 200, answer.text
        assert answer.json()["meta"]["retrieval"]["status"] in {"ok", "empty"}, answer.text
        results: list[dict[str, Any]] = answer.json()["data"]["results"]
        return results

    async def documents(self, query: str) -> set[str]:
        """Which documents are among what the second answers, in every way."""
        return {hit["document_id"] for way in WAYS for hit in await self.found(query, way)}


async def person(root: httpx.AsyncClient, tenant: dict[str, Any], name: str, role: str) -> tuple[str, str]:
    """Somebody of a tenant, by id and key."""
    body = {"email": f"{name}@{tenant['slug']}.example", "name": name, "roles": [role], "tenant_id": tenant["id"]}
    user = data(await root.post("/v1/users", json=body), 201)
    made = data(await root.post("/v1/api-keys", json={"name": name, "assigned_user_id": user["id"]}), 201)
    return user["id"], made["key"]


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    home: Path = tmp_path_factory.mktemp("pair")
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(embedder())
        servers = [await stack.enter_async_context(serving(home)) for _ in range(2)]
        root = await stack.enter_async_context(servers[0].client())
        embedding, slug = await model_on(root, model, modality="embedding"), unique("acme")
        partner = data(await root.post("/v1/partners", json={"slug": slug, "display_name": slug}), 201)
        facts = {"slug": slug, "display_name": slug, "partner_id": partner["id"]}
        tenant = data(await root.post("/v1/tenants", json=facts), 201)
        _, admin = await person(root, tenant, "admin", "tenant_admin")
        reader_id, reader = await person(root, tenant, "reader", "tenant_viewer")
        one, other = [await stack.enter_async_context(server.client(admin)) for server in servers]
        readers = [await stack.enter_async_context(server.client(reader)) for server in servers]
        plans = {"name": "Plans", "embedding_model": embedding.slug, "chunk_size": 400}
        made = data(await one.post(f"{MODULE}/collections", json=plans), 201)
        yield Pair(one, other, readers, reader_id, made["id"])


async def test_what_one_process_did_the_next_search_of_another_knows(pair: Pair) -> None:
    kept = await pair.add("kept", "The keeper writes of harbours.")
    assert await pair.documents("harbours") == {kept}
    there = await pair.add("there", "The pilot writes of harbours too.")
    assert await pair.documents("harbours") == {kept, there}
    ace = {"ace_type": "deny", "principal_type": "user", "principal_id": pair.reader_id, "permissions": "VIEWER"}
    path = f"{MODULE}/permissions/document/{there}/aces"
    entry = data(await pair.one.post(path, json=ace), 201)
    assert await pair.documents("harbours") == {kept}
    assert (await pair.one.delete(f"{path}/{entry['id']}")).status_code == 200
    assert await pair.documents("harbours") == {kept, there}
    assert (await pair.one.delete(f"{pair.path}/documents/{there}")).status_code == 200
    assert await pair.documents("harbours") == {kept}
    assert (await pair.one.delete(f"{pair.path}/documents/{kept}")).status_code == 200
    assert await pair.documents("harbours") == set()


async def test_a_document_that_is_replaced_answers_with_its_old_text_or_its_new_one(pair: Pair) -> None:
    """Never with none and never with both, on either server; and with the new one once that is said to be indexed."""
    there = await pair.add("there", "The old text speaks of lanterns.")
    said: list[list[str]] = []
    over = asyncio.Event()

    async def keep_asking(on: int) -> None:
        while not over.is_set():
            said.append([hit["content"] for hit in await pair.found("lanterns", on=on)])

    asking = [asyncio.create_task(keep_asking(number % 2)) for number in range(4)]
    for version in range(2, 4):
        file = {"file": ("there.md", f"Text {version} speaks of lanterns.", "text/markdown")}
        assert (await pair.one.put(f"{pair.path}/documents/{there}/content", files=file)).status_code == 200
        await pair.indexed(there, version)
        assert [hit["content"] for hit in await pair.found("lanterns")] == [f"Text {version} speaks of lanterns."]
    over.set()
    await asyncio.gather(*asking)
    assert {len(texts) for texts in said} == {1}
    assert (await pair.one.delete(f"{pair.path}/documents/{there}")).status_code == 200


async def cut_anew(pair: Pair) -> None:
    assert (await pair.one.post(f"{pair.path}/re-chunk")).status_code == 202

    async def done() -> bool:
        return bool(data(await pair.one.get(f"{pair.path}/re-chunk"))["status"] == "completed")

    await eventually(done)


async def chunks(pair: Pair, documents: list[str]) -> frozenset[str]:
    lists = [data(await pair.one.get(f"{pair.path}/documents/{each}/chunks")) for each in documents]
    return frozenset(chunk["id"] for each in lists for chunk in each)


@pytest.mark.nightly
async def test_every_answer_while_a_collection_is_cut_anew_is_of_one_generation(pair: Pair) -> None:
    """No answer is empty, none mixes them, none fails; and afterwards all are of the new one."""
    documents = [
        await pair.add(subject, "\n\n".join(f"Paragraph {number} speaks of {subject}. " * 6 for number in range(4)))
        for subject in SUBJECTS
    ]
    generations, over = [await chunks(pair, documents)], asyncio.Event()
    answers: list[frozenset[str]] = []

    async def keep_asking(number: int) -> None:
        while not over.is_set():
            query = f"speaks of {SUBJECTS[number % len(SUBJECTS)]}"
            hits = await pair.found(query, WAYS[number % 3], number % 2, top_k=6)
            answers.append(frozenset(hit["chunk_id"] for hit in hits))

    asking = [asyncio.create_task(keep_asking(number)) for number in range(SEARCHERS)]
    for size in (100, 50, 400):
        assert (await pair.one.patch(pair.path, json={"chunk_size": size, "chunk_overlap": 0})).status_code == 200
        await cut_anew(pair)
        generations.append(await chunks(pair, documents))
        assert {hit["chunk_id"] for hit in await pair.found("speaks of looms", top_k=6)} <= generations[-1]
    over.set()
    await asyncio.gather(*asking)
    assert all(answers)
    assert all(any(answer <= generation for generation in generations) for answer in answers)
    assert len(answers) > 10 * SEARCHERS
    for document in documents:
        assert (await pair.one.delete(f"{pair.path}/documents/{document}")).status_code == 200
