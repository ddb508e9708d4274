"""Ground floor, directory: how each tenant's mirror stands, members who have not come yet, and events heard."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned
from app.db.types import BigInt, Id, Slug, UtcTime


class DirectoryMirror(Base):
    """How a tenant's directory stands: which readings began, which of them counts, and when the next is due."""

    __tablename__ = "directory_mirrors"

    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    heard: Mapped[int] = mapped_column(BigInt, default=0)  # how often ScaiKey said that something has changed
    begun: Mapped[int] = mapped_column(BigInt, default=0)  # the number of the newest reading
    applied: Mapped[int] = mapped_column(BigInt, default=0)  # the number of the one that counts
    read_at: Mapped[datetime | None] = mapped_column(UtcTime)  # when that one began
    failures: Mapped[int] = mapped_column(default=0)  # since then
    failing_since: Mapped[datetime | None] = mapped_column(UtcTime)
    fault: Mapped[str | None] = mapped_column(String(32))


class PendingMember(TenantOwned, Base):
    """Somebody ScaiKey has in a group whom we do not know yet; they are put into it when they first come."""

    __tablename__ = "directory_pending_members"
    __table_args__ = (Index("ix_directory_pending_members_person", "tenant_id", "external_id"), MARIADB)

    group_id: Mapped[str] = mapped_column(Id, ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    external_id: Mapped[str] = mapped_column(Slug, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class DirectoryEvent(Base):
    """An event of ScaiKey that was heard, so that it is not heard again; only a digest of its id is kept."""

    __tablename__ = "directory_events"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    forget_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
