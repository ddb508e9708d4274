"""Two worlds that differ only in documents somebody may not read answer their searches with the same bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from acl.facts import Effect, PrincipalType
from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from tests.leakage.surfaces import reading
from tests.world.embedder import Embedder, embedder
from tests.world.openai_answers import error
from tests.world.own_vectors import own_vectors
from tests.world.passages import Written, written
from tests.world.people import Organisation
from tests.world.platform import Running
from tests.world.served import model_on

MODULE = "/v1/modules/scaimatrix"
SHOWN = {"one": ["harbour tide", "harbour of salt"], "two": ["salt and bread", "embargo"]}
HIDDEN = {"hidden": ["quay"], "deleted": ["harbour quay"]}
WAYS = ("vector", "keyword", "hybrid", "combined")
OF_THE_MOMENT = {"x-request-id", "date", "content-length"}


@dataclass(slots=True)
class World:
    """A reader, a collection of which they may read two documents, and one of which they may read none."""

    acme: Organisation
    there: Written
    bare: Written
    model: Embedder
    away: Running  # another process, to which the vector store is away

    async def deny(self, of: Written, *names: str) -> None:
        reader = PrincipalType.USER, self.acme.people["reader"].id
        await of.enter(Effect.DENY, reader, names)

    async def describe(self, name: str, **details: Any) -> None:
        async with self.acme.running.platform.transactions.open(Reach.one(self.acme.id)) as transaction:
            which = Document.id == self.there.shelf.documents[name]
            await transaction.session.execute(update(Document).where(which).values(details=details))

    async def stir(self) -> None:
        """Bring, change and take away what the reader may not read."""
        more = {f"more{number}": ["harbour tide embargo " * number, f"salt {number}"] for number in range(1, 40)}
        for of, texts in ((self.there, more), (self.bare, {"first": ["harbour tide"], "second": ["embargo"]})):
            await of.shelf.hold(*texts)
            await self.deny(of, *texts)
            await of.write(texts)
        for _ in range(3):
            await self.there.write({"hidden": ["harbour tide embargo salt"] * 30})
        await self.describe("hidden", team="red", year=1, secret=True)
        for name in ("deleted", "more7"):
            path = f"{MODULE}/collections/{self.there.id}/documents/{self.there.shelf.documents[name]}"
            async with self.acme.client("admin") as client:
                assert (await client.delete(path)).status_code == 200


@pytest.fixture
async def world(acme: Organisation, root: httpx.AsyncClient, running: Running, tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(embedder())
        served = await model_on(root, model, modality="embedding")
        await acme.person("reader", "tenant_viewer")
        there, bare = await written(acme, SHOWN | HIDDEN), await written(acme, {})
        async with running.platform.transactions.open(Reach.one(acme.id)) as transaction:
            await transaction.session.execute(update(Collection).values(embedding_model=served.slug))
        store = await stack.enter_async_context(own_vectors(tmp_path))
        store.go_away()
        away = await stack.enter_async_context(reading(running, refit=lambda made: replace(made, vectors=store)))
        made = World(acme, there, bare, model, away)
        await made.deny(there, *HIDDEN)
        await made.describe("one", team="red", year=1)
        yield made


def asked(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that can be asked by somebody who guesses: of what is there, what is hidden and what is not."""
    documents = world.there.shelf.documents
    said: list[dict[str, Any]] = [
        {"query": query, "search_type": way} for way in WAYS for query in ("harbour tide", "embargo", "quay zeppelin")
    ]
    for filters in (
        *({"metadata": details} for details in ({"team": "red"}, {"secret": True}, {"year": 1, "team": 0})),
        {"document_ids": [documents["hidden"]]},
        {"document_ids": [documents["one"], documents["deleted"], "doc_nobody"]},
    ):
        said += [{"query": "harbour tide", "search_type": way, "filters": filters} for way in ("vector", "hybrid")]
    said += [{"query": "salt", "search_type": "hybrid", **more} for more in ({"top_k": 1}, {"top_k": 100})]
    said += [{"query": "salt", "search_type": way, "min_score": 0.1} for way in WAYS]
    for each in said:
        for of in (world.there, world.bare):
            yield f"collections/{of.id}/search", each
        yield "search", each | {"collection_ids": [world.bare.id, world.there.id]}


async def answers(world: World, on: Running) -> dict[str, Any]:
    seen = {}
    async with on.client(world.acme.people["reader"].key) as client:
        for path, said in asked(world):
            answer = await client.post(f"{MODULE}/{path}", json=said)
            assert answer.status_code == 200, answer.text
            headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}
            body = answer.text.replace(answer.json()["meta"]["request_id"], "<request>")
            seen[f"{path} {said}"] = (headers, body)
    return seen


@pytest.mark.slow
async def test_documents_out_of_sight_change_no_answer(world: World, running: Running) -> None:
    before = await answers(world, running)
    assert sum('"status":"ok"' in body and '"total":0' not in body for _, body in before.values()) > len(before) / 4
    await world.stir()
    assert await answers(world, running) == before


@pytest.mark.slow
async def test_nor_the_answer_of_what_is_without_its_store_or_its_model(world: World, running: Running) -> None:
    world.model.fails = error(503)
    before = await answers(world, running), await answers(world, world.away)
    assert {'"status":"degraded"' in body for _, body in before[1].values()} == {True, False}
    await world.stir()
    assert (await answers(world, running), await answers(world, world.away)) == before
