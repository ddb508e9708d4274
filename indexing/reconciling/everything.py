"""Knowing, reconciling: look at everything there is, one collection and one tenant's files after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import select

from app.blobs.errors import StorageError
from app.db.tenancy import Reach
from app.errors import PlatformError
from app.identity.tables import Tenant
from indexing.collections.tables import Collection
from indexing.pipeline.workshop import Workshop
from indexing.reconciling.files import FileReconciling
from indexing.reconciling.findings import FileFindings, GraphFindings, VectorFindings
from indexing.reconciling.graphs import GraphReconciling
from indexing.reconciling.vectors import VectorReconciling


@dataclass(frozen=True, slots=True)
class Unlooked:
    """What could not be looked at, or not put right, and why."""

    what: str
    id: str
    reason: str

    @property
    def is_well(self) -> bool:
        """Nobody knows."""
        return False


Finding = VectorFindings | GraphFindings | FileFindings | Unlooked


async def examine(workshop: Workshop, *, healing: bool, only: str | None = None) -> AsyncIterator[Finding]:
    """Compare all stores with all rows, or those of one collection alone; what is away is unlooked at, others not."""
    for collection_id, tenant_id in await _collections(workshop, only):
        async for found in _of_collection(workshop, tenant_id, collection_id, healing=healing):
            yield found
    files = FileReconciling(workshop.transactions, workshop.blobs)
    for tenant_id in await _tenants(workshop) if only is None else ():
        try:
            yield await files.reconcile(tenant_id, healing=healing)
        except StorageError as error:
            yield Unlooked("files", tenant_id, error.message)


async def _of_collection(
    workshop: Workshop, tenant_id: str, collection_id: str, *, healing: bool
) -> AsyncIterator[Finding]:
    try:
        yield await VectorReconciling(workshop).reconcile(tenant_id, collection_id, healing=healing)
    except PlatformError as error:
        yield Unlooked("collection", collection_id, error.message)
    try:
        graph = await GraphReconciling(workshop).reconcile(tenant_id, collection_id, healing=healing)
    except PlatformError as error:
        yield Unlooked("graph of collection", collection_id, error.message)
    else:
        if graph is not None:
            yield graph


async def _collections(workshop: Workshop, only: str | None) -> list[tuple[str, str]]:
    wanted = select(Collection.id, Collection.tenant_id).where(Collection.deleted_at.is_(None)).order_by(Collection.id)
    if only is not None:
        wanted = wanted.where(Collection.id == only)
    async with workshop.transactions.open(Reach.everywhere(), writes=False) as transaction:
        return [(id_, tenant_id) for id_, tenant_id in await transaction.session.execute(wanted)]


async def _tenants(workshop: Workshop) -> list[str]:
    async with workshop.transactions.open(Reach.everywhere(), writes=False) as transaction:
        return list(await transaction.session.scalars(select(Tenant.id).order_by(Tenant.id)))
