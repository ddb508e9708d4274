"""Documents that are replaced, and collections that are cut anew, while a search is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.editions.tables import ChunkRow, Edition
from indexing.stores.vectors import Entry, Hit, Index, Scope, VectorStore
from rag.retrieval.question import Question, Way
from rag.search import Retrieved
from tests.rag.asking import WAYS, hits, search
from tests.world.embedder import vector_of
from tests.world.passages import Written, written
from tests.world.people import Organisation


class Meanwhile:
    """A store beside which something happens once: before or after it answers the first time, or a later one."""

    def __init__(self, store: VectorStore, deed: Callable[[], Awaitable[None]], *, first: bool, at: int = 0) -> None:
        self._store, self._deed, self._first, self._left, self.done = store, deed, first, at, False

    async def near(self, index: Index, vector: Any, scope: Scope) -> list[Hit]:
        return await self._beside(lambda: self._store.near(index, vector, scope))

    async def matching(self, index: Index, text: str, scope: Scope) -> list[Hit]:
        return await self._beside(lambda: self._store.matching(index, text, scope))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def _beside(self, ask: Callable[[], Awaitable[list[Hit]]]) -> list[Hit]:
        before = None if self._first else await ask()
        if not self.done and not self._left:
            self.done = True
            await self._deed()
        self._left -= 1
        return await ask() if before is None else before


class Silent(Meanwhile):
    """A store that takes a question and never answers it."""

    def __init__(self, store: VectorStore) -> None:
        super().__init__(store, self._wait, first=True)
        self.asked = self.left = 0

    async def _wait(self) -> None:
        self.done = False
        self.asked += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.left += 1


@pytest.fixture
async def there(acme: Organisation) -> Written:
    await acme.person("reader", "tenant_viewer")
    texts = {"tide": ["harbour tide", "harbour"], **{f"other{number}": [f"harbour {number}"] for number in range(9)}}
    return await written(acme, texts)


async def cut_anew(there: Written) -> None:
    """What a re-chunk does: the next generation beside the first, one switch, and the first is gone from the store."""
    organisation = there.shelf.organisation
    platform = organisation.running.platform
    async with platform.transactions.open(Reach.one(organisation.id), writes=False) as transaction:
        of = ChunkRow.collection_id == there.id
        rows = [
            (row.id, row.document_id, row.content)
            for row in await transaction.session.scalars(select(ChunkRow).where(of))
        ]
    entries = [Entry(id_, document, 2, text, vector_of(text)) for id_, document, text in rows]
    async with platform.transactions.open(Reach.one(organisation.id)) as transaction:
        await transaction.session.execute(update(Collection).where(Collection.id == there.id).values(generation=2))
        await transaction.session.execute(update(Edition).where(Edition.collection_id == there.id).values(generation=2))
    await platform.vectors.put(there.index, entries)


@pytest.mark.parametrize("way", WAYS)
async def test_a_document_replaced_meanwhile_answers_with_one_of_its_texts(
    acme: Organisation, there: Written, way: Way
) -> None:
    """Its old text was found, and is not its text any more; its new one was not there yet when that was asked."""
    store = acme.running.platform.vectors
    searching = await search(acme, "reader")
    beside = Meanwhile(store, lambda: there.write({"tide": ["harbour tide tide"]}), first=False)
    found = await replace(searching, vectors=beside).run(there.id, Question("harbour tide tide", way, top_k=3))
    assert beside.done
    assert hits(found) == hits(await searching.run(there.id, Question("harbour tide tide", way, top_k=3)))
    assert there.shelf.documents["tide"] == found.passages[0].value.document_id


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
async def test_a_document_replaced_between_two_looks_answers_with_one_of_its_texts(
    acme: Organisation, there: Written, at: int, first: bool
) -> None:
    """One of them has its old text, which was its text then, and the other its new one, which is its text now.

    There are two because what another document said before is found too, and both rankings are asked again.
    """
    searching = await search(acme, "reader")
    await there.write({"other0": ["harbour 0"]})
    store, question = acme.running.platform.vectors, Question("harbour tide", Way.HYBRID, top_k=20)
    beside = Meanwhile(store, lambda: there.write({"tide": ["harbour tide tide"]}), first=first, at=at)
    found = await replace(searching, vectors=beside).run(there.id, question)
    assert beside.done
    texts = [seen.value.content for seen in found.passages if seen.value.document_id == there.shelf.documents["tide"]]
    assert sorted(texts) in (["harbour", "harbour tide"], ["harbour tide tide"])


@pytest.mark.parametrize("way", WAYS)
async def test_no_search_is_empty_because_a_collection_is_cut_anew_meanwhile(
    acme: Organisation, there: Written, way: Way
) -> None:
    """The generation that was to be asked is gone from the store before it is."""
    searching, question = await search(acme, "reader"), Question("harbour tide", way)
    before = hits(await searching.run(there.id, question))
    beside = Meanwhile(acme.running.platform.vectors, lambda: cut_anew(there), first=True)
    found = await replace(searching, vectors=beside).run(there.id, question)
    assert (beside.done, found.status) == (True, Retrieved.OK)
    assert [one for one, _ in hits(found)] == [one for one, _ in before]
    assert [score for _, score in hits(found)] == pytest.approx([score for _, score in before], abs=1e-6)


@pytest.mark.parametrize("way", WAYS)
async def test_nobody_waits_for_what_is_silent(acme: Organisation, there: Written, way: Way) -> None:
    """The answer says so, and nothing is left waiting behind it."""
    searching, silent = await search(acme, "reader"), Silent(acme.running.platform.vectors)
    for seconds in (0.2, 2, 20):  # the first is enough, but where the way to the store takes longer
        soon = asyncio.get_running_loop().time() + seconds
        found = await replace(searching, vectors=silent).run(there.id, Question("harbour tide", way), until=soon)
        assert (found.status, found.passages) == (Retrieved.DEGRADED, [])
        if silent.asked:
            break
    assert silent.left == silent.asked > 0
