"""Knowing, documents: how far the documents of a collection have come."""

from __future__ import annotations

from sqlalchemy import func, select

from app.db.tenancy import TenantSession
from indexing.documents.status import DocumentStatus
from indexing.documents.tables import Document


async def statuses(session: TenantSession, collection_id: str) -> dict[DocumentStatus, int]:
    """How many documents have which status; for whoever runs the platform, since it counts what callers may not see."""
    wanted = select(Document.status, func.count()).where(
        Document.collection_id == collection_id, Document.deleted_at.is_(None)
    )
    rows = await session.execute(wanted.group_by(Document.status))
    return {DocumentStatus(status): count for status, count in rows}
