"""A process that is killed anywhere in the middle of ingesting changes nothing about what is there in the end."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.wiring.faults import CONSENT
from app.wiring.workshop import workshop_of
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow, Edition
from indexing.pipeline.embedding import MOST_TEXTS
from indexing.pipeline.faults import Point
from indexing.stores.vectors import Index
from tests.indexing.pipeline.conftest import Bench
from tests.indexing.pipeline.homes import Home, Undisturbed, left_alone, maker
from tests.indexing.pipeline.test_ingest import paper, replace
from tests.world.by_night import by_night
from tests.world.embedder import Embedder, embedder, vector_of
from tests.world.ingesting import ingest_all
from tests.world.papers import pdf
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, Running, running, settings_for
from tests.world.served import model_on
from tests.world.stacks import stack

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
LONG = 300  # paragraphs: several batches of chunks
AT_MODEL = {Point.EMBEDDED, Point.STORED, Point.STORED_NOTED}
# Where a process dies: every point at its first passing, and some of them later, in the middle of the long document.
# By day each point is one turn of the long test below; alone is that behind which the most has been paid.
DEATHS = [
    (Point.STORED_NOTED, 5),
    *by_night((point, 1) for point in Point),
    *by_night([(Point.CUT, 2), (Point.CUT_NOTED, 3), (Point.EMBEDDED, 4), (Point.STORED, 4), (Point.SWITCHED, 3)]),
]


@pytest.fixture(scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """Four documents, of which one has been replaced since it was indexed."""
    folder = tmp_path_factory.mktemp("home")
    async with embedder() as model:
        async with running(settings_for(folder)) as platform, platform.client(ROOT_KEY) as root:
            await _fill(platform, root, model)
        (folder / CONSENT).touch()
        async with maker() as made:
            yield Home(folder, model, made)


async def _fill(platform: Running, root: httpx.AsyncClient, model: Embedder) -> None:
    acme = await organisation(platform)
    served = await model_on(root, model, modality="embedding")
    papers = await stack(acme, embedding_model=served.slug)
    replaced = await papers.add("replaced.md", paper(40))
    await ingest_all(platform.platform)
    bench: Any = Bench(papers, model, None, workshop_of(platform.platform))  # type: ignore[arg-type] # not looked into
    await replace(bench, replaced, paper(40, changed=11))
    await papers.add("long.md", paper(LONG))
    await papers.add("short.md", b"A short text.")
    await papers.add("printed.pdf", pdf(["What is printed here\nis read again.", "And a second page."]))
    await acme.aclose()


Indexed = dict[str, list[tuple[int, int, str]]]


async def index_of(home: Home) -> Indexed:
    """What answers, by the names of documents; everything is looked at that could be doubled, lost or left over."""
    async with home.opened() as platform:
        async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            collection = (await session.scalars(select(Collection))).one()
            documents = list(await session.scalars(select(Document)))
            rows = list(await session.scalars(select(ChunkRow).order_by(ChunkRow.edition_id, ChunkRow.chunk_index)))
            editions = list(await session.scalars(select(Edition)))
        index = Index(collection.tenant_id, collection.id, collection.index_name)
        vectors = await platform.vectors.vectors(index, [row.id for row in rows])
        held = [chunk_id async for some in platform.vectors.chunk_ids(index) for chunk_id in some]
    assert {document.status for document in documents} == {"indexed"}
    assert sorted(edition.id for edition in editions) == sorted(str(document.edition_id) for document in documents)
    assert {edition.state for edition in editions} == {"ready"}
    assert sorted(held) == sorted(row.id for row in rows)
    assert all(row.stored for row in rows)
    for row in rows:
        np.testing.assert_allclose(vectors[row.id], vector_of(row.content), atol=1e-3)
    found: Indexed = {}
    for document in documents:
        mine = [row for row in rows if row.edition_id == document.edition_id]
        assert [row.chunk_index for row in mine] == list(range(document.chunk_count))
        found[document.name] = [(row.start, row.end, row.content) for row in mine]
    return found


@pytest.fixture(scope="module")
async def undisturbed(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed[Indexed]:
    return await left_alone(home, tmp_path_factory.mktemp("calm"), index_of)


@pytest.mark.parametrize(("point", "passing"), DEATHS, ids=str)
async def test_killed_there_and_started_again_the_index_is_the_same(
    home: Home, undisturbed: Undisturbed[Indexed], tmp_path: Path, point: Point, passing: int
) -> None:
    copy = home.copied(tmp_path / "home")
    home.model.texts.clear()
    assert await copy.process(f"{point}:{passing}") == -signal.SIGKILL
    assert await copy.process() == 0
    assert await index_of(copy) == undisturbed.index
    again = home.model.texts - undisturbed.texts
    assert home.model.texts.keys() == undisturbed.texts.keys()
    # Paid twice is only what nobody lived to keep: the batch that was answered, and the one before it on its way.
    assert again.total() <= (2 * MOST_TEXTS if point in AT_MODEL else 0)
    if point is Point.STORED_NOTED and passing == 5:
        assert again.total() < undisturbed.texts.total() / 2


async def test_killed_at_every_turn_it_comes_to_the_same_end(
    home: Home, undisturbed: Undisturbed[Indexed], tmp_path: Path
) -> None:
    copy = home.copied(tmp_path / "home")
    for point in Point:
        await copy.process(f"{point}:2")
    assert await copy.process() == 0
    assert await index_of(copy) == undisturbed.index


async def test_no_process_is_killed_on_a_home_that_was_not_made_for_it(home: Home, tmp_path: Path) -> None:
    copy = home.copied(tmp_path / "home")
    (copy.folder / CONSENT).unlink()
    assert await copy.process(f"{Point.TAKEN}:1") == 1
    assert await copy.process("nowhere:1") == 1
