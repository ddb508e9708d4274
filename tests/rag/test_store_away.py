"""A vector store that goes away, even in the middle of a search, is said in the answer; when it is back it is used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from app.wiring import Platform
from indexing.stores.weaviate.address import Address
from indexing.stores.weaviate.store import WeaviateStore
from rag.retrieval.question import Question, Way
from rag.search import Retrieved
from tests.indexing.stores.little_weaviate import LittleWeaviate, little_weaviate, waiting
from tests.leakage.surfaces import reading
from tests.rag.asking import hits, search
from tests.world.passages import written
from tests.world.patience import eventually, until
from tests.world.people import Organisation
from tests.world.platform import Running


@pytest.fixture
def little() -> Iterator[LittleWeaviate]:
    with waiting() as known:
        yield known


@pytest.fixture
async def there(acme: Organisation, running: Running, little: LittleWeaviate) -> AsyncIterator[Organisation]:
    """The same tenant, on a platform that keeps its vectors in a Weaviate."""
    store = WeaviateStore(Address.of(f"http://127.0.0.1:{little.schema.port}", little.grpc_port))

    def refit(platform: Platform) -> Platform:
        return replace(platform, vectors=store)

    async with reading(running, refit=refit) as platform:
        yield replace(acme, running=platform)
    await store.aclose()


@pytest.mark.slow  # the client of Weaviate knocks for two seconds before it believes that nobody is there
@pytest.mark.parametrize("way", [Way.VECTOR, Way.HYBRID])
async def test_a_store_that_comes_and_goes_is_no_failure(there: Organisation, little: LittleWeaviate, way: Way) -> None:
    question = Question("harbour tide", way)
    async with AsyncExitStack() as server:
        await server.enter_async_context(little_weaviate(little))
        texts = await written(there, {"one": ["harbour tide"], "two": ["harbour"]})
        searching = await search(there, "viewer")
        before = await searching.run(texts.id, question)
        assert before.status is Retrieved.OK
        little.hold, asked = 60.0, len(little.searches)
        asking = asyncio.create_task(searching.run(texts.id, question))
        await until(lambda: len(little.searches) > asked)
    found = await asking
    assert (found.status, found.passages, found.way) == (Retrieved.DEGRADED, [], way)
    assert (await searching.run(texts.id, question)).status is Retrieved.DEGRADED
    little.hold = 0.0
    async with little_weaviate(little):

        async def as_before() -> bool:
            return hits(await searching.run(texts.id, question)) == hits(before)

        await eventually(as_before)


@pytest.mark.slow
async def test_over_http_it_is_an_answer(there: Organisation, little: LittleWeaviate) -> None:
    async with little_weaviate(little):
        texts = await written(there, {"one": ["harbour tide"]})
    async with there.running.client(there.people["viewer"].key) as client:
        for path, more in ((f"collections/{texts.id}/search", {}), ("search", {"collection_ids": [texts.id]})):
            said = {"query": "harbour", "search_type": "keyword", **more}
            answer = await client.post(f"/v1/modules/scaimatrix/{path}", json=said)
            assert answer.status_code == 200, answer.text
            assert answer.json()["data"] == {"results": [], "total": 0}
            assert answer.json()["meta"]["retrieval"]["status"] == "degraded"
            assert "127.0.0.1" not in answer.text
