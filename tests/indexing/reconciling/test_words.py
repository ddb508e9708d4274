"""An index whose words an earlier version has kept is read anew: from rows and kept vectors, without any model."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

from indexing.reconciling.findings import VectorFindings
from indexing.reconciling.rows import Rows
from indexing.reconciling.vectors import VectorReconciling
from indexing.reconciling.words import WordReading
from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import Hit, Scope
from tests.indexing.erasing.leavings import Leavings
from tests.indexing.pipeline.conftest import Bench, bench, model  # noqa: F401 - fixtures
from tests.world.embedder import vector_of

TEXT = b"# Harbour\n\nThe invoices of the harbour were paid in the spring.\n"


def as_an_earlier_version_left_it(folder: Path) -> None:
    """The first form of a file: words as they stand in the text, and no note of how they were read."""
    (file,) = folder.rglob("*.db")
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE words_1 SET text = 'harbour the invoices of the harbour were paid in the spring'")
        connection.execute("ALTER TABLE chunks DROP COLUMN analysis")
        connection.execute("PRAGMA user_version = 1")


async def test_words_of_an_earlier_version_are_found_again(bench: Bench, tmp_path: Path) -> None:  # noqa: F811
    store = EmbeddedVectors(tmp_path)
    workshop = replace(bench.workshop, vectors=store)
    bench.workshop = workshop
    document_id = await bench.papers.add("harbour.md", TEXT)
    await bench.ingest(document_id)
    index = Leavings(bench.papers).index

    async def found(asked: str) -> list[Hit]:
        return await store.matching(index, asked, Scope(1))

    before = await found("invoice payment paid")
    assert [hit.document_id for hit in before] == [document_id]
    vectors = await store.vectors(index, [before[0].chunk_id])
    await store.aclose()
    as_an_earlier_version_left_it(tmp_path)
    workshop = replace(workshop, vectors=(store := EmbeddedVectors(tmp_path)))
    looking, of = VectorReconciling(workshop), (bench.papers.tenant_id, bench.papers.id)
    assert await found("invoice") == []

    looked = await looking.reconcile(*of, healing=False)
    assert (looked.is_well, looked.outdated, looked.lost, looked.orphaned) == (False, 1, 0, 0)
    asked = bench.model.texts.total()
    healed = await looking.reconcile(*of, healing=True)
    assert (healed.is_well, healed.outdated, healed.read_anew) == (True, 1, 1)
    assert await found("invoice payment paid") == before
    assert bench.model.texts.total() == asked
    again = await store.vectors(index, [before[0].chunk_id])
    assert (again[before[0].chunk_id] == vectors[before[0].chunk_id]).all()
    assert (await looking.reconcile(*of, healing=False)).outdated == 0
    await store.aclose()


async def test_what_goes_meanwhile_is_not_brought_back(bench: Bench, tmp_path: Path) -> None:  # noqa: F811
    store = EmbeddedVectors(tmp_path)
    bench.workshop = workshop = replace(bench.workshop, vectors=store)
    document_id = await bench.papers.add("harbour.md", TEXT)
    await bench.ingest(document_id)
    leavings = Leavings(bench.papers)
    orphan = replace(leavings.entry("chk_nobody", document_id), vector=vector_of("nobody"))
    await store.put(leavings.index, [orphan])
    await store.aclose()
    as_an_earlier_version_left_it(tmp_path)
    workshop = replace(workshop, vectors=(store := EmbeddedVectors(tmp_path)))
    found, rows = VectorFindings(bench.papers.id), Rows(workshop.transactions, bench.papers.tenant_id)
    await WordReading(store, rows, leavings.index).look(found, healing=True)
    assert (found.is_well, found.outdated, found.read_anew) == (True, 2, 2)
    assert await store.vectors(leavings.index, ["chk_nobody"]) == {}
    await store.aclose()
