"""Knowing, documents: whether another file fits into what a collection may keep."""

from __future__ import annotations

from sqlalchemy import func, select

from app.db.tenancy import TenantSession
from app.errors import QuotaExceeded
from indexing.collections.tables import Collection
from indexing.documents.tables import Document


class StorageQuotaExceeded(QuotaExceeded):
    """The file does not fit into the storage quota of its collection."""

    def __init__(self, size_bytes: int, quota_bytes: int) -> None:
        # How much is kept already is not said: who adds a file need not see every other.
        super().__init__(
            f"This file of {size_bytes} bytes does not fit any more into the collection's storage_quota_bytes of"
            f" {quota_bytes}; delete documents or raise the quota."
        )


async def room_for(
    session: TenantSession, collection: Collection, size_bytes: int, *, instead_of: str | None = None
) -> None:
    """Refuse a file that does not fit; `instead_of` is the document whose content it replaces.

    Who asks holds the collection until their commit, so that files that come together are measured one by one.
    """
    if collection.storage_quota_bytes is None:
        return
    holding = select(Collection.storage_quota_bytes).where(Collection.id == collection.id).with_for_update()
    quota: int | None = await session.scalar(holding)
    if quota is None:
        return
    kept = select(func.coalesce(func.sum(Document.size_bytes), 0)).where(
        Document.collection_id == collection.id, Document.deleted_at.is_(None)
    )
    if instead_of is not None:
        kept = kept.where(Document.id != instead_of)
    if int(await session.scalar(kept) or 0) + size_bytes > quota:
        raise StorageQuotaExceeded(size_bytes, quota)
