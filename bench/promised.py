"""Documents put into a collection by the thousand, and their jobs, without any of it being part of what is measured."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import func, select

from app.db.bulk import add_rows
from app.db.tenancy import Reach
from app.ids import new_id
from app.jobs.kinds import LANE_OF, JobKind
from app.jobs.tables import WAITING, Job
from bench.files import File
from indexing.documents.status import at_first
from indexing.documents.tables import Document
from tests.world.stacks import Stack

_AT_ONCE = 500
_LOOK_SECONDS = 0.25  # whoever looks on takes of the processor time that is measured
_KIND = JobKind.INGEST_DOCUMENT


async def kept(papers: Stack, files: Iterable[File]) -> list[str]:
    """Keep files as documents of a collection; nobody is asked to work on them."""
    made: list[str] = []
    left = iter(files)
    while some := list(islice(left, _AT_ONCE)):
        rows = [_row(papers, file) for file in some]
        keeping = zip(rows, some, strict=True)
        await asyncio.gather(*(papers.platform.blobs.put(row["blob_key"], file.data) for row, file in keeping))
        async with papers.platform.transactions.open(Reach.one(papers.tenant_id)) as transaction:
            await add_rows(transaction.session, Document, rows)
        made += [row["id"] for row in rows]
    return made


def _row(papers: Stack, file: File) -> dict[str, Any]:
    made, at = new_id("doc"), papers.platform.clock.now()
    return {
        "id": made,
        "collection_id": papers.id,
        "name": file.name,
        "source": "upload",
        "uploaded_by": papers.owner_id,
        "blob_key": f"documents/{papers.tenant_id}/{made}/1",
        "size_bytes": len(file.data),
        "created_at": at,
        **at_first(at),
    }


async def ingested(papers: Stack, document_ids: Sequence[str]) -> int:
    """Promise the jobs and wait until the whole collection is indexed; says how many chunks it has."""
    platform, reach = papers.platform, Reach.one(papers.tenant_id)
    jobs = [_job(papers, document_id) for document_id in document_ids]
    async with platform.transactions.open(reach) as transaction:
        await add_rows(transaction.session, Job, jobs)
    platform.jobs.wake(str(jobs[0]["id"]), _KIND)
    told = select(Document.status, func.count(), func.sum(Document.chunk_count)).group_by(Document.status)
    told = told.where(Document.collection_id == papers.id)
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        rows = await platform.transactions.look(lambda connection: connection.execute(told).all())
        found = {status: (count, chunks) for status, count, chunks in rows}
        if "failed" in found:
            raise RuntimeError(f"{found['failed'][0]} documents failed")
        if found.keys() == {"indexed"}:
            return int(found["indexed"][1])


def _job(papers: Stack, document_id: str) -> dict[str, Any]:
    now = papers.platform.clock.now()
    return {
        "id": new_id("job"),
        "kind": _KIND,
        "lane": LANE_OF[_KIND],
        "subject_id": document_id,
        "payload": {},
        "state": WAITING,
        "active_key": f"{_KIND}:{document_id}",
        "due_at": now,
        "attempts": 0,
        "lost": 0,
        "faults": 0,
        "created_at": now,
    }
