"""A process that is killed between two calls to the model that reads a graph pays for no noted answer again."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.wiring import open_platform
from app.wiring.faults import CONSENT
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow
from indexing.graphs.layers import layer_of
from indexing.graphs.tables import GraphExtraction
from indexing.maintenance.reextracting import Reextracting
from indexing.pipeline.faults import GraphPoint
from indexing.pipeline.graph_reading import SIDE_BY_SIDE
from indexing.stores.graphs import GraphScope, Wanted
from indexing.stores.vectors import DocumentFilter, Index
from tests.indexing.maintenance.conftest import DeafQueue, hold_back
from tests.indexing.maintenance.test_killed import Home
from tests.indexing.maintenance.test_paid_once import paper
from tests.indexing.pipeline.homes import maker
from tests.world.by_night import by_night
from tests.world.graph_reader import GraphReader, graph_of, graph_reader
from tests.world.ingesting import ingest_all
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, Running, running, settings_for
from tests.world.served import model_on
from tests.world.stacks import stack

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
SAID = {name: [f"{name}{number} knows {name}{number + 1}" for number in range(9)] for name in ("ada", "bob")}
IN_VAIN = "bob4 knows"  # a text whose answers nobody can read
DEATHS = [
    (GraphPoint.NOTED, 6),
    *by_night([(GraphPoint.ANSWERED, 7), (GraphPoint.NOTED, 1), (GraphPoint.PUT, 1), (GraphPoint.KEPT, 1)]),
]
Known = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A folder with work to do at which a model is asked, and the model."""

    home: Home
    reader: GraphReader
    generation: int  # of the graph, that is worked on


@dataclass(frozen=True, slots=True)
class Noted:
    """What a folder knows: the texts whose answers are paid for, and what its graph says."""

    texts: frozenset[str]
    known: Known


@pytest.fixture(scope="module", params=["ingesting", "reextracting"])
async def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("home")
    async with AsyncExitStack() as around:
        reader = await around.enter_async_context(graph_reader())
        reader.writes = lambda passage: "No." if IN_VAIN in passage else graph_of(passage)
        async with running(settings_for(folder)) as platform, platform.client(ROOT_KEY) as root:
            await _fill(platform, root, reader, anew=request.param == "reextracting")
        (folder / CONSENT).touch()
        made = await around.enter_async_context(maker(f"tests.world.{request.param}"))
        yield Scene(Home(folder, None, made), reader, 2 if request.param == "reextracting" else 1)


async def _fill(platform: Running, root: httpx.AsyncClient, reader: GraphReader, *, anew: bool) -> None:
    acme = await organisation(platform)
    served = await model_on(root, reader)
    graph: dict[str, Any] = {"graph_enabled": True, "graph_extraction_model": served.slug, "graph_generation": 1}
    papers = await stack(acme, chunk_size=64, **graph)
    for name, said in SAID.items():
        await papers.add(f"{name}.md", paper(name, *said))
    if anew:
        await ingest_all(platform.platform)
        async with platform.platform.transactions.open(Reach.one(acme.id)) as transaction:
            collection = await get_for_tenant(transaction.session, papers.id, hold=True)
            assert collection is not None
            await Reextracting(transaction, DeafQueue(), collection).start()
            await hold_back(transaction, papers.id)
    await acme.aclose()


async def noted(home: Home, generation: int) -> Noted:
    """What is noted of one generation of the graph, and what the layer that answers says."""
    async with open_platform(settings_for(home.folder)) as platform:
        async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            collection = (await session.scalars(select(Collection))).one()
            documents = (await session.scalars(select(Document))).all()
            paid = (GraphExtraction.graph_generation == generation, GraphExtraction.facts.is_not(None))
            of_it = (GraphExtraction.document_id == ChunkRow.document_id, GraphExtraction.digest == ChunkRow.digest)
            texts = await session.scalars(
                select(ChunkRow.content).join(GraphExtraction, of_it[0] & of_it[1]).where(*paid)
            )
        graph = Index(collection.tenant_id, collection.id, collection.index_name)
        layer, known = layer_of(collection.generation, collection.graph_generation), {}
        for one in documents:
            scope = GraphScope(layer, DocumentFilter(all_except=False, ids=frozenset({one.id})))
            known[one.name] = await platform.graphs.find(graph, Wanted(), scope, limit=1000)
        return Noted(frozenset(texts), known)


@pytest.mark.parametrize(("point", "passing"), DEATHS, ids=str)
async def test_killed_there_no_noted_answer_is_asked_for_again_and_none_is_lost(
    scene: Scene, tmp_path: Path, point: GraphPoint, passing: int
) -> None:
    copy = scene.home.copied(tmp_path / "home")
    scene.reader.passages.clear()
    assert await copy.process(f"{point}:{passing}") == -signal.SIGKILL
    left = await noted(copy, scene.generation)
    assert left.texts or point is GraphPoint.ANSWERED
    assert await copy.process() == 0
    asked, end = scene.reader.passages, await noted(copy, scene.generation)
    assert all(asked[text] == 1 for text in left.texts)
    in_vain = {text for text in asked if IN_VAIN in text}
    assert end.texts == set(asked) - in_vain
    assert all(3 <= asked[text] <= 4 for text in in_vain)
    assert sum(asked[text] - 1 for text in end.texts) <= SIDE_BY_SIDE * len(SAID)
    said = {name: sorted({end for one in some for end in one.split(" knows ")}) for name, some in SAID.items()}
    assert end.known == {f"{name}.md": keys for name, keys in said.items()}
