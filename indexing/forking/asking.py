"""Knowing, forking: ask for a fork: the collection is there at once, with its access list; its documents follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from acl.forking import copy_access
from acl.tables import AccessList
from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from indexing.collections.access import OpenCollection
from indexing.collections.chunking import Cut
from indexing.collections.lifecycle import CollectionDraft, add_row
from indexing.collections.tables import Collection
from indexing.forking.tables import Fork

_CUT = ("chunking_strategy", "chunk_size", "chunk_overlap")
_LIKE = (
    "description",
    "graph_enabled",
    "graph_extraction_model",
    "graph_max_nodes",
    "graph_max_edges",
    "storage_quota_bytes",
    "details",
)


@dataclass(frozen=True, slots=True)
class ForkState:
    """How far a fork is with its copying; its documents then say of themselves how far they are."""

    status: Literal["idle", "queued", "running", "completed", "failed"]
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class Differing:
    """In what a fork is to differ from what it is forked from, by the names of a collection's columns."""

    embedding_model: str
    said: Mapping[str, Any]

    def draft(self, source: Collection) -> CollectionDraft:
        """What the fork is to be: in all else like the collection."""
        like = {name: self.said.get(name, getattr(source, name)) for name in _LIKE}
        cutting = [self.said.get(name, getattr(source, name)) for name in _CUT]
        cut = Cut(*cutting) if "chunk_overlap" in self.said else Cut(*cutting).giving_way()
        name, slug = self.said["name"], self.said.get("slug")
        return CollectionDraft(
            name=name, slug=slug, embedding_model=self.embedding_model, cut=cut, forked_from=source.id, **like
        )


async def ask_for_fork(
    transaction: Transaction, jobs: JobQueue, source: OpenCollection, differing: Differing, *, user_id: str
) -> OpenCollection:
    """Make the collection and promise its documents; whoever asks is let at nothing they were not let at before."""
    session, tenant_id = transaction.session, source.row.tenant_id
    row = await add_row(transaction, differing.draft(source.row), tenant_id=tenant_id)
    await copy_access(transaction, {source.id: row.id}, row.id)
    session.add(
        Fork(
            collection_id=row.id,
            tenant_id=tenant_id,
            source_id=source.id,
            asked_by=user_id,
            asked_at=transaction.clock.now(),
        )
    )
    await session.flush()
    await ask_for(transaction, jobs, Wanted(JobKind.FORK_COLLECTION, row.id, tenant_id))
    return OpenCollection(row, await session.get_one(AccessList, row.id))


async def fork_state(session: TenantSession, collection: Collection) -> ForkState:
    """How far a collection is with the copying of what it was forked from."""
    fork = await session.get(Fork, collection.id)
    if fork is None:
        return ForkState("idle")
    if fork.error_code is not None:
        return ForkState("failed", fork.error_code, fork.error_message)
    if fork.ended_at is not None:
        return ForkState("completed")
    return ForkState("running" if fork.copied_to else "queued")
