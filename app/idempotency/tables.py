"""Ground floor, idempotency: one row per key a caller sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, TenantOwned
from app.db.types import Id, LongText, UtcTime


class IdempotencyRecord(TenantOwned, Base):
    """A keyed request: in flight until it has an answer."""

    __tablename__ = "idempotency_records"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # digest of tenant, caller and key
    caller: Mapped[str] = mapped_column(Id)
    fingerprint: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[str] = mapped_column(Id)
    leased_until: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    status: Mapped[int | None] = mapped_column()
    sealed_answer: Mapped[str | None] = mapped_column(LongText)
