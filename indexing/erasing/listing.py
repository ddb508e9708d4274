"""Knowing, erasing: receipts, for who wants to see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.db.tenancy import TenantSession
from app.paging import Page, PageRequest, cut
from indexing.erasing.tables import ErasureReceipt


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one store held of one deleted thing, and since when it does not; None: it may still hold some."""

    id: str
    subject_type: str
    subject_id: str
    store: str
    removed: int
    requested_at: datetime
    erased_at: datetime | None

    @classmethod
    def of(cls, row: ErasureReceipt) -> Receipt:
        """Read a row."""
        what, which = (row.id, row.subject_kind, row.subject_id), (row.store, row.removed)
        return cls(*what, *which, row.requested_at, row.erased_at)


async def receipts(session: TenantSession, request: PageRequest, subject_id: str | None = None) -> Page[Receipt]:
    """One page, of one thing or of all."""
    rising = request.order == "asc"
    wanted = select(ErasureReceipt)
    if subject_id is not None:
        wanted = wanted.where(ErasureReceipt.subject_id == subject_id)
    if request.after is not None:
        wanted = wanted.where(ErasureReceipt.id > request.after if rising else ErasureReceipt.id < request.after)
    order = ErasureReceipt.id.asc() if rising else ErasureReceipt.id.desc()
    rows = (await session.scalars(wanted.order_by(order).limit(request.limit + 1))).all()
    return cut(rows, request, lambda row: row.id).map(Receipt.of)
