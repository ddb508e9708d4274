"""Weaviate may be away, loading, foreign or gone in the middle: that is said, and it is used again when it is back."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
from weaviate import exceptions

from app.errors import CannotStart
from indexing.errors import StoreUnavailable
from indexing.stores.vectors import Entry, Index, Scope
from indexing.stores.weaviate import classes, client
from indexing.stores.weaviate.address import Address
from indexing.stores.weaviate.store import WeaviateStore
from tests.house.sources import ROOT
from tests.indexing.stores.little_weaviate import LittleWeaviate, little_weaviate, waiting

INDEX = Index("ten_acme", "col_1", "Col_1")
NORTH = np.array([0, 1], dtype=np.float32)
CHUNK = Entry("a", "doc_1", 1, "a text", NORTH)


async def all_ids(store: WeaviateStore) -> list[str]:
    return [each async for page in store.chunk_ids(INDEX) for each in page]


DEEDS: dict[str, Callable[[WeaviateStore], Coroutine[Any, Any, object]]] = {
    "put": lambda store: store.put(INDEX, [CHUNK]),
    "near": lambda store: store.near(INDEX, NORTH, Scope(1)),
    "matching": lambda store: store.matching(INDEX, "text", Scope(1)),
    "vectors": lambda store: store.vectors(INDEX, ["a"]),
    "remove": lambda store: store.remove(INDEX, ["a"]),
    "remove_documents": lambda store: store.remove_documents(INDEX, ["doc_1"]),
    "chunk_ids": all_ids,
    "drop": lambda store: store.drop(INDEX),
    "answers": lambda store: store.answers(),
}


@asynccontextmanager
async def store_of(little: LittleWeaviate, key: str = "") -> AsyncIterator[WeaviateStore]:
    store = WeaviateStore(Address.of(little.url, little.grpc_port, key))
    try:
        yield store
    finally:
        await store.aclose()


async def test_it_is_used_as_soon_as_it_is_there_and_again_when_it_is_back() -> None:
    with waiting() as little:
        await use_as_it_comes_and_goes(little)


async def use_as_it_comes_and_goes(little: LittleWeaviate) -> None:
    async with store_of(little) as store:
        for deed in DEEDS.values():
            with pytest.raises(StoreUnavailable, match=r"does not answer") as told:
                await deed(store)
            assert "127.0.0.1" not in told.value.message
        for _ in range(2):
            async with little_weaviate(little):
                await store.answers()
                await store.put(INDEX, [CHUNK])
                assert [hit.chunk_id for hit in await store.near(INDEX, NORTH, Scope(1))] == ["a"]
            with pytest.raises(StoreUnavailable):
                await store.near(INDEX, NORTH, Scope(1))


@pytest.mark.parametrize("deed", ["put", "near", "chunk_ids", "remove", "answers"])
async def test_one_open_door_of_two_is_not_enough(deed: str) -> None:
    with waiting() as little:
        async with AsyncExitStack() as server, store_of(little) as store:
            await server.enter_async_context(little_weaviate(little))
            await store.put(INDEX, [CHUNK])
            await server.aclose()
            async with little.schema.running():
                with pytest.raises(StoreUnavailable):
                    await DEEDS[deed](store)


async def test_a_slow_answer_is_waited_for() -> None:
    async with little_weaviate() as little, store_of(little) as store:
        await store.put(INDEX, [CHUNK])
        little.searches.clear()
        little.hold = 1.5 * client.PATIENCE_SECONDS
        assert len(await store.near(INDEX, NORTH, Scope(1))) == 1
        assert len(little.searches) == 1


@pytest.mark.parametrize(
    ("status", "sentence"), [(401, client.REFUSED), (403, client.REFUSED), (500, client.AWAY), (503, client.AWAY)]
)
async def test_what_the_server_refuses_is_said_in_our_words(status: int, sentence: str) -> None:
    async with little_weaviate() as little, store_of(little, key="the-key") as store:
        little.schema.status = status
        with pytest.raises(StoreUnavailable) as told:
            await store.put(INDEX, [CHUNK])
        assert told.value.message == sentence
        assert {headers["authorization"] for _, _, headers in little.schema.asked} == {"Bearer the-key"}
        little.schema.status = 0
        await store.put(INDEX, [CHUNK])


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (None, "is not Weaviate"),
        ("of something else", "is not Weaviate"),
        ("1.36.9", "1.36.9 is too old: it must be 1.37 or newer"),
    ],
)
async def test_a_server_that_is_something_else_is_not_used(version: str | None, sentence: str) -> None:
    async with little_weaviate() as little, store_of(little) as store:
        little.schema.version = version
        with pytest.raises(StoreUnavailable, match=sentence):
            await store.answers()


def reasons() -> list[type[Exception]]:
    """Every way to fail that the client's package names, and the roots of what its wires raise."""
    named = [each for _, each in inspect.getmembers(exceptions, inspect.isclass) if issubclass(each, Exception)]
    ours = [each for each in named if each.__module__ == exceptions.__name__ and not each.__name__.startswith("_")]
    return [*ours, httpx.HTTPError, httpx.TransportError, grpc.RpcError, grpc.aio.AioRpcError, OSError, TimeoutError]


@pytest.mark.parametrize("reason", reasons())
def test_every_failure_of_the_client_is_translated(reason: type[Exception]) -> None:
    failure = reason.__new__(reason)
    if isinstance(failure, exceptions.UnexpectedStatusCodeError):
        exceptions.UnexpectedStatusCodeError.__init__(failure, "it says", httpx.Response(500, json={}))
    with pytest.raises(StoreUnavailable) as told, client.translated():
        raise failure
    assert (told.value.message, told.value.__cause__) == (client.AWAY, failure)


async def test_a_class_that_somebody_else_makes_first_is_used() -> None:
    async with little_weaviate() as little, store_of(little) as store:
        little.schema.before_making = INDEX.name
        await store.put(INDEX, [CHUNK])
        assert await all_ids(store) == ["a"]


async def test_the_class_tells_ids_apart_and_makes_no_vectors_of_its_own() -> None:
    async with little_weaviate() as little, store_of(little) as store:
        await store.put(INDEX, [CHUNK])
        wanted = little.schema.wanted[INDEX.name]
        tags = [each for each in wanted["properties"] if each["name"].endswith("_id")]
        assert {each["name"] for each in tags} == {"tenant_id", "collection_id", "document_id", "chunk_id"}
        assert all((each["tokenization"], each["indexFilterable"]) == ("field", True) for each in tags)
        made = wanted["vectorConfig"]["default"]
        assert made["vectorizer"] == {"none": {}}
        assert made["vectorIndexConfig"]["distance"] == "cosine"
        assert made["vectorIndexConfig"]["flatSearchCutoff"] == classes.SCANNED
        assert wanted["invertedIndexConfig"]["stopwords"]["preset"] == "none"


async def test_a_class_in_which_ids_are_words_is_not_used() -> None:
    async with little_weaviate() as little, store_of(little) as store:
        await store.put(INDEX, [CHUNK])
        for each in little.schema.classes[INDEX.name]["properties"]:
            each["tokenization"] = "word"
        with pytest.raises(StoreUnavailable, match="was not made by this platform"):
            await store.put(INDEX, [CHUNK])


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("http://weaviate:8080", ("weaviate", 8080, False)),
        ("https://weaviate.example.org/", ("weaviate.example.org", 443, True)),
        ("http://[::1]:8080", ("::1", 8080, False)),
    ],
)
def test_addresses_are_read(url: str, read: tuple[str, int, bool]) -> None:
    address = Address.of(url, 50051, "the-key")
    assert (address.host, address.port, address.secure) == read
    assert "the-key" not in repr(address)


@pytest.mark.parametrize(
    "url",
    ["weaviate:8080", "ftp://weaviate", "http://", "http://me@weaviate", "http://w:x", "http://w/v1", "http://w:50051"],
)
def test_addresses_that_are_none_are_refused_at_the_start(url: str) -> None:
    with pytest.raises(CannotStart, match="SCAIGRID_WEAVIATE_"):
        Address.of(url, 50051)


UNASKED = """
import sys
from indexing.stores.weaviate.address import Address
from indexing.stores.weaviate.store import WeaviateStore
WeaviateStore(Address.of("http://127.0.0.1:1", 2))
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_nothing_of_it_is_loaded_before_it_is_asked() -> None:
    done = subprocess.run([sys.executable, "-c", UNASKED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"weaviate", "llama_index", "grpc"} & set(done.stdout.split())
