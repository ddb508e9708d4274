"""Knowing, collections: find collections."""

from __future__ import annotations

from sqlalchemy import select

from app.db.tenancy import TenantSession
from indexing.collections.tables import Collection


async def get_for_tenant(session: TenantSession, collection_id: str, *, hold: bool = False) -> Collection | None:
    """The collection of an id within the session's tenant, unless it is deleted; `hold` keeps it until the commit.

    Held, it is read as it is now and not as the transaction found the database at its beginning.
    """
    wanted = select(Collection).where(Collection.id == collection_id, Collection.deleted_at.is_(None))
    if hold:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found: Collection | None = await session.scalar(wanted)
    return found
