"""Documents of a collection with a graph are read by its model, once, and wait for it where it is away."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from dataclasses import replace as replaced
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from acl.planned import AccessPlan
from app.db.tenancy import Reach
from app.jobs.work import Later
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.graphs.readings import GraphReading
from indexing.graphs.tables import GraphExtraction
from indexing.maintenance.graph_estimate import estimate
from indexing.pipeline.superseded import take_away
from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import GraphScope, Size, Wanted
from indexing.stores.vectors import DocumentFilter
from tests.indexing.maintenance.reading import Reader
from tests.indexing.pipeline.conftest import Bench
from tests.indexing.pipeline.test_ingest import replace
from tests.world.graph_reader import GraphReader, graph_of, graph_reader, not_at_all
from tests.world.openai_answers import error
from tests.world.patience import PATIENCE
from tests.world.people import Organisation
from tests.world.served import created, model_on
from tests.world.stacks import stack_of

LAYER = "1.1"
EVERYBODY = DocumentFilter(all_except=True, ids=frozenset())


def paper(*said: str) -> bytes:
    """A text of which every line is a chunk of its own."""
    return "\n\n".join(f"{one}. " + " ".join(["and so it was on that day"] * 12) for one in said).encode()


@dataclass(slots=True)
class Desk:
    """A bench whose collection keeps a graph, and the model that reads it."""

    bench: Bench
    reader: GraphReader

    async def set(self, **values: object) -> None:
        async with self.bench.workshop.transactions.open(Reach.one(self.bench.papers.tenant_id)) as transaction:
            changing = update(Collection).where(Collection.id == self.bench.papers.id).values(**values)
            await transaction.session.execute(changing)

    async def keys(self) -> list[str]:
        scope = GraphScope(LAYER, EVERYBODY)
        return await self.bench.workshop.graphs.find(self.bench.papers.index, Wanted(), scope, limit=1000)

    async def size(self) -> Size:
        return await self.bench.workshop.graphs.size(self.bench.papers.index, LAYER)

    async def extractions(self) -> list[GraphExtraction]:
        wanted = select(GraphExtraction).where(GraphExtraction.collection_id == self.bench.papers.id)
        async with self.bench.workshop.transactions.open(
            Reach.one(self.bench.papers.tenant_id), writes=False
        ) as transaction:
            return list(await transaction.session.scalars(wanted))


@pytest.fixture
async def reader() -> AsyncIterator[GraphReader]:
    async with graph_reader() as world:
        yield world


@pytest.fixture
async def desk(bench: Bench, root: httpx.AsyncClient, reader: GraphReader) -> Desk:
    served = await model_on(root, reader, input_price_per_mtok="2", output_price_per_mtok="8")
    made = Desk(bench, reader)
    await made.set(graph_enabled=True, graph_extraction_model=served.slug, graph_generation=1, chunk_size=64)
    return made


FOUR = ("Ada knows Bob", "Bob made Cakes", "Eve knows Ada", "Cakes made Eve")


async def test_a_document_is_read_by_the_model_and_every_chunk_is_paid_for_once(desk: Desk) -> None:
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    assert await desk.bench.ingest(document_id) is None
    row = await desk.bench.papers.document(document_id)
    assert (row.status, row.warnings) == ("indexed", [])
    assert await desk.keys() == ["ada", "bob", "cakes", "eve"]
    assert (await desk.size()).edges == 4
    chunks = await desk.bench.chunks(document_id)
    assert set(desk.reader.passages.values()) == {1}
    assert len(desk.reader.passages) == len({chunk.digest for chunk in chunks}) > 3
    assert 1 <= desk.reader.most_at_once <= 4


async def test_a_model_that_is_away_is_waited_for_with_the_reason_and_only_what_is_left_is_asked(desk: Desk) -> None:
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    desk.reader.fails = error(503)
    assert isinstance(await desk.bench.ingest(document_id), Later)
    row = await desk.bench.papers.document(document_id)
    assert (row.status, row.error_code) == ("graph_extracting", "BACKEND_ERROR")
    assert row.waiting_for is not None
    assert row.waiting_for.startswith("the model that reads the graph")
    embedded = desk.bench.model.texts.total()
    desk.reader.fails = None
    assert await desk.bench.ingest(document_id) is None
    assert (await desk.bench.papers.document(document_id)).status == "indexed"
    assert desk.bench.model.texts.total() == embedded


async def test_a_budget_that_is_used_up_is_waited_for_with_the_reason_and_only_what_is_left_is_asked(
    desk: Desk, acme: Organisation, root: httpx.AsyncClient
) -> None:
    limit = {"scope": "tenant", "scope_id": acme.id, "period": "monthly", "token_limit": 1, "hard_action": "block"}
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    budget = await created(root, "/v1/accounting/budgets", **limit)
    assert isinstance(await desk.bench.ingest(document_id), Later)
    row = await desk.bench.papers.document(document_id)
    assert (row.status, row.error_code) == ("graph_extracting", "BUDGET_EXCEEDED")
    assert row.waiting_for is not None
    assert row.waiting_for.startswith("room in the budget")
    assert (await root.delete(f"/v1/accounting/budgets/{budget['id']}")).is_success
    assert await desk.bench.ingest(document_id) is None
    assert (await desk.bench.papers.document(document_id)).status == "indexed"
    assert set(desk.reader.passages.values()) == {1}


async def test_a_graph_that_is_switched_off_in_the_middle_is_not_paid_for_to_the_end(desk: Desk) -> None:
    document_id = await desk.bench.papers.add("paper.md", paper(*(f"Ada{one} knows Bob" for one in range(120))))

    async def switch_off() -> None:
        await desk.set(graph_enabled=False)

    desk.reader.waits = switch_off
    assert await desk.bench.ingest(document_id) is None
    assert (await desk.bench.papers.document(document_id)).status == "indexed"
    assert len(await desk.bench.chunks(document_id)) > 100
    assert 0 < desk.reader.passages.total() <= 64
    assert await desk.keys() == []


async def test_a_graph_store_that_goes_away_in_the_middle_is_waited_for_and_all_else_goes_on(
    desk: Desk, tmp_path: Path
) -> None:
    folder, away = tmp_path / "graphs", tmp_path / "away"
    desk.bench.workshop = replaced(desk.bench.workshop, graphs=EmbeddedGraphs(folder))
    first = await desk.bench.papers.add("first.md", paper("Zoe knows Max"))
    assert await desk.bench.ingest(first) is None
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))

    def lose_the_store(passage: str) -> str:
        if not away.exists():
            folder.rename(away)
            folder.touch()
        return graph_of(passage)

    desk.reader.writes = lose_the_store
    assert isinstance(await desk.bench.ingest(document_id), Later)
    row = await desk.bench.papers.document(document_id)
    assert (row.status, row.error_code) == ("graph_extracting", "SERVICE_UNAVAILABLE")
    assert row.waiting_for is not None
    assert row.waiting_for.startswith("the graph store")
    asked, embedded = Counter(desk.reader.passages), desk.bench.model.texts.total()
    assert (await desk.bench.papers.document(first)).status == "indexed"
    assert len(desk.bench.stored(first)) == len(await desk.bench.chunks(first))
    folder.unlink()
    away.rename(folder)
    assert await desk.bench.ingest(document_id) is None
    assert (await desk.bench.papers.document(document_id)).status == "indexed"
    assert (desk.reader.passages, desk.bench.model.texts.total()) == (asked, embedded)
    assert await desk.keys() == ["ada", "bob", "cakes", "eve", "max", "zoe"]


async def test_two_who_read_a_document_at_once_leave_one_graph_of_it(desk: Desk) -> None:
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    await asyncio.gather(*(desk.bench.ingest(document_id) for _ in range(3)))
    assert (await desk.bench.papers.document(document_id)).status == "indexed"
    assert await desk.keys() == ["ada", "bob", "cakes", "eve"]
    assert await desk.size() == Size(4, 4)


async def test_what_a_model_said_of_a_document_replaced_in_that_moment_is_not_asked_again(desk: Desk) -> None:
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    asked, replacing = asyncio.Event(), asyncio.Event()

    async def once_replaced() -> None:
        asked.set()
        await replacing.wait()

    desk.reader.waits = once_replaced
    reading = asyncio.create_task(desk.bench.ingest(document_id))
    await asked.wait()
    await replace(desk.bench, document_id, paper(*FOUR, "Zoe knows Ada"))
    replacing.set()
    await reading
    assert await desk.bench.ingest(document_id) is None
    assert await desk.keys() == ["ada", "bob", "cakes", "eve", "zoe"]
    assert set(desk.reader.passages.values()) == {1}


async def test_an_answer_that_cannot_be_read_is_tried_three_times_and_then_left_out(desk: Desk) -> None:
    desk.reader.writes = lambda passage: "No." if "Bob made" in passage else graph_of(passage)
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    assert await desk.bench.ingest(document_id) is None
    row = await desk.bench.papers.document(document_id)
    assert row.status == "indexed"
    assert [one for one in row.warnings if "1 chunks are left out" in one] == row.warnings != []
    assert sorted(desk.reader.passages.values()) == [1, 1, 1, 1, 3]
    [failed] = [one for one in await desk.extractions() if one.facts is None]
    assert (failed.tries, bool(failed.error)) == (3, True)
    async with desk.bench.workshop.transactions.open(
        Reach.one(desk.bench.papers.tenant_id), writes=False
    ) as transaction:
        assert (
            await transaction.session.scalar(
                select(GraphReading.left_out).where(GraphReading.document_id == document_id)
            )
            == 1
        )


async def test_a_replaced_document_pays_for_what_is_new_alone(desk: Desk) -> None:
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    await desk.bench.ingest(document_id)
    await replace(desk.bench, document_id, paper(*FOUR[:3], "Zoe knows Ada"))
    assert await desk.bench.ingest(document_id) is None
    assert set(desk.reader.passages.values()) == {1}
    assert await desk.keys() == ["ada", "bob", "cakes", "eve", "zoe"]
    digests = {chunk.digest for chunk in await desk.bench.chunks(document_id)}
    assert {one.digest for one in await desk.extractions()} == digests


async def test_what_was_read_out_of_a_text_goes_with_the_edition_that_said_it_last(desk: Desk) -> None:
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    await desk.bench.ingest(document_id)
    [edition] = await desk.bench.editions(document_id)
    async with desk.bench.workshop.transactions.open(Reach.one(desk.bench.papers.tenant_id)) as transaction:
        (await transaction.session.get_one(Document, document_id)).edition_id = None
    await take_away(desk.bench.workshop, desk.bench.papers.index, edition.id)  # killed here, one comes back to nothing
    assert await desk.bench.editions(document_id) == []
    assert await desk.extractions() == []


async def test_switched_off_and_on_again_no_model_is_asked_for_the_same_twice(desk: Desk) -> None:
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    await desk.bench.ingest(document_id)
    reader, before = Reader(desk.bench, [document_id]), await desk.keys()
    for enabled, deed in ((False, "switched_off"), (True, "switched_on")):
        await desk.set(graph_enabled=enabled)
        await reader.read_anew(deed)
        await reader.work()
    assert (await reader.known()) == {document_id: before}
    assert set(desk.reader.passages.values()) == {1}
    await reader.read_anew()
    await reader.work()
    assert (await reader.known()) == {document_id: before}
    assert set(desk.reader.passages.values()) == {2}


async def test_a_fork_pays_for_no_text_that_its_original_paid_for(desk: Desk) -> None:
    papers = desk.bench.papers
    await desk.bench.ingest(await papers.add("paper.md", paper(*FOUR)))
    model = (await Reader(desk.bench, []).collection()).graph_extraction_model
    like = {"graph_enabled": True, "graph_extraction_model": model, "graph_generation": 1, "chunk_size": 64}
    fork = await stack_of(papers.platform, papers.tenant_id, papers.owner_id, forked_from=papers.id, **like)
    beside = replaced(desk.bench, papers=fork)
    document_id = await fork.add("paper.md", paper(*FOUR, "Zoe knows Ada"))
    await beside.ingest(document_id)
    reader = Reader(beside, [document_id])
    assert await reader.known() == {document_id: ["ada", "bob", "cakes", "eve", "zoe"]}
    assert set(desk.reader.passages.values()) == {1}
    paid, texts = desk.reader.passages.total(), {chunk.digest for chunk in await beside.chunks(document_id)}
    await reader.read_anew()
    await reader.work()
    assert desk.reader.passages.total() == paid + len(texts)


async def test_a_graph_that_is_full_takes_no_more_and_says_so(desk: Desk) -> None:
    await desk.set(graph_max_nodes=3, graph_max_edges=2)
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    assert await desk.bench.ingest(document_id) is None
    row = await desk.bench.papers.document(document_id)
    assert row.status == "indexed"
    assert "graph_max_nodes" in row.warnings[0]
    assert await desk.size() == Size(3, 2)
    asked = desk.reader.passages.total()
    another = await desk.bench.papers.add("another.md", paper("Max knows Kim"))
    assert await desk.bench.ingest(another) is None
    assert desk.reader.passages.total() == asked
    assert await desk.size() == Size(3, 2)


async def test_a_built_in_model_needs_no_calls(desk: Desk) -> None:
    await desk.set(graph_extraction_model="local/quote")
    document_id = await desk.bench.papers.add("paper.md", b"We saw Ada Lovelace with Charles Babbage there.")
    assert await desk.bench.ingest(document_id) is None
    assert await desk.keys() == ["ada lovelace", "charles babbage"]
    assert (await desk.size()).edges == 1
    assert await desk.extractions() == []


async def test_names_that_mean_the_same_are_linked_and_judged_once(desk: Desk) -> None:
    desk.bench.model.spoil = lambda rows: [rows[0]] * len(rows)
    first = await desk.bench.papers.add("first.md", paper("Acmecorp knows Bob"))
    assert await desk.bench.ingest(first) is None
    second = await desk.bench.papers.add("second.md", paper("Acmecorporation knows Bob"))
    assert await desk.bench.ingest(second) is None
    pair = ("acmecorp", "acmecorporation")
    assert await desk.bench.workshop.graphs.linked(desk.bench.papers.index, ["acmecorp", "bob"]) == [pair]
    third = await desk.bench.papers.add("third.md", paper("Acmecorporation knows Bob", "Bob knows Acmecorp"))
    assert await desk.bench.ingest(third) is None
    assert desk.bench.model.texts["acmecorp"] == 1


async def test_a_long_document_that_is_gone_on_with_has_its_names_judged_once(desk: Desk) -> None:
    said = ["Acmecorp knows Acmecorporation", *(f"Ada{one} knows Bob" for one in range(120))]
    document_id = await desk.bench.papers.add("paper.md", paper(*said))

    async def go_away() -> None:
        if len(desk.reader.passages) > 70:  # two slices of its chunks are linked by then
            desk.reader.fails = error(503)

    desk.reader.waits = go_away
    assert isinstance(await desk.bench.ingest(document_id), Later)
    assert desk.bench.model.texts["acmecorp"] == 1
    desk.reader.waits, desk.reader.fails = not_at_all, None
    async with asyncio.timeout(PATIENCE):
        while await desk.bench.ingest(document_id) is not None:  # noqa: ASYNC110 - a backend is rested by the clock
            await asyncio.sleep(0.2)
    assert (await desk.bench.papers.document(document_id)).status == "indexed"
    assert desk.bench.model.texts["acmecorp"] == 1
    assert set(desk.reader.passages.values()) == {1}


async def test_what_an_extraction_would_cost_is_told_before(desk: Desk) -> None:
    document_id = await desk.bench.papers.add("paper.md", paper(*FOUR))
    assert await desk.bench.ingest(document_id) is None
    workshop, reach = desk.bench.workshop, Reach.one(desk.bench.papers.tenant_id)
    all_of_it = AccessPlan(desk.bench.papers.id, all_except=True, document_ids=frozenset())
    async with workshop.transactions.open(reach, writes=False) as transaction:
        collection = await transaction.session.get_one(Collection, desk.bench.papers.id)
        told = await estimate(transaction.session, workshop.gateway.catalogue, collection, all_of_it)
        transaction.session.expunge(collection)
        collection.graph_extraction_model = "local/quote"
        free = await estimate(transaction.session, workshop.gateway.catalogue, collection, all_of_it)
    chunks = await desk.bench.chunks(document_id)
    assert told.calls == free.calls == len(chunks)
    assert told.input_tokens > sum(chunk.tokens for chunk in chunks)
    assert told.cost == 2 * told.input_tokens / Decimal(10**6) + 8 * told.output_tokens / Decimal(10**6)
    assert (free.cost, free.input_tokens) == (Decimal(0), 0)
    assert told.seconds >= 1
