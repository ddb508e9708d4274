"""What the Weaviate store puts on the wire, and what it makes of the answers; a little server listens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import numpy as np
import pytest

from indexing.errors import StoreUnavailable
from indexing.stores.vectors import DocumentFilter, Entry, Index, Scope
from indexing.stores.weaviate import filters, nodes
from indexing.stores.weaviate.address import Address
from indexing.stores.weaviate.store import WeaviateStore
from indexing.stores.weaviate.wording import LOOKED_AT
from tests.contract.vectors.weighing import bm25
from tests.indexing.stores.little_weaviate import MOST_DELETED, LittleWeaviate, little_weaviate

ACME = Index("ten_acme", "col_1", "Col_1")
GLOBEX = Index("ten_globex", "col_1", "Col_1")
WITHOUT_HIDDEN = DocumentFilter(all_except=True, ids=frozenset({"doc_hidden"}))
NORTH, EAST = np.array([0, 1], dtype=np.float32), np.array([1, 0], dtype=np.float32)


def chunk(chunk_id: str, document_id: str = "doc_1", text: str = "a text", generation: int = 1) -> Entry:
    turned = np.float32(len(chunk_id) + sum(map(ord, chunk_id)) / 10_000)
    return Entry(chunk_id, document_id, generation, text, NORTH + turned * EAST)


@pytest.fixture
async def little() -> AsyncIterator[LittleWeaviate]:
    async with little_weaviate() as server:
        yield server


@pytest.fixture
async def store(little: LittleWeaviate) -> AsyncIterator[WeaviateStore]:
    opened = WeaviateStore(Address.of(little.url, little.grpc_port, "the-key"))
    yield opened
    await opened.aclose()


async def test_meaning_is_asked_for_as_such_and_only_of_the_tenant(
    little: LittleWeaviate, store: WeaviateStore
) -> None:
    await store.put(ACME, [chunk("a"), chunk("bb"), chunk("ccc")])
    hits = await store.near(ACME, NORTH, Scope(1, limit=2))
    assert [hit.chunk_id for hit in hits] == ["a", "bb"]
    assert hits[0].score == pytest.approx(NORTH @ chunk("a").vector / np.linalg.norm(chunk("a").vector), abs=1e-6)
    asked = little.searches[-1]
    assert (asked.HasField("near_vector"), asked.HasField("hybrid_search"), asked.limit) == (True, False, 2)
    assert set(asked.properties.non_ref_properties) == set(nodes.TOLD)
    assert "ten_acme" in str(asked.filters)
    assert await store.near(GLOBEX, NORTH, Scope(1)) == []


async def test_words_are_asked_for_as_such(little: LittleWeaviate, store: WeaviateStore) -> None:
    await store.put(ACME, [chunk("a", text="Der Rotmilan kreist"), chunk("b", text="Nichts davon")])
    assert [hit.chunk_id for hit in await store.matching(ACME, "rotmilan", Scope(1))] == ["a"]
    asked = little.searches[-1]
    assert (asked.HasField("bm25_search"), list(asked.bm25_search.properties)) == (True, ["words"])
    assert await store.matching(GLOBEX, "rotmilan", Scope(1)) == []
    assert await store.matching(ACME, "Kranich", Scope(1)) == []


async def test_of_more_chunks_than_are_looked_at_those_with_rare_words_are_among_them(
    little: LittleWeaviate, store: WeaviateStore
) -> None:
    held = [chunk(f"c{number}", text="harbour tide") for number in range(LOOKED_AT + 50)]
    rare = chunk("rare", text="far away from any harbour somebody said embargo " + "and nothing else " * 9)
    await store.put(ACME, [*held, rare])
    await store.put(ACME, [chunk(f"h{number}", "doc_hidden", "embargo") for number in range(200)])
    little.searches.clear()
    hits = await store.matching(ACME, "harbour tide embargo zeppelin", Scope(1, WITHOUT_HIDDEN))
    assert hits[0].chunk_id == "rare"
    assert hits[0].score == pytest.approx(bm25("harbour tide embargo zeppelin", [*held, rare])["rare"])
    assert len(little.searches) == 2
    assert {asked.limit for asked in little.searches} == {LOOKED_AT}


@pytest.mark.parametrize("many", [filters.NAMED, 2 * filters.NAMED + 1])
async def test_the_best_of_any_number_of_documents_are_found_in_bounded_questions(
    little: LittleWeaviate, store: WeaviateStore, many: int
) -> None:
    documents = [f"doc_{number:06d}" for number in range(many)]
    everywhere = [documents[0], documents[many // 2], documents[-1]]
    await store.put(
        ACME, [*(chunk("c" * place, which) for place, which in enumerate(everywhere, 1)), chunk("x", "other")]
    )
    little.searches.clear()
    only = DocumentFilter(all_except=False, ids=frozenset(documents))
    hits = await store.near(ACME, NORTH, Scope(1, only, limit=2))
    assert [(hit.chunk_id, hit.document_id) for hit in hits] == [("c", everywhere[0]), ("cc", everywhere[1])]
    assert len(little.searches) == -(-many // filters.NAMED)
    assert max(asked.ByteSize() for asked in little.searches) < 30 * filters.NAMED
    hits = await store.matching(ACME, "text", Scope(1, only))
    assert {hit.document_id for hit in hits} == set(everywhere)


async def test_all_but_many_is_one_question(little: LittleWeaviate, store: WeaviateStore) -> None:
    await store.put(ACME, [chunk("a", "doc_1"), chunk("b", "doc_2"), chunk("c", "doc_2", generation=2)])
    little.searches.clear()
    others = frozenset({"doc_1", *(f"other_{number}" for number in range(12_000))})
    hits = await store.near(ACME, NORTH, Scope(1, DocumentFilter(all_except=True, ids=others)))
    assert [hit.chunk_id for hit in hits] == ["b"]
    hits = await store.near(ACME, NORTH, Scope(1, DocumentFilter(all_except=True, ids=frozenset())))
    assert {hit.chunk_id for hit in hits} == {"a", "b"}
    assert len(little.searches) == 2


async def test_what_cannot_find_anything_is_not_asked(little: LittleWeaviate, store: WeaviateStore) -> None:
    nothing = Scope(1, DocumentFilter(all_except=False, ids=frozenset()))
    assert await store.near(ACME, NORTH, nothing) == await store.matching(ACME, "text", nothing) == []
    assert await store.matching(ACME, " \n", Scope(1)) == await store.near(ACME, NORTH, Scope(1, limit=0)) == []
    await store.put(ACME, [])
    assert await store.vectors(ACME, []) == {}
    assert (await store.remove(ACME, []), await store.remove_documents(ACME, [])) == (0, 0)
    assert little.searches == [] == little.deletes


async def test_a_batch_is_kept_whole_or_said_not_to_be(
    little: LittleWeaviate, store: WeaviateStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for refused in ({"c2"}, {"c1", "c2", "c3"}):
        little.refused = refused
        with pytest.raises(StoreUnavailable) as told:
            await store.put(ACME, [chunk(each, text="a secret") for each in ("c1", "c2", "c3")])
        assert "c2" not in told.value.message
    assert "a secret" not in caplog.text
    little.refused = set()
    await store.put(ACME, [chunk(each) for each in ("c1", "c2", "c3")])
    assert len(await store.near(ACME, NORTH, Scope(1))) == 3


async def test_batches_are_bounded_in_number_and_bytes(little: LittleWeaviate, store: WeaviateStore) -> None:
    await store.put(ACME, [chunk(f"c{number}") for number in range(nodes.BATCH + 1)])
    assert little.batches == [nodes.BATCH, 1]
    await store.put(ACME, [chunk(f"c{number}", text="x" * (nodes.BATCH_BYTES // 8)) for number in range(3)])
    assert little.batches[2:] == [1, 1, 1]


async def test_an_id_given_twice_is_kept_once_as_it_came_last(little: LittleWeaviate, store: WeaviateStore) -> None:
    await store.put(ACME, [chunk("a", "doc_1"), chunk("a", "doc_2")])
    await store.put(ACME, [chunk("a", "doc_3", generation=2)])
    assert [hit.document_id for hit in await store.near(ACME, NORTH, Scope(2))] == ["doc_3"]
    assert await store.near(ACME, NORTH, Scope(1)) == []
    assert little.batches == [1, 1]


async def test_deleting_goes_on_until_nothing_matches(little: LittleWeaviate, store: WeaviateStore) -> None:
    many = [chunk(f"c{number}", "doc_big") for number in range(2 * MOST_DELETED + 1)]
    await store.put(ACME, [*many, chunk("other", "doc_2")])
    assert await store.remove_documents(ACME, ["doc_big", "doc_missing"]) == len(many)
    assert len(little.deletes) == 4
    assert [page async for page in store.chunk_ids(ACME)] == [["other"]]
    little.deletes_nothing = True
    with pytest.raises(StoreUnavailable, match="did not remove 1 chunk"):
        await store.remove(ACME, ["other"])


async def test_another_tenants_chunks_in_the_same_class_stay(little: LittleWeaviate, store: WeaviateStore) -> None:
    await store.put(ACME, [chunk("a")])
    await store.put(GLOBEX, [chunk("a"), chunk("b")])
    assert await store.remove(ACME, ["b"]) == 0
    assert await store.drop(ACME) == 1
    assert [sorted(page) async for page in store.chunk_ids(GLOBEX)] == [["a", "b"]]
    assert (await store.drop(GLOBEX), little.schema.classes) == (2, {})


async def test_vectors_come_back_as_they_were_given(store: WeaviateStore) -> None:
    await store.put(ACME, [chunk("a"), chunk("b")])
    found = await store.vectors(ACME, ["a", "a", "missing"])
    assert list(found) == ["a"]
    np.testing.assert_array_equal(found["a"], chunk("a").vector)
    assert found["a"].dtype == np.float32


async def test_an_index_that_is_not_there_is_empty(little: LittleWeaviate, store: WeaviateStore) -> None:
    assert await store.near(ACME, NORTH, Scope(1)) == await store.matching(ACME, "text", Scope(1)) == []
    assert await store.vectors(ACME, ["a"]) == {}
    assert (await store.remove(ACME, ["a"]), await store.remove_documents(ACME, ["d"]), await store.drop(ACME)) == (
        0,
        0,
        0,
    )
    assert [page async for page in store.chunk_ids(ACME)] == []
    assert little.schema.classes == {}


async def test_a_server_that_still_loads_its_classes_is_not_believed_to_have_none(
    little: LittleWeaviate, store: WeaviateStore
) -> None:
    little.schema.ready = False
    for asked in (store.near(ACME, NORTH, Scope(1)), store.remove(ACME, ["a"]), store.drop(ACME), store.answers()):
        with pytest.raises(StoreUnavailable):
            await asked


async def test_many_may_ask_at_once(store: WeaviateStore) -> None:
    await asyncio.gather(*(store.put(ACME, [chunk(f"c{number}")]) for number in range(20)))
    found = await asyncio.gather(*(store.near(ACME, NORTH, Scope(1, limit=20)) for _ in range(20)))
    assert {len(hits) for hits in found} == {20}


def uuids(*chunk_ids: str) -> set[str]:
    return {str(nodes.uuid_of(ACME, each)) for each in chunk_ids}


async def test_what_filters_or_words_have_lost_is_mended_by_being_kept_again(
    little: LittleWeaviate, store: WeaviateStore
) -> None:
    entries = [chunk(name, text=f"the {name} kite circles") for name in ("a", "bb", "ccc")]
    await store.put(ACME, entries)
    little.unfiltered |= uuids("a")
    little.unheard |= uuids("bb")
    assert [hit.chunk_id for hit in await store.near(ACME, NORTH, Scope(1))] == ["bb", "ccc"]
    assert await store.matching(ACME, "bb", Scope(1)) == []
    await store.put(ACME, entries)
    assert [hit.chunk_id for hit in await store.near(ACME, NORTH, Scope(1))] == ["a", "bb", "ccc"]
    for name in ("a", "bb"):
        assert [hit.chunk_id for hit in await store.matching(ACME, name, Scope(1))] == [name]


async def test_words_that_stay_lost_are_no_success(little: LittleWeaviate, store: WeaviateStore) -> None:
    entries = [chunk("a", text="plain words here"), chunk("bb", text="赤い 鳥")]
    await store.put(ACME, entries)
    little.schema.forget = lambda *_: True  # says so, and does not
    for entry in entries:
        little.unheard |= uuids(entry.chunk_id)
        with pytest.raises(StoreUnavailable):
            await store.put(ACME, [entry])


async def test_what_no_filter_finds_is_removed_all_the_same(little: LittleWeaviate, store: WeaviateStore) -> None:
    await store.put(ACME, [chunk("a"), chunk("bb"), chunk("ccc")])
    little.unfiltered |= uuids("a", "bb")
    assert await store.remove(ACME, ["a", "ccc", "never"]) == 2
    assert [one async for page in store.chunk_ids(ACME) for one in page] == ["bb"]
    assert await store.drop(ACME) == 1
    assert little.schema.classes == {}


async def test_a_shared_class_loses_only_one_tenants_chunks_however_lost(
    little: LittleWeaviate, store: WeaviateStore
) -> None:
    await store.put(ACME, [chunk("a"), chunk("bb")])
    await store.put(GLOBEX, [chunk("a")])
    little.unfiltered |= uuids("bb")
    assert await store.drop(ACME) == 2
    assert [one async for page in store.chunk_ids(GLOBEX) for one in page] == ["a"]
