"""Ground floor, audit: the events, and the head of each tenant's chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned
from app.db.types import BigInt, Id, UtcTime


class AuditEvent(TenantOwned, Base):
    """One thing that was done or refused. Rows are only ever added."""

    __tablename__ = "audit_events"
    __append_only__ = True
    __table_args__ = (Index("ix_audit_events_chain", "tenant_id", "number", unique=True), MARIADB)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(BigInt)
    at: Mapped[datetime] = mapped_column(UtcTime)
    action: Mapped[str] = mapped_column(String(100))
    outcome: Mapped[str] = mapped_column(String(16))
    module: Mapped[str] = mapped_column(String(40), index=True)
    actor_id: Mapped[str | None] = mapped_column(Id)
    actor_tenant_id: Mapped[str | None] = mapped_column(Id)
    key_id: Mapped[str | None] = mapped_column(Id)
    target_type: Mapped[str | None] = mapped_column(String(40))
    target_id: Mapped[str | None] = mapped_column(String(190))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    request_id: Mapped[str] = mapped_column(String(128))
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """Where a tenant's chain stands: the number and digest of its newest event."""

    __tablename__ = "audit_heads"

    tenant_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(BigInt, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
