"""A process that is killed anywhere in the middle of a fork leaves the same fork, and nothing of it is paid twice."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from acl.tables import AccessList
from app.db.tenancy import Reach
from app.wiring.faults import CONSENT
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow
from indexing.forking.tables import Fork
from indexing.pipeline.embedding import MOST_TEXTS
from indexing.pipeline.faults import AnyPoint, CollectionPoint, Point
from indexing.stores.vectors import Index
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.pipeline.homes import Home, Undisturbed, left_alone, maker
from tests.indexing.pipeline.test_ingest import paper
from tests.world.by_night import by_night
from tests.world.embedder import Embedder, embedder
from tests.world.ingesting import ingest_all
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, Running, running, settings_for
from tests.world.served import model_on
from tests.world.stacks import stack

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
MANY = 35  # documents: more than are copied together
NIGHTLY = [
    (CollectionPoint.FILES_COPIED, 1),
    (CollectionPoint.COPIED, 1),
    (CollectionPoint.COPIED, 2),
    (CollectionPoint.COPIED, 3),  # that it has ended is written down
    (Point.STORED, 20),
]
DEATHS = [(CollectionPoint.FILES_COPIED, 2), *by_night(NIGHTLY)]
Indexed = dict[str, list[str]]


@pytest.fixture(scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """A collection of which a fork has been asked for."""
    folder = tmp_path_factory.mktemp("home")
    async with embedder() as model:
        async with running(settings_for(folder), deeds={}) as platform, platform.client(ROOT_KEY) as root:
            await _fill(platform, root, model)
        (folder / CONSENT).touch()
        async with maker("tests.world.finishing") as made:
            yield Home(folder, model, made)


async def _fill(platform: Running, root: httpx.AsyncClient, model: Embedder) -> None:
    acme = await organisation(platform)
    served = await model_on(root, model, modality="embedding")
    papers = await stack(acme, embedding_model=served.slug)
    await papers.add("long.md", paper(40))
    for number in range(1, MANY):
        await papers.add(f"{number}.md", f"# {number}\n\nIt says {number * 7919}.".encode())
    await ingest_all(platform.platform)
    body = {"name": "Fork", "embedding_model": served.slug}
    assert (await acme.client("admin").post(f"{COLLECTIONS}/{papers.id}/fork", json=body)).status_code == 202
    await acme.aclose()


async def index_of(home: Home) -> Indexed:
    """What the fork answers with, by the names of documents; nothing of it is doubled, lost or left over."""
    async with home.opened() as platform:
        async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            fork = (await session.scalars(select(Fork))).one()
            collection = await session.get_one(Collection, fork.collection_id)
            mine = Document.collection_id == collection.id
            documents = (await session.scalars(select(Document).where(mine))).all()
            lists = set(await session.scalars(select(AccessList.resource_id)))
            wanted = select(ChunkRow).where(ChunkRow.collection_id == collection.id)
            rows = (await session.scalars(wanted.order_by(ChunkRow.edition_id, ChunkRow.chunk_index))).all()
        index = Index(collection.tenant_id, collection.id, collection.index_name)
        held = [chunk_id async for some in platform.vectors.chunk_ids(index) for chunk_id in some]
        every = [kept.key async for kept in platform.blobs.keys(f"documents/{collection.tenant_id}")]
    assert (fork.ended_at is not None, fork.error_code) == (True, None)
    assert {document.status for document in documents} == {"indexed"}
    assert {document.id for document in documents} <= lists
    assert sorted(held) == sorted(row.id for row in rows)
    assert len(every) == 4 * MANY  # each with its file and its text, in both collections
    found: Indexed = {}
    for document in documents:
        chunks = [row for row in rows if row.edition_id == document.edition_id]
        assert [row.chunk_index for row in chunks] == list(range(document.chunk_count))
        assert document.name not in found
        found[document.name] = [row.content for row in chunks]
    assert len(rows) == sum(len(chunks) for chunks in found.values())
    return found


@pytest.fixture(scope="module")
async def undisturbed(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed[Indexed]:
    made = await left_alone(home, tmp_path_factory.mktemp("calm"), index_of)
    assert len(made.index) == MANY
    assert made.texts.total() == sum(len(chunks) for chunks in made.index.values())
    return made


@pytest.mark.parametrize(("point", "passing"), DEATHS)
async def test_killed_there_and_begun_again_the_fork_is_the_same(
    home: Home, undisturbed: Undisturbed[Indexed], tmp_path: Path, point: AnyPoint, passing: int
) -> None:
    copy = home.copied(tmp_path / "home")
    home.model.texts.clear()
    assert await copy.process(f"{point}:{passing}") == -signal.SIGKILL
    assert await copy.process() == 0
    assert await index_of(copy) == undisturbed.index
    again = home.model.texts - undisturbed.texts
    assert home.model.texts.keys() == undisturbed.texts.keys()
    assert again.total() <= (MOST_TEXTS if point is Point.STORED else 0)
