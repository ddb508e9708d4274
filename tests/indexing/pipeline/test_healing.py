"""What the vector store has lost of a document is put back, and no more than that is embedded."""

from __future__ import annotations

from indexing.pipeline.healing import heal
from tests.indexing.pipeline.conftest import Bench
from tests.indexing.pipeline.test_ingest import paper, replace


async def test_lost_vectors_come_back_and_only_they_are_embedded(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(60))
    await bench.ingest(document_id)
    before, asked = bench.stored(document_id), bench.model.texts.total()
    lost = await bench.vectors.remove(bench.papers.index, sorted(before)[::4])
    assert await heal(bench.workshop, bench.papers.tenant_id, document_id) == lost
    assert bench.stored(document_id).keys() == before.keys()
    assert bench.model.texts.total() - asked == lost
    assert all(chunk.stored for chunk in await bench.chunks(document_id))
    assert (await bench.papers.document(document_id)).status == "indexed"


async def test_what_is_whole_or_not_there_costs_nothing(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(5))
    assert await heal(bench.workshop, bench.papers.tenant_id, document_id) == 0
    await bench.ingest(document_id)
    asked = bench.model.texts.total()
    assert await heal(bench.workshop, bench.papers.tenant_id, document_id) == 0
    assert await heal(bench.workshop, bench.papers.tenant_id, "doc_nobody") == 0
    assert bench.model.texts.total() == asked


async def test_a_document_in_the_middle_of_being_replaced_is_healed_as_it_answers(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(8))
    await bench.ingest(document_id)
    await replace(bench, document_id, b"Another text.")
    before = bench.stored(document_id)
    await bench.vectors.remove(bench.papers.index, before)
    assert await heal(bench.workshop, bench.papers.tenant_id, document_id) == len(before)
    assert bench.stored(document_id).keys() == before.keys()
