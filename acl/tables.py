"""Allowing: the access lists of collections and documents, and their entries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import ACCESS, ACCESS_ADDED, MARIADB, Base, TenantOwned, Timestamped, Versioned
from app.db.types import Id, UtcTime

NOTE_LENGTH = 500


class AccessList(Versioned, Timestamped, TenantOwned, Base):
    """Whose a collection or document is, and from where it inherits; without one, a thing is not there for anybody."""

    __tablename__ = "mod_scaimatrix_acls"
    __epoch__ = ACCESS
    __epoch_of_new__ = ACCESS_ADDED
    __table_args__ = (
        Index("ix_mod_scaimatrix_acls_owner", "collection_id", "owner_id"),
        Index("ix_mod_scaimatrix_acls_inherits", "collection_id", "inherits"),
        MARIADB,
    )

    resource_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    collection_id: Mapped[str | None] = mapped_column(  # a document's
        Id, ForeignKey("mod_scaimatrix_acls.resource_id", ondelete="CASCADE")
    )
    owner_id: Mapped[str | None] = mapped_column(Id, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    inherits: Mapped[bool] = mapped_column(default=True)  # a document's
    default_access: Mapped[str] = mapped_column(String(16))  # a collection's


class AccessEntry(TenantOwned, Base):
    """One line of an access list."""

    __tablename__ = "mod_scaimatrix_aces"
    __epoch__ = ACCESS
    __table_args__ = (Index("ix_mod_scaimatrix_aces_principal", "principal_id"), MARIADB)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    resource_id: Mapped[str] = mapped_column(
        Id, ForeignKey("mod_scaimatrix_acls.resource_id", ondelete="CASCADE"), index=True
    )
    collection_id: Mapped[str] = mapped_column(Id, index=True)  # the one it counts in: its own, or its document's
    ace_type: Mapped[str] = mapped_column(String(8))
    principal_type: Mapped[str] = mapped_column(String(16))
    principal_id: Mapped[str | None] = mapped_column(Id)
    permissions: Mapped[int]
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
