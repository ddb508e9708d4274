"""A process that is killed anywhere in the middle of erasing leaves the same end: nothing, with the same receipts."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app.audit.tables import AuditEvent
from app.db.tenancy import Reach
from app.wiring import Platform
from app.wiring.faults import CONSENT
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow, Edition
from indexing.erasing.tables import ErasureReceipt
from indexing.graphs.readings import said_of
from indexing.pipeline.faults import ErasingPoint
from indexing.stores.vectors import Index
from tasks.worker.schedule import reconcile
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.pipeline.homes import Home, maker
from tests.indexing.pipeline.test_ingest import paper
from tests.world.by_night import by_night
from tests.world.embedder import embedder
from tests.world.ingesting import ingest_all
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, Running, running, settings_for
from tests.world.served import model_on
from tests.world.stacks import Stack, stack

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
MANY = 23  # more than are erased together
STORES_GONE = {ErasingPoint.VECTORS_GONE, ErasingPoint.GRAPH_GONE}
NIGHTLY = [(point, 1) for point in ErasingPoint if point not in STORES_GONE] + [
    (ErasingPoint.VECTORS_GONE, 2), (ErasingPoint.BLOB_GONE, 2), (ErasingPoint.CHUNKS_GONE, 2),
]  # fmt: skip
DEATHS = [
    (ErasingPoint.VECTORS_GONE, 1), (ErasingPoint.BLOB_GONE, 15),
    *by_night([(ErasingPoint.GRAPH_GONE, 1), (ErasingPoint.SLICE_GONE, 2), *NIGHTLY]),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deleted:
    """A home in which a document and a collection have been deleted, and what had been kept of each by store."""

    home: Home
    held: dict[str, dict[str, int]]


@pytest.fixture(scope="module")
async def deleted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deleted]:
    folder = tmp_path_factory.mktemp("home")
    async with embedder() as model:
        async with running(settings_for(folder), deeds={}) as platform, platform.client(ROOT_KEY) as root:
            acme = await organisation(platform)
            served = await model_on(root, model, modality="embedding")
            graph: dict[str, Any] = {
                "graph_enabled": True,
                "graph_extraction_model": "local/quote",
                "graph_generation": 1,
            }
            kept, going = [await stack(acme, embedding_model=served.slug, **graph) for _ in range(2)]
            held = await _fill(platform, acme.client("admin"), kept, going)
            await acme.aclose()
        (folder / CONSENT).touch()
        async with maker("tests.world.finishing") as made:
            yield Deleted(Home(folder, model, made), held)


async def _fill(platform: Running, admin: httpx.AsyncClient, kept: Stack, going: Stack) -> dict[str, dict[str, int]]:
    document_id = await kept.add("going.md", paper(30))
    await kept.add("kept.md", paper(30))
    for number in range(MANY):
        await going.add(f"{number}.md", paper(1))
    await ingest_all(platform.platform)
    held = {document_id: await counted(platform.platform, Document.id == document_id)}
    held[going.id] = await counted(platform.platform, Document.collection_id == going.id)
    held[going.id]["database"] += 1  # itself
    assert (await admin.delete(f"{COLLECTIONS}/{kept.id}/documents/{document_id}")).is_success
    assert (await admin.delete(f"{COLLECTIONS}/{going.id}")).is_success
    return held


async def counted(platform: Platform, which: Any) -> dict[str, int]:
    """What the stores hold of some documents."""
    async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        session = transaction.session
        documents = (await session.scalars(select(Document).where(which))).all()
        ids = [document.id for document in documents]
        chunks = await session.scalar(select(func.count(ChunkRow.id)).where(ChunkRow.document_id.in_(ids))) or 0
        editions = await session.scalar(select(func.count(Edition.id)).where(Edition.document_id.in_(ids))) or 0
        said = sum((await said_of(session, ids)).values())
    prefixes = [f"documents/{document.tenant_id}/{document.id}" for document in documents]
    files = [kept.key for prefix in prefixes async for kept in platform.blobs.keys(prefix)]
    assert said
    return {"database": len(ids) + editions + chunks, "blobs": len(files), "vectors": chunks, "graph": said}


async def end_of(home: Home) -> tuple[Any, ...]:
    """All that is left in every store, and the receipts with what they say was removed."""
    async with home.opened() as platform:
        async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            collections = (await session.scalars(select(Collection))).all()
            rows = [sorted(await session.scalars(select(kind.id))) for kind in (Document, Edition, ChunkRow)]
            receipts = (await session.scalars(select(ErasureReceipt))).all()
            wanted = select(AuditEvent.action, AuditEvent.target_id).where(AuditEvent.action.like("%.erased"))
            told = sorted((action, target) for action, target in await session.execute(wanted))
        (kept,) = collections
        tenant_id = kept.tenant_id
        files = sorted([one.key async for one in platform.blobs.keys(f"documents/{tenant_id}")])
        index = Index(tenant_id, kept.id, kept.index_name)
        vectors = sorted([chunk_id async for some in platform.vectors.chunk_ids(index) for chunk_id in some])
        known = sorted([edition_id async for some in platform.graphs.edition_ids(index) for edition_id, _ in some])
    assert all(one.erased_at is not None for one in receipts)
    assert (vectors, known) == (rows[2], rows[1])
    removed: dict[str, dict[str, int]] = {}
    for one in receipts:
        removed.setdefault(one.subject_id, {})[one.store] = one.removed
    return rows, files, vectors, removed, told


@pytest.fixture(scope="module")
async def undisturbed(deleted: Deleted, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    copy = deleted.home.copied(tmp_path_factory.mktemp("calm") / "home")
    assert await copy.process() == 0
    end = await end_of(copy)
    *_, removed, told = end
    assert {subject: removed[subject] for subject in deleted.held} == deleted.held
    assert len(told) == len(set(told))
    return end


@pytest.mark.parametrize(("point", "passing"), DEATHS, ids=str)
async def test_killed_there_and_begun_again_nothing_is_left_and_the_receipts_are_right(
    deleted: Deleted, undisturbed: tuple[Any, ...], tmp_path: Path, point: ErasingPoint, passing: int
) -> None:
    copy = deleted.home.copied(tmp_path / "home")
    assert await copy.process(f"{point}:{passing}") == -signal.SIGKILL
    assert await copy.process() == 0
    assert await end_of(copy) == undisturbed


@pytest.mark.nightly
async def test_killed_oftener_than_anybody_bears_it_is_asked_for_again_by_the_clock(
    deleted: Deleted, undisturbed: tuple[Any, ...], tmp_path: Path
) -> None:
    copy = deleted.home.copied(tmp_path / "home")
    for point in ErasingPoint:
        await copy.process(f"{point}:1")
    assert await copy.process() == 0
    async with copy.opened() as platform:
        await reconcile(platform)
    assert await copy.process() == 0
    assert await end_of(copy) == undisturbed
