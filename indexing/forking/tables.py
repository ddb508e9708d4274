"""Knowing, forking: the rows of forks: how far each has copied."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned
from app.db.types import Id, UtcTime


class Fork(TenantOwned, Base):
    """What is copied into a collection, and from where."""

    __tablename__ = "mod_scaimatrix_forks"
    __table_args__ = (MARIADB,)

    collection_id: Mapped[str] = mapped_column(
        Id, ForeignKey("mod_scaimatrix_collections.id", ondelete="CASCADE"), primary_key=True
    )
    source_id: Mapped[str] = mapped_column(Id)
    asked_by: Mapped[str] = mapped_column(Id)  # whose account the copies' embeddings are metered to
    asked_at: Mapped[datetime] = mapped_column(UtcTime)  # documents that came later are not copied
    copied_to: Mapped[str] = mapped_column(Id, default="")  # the last document that is done with, in the order of ids
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(String(1000))
