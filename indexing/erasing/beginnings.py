"""Knowing, erasing: whether a tenant ever had a collection; what it has deleted does not come back by itself."""

from __future__ import annotations

from sqlalchemy import select

from app.db.tenancy import TenantSession
from indexing.collections.tables import Collection
from indexing.erasing.tables import ErasureReceipt


async def had_any(session: TenantSession) -> bool:
    """Whether the session's tenant has, or had, a collection; of those erased long ago there are receipts."""
    for wanted in (select(Collection.id), select(ErasureReceipt.id)):
        if await session.scalar(wanted.limit(1)) is not None:
            return True
    return False
