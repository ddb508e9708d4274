"""A backup is of one moment, whatever comes, is replaced and is erased while it is taken; nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.backup.take import Wishes, take_backup
from app.db.engine import open_database
from app.db.tenancy import Reach
from app.jobs.tables import WAITING, Job
from indexing.documents.tables import Document
from indexing.erasing.removal import remove_document
from tests.app.backup.world import Company, company, restored, taken
from tests.world.patience import until
from tests.world.platform import Running, fresh, settings_for
from tests.world.shelves import WORDS

pytestmark = pytest.mark.sqlite
LAST_TABLE = "mod_scaimatrix_graph_readings"


@pytest.fixture
async def busy() -> AsyncIterator[tuple[Running, Company]]:
    async with fresh(deeds={}) as running:
        made = await company(running)
        yield running, made
        await made.organisation.aclose()


@asynccontextmanager
async def over_and_over(work: Any) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def erase(running: Running, made: Company, name: str) -> str:
    """Delete a document, and its file as the job of its erasing does."""
    id_ = made.shelf.documents[name]
    async with running.platform.transactions.open(Reach.one(made.organisation.id)) as transaction:
        document = await transaction.session.get_one(Document, id_)
        await remove_document(transaction, running.platform.jobs, document)
    await running.platform.blobs.delete(f"documents/{made.organisation.id}/{id_}/1")
    return id_


async def replace(running: Running, made: Company, name: str, text: bytes) -> str:
    """Give a document another file, and let go of the one before."""
    id_ = made.shelf.documents[name]
    key = f"documents/{made.organisation.id}/{id_}/2"
    await running.platform.blobs.put(key, text)
    async with running.platform.transactions.open(Reach.one(made.organisation.id)) as transaction:
        now = update(Document).where(Document.id == id_)
        await transaction.session.execute(now.values(blob_key=key, content_version=2, size_bytes=len(text)))
    await running.platform.blobs.delete(f"documents/{made.organisation.id}/{id_}/1")
    return id_


async def test_what_is_erased_or_replaced_meanwhile_falls_in_line(
    busy: tuple[Running, Company], tmp_path: Path
) -> None:
    running, made = busy
    rows_are_read, may_go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell(stage: str, **numbers: Any) -> None:
        if numbers.get("table") == LAST_TABLE:
            loop.call_soon_threadsafe(rows_are_read.set)
            asyncio.run_coroutine_threadsafe(may_go_on.wait(), loop).result(100)

    file = tmp_path / "later.tar"
    taking = asyncio.ensure_future(take_backup(running.settings, file, Wishes(secrets=True), tell))
    await rows_are_read.wait()
    erased = await erase(running, made, "plans")
    replaced = await replace(running, made, "menu", b"zeppelins")
    may_go_on.set()
    manifest = await taking
    assert (manifest.amended, manifest.blobs) == (2, 2)

    other = settings_for(tmp_path / "other")
    await restored(other, file)
    with open_database(other.database).lanes.connect() as connection:
        rows = {row.id: row for row in connection.execute(select(Document.__table__))}
        jobs = {(job.kind, job.subject_id): job.state for job in connection.execute(select(Job.__table__))}
    assert rows[erased].deleted_at is not None
    assert jobs["erase_document", erased] == WAITING
    assert (rows[replaced].content_version, rows[replaced].status) == (2, "pending")
    assert jobs["ingest_document", replaced] == WAITING
    kept = tmp_path / "other" / "blobs" / f"{rows[replaced].blob_key}.blob"
    assert kept.read_bytes() == b"zeppelins"


async def test_whatever_comes_and_goes_every_document_has_its_file(
    busy: tuple[Running, Company], tmp_path: Path
) -> None:
    running, made = busy

    async def come_and_go() -> None:
        for number in range(10_000):
            name = f"{number}"
            await made.shelf.hold(name)
            await made.shelf.write(name)
            if number % 2:
                await erase(running, made, name)

    file = tmp_path / "busy.tar.gz"
    async with over_and_over(come_and_go()):
        await until(lambda: "4" in made.shelf.documents)  # and all before it are written or erased
        manifest = await taken(running.settings, file, secrets=True)
    other = settings_for(tmp_path / "other")
    back = await restored(other, file)
    assert (back.rows, back.broken_chains) == (manifest.rows, {})
    with open_database(other.database).lanes.connect() as connection:
        there = select(Document.name, Document.blob_key).where(Document.deleted_at.is_(None))
        found = connection.execute(there.where(Document.blob_key.is_not(None))).all()
    assert len(found) > 3
    for name, key in found:
        blob = tmp_path / "other" / "blobs" / f"{key}.blob"
        assert blob.read_bytes().decode() == name
    assert all(name.startswith(WORDS) for name, _ in found)
