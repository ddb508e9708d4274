"""A search finds exactly the best of what its caller may read: as one would who read all of it, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from acl.errors import CollectionNotFound
from acl.facts import Effect, PrincipalType
from acl.opening import close_access
from acl.permission import Permission
from acl.tables import AccessList
from app.db.tenancy import Reach
from indexing.documents.tables import Document
from rag.retrieval.described import AT_ONCE, described_so
from rag.retrieval.question import Question, Way
from tests.rag.asking import WAYS, hits, search
from tests.rag.libraries import SHAPES, Library, check, library_of, names
from tests.world.passages import Written, written
from tests.world.people import Organisation, organisation
from tests.world.platform import Running
from tests.world.shelves import enter

DOCUMENTS, PASSAGES = 200, 15
SHARES = {"all": 200, "a tenth": 20, "a hundredth": 2}


@pytest.fixture(scope="module")
async def library(running: Running) -> AsyncIterator[Library]:
    acme = await organisation(running)
    yield await library_of(acme, DOCUMENTS, PASSAGES, SHARES)
    await acme.aclose()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", SHARES)
async def test_the_answer_is_that_of_one_who_read_all_they_may(
    library: Library, share: str, shape: str, way: Way
) -> None:
    await check(library, shape, share, names(DOCUMENTS, SHARES[share]), way)


@pytest.fixture
async def small(acme: Organisation) -> Written:
    await acme.person("reader", "tenant_viewer")
    return await written(acme, {"one": ["harbour tide", "harbour"], "two": ["harbour salt"], "hidden": ["quay"]})


async def deny(acme: Organisation, there: Written, name: str) -> None:
    await there.enter(Effect.DENY, (PrincipalType.USER, acme.people["reader"].id), [name])


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_hidden_moves_no_score(acme: Organisation, small: Written, way: Way) -> None:
    """To the last bit, whatever comes, goes or is deleted out of one's sight."""
    await deny(acme, small, "hidden")
    searching, question = await search(acme, "reader"), Question("harbour tide salt", way)
    before = hits(await searching.run(small.id, question))
    assert before
    more = {f"more{number}": ["harbour tide " * number, f"salt {number}"] for number in range(1, 40)}
    await small.shelf.hold(*more)
    await small.enter(Effect.DENY, (PrincipalType.USER, acme.people["reader"].id), more)
    await small.write(more)
    assert hits(await searching.run(small.id, question)) == before
    async with acme.client("admin") as client:
        for name in ("hidden", "more7", "more8"):
            path = f"/v1/modules/scaimatrix/collections/{small.id}/documents/{small.shelf.documents[name]}"
            assert (await client.delete(path)).status_code == 200
            assert hits(await searching.run(small.id, question)) == before


async def test_what_is_replaced_or_deleted_never_answers(acme: Organisation, small: Written) -> None:
    """Its vectors are still in the store."""
    searching, question = await search(acme, "reader"), Question("harbour tide", Way.HYBRID)
    old = small.chunks[small.shelf.documents["one"]]
    await small.write({"one": ["salt and nothing else"]})
    found = await searching.run(small.id, question)
    assert not {chunk for chunk, _ in hits(found)} & set(old)
    assert len(found.passages) == 3
    assert set(await acme.running.platform.vectors.vectors(small.index, old)) == set(old)


async def test_what_is_stale_starves_nobody(acme: Organisation, small: Written) -> None:
    """However much of it is nearer than what answers."""
    for _ in range(2):
        await small.write({"one": ["harbour tide"] * 40})
    await small.write({"one": ["bread"]})
    found = await (await search(acme, "reader")).run(small.id, Question("harbour tide", top_k=3))
    assert [seen.value.content for seen in found.passages].count("bread") == 1
    assert len(found.passages) == 3


async def test_what_scores_exactly_the_least_is_an_answer(acme: Organisation, small: Written) -> None:
    searching = await search(acme, "reader")
    for way in WAYS:
        best, *others = hits(await searching.run(small.id, Question("harbour tide", way)))
        assert hits(await searching.run(small.id, Question("harbour tide", way, min_score=best[1]))) == [best]
        assert others


async def test_documents_are_chosen_by_id_and_by_metadata(acme: Organisation, small: Written) -> None:
    searching, one, two = await search(acme, "reader"), *(small.shelf.documents[name] for name in ("one", "two"))
    async with acme.client("admin") as client:
        path = f"/v1/modules/scaimatrix/collections/{small.id}/documents/{two}"
        assert (await client.patch(path, json={"metadata": {"year": 1, "tags": ["a", "b"]}})).status_code == 200
    for asked, documents in (
        ({"document_ids": frozenset({one, "doc_nobody"})}, {one}),
        ({"details": {"year": 1}}, {two}),
        ({"details": {"tags": "b", "year": 1}}, {two}),
        ({"details": {"year": True}}, set()),
        ({"details": {"year": 1}, "document_ids": frozenset({one})}, set()),
    ):
        found = await searching.run(small.id, Question("harbour", **asked))
        assert {seen.value.document_id for seen in found.passages} == documents, asked


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_deleted_and_not_erased_yet_moves_no_score_though_it_is_named(
    acme: Organisation, small: Written, way: Way
) -> None:
    """Its list is gone, which hid it until then, and the store has its words until they are erased."""
    await small.shelf.hold("secret")
    await small.write({"secret": ["harbour tide harbour"] * 5})
    await deny(acme, small, "secret")
    named = frozenset(small.shelf.documents[name] for name in ("one", "two", "secret"))
    searching, question = await search(acme, "reader"), Question("harbour tide", way, document_ids=named)
    before = hits(await searching.run(small.id, question))
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        secret = small.shelf.documents["secret"]
        (await transaction.session.get_one(Document, secret)).deleted_at = transaction.clock.now()
        await close_access(transaction, await transaction.session.get_one(AccessList, secret))
    assert hits(await searching.run(small.id, question)) == before != []


async def test_descriptions_are_looked_through_to_the_last(acme: Organisation, small: Written) -> None:
    await small.shelf.hold(*(f"more {number}" for number in range(AT_ONCE)))
    last = sorted(small.shelf.documents.values())[-1]
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        (await transaction.session.get_one(Document, last)).details = {"year": 1}
    async with acme.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        assert await described_so(transaction.session, small.id, {"year": 1}) == {last}


async def test_who_may_not_read_the_collection_is_told_it_is_not_there(acme: Organisation, small: Written) -> None:
    await enter(
        acme, small.id, Effect.DENY, (PrincipalType.USER, acme.people["reader"].id), permissions=Permission.READ
    )
    with pytest.raises(CollectionNotFound):
        await (await search(acme, "reader")).run(small.id, Question("harbour"))
    with pytest.raises(CollectionNotFound):
        await (await search(acme, "reader")).run_many([small.id, "col_nobody"], Question("harbour"))
