"""A process that is killed anywhere in the middle of a re-chunk leaves one generation, and the same end."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from app.db.tenancy import Reach
from app.wiring import open_platform
from app.wiring.faults import CONSENT
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow, Edition
from indexing.maintenance.rechunking import Rechunking
from indexing.pipeline.faults import CollectionPoint, Point
from indexing.stores.vectors import Index
from tests.indexing.maintenance.conftest import DeafQueue, hold_back, paper
from tests.world.by_night import by_night
from tests.world.embedder import Embedder, embedder
from tests.world.ingesting import ingest_all
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, Running, running, settings_for
from tests.world.served import model_on
from tests.world.stacks import stack

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
NAMES = ("ada", "bob", "eve")
DEATHS = [
    (Point.STORED_NOTED, 3), (Point.BUILT, 3), (CollectionPoint.SWITCHED, 1),
    *by_night([(Point.CUT_NOTED, 2), (Point.EMBEDDED, 2), (Point.STORED, 1)]),
    *by_night((CollectionPoint.COUNTED, passing) for passing in (1, 2, 3)),
    *by_night([(CollectionPoint.TIDIED, 1)]),
]  # fmt: skip
Indexed = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Home:
    """A folder with a collection whose re-chunk has been asked for, and the maker of processes that do it."""

    folder: Path
    model: Embedder | None
    maker: Process

    def copied(self, to: Path) -> Home:
        """The same, to be spoilt."""
        shutil.copytree(self.folder, to)
        return Home(to, self.model, self.maker)

    async def process(self, fault: str = "") -> int:
        """Run a process that does it; says how it ended."""
        assert self.maker.stdin is not None
        assert self.maker.stdout is not None
        self.maker.stdin.write(f"{self.folder}\t{fault}\n".encode())
        async with asyncio.timeout(180):
            return int(await self.maker.stdout.readline())


@pytest.fixture(scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    async with embedder() as model:
        async with running(settings_for(folder)) as platform, platform.client(ROOT_KEY) as root:
            await _fill(platform, root, model)
        (folder / CONSENT).touch()
        command = (sys.executable, "-m", "tests.world.rechunking")
        maker = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        yield Home(folder, model, maker)
        maker.terminate()
        await maker.wait()


async def _fill(platform: Running, root: httpx.AsyncClient, model: Embedder) -> None:
    acme = await organisation(platform)
    served = await model_on(root, model, modality="embedding")
    papers = await stack(acme, embedding_model=served.slug)
    for name in NAMES:
        await papers.add(f"{name}.md", paper(name, 40))
    await ingest_all(platform.platform)
    async with platform.platform.transactions.open(Reach.one(acme.id)) as transaction:
        cut = update(Collection).values(chunk_size=64, chunk_overlap=0)
        await transaction.session.execute(cut, execution_options={"synchronize_session": False})
        collection = await get_for_tenant(transaction.session, papers.id, hold=True)
        assert collection is not None
        await Rechunking(transaction, DeafQueue(), collection).start("usr_somebody")
        await hold_back(transaction, papers.id)
    await acme.aclose()


async def index_of(home: Home, *, finished: bool) -> tuple[int, Indexed]:
    """The generation that answers and what it says, by the names of documents; all of it is of that generation."""
    async with open_platform(settings_for(home.folder)) as platform:
        async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            collection = (await session.scalars(select(Collection))).one()
            documents = (await session.scalars(select(Document))).all()
            editions = {edition.id: edition for edition in await session.scalars(select(Edition))}
            rows = (await session.scalars(select(ChunkRow).order_by(ChunkRow.edition_id, ChunkRow.chunk_index))).all()
        index = Index(collection.tenant_id, collection.id, collection.index_name)
        held = {chunk_id async for some in platform.vectors.chunk_ids(index) for chunk_id in some}
    found: Indexed = {}
    for document in documents:
        assert document.edition_id is not None
        edition = editions[document.edition_id]
        assert (edition.generation, edition.state) == (collection.generation, "ready")
        mine = [row for row in rows if row.edition_id == edition.id]
        assert [row.chunk_index for row in mine] == list(range(document.chunk_count))
        assert {row.id for row in mine} <= held
        found[document.name] = [row.content for row in mine]
    if finished:
        assert collection.rechunk_status == "completed"
        assert (collection.rechunk_total, collection.rechunk_processed, collection.rechunk_failed) == (3, 3, 0)
        assert set(editions) == {document.edition_id for document in documents}
        assert held == {row.id for row in rows}
    return collection.generation, found


@pytest.fixture(scope="module")
async def undisturbed(home: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Indexed, Indexed]:
    """What answers before, and after a process that nobody killed."""
    copy = home.copied(tmp_path_factory.mktemp("calm") / "home")
    _, before = await index_of(copy, finished=False)
    assert await copy.process() == 0
    generation, after = await index_of(copy, finished=True)
    assert generation == 2
    assert all(len(after[name]) > len(before[name]) for name in before)
    return before, after


@pytest.mark.parametrize(("point", "passing"), DEATHS, ids=str)
async def test_killed_there_one_generation_answers_and_started_again_the_end_is_the_same(
    home: Home, undisturbed: tuple[Indexed, Indexed], tmp_path: Path, point: Point | CollectionPoint, passing: int
) -> None:
    copy = home.copied(tmp_path / "home")
    assert await copy.process(f"{point}:{passing}") == -signal.SIGKILL
    generation, left = await index_of(copy, finished=False)
    assert left == undisturbed[generation - 1]
    assert generation == (2 if point in {CollectionPoint.SWITCHED, CollectionPoint.TIDIED} else 1)
    assert await copy.process() == 0
    assert await index_of(copy, finished=True) == (2, undisturbed[1])


@pytest.mark.nightly
async def test_killed_at_every_turn_it_comes_to_the_same_end(
    home: Home, undisturbed: tuple[Indexed, Indexed], tmp_path: Path
) -> None:
    copy = home.copied(tmp_path / "home")
    for point in (*Point, *CollectionPoint):
        await copy.process(f"{point}:1")
        generation, left = await index_of(copy, finished=False)
        assert left == undisturbed[generation - 1]
    assert await copy.process() == 0
    assert await index_of(copy, finished=True) == (2, undisturbed[1])
