"""What the graph store holds too much is removed, what it has lost is put back, and nothing else is touched."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.ids import new_id
from indexing.graphs.readings import GraphReading
from indexing.graphs.tables import EDGE, NODE, WRITTEN, GraphEdit
from indexing.reconciling.findings import GraphFindings
from indexing.reconciling.graphs import GraphReconciling
from indexing.stores.graphs import BY_HAND, HAND, Assertion, GraphScope, Mention, Source, Statement, Tie, Wanted
from indexing.stores.vectors import DocumentFilter
from indexing.wording.names import edge_id, node_id
from tests.indexing.maintenance.reading import MODEL, Reader
from tests.indexing.maintenance.test_reextract import plain, reader
from tests.indexing.pipeline.conftest import bench, model

__all__ = ["bench", "model", "plain", "reader"]

NOBODY = DocumentFilter(all_except=False, ids=frozenset())


async def look(reader: Reader, *, healing: bool) -> GraphFindings:
    looking = GraphReconciling(reader.bench.workshop)
    found = await looking.reconcile(reader.bench.papers.tenant_id, reader.bench.papers.id, healing=healing)
    assert found is not None
    return found


def said(edition_id: str) -> list[Statement]:
    return [Statement(Source("doc_x", "chk_x", edition_id), [Mention("x", "X")])]


async def test_what_is_as_it_should_be_is_left_alone(reader: Reader) -> None:
    before = await reader.known()
    found = await look(reader, healing=True)
    assert (found.is_well, found.held, found.orphaned, found.outdated, found.lost) == (True, 3, 0, 0, 0)
    assert await reader.known() == before


async def test_a_collection_that_never_had_a_graph_is_not_looked_at(plain: Reader) -> None:
    looking = GraphReconciling(plain.bench.workshop)
    assert await looking.reconcile(plain.bench.papers.tenant_id, plain.bench.papers.id, healing=True) is None


async def test_what_no_row_knows_is_counted_and_only_removed_if_that_is_wanted(reader: Reader) -> None:
    graph = reader.bench.papers.index
    await reader.graphs.put(graph, "1.1", said("edn_lost"))
    found = await look(reader, healing=False)
    assert (found.is_well, found.orphaned, found.removed) == (False, 1, 0)
    assert ("edn_lost", "1.1") in await reader.kept()
    found = await look(reader, healing=True)
    assert (found.is_well, found.orphaned, found.removed) == (True, 1, 1)
    assert await reader.require_one_layer() == "1.1"


async def test_layers_that_answer_nobody_are_removed_and_those_being_built_are_not(reader: Reader) -> None:
    graph = reader.bench.papers.index
    for layer in ("0.1", "1.0", "7.1"):
        await reader.graphs.put(graph, layer, said("edn_old"))
    await reader.read_anew()
    await reader.work(seconds=-1)
    found = await look(reader, healing=True)
    assert (found.is_well, found.outdated, found.forgotten) == (True, 3, 3)
    assert {layer for _, layer in await reader.kept()} == {"1.1", "1.2"}
    await reader.work()
    assert await reader.require_one_layer() == "1.2"


async def test_what_the_store_has_lost_is_put_back_without_asking_a_model(reader: Reader) -> None:
    before = await reader.known()
    await reader.graphs.drop(reader.bench.papers.index)
    found = await look(reader, healing=False)
    assert (found.is_well, found.lost, sorted(found.lost_of)) == (False, 3, sorted(reader.ids))
    found = await look(reader, healing=True)
    assert (found.is_well, found.lost, found.healed) == (True, 3, 3)
    assert await reader.known() == before
    assert await reader.require_one_layer() == "1.1"


async def test_what_people_wrote_and_the_store_has_lost_is_told_to_it_again(reader: Reader) -> None:
    await write(reader, "zanzibar", "Zanzibar")
    assert (await look(reader, healing=True)).is_well
    assert await by_hand(reader) == ["zanzibar"]
    await reader.graphs.remove_by_hand(reader.bench.papers.index, keys=["zanzibar"], ties=[])
    found = await look(reader, healing=False)
    assert (found.is_well, found.lost, found.lost_of) == (False, 1, [])
    assert (await look(reader, healing=True)).is_well
    assert await by_hand(reader) == ["zanzibar"]


async def test_a_relation_somebody_wrote_and_the_store_has_lost_is_told_to_it_again(reader: Reader) -> None:
    tie = Tie("ada", "KNOWS", "bob")
    await write(reader, tie, "")
    assert (await look(reader, healing=True)).is_well
    await reader.graphs.remove_by_hand(reader.bench.papers.index, keys=[], ties=[tie])
    found = await look(reader, healing=False)
    assert (found.is_well, found.lost, found.lost_of) == (False, 1, [])
    assert (await look(reader, healing=True)).is_well
    [held] = await reader.graphs.held(reader.bench.papers.index, [tie], GraphScope("0.0", NOBODY))
    assert held.assertion.tie == tie


async def test_what_is_by_hand_and_nobody_wrote_is_removed(reader: Reader) -> None:
    ghost, tie = Mention("ghost", "Ghost"), Tie("ghost", "HAUNTS", "ada")
    await write(reader, "zanzibar", "Zanzibar")
    await look(reader, healing=True)
    await reader.graphs.put(reader.bench.papers.index, BY_HAND, [Statement(HAND, [ghost], [Assertion(tie)])])
    found = await look(reader, healing=False)
    assert (found.is_well, found.orphaned, found.removed) == (False, 2, 0)
    assert (await look(reader, healing=True)).is_well
    assert await by_hand(reader) == ["zanzibar"]
    assert await reader.graphs.ties(reader.bench.papers.index, ["ada"], GraphScope("0.0", NOBODY)) == []


async def test_what_people_wrote_comes_back_with_a_graph_that_was_switched_off(reader: Reader) -> None:
    await write(reader, "zanzibar", "Zanzibar")
    await look(reader, healing=True)
    await reader.set(graph_enabled=False)
    await reader.read_anew("switched_off")
    await reader.work()
    assert await by_hand(reader) == []
    await reader.set(graph_enabled=True)
    await reader.read_anew("switched_on")
    await reader.work()
    assert await by_hand(reader) == ["zanzibar"]


async def test_what_answers_and_was_never_read_is_read_unless_somebody_is_at_it(plain: Reader) -> None:
    await plain.set(graph_enabled=True, graph_extraction_model=MODEL, graph_generation=1)
    await plain.read_anew("switched_on")
    assert (await look(plain, healing=True)).lost == 0
    await plain.set(graph_reextract_status="failed")
    found = await look(plain, healing=True)
    assert (found.is_well, found.lost, found.healed) == (True, 3, 3)
    assert await plain.require_one_layer() == "1.1"


async def write(reader: Reader, about: str | Tie, name: str) -> None:
    """Write something by hand, which the store has not been told of."""
    here, now = reader.bench.papers.id, reader.bench.workshop.transactions.clock.now()
    if isinstance(about, Tie):
        ends = {"source": about.source, "type": about.type, "target": about.target}
        row = {"id": edge_id(here, *ends.values()), "collection_id": here, "kind": EDGE, **ends, "state": WRITTEN}
    else:
        row = {"id": node_id(here, about), "collection_id": here, "kind": NODE, "source": about, "state": WRITTEN}
    by = {"written_by": "usr_somebody", "revision": new_id("rev"), "created_at": now, "updated_at": now}
    async with reader.bench.workshop.transactions.open(reader.reach) as transaction:
        transaction.session.add(GraphEdit(**row, **by, said={"name": name}))


async def by_hand(reader: Reader) -> list[str]:
    return await reader.graphs.find(reader.bench.papers.index, Wanted(), GraphScope("0.0", NOBODY), limit=100)


async def test_a_graph_that_was_switched_off_and_is_there_all_the_same_is_dropped(reader: Reader) -> None:
    await reader.set(graph_enabled=False)
    found = await look(reader, healing=True)
    assert (found.is_well, found.outdated, found.forgotten) == (True, 3, 3)
    assert await reader.kept() == set()


@pytest.mark.parametrize("healing", [False, True])
async def test_what_says_nothing_is_not_missed(reader: Reader, healing: bool) -> None:
    async with reader.bench.workshop.transactions.open(reader.reach) as transaction:
        await transaction.session.execute(update(GraphReading).values(said=0))
    await reader.graphs.drop(reader.bench.papers.index)
    assert (await look(reader, healing=healing)).lost == 0
