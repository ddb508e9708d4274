"""Knowing, collections: find collections."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from app.db.tenancy import TenantSession
from indexing.collections.tables import Collection

# Made once: to make a statement costs more than to run it, and nearly every request runs one of these.
_WANTED = select(Collection).where(Collection.id == bindparam("wanted"), Collection.deleted_at.is_(None))
_HELD = _WANTED.with_for_update().execution_options(populate_existing=True)


async def get_for_tenant(session: TenantSession, collection_id: str, *, hold: bool = False) -> Collection | None:
    """The collection of an id within the session's tenant, unless it is deleted; `hold` keeps it until the commit.

    Held, it is read as it is now and not as the transaction found the database at its beginning.
    """
    found: Collection | None = await session.scalar(_HELD if hold else _WANTED, {"wanted": collection_id})
    return found
