"""What the vector store holds too much is removed, what it has lost is put back, and nothing else is touched."""

from __future__ import annotations

import pytest

from app.ids import new_id
from indexing.editions.tables import BUILDING, Edition
from indexing.errors import StoreUnavailable
from indexing.reconciling.aside import PutAside
from indexing.reconciling.fingerprints import Fingerprints
from indexing.reconciling.vectors import VectorReconciling
from tests.indexing.erasing.leavings import Leavings
from tests.indexing.pipeline.conftest import Bench, bench, model  # noqa: F401 - fixtures
from tests.indexing.pipeline.test_ingest import paper


def looking(at: Bench) -> VectorReconciling:
    return VectorReconciling(at.workshop)


async def test_what_is_as_it_should_be_is_left_alone(bench: Bench) -> None:  # noqa: F811
    document_id = await bench.papers.add("paper.md", paper(8))
    await bench.ingest(document_id)
    before, puts = bench.stored(document_id), bench.vectors.puts
    found = await looking(bench).reconcile(bench.papers.tenant_id, bench.papers.id, healing=True)
    assert (found.is_well, found.held, found.orphaned, found.lost) == (True, len(before), 0, 0)
    assert (bench.stored(document_id), bench.vectors.puts) == (before, puts)


async def test_orphans_are_counted_and_only_removed_if_that_is_wanted(bench: Bench) -> None:  # noqa: F811
    document_id = await bench.papers.add("paper.md", paper(8))
    await bench.ingest(document_id)
    before = bench.stored(document_id)
    leavings = Leavings(bench.papers, bench.vectors)
    orphans = [leavings.entry(f"chk_orphan_{number}", document_id) for number in range(3)]
    await bench.vectors.put(bench.papers.index, orphans)
    looked = await looking(bench).reconcile(bench.papers.tenant_id, bench.papers.id, healing=False)
    assert (looked.is_well, looked.orphaned, looked.removed) == (False, 3, 0)
    assert len(bench.stored(document_id)) == len(before) + 3
    healed = await looking(bench).reconcile(bench.papers.tenant_id, bench.papers.id, healing=True)
    assert (healed.is_well, healed.orphaned, healed.removed) == (True, 3, 3)
    assert bench.stored(document_id) == before


async def test_any_number_of_orphans_is_removed_in_one_go(bench: Bench) -> None:  # noqa: F811
    document_id = await bench.papers.add("paper.md", paper(8))
    await bench.ingest(document_id)
    before, leavings = bench.stored(document_id), Leavings(bench.papers, bench.vectors)
    for start in range(0, 24_000, 4_000):
        orphans = [leavings.entry(f"chk_orphan_{number}", document_id) for number in range(start, start + 4_000)]
        await bench.vectors.put(bench.papers.index, orphans)
    healed = await looking(bench).reconcile(bench.papers.tenant_id, bench.papers.id, healing=True)
    assert (healed.is_well, healed.orphaned, healed.removed) == (True, 24_000, 24_000)
    assert bench.stored(document_id) == before


async def test_names_are_put_aside_in_any_number() -> None:
    names = [f"chk_{number} \u2028 ä\n" for number in range(30_000)]  # some of them on the disk
    with PutAside() as aside:
        for start in range(0, len(names), 7_000):
            await aside.add(names[start : start + 7_000])
        assert aside.count == len(names)
        assert [name async for some in aside.batches(4_999) for name in some] == names


async def test_what_the_store_has_lost_is_put_back_and_only_that_is_embedded(bench: Bench) -> None:  # noqa: F811
    document_id, whole = [await bench.papers.add(f"{name}.md", paper(size)) for name, size in (("a", 30), ("b", 5))]
    for one in (document_id, whole):
        await bench.ingest(one)
    before, asked = bench.stored(document_id), bench.model.texts.total()
    lost = sorted(before)[::3]
    await bench.vectors.remove(bench.papers.index, lost)
    looked = await looking(bench).reconcile(bench.papers.tenant_id, bench.papers.id, healing=False)
    assert (looked.is_well, looked.lost, looked.lost_of) == (False, len(lost), [document_id])
    assert bench.model.texts.total() == asked
    healed = await looking(bench).reconcile(bench.papers.tenant_id, bench.papers.id, healing=True)
    assert (healed.is_well, healed.lost, healed.healed) == (True, len(lost), len(lost))
    assert bench.stored(document_id).keys() == before.keys()
    assert bench.model.texts.total() == asked + len(lost)


async def test_an_edition_that_is_being_built_is_no_orphan(bench: Bench) -> None:  # noqa: F811
    document_id = await bench.papers.add("paper.md", paper(8))
    await bench.ingest(document_id)
    leavings, edition_id = Leavings(bench.papers, bench.vectors), new_id("edn")
    now = bench.workshop.transactions.clock.now()
    made = {"id": edition_id, "document_id": document_id, "collection_id": bench.papers.id, "created_at": now}
    async with bench.workshop.transactions.open(leavings.reach) as transaction:
        transaction.session.add(Edition(**made, generation=2, content_version=1, state=BUILDING, chunk_count=2))
        await transaction.session.flush()
        rows = [leavings.chunk(document_id, edition_id, index) for index in range(2)]
        transaction.session.add_all(rows)
    await bench.vectors.put(leavings.index, [leavings.entry(rows[0].id, document_id)])
    before = bench.stored(document_id)
    found = await looking(bench).reconcile(bench.papers.tenant_id, bench.papers.id, healing=True)
    assert (found.is_well, found.orphaned, found.lost) == (True, 0, 0)
    assert bench.stored(document_id) == before


async def test_a_deleted_collection_is_left_to_who_erases_it(bench: Bench) -> None:  # noqa: F811
    document_id = await bench.papers.add("paper.md", paper(8))
    await bench.ingest(document_id)
    leavings = Leavings(bench.papers, bench.vectors)
    await leavings.remove_all()
    found = await looking(bench).reconcile(bench.papers.tenant_id, bench.papers.id, healing=True)
    assert (found.held, found.is_well) == (0, True)


async def test_a_store_that_is_away_is_no_reason_to_remove_anything(bench: Bench) -> None:  # noqa: F811
    bench.vectors.go_away()
    with pytest.raises(StoreUnavailable):
        await looking(bench).reconcile(bench.papers.tenant_id, bench.papers.id, healing=True)


def test_a_set_of_names_knows_what_it_was_never_given() -> None:
    seen, names = Fingerprints(), [f"chk_{number}" for number in range(10_000)]
    assert seen.missing(names[:3]) == names[:3]
    for begin in range(0, len(names), 1000):
        seen.add(names[begin : begin + 1000])
    assert seen.missing([*names[::7], "chk_x", "", names[-1]]) == ["chk_x", ""]
    seen.add(["chk_x"])
    assert seen.missing(["chk_x"]) == []
