"""Writing in a graph: together with others, and while its store goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import delete, func, select

from app.db.tenancy import Reach
from indexing.collections.errors import GraphUnavailable
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import Collection
from indexing.errors import StoreUnavailable
from indexing.graphs.edits import Edited, Overwritten, written_node
from indexing.graphs.errors import NotToldYet
from indexing.graphs.settling import Settling, unsettle
from indexing.graphs.tables import GONE, GraphEdit
from indexing.stores.graphs import GraphScope, GraphStore, Statement, Tie
from indexing.stores.vectors import DocumentFilter, Index
from rag.graphs.editing import Plan
from rag.graphs.writing import GraphWriting
from tests.world.graphs import Atlas, atlas
from tests.world.people import Organisation

EVERYTHING = GraphScope("1.1", DocumentFilter(all_except=True, ids=frozenset()))


@dataclass(slots=True)
class Failing:
    """The store of a graph, which goes away after it was told of so much."""

    store: GraphStore
    puts: int = 0
    last: Callable[[], Awaitable[None]] | None = None  # what is done as it goes

    async def answers(self) -> None:
        await self.store.answers()

    async def put(self, graph: Index, layer: str, statements: Sequence[Statement]) -> None:
        await self._step()
        await self.store.put(graph, layer, statements)

    async def remove_by_hand(self, graph: Index, *, keys: Sequence[str], ties: Sequence[Tie]) -> int:
        await self._step()
        return await self.store.remove_by_hand(graph, keys=keys, ties=ties)

    async def _step(self) -> None:
        if self.puts == 0:
            if self.last is not None:
                await self.last()
            raise StoreUnavailable("The graph store does not answer.")
        self.puts -= 1

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


@dataclass(slots=True)
class Late:
    """The store of a graph, that hears of something after something else was done."""

    store: GraphStore
    first: Callable[[], Awaitable[None]]

    async def answers(self) -> None:
        await self.store.answers()

    async def put(self, graph: Index, layer: str, statements: Sequence[Statement]) -> None:
        await self.first()
        await self.store.put(graph, layer, statements)

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


@pytest.fixture
async def empty(acme: Organisation) -> Atlas:
    return await atlas(acme)


async def writing(of: Atlas, store: GraphStore | None = None) -> GraphWriting:
    organisation = of.shelf.organisation
    platform = organisation.running.platform
    async with platform.transactions.open(Reach.one(organisation.id), writes=False) as transaction:
        row = await transaction.session.get_one(Collection, of.id)
    return await GraphWriting.of(platform.transactions, store or platform.graphs, row, "usr_somebody")


async def kept(by: GraphWriting, edits: Sequence[Edited]) -> Overwritten:
    async with by.transactions.open(Reach.one(by.graph.tenant_id)) as transaction:
        await get_for_tenant(transaction.session, by.graph.collection_id, hold=True)
        return await by.keep(transaction, Plan([], lambda _: list(edits)))


async def write(by: GraphWriting, edits: Sequence[Edited]) -> None:
    await by.tell(await by.after_others(lambda: kept(by, edits)))


def things(count: int, value: int) -> list[Edited]:
    return [written_node(f"thing {number:04}", f"Thing {number:04}", (), {"value": value}) for number in range(count)]


async def values(of: GraphWriting) -> set[object]:
    said = await of.store.said(of.graph, [f"thing {number:04}" for number in range(1_200)], EVERYTHING)
    return {one.mention.properties["value"] for one in said}


async def test_what_was_told_in_part_is_undone_whole(empty: Atlas) -> None:
    by = await writing(empty)
    await write(by, things(10, value=1))
    failing = await writing(empty, Failing(by.store, puts=1))  # type: ignore[arg-type]
    with pytest.raises(GraphUnavailable):
        await write(failing, things(1_200, value=2))
    assert await Settling(by.transactions, by.store, by.graph).run() == 1_200
    assert await values(by) == {1}
    assert (await by.store.size(by.graph, "1.1")).nodes == 10


async def test_what_another_wrote_holds_when_one_cannot_tell_the_store(empty: Atlas) -> None:
    by = await writing(empty)
    await write(by, things(1, value=1))
    failing = await writing(empty, Failing(by.store))  # type: ignore[arg-type]
    mine = await kept(failing, things(1, value=2))
    await write(by, things(1, value=3))
    await kept(by, [written_node("something else", "Something else", (), {})])
    await failing.tell(mine)  # the store was told of it by the other
    await Settling(by.transactions, by.store, by.graph).run()
    assert await values(by) == {3}


async def test_nothing_of_two_who_write_the_same_is_left_when_the_store_is_away_for_both(empty: Atlas) -> None:
    by = await writing(empty)
    await write(by, things(1, value=1))
    failing = await writing(empty, Failing(by.store))  # type: ignore[arg-type]
    mine = await kept(failing, things(1, value=2))
    with pytest.raises(NotToldYet):
        await kept(failing, things(1, value=3))
    with pytest.raises(GraphUnavailable):
        await write(failing, things(1, value=3))
    with pytest.raises(GraphUnavailable):
        await failing.tell(mine)
    with pytest.raises(GraphUnavailable):
        await write(failing, things(1, value=3))
    await Settling(by.transactions, by.store, by.graph).run()
    assert await values(by) == {1}


async def test_what_was_taken_out_in_part_is_written_over_by_nobody_before_it_is_back(empty: Atlas) -> None:
    by = await writing(empty)
    await write(by, things(1_200, value=1))
    refused = list[bool]()

    async def write_meanwhile() -> None:
        with pytest.raises(NotToldYet):
            await kept(by, things(1, value=9))
        refused.append(True)

    store = Failing(by.store, puts=1, last=write_meanwhile)
    failing = await writing(empty, store)  # type: ignore[arg-type]
    with pytest.raises(GraphUnavailable):
        await write(failing, [Edited(edit.about, GONE) for edit in things(1_200, value=1)])
    assert refused
    await Settling(by.transactions, by.store, by.graph).run()
    assert await values(by) == {1}
    assert (await by.store.size(by.graph, "1.1")).nodes == 1_200


async def test_of_what_is_gone_no_row_is_left_once_the_store_knows(empty: Atlas) -> None:
    by = await writing(empty)
    await write(by, things(1_200, value=1))
    await write(by, [Edited(edit.about, GONE) for edit in things(1_200, value=1)])
    async with by.transactions.open(Reach.one(by.graph.tenant_id), writes=False) as transaction:
        assert await transaction.session.scalar(select(func.count()).select_from(GraphEdit)) == 0
    assert await values(by) == set()


async def test_of_two_who_write_the_same_at_once_the_last_holds_in_row_and_store(empty: Atlas) -> None:
    by = await writing(empty)
    await asyncio.gather(*(write(by, things(40, value)) for value in range(6)))
    assert await Settling(by.transactions, by.store, by.graph).run() == 0
    held = await values(by)
    async with by.transactions.open(Reach.one(by.graph.tenant_id)) as transaction:
        await unsettle(transaction.session, empty.id)
    assert await Settling(by.transactions, by.store, by.graph).run() == 40
    assert len(held) == 1
    assert await values(by) == held


async def test_what_is_told_of_a_collection_while_it_is_erased_is_kept_nowhere(empty: Atlas) -> None:
    by = await writing(empty)
    await write(by, things(3, value=7))

    async def erase() -> None:
        await by.store.drop(by.graph)
        async with by.transactions.open(Reach.one(by.graph.tenant_id)) as transaction:
            await transaction.session.execute(delete(Collection).where(Collection.id == empty.id))

    late = await writing(empty, Late(by.store, erase))  # type: ignore[arg-type]
    await write(late, things(3, value=8))
    assert await values(by) == set()
    assert await by.store.drop(by.graph) == 0


async def test_a_store_that_lost_everything_is_told_again(empty: Atlas) -> None:
    by = await writing(empty)
    await write(by, things(3, value=7))
    await by.store.drop(by.graph)
    async with by.transactions.open(Reach.one(by.graph.tenant_id)) as transaction:
        await unsettle(transaction.session, empty.id)
    await write(by, [])
    assert await values(by) == {7}
