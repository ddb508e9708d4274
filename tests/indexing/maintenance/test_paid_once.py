"""What a model has read out of a text is not paid for again, whatever becomes of the extraction it was read for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from app.jobs.work import Failed, Later
from indexing.maintenance.rebuilds import REEXTRACT
from indexing.maintenance.turn import note_failed
from indexing.reconciling.graphs import GraphReconciling
from tests.indexing.maintenance.reading import Reader
from tests.indexing.pipeline.conftest import Bench, bench, model
from tests.world.graph_reader import GraphReader, graph_reader, not_at_all
from tests.world.openai_answers import error
from tests.world.patience import PATIENCE
from tests.world.served import model_on

__all__ = ["bench", "model"]
SAID = {"ada": ("Ada knows Bob", "Bob made Cakes"), "eve": ("Eve knows Ada", "Cakes made Eve")}


def paper(name: str, *said: str) -> bytes:
    """A text of which every line is a chunk or two of its own, and none is in another's."""
    return "\n\n".join(f"{one}. " + " ".join([f"and so says {name} to this day"] * 12) for one in said).encode()


@dataclass(slots=True)
class Paying(Reader):
    """A collection whose graph is read by a model that remembers what it was asked."""

    asked: GraphReader

    async def add(self, name: str, *said: str) -> str:
        """Bring one document, and have it indexed."""
        document_id = await self.bench.papers.add(f"{name}.md", paper(name, *said))
        assert await self.bench.ingest(document_id) is None
        return document_id


@pytest.fixture
async def paying(bench: Bench, root: httpx.AsyncClient) -> AsyncIterator[Paying]:
    """Two documents whose graph was read as they were indexed; what that took is forgotten."""
    async with graph_reader() as asked:
        served = await model_on(root, asked)
        made = Paying(bench, [], asked)
        await made.set(graph_enabled=True, graph_extraction_model=served.slug, graph_generation=1, chunk_size=64)
        made.ids = [await made.add(name, *said) for name, said in SAID.items()]
        yield made


async def test_what_was_read_before_a_graph_was_switched_off_is_not_asked_when_it_is_switched_on(
    paying: Paying,
) -> None:
    before, asked = await paying.known(), Counter(paying.asked.passages)
    await paying.set(graph_enabled=False)
    await paying.read_anew("switched_off")
    await paying.work()
    await paying.set(graph_enabled=True)
    await paying.read_anew("switched_on")
    await paying.work()
    assert await paying.require_one_layer() == "1.2"
    assert await paying.known() == before
    assert paying.asked.passages == asked


async def test_who_asks_for_a_graph_anew_has_every_text_read_anew(paying: Paying) -> None:
    asked = Counter(paying.asked.passages)
    for times in (2, 3):
        await paying.read_anew()
        await paying.work()
        assert paying.asked.passages == Counter(dict.fromkeys(asked, times))


async def test_a_document_that_comes_while_the_graph_is_read_anew_is_asked_about_once(paying: Paying) -> None:
    await paying.read_anew()
    assert isinstance(await paying.work(seconds=-1), Later)
    before = Counter(paying.asked.passages)
    paying.ids.append(await paying.add("late", "Zoe knows Max", "Max made Tea"))
    while await paying.work() is not None:
        pass
    assert await paying.require_one_layer() == "1.2"
    assert {times for passage, times in paying.asked.passages.items() if passage not in before} == {1}


async def test_an_extraction_that_failed_is_gone_on_with_when_it_is_asked_for_again(paying: Paying) -> None:
    await paying.read_anew()
    assert isinstance(await paying.work(seconds=-1), Later)
    why = Failed("WORK_ABANDONED", "Gave up.")
    await note_failed(paying.bench.workshop.transactions, REEXTRACT, paying.held(), why)
    await paying.read_anew()
    await paying.work()
    assert await paying.require_one_layer() == "1.3"
    assert set(paying.asked.passages.values()) == {2}


async def test_a_document_that_waits_to_be_read_is_no_leftover_of_a_rechunk_called_off_meanwhile(
    paying: Paying,
) -> None:
    paying.asked.fails = error(503)
    late = await paying.bench.papers.add("late.md", paper("late", "Zoe knows Max"))
    assert isinstance(await paying.bench.ingest(late), Later)
    (waiting,), embedded = await paying.bench.editions(late), paying.bench.model.texts.total()
    await paying.ask("start")
    await paying.ask("cancel")
    assert await paying.run() is None
    assert [one.id for one in await paying.bench.editions(late)] == [waiting.id]
    paying.asked.fails = None
    assert await paying.bench.ingest(late) is None
    assert (await paying.bench.papers.document(late)).edition_id == waiting.id
    assert paying.bench.model.texts.total() == embedded
    paying.ids.append(late)
    assert await paying.require_one_layer() == "1.1"


async def test_what_was_given_up_is_not_paid_for_by_whoever_looks_for_what_is_lost(paying: Paying) -> None:
    await paying.set(graph_enabled=False)
    late = await paying.add("late", "Zoe knows Max")
    before = Counter(paying.asked.passages)
    await paying.set(graph_enabled=True)
    await paying.read_anew("switched_on")
    await paying.read_anew("cancel")
    await paying.work()
    papers = paying.bench.papers
    await GraphReconciling(paying.bench.workshop).reconcile(papers.tenant_id, papers.id, healing=True)
    assert paying.asked.passages == before
    await paying.read_anew()
    await paying.work()
    paying.ids.append(late)
    assert await paying.require_one_layer() == "1.3"
    assert set(paying.asked.passages.values()) == {1}


async def test_a_model_that_goes_away_in_the_middle_is_waited_for_and_asked_for_the_rest_alone(paying: Paying) -> None:
    before = await paying.known()

    async def go_away() -> None:
        paying.asked.fails = error(503)

    paying.asked.waits = go_away
    await paying.read_anew()
    assert isinstance(await paying.work(), Later)
    state = await paying.how()
    assert state.status == "running"
    assert state.waiting_for is not None
    assert state.waiting_for.startswith("the model that reads the graph")
    assert (await paying.layer(), await paying.known()) == ("1.1", before)
    paying.asked.waits, paying.asked.fails = not_at_all, None
    async with asyncio.timeout(PATIENCE):
        while await paying.work() is not None:  # noqa: ASYNC110 - a backend that failed is rested by the clock
            await asyncio.sleep(0.2)
    assert await paying.require_one_layer() == "1.2"
    assert await paying.known() == before
    assert set(paying.asked.passages.values()) == {2}
