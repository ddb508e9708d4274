"""A process that is killed anywhere in the middle of a re-extract leaves one graph, and the same end."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.wiring import open_platform
from app.wiring.faults import CONSENT
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.graphs.layers import layer_of
from indexing.graphs.readings import GraphReading
from indexing.maintenance.reextracting import Reextracting
from indexing.pipeline.faults import GraphPoint, Point
from indexing.stores.graphs import GraphScope, Mention, Source, Statement, Wanted
from indexing.stores.vectors import DocumentFilter, Index
from tests.indexing.maintenance.conftest import DeafQueue, hold_back, paper
from tests.indexing.maintenance.reading import MODEL
from tests.indexing.maintenance.test_killed import NAMES, Home
from tests.world.by_night import by_night
from tests.world.ingesting import ingest_all
from tests.world.people import organisation
from tests.world.platform import Running, running, settings_for
from tests.world.stacks import stack

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
BY_DAY = [(GraphPoint.SWITCHED, 1)]
NIGHTLY = [
    (GraphPoint.KEPT, 3),
    (GraphPoint.KEPT, 1),
    (Point.STORED_NOTED, 2),
    (GraphPoint.COUNTED, 1),
    (GraphPoint.COUNTED, 3),
    (GraphPoint.LAYERS_GONE, 1),
]
Answer = tuple[int, dict[str, list[str]]]


@pytest.fixture(scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    async with running(settings_for(folder)) as platform:
        await _fill(platform)
    (folder / CONSENT).touch()
    command = (sys.executable, "-m", "tests.world.reextracting")
    maker = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    yield Home(folder, None, maker)
    maker.terminate()
    await maker.wait()


async def _fill(platform: Running) -> None:
    """Three documents, of which something is known that will not be found in them again."""
    acme = await organisation(platform)
    papers = await stack(acme, graph_enabled=True, graph_extraction_model=MODEL, graph_generation=1)
    for name in NAMES:
        await papers.add(f"{name}.md", paper(name, 12))
    await ingest_all(platform.platform)
    async with platform.platform.transactions.open(Reach.one(acme.id)) as transaction:
        documents = (await transaction.session.scalars(select(Document))).all()
        collection = await get_for_tenant(transaction.session, papers.id, hold=True)
        assert collection is not None
        await Reextracting(transaction, DeafQueue(), collection).start()
        await hold_back(transaction, papers.id)
    earlier = [Mention("earlier", "Earlier")]
    said = [Statement(Source(one.id, "chk_earlier", str(one.edition_id)), earlier) for one in documents]
    await platform.platform.graphs.put(papers.index, "1.1", said)
    await acme.aclose()


async def answer_of(home: Home, *, finished: bool) -> Answer:
    """The graph that answers, and what it knows by the names of documents."""
    async with open_platform(settings_for(home.folder)) as platform:
        async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            collection = (await session.scalars(select(Collection))).one()
            documents = (await session.scalars(select(Document))).all()
            readings = (await session.scalars(select(GraphReading))).all()
        graph, number = Index(collection.tenant_id, collection.id, collection.index_name), collection.graph_generation
        layer, found = layer_of(collection.generation, number), {}
        for one in documents:
            scope = GraphScope(layer, DocumentFilter(all_except=False, ids=frozenset({one.id})))
            found[one.name] = await platform.graphs.find(graph, Wanted(), scope, limit=1000)
        held = {one async for page in platform.graphs.edition_ids(graph) for one in page}
    answering = {str(one.edition_id) for one in documents}
    assert {one.edition_id for one in readings if one.graph_generation == number} == answering
    assert {edition_id for edition_id, of in held if of == layer} == answering
    if finished:
        assert collection.graph_reextract_status == "completed"
        numbers = (collection.graph_reextract_total, collection.graph_reextract_processed)
        assert (*numbers, collection.graph_reextract_failed) == (3, 3, 0)
        assert {(one.edition_id, one.graph_generation) for one in readings} == {(id_, number) for id_ in answering}
        assert held == {(id_, layer) for id_ in answering}
    return number, found


@pytest.fixture(scope="module")
async def undisturbed(home: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Answer]:
    """What answers before, and after a process that nobody killed."""
    copy = home.copied(tmp_path_factory.mktemp("calm") / "home")
    before = await answer_of(copy, finished=False)
    assert await copy.process() == 0
    after = await answer_of(copy, finished=True)
    assert (before[0], after[0]) == (1, 2)
    assert all("earlier" in known for known in before[1].values())
    assert all("earlier" not in known and known for known in after[1].values())
    return {1: before, 2: after}


@pytest.mark.parametrize(("point", "passing"), [*BY_DAY, *by_night(NIGHTLY)], ids=str)
async def test_killed_there_one_graph_answers_whole_and_started_again_the_end_is_the_same(
    home: Home, undisturbed: dict[int, Answer], tmp_path: Path, point: GraphPoint | Point, passing: int
) -> None:
    copy = home.copied(tmp_path / "home")
    assert await copy.process(f"{point}:{passing}") == -signal.SIGKILL
    left = await answer_of(copy, finished=False)
    assert left == undisturbed[left[0]]
    assert left[0] == (2 if point in {GraphPoint.SWITCHED, GraphPoint.LAYERS_GONE} else 1)
    assert await copy.process() == 0
    assert await answer_of(copy, finished=True) == undisturbed[2]


@pytest.mark.nightly
async def test_killed_at_every_turn_it_comes_to_the_same_end(
    home: Home, undisturbed: dict[int, Answer], tmp_path: Path
) -> None:
    copy = home.copied(tmp_path / "home")
    for point, passing in BY_DAY + NIGHTLY:
        await copy.process(f"{point}:{passing}")
        left = await answer_of(copy, finished=False)
        assert left == undisturbed[left[0]]
    assert await copy.process() == 0
    assert await answer_of(copy, finished=True) == undisturbed[2]
