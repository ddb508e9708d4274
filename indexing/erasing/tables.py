"""Knowing, erasing: the receipts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned
from app.db.types import Id, UtcTime


class ErasureReceipt(TenantOwned, Base):
    """What one store held of one deleted thing, and since when it does not; says no name and no content."""

    __tablename__ = "mod_scaimatrix_erasures"
    __table_args__ = (UniqueConstraint("subject_id", "store"), MARIADB)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(16))  # document | collection
    subject_id: Mapped[str] = mapped_column(Id)
    store: Mapped[str] = mapped_column(String(16))  # database | blobs | vectors | graph
    removed: Mapped[int]  # rows, files or objects: counted before any is removed, so begun again it says the same
    requested_at: Mapped[datetime] = mapped_column(UtcTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcTime)  # None: the store may still hold some
