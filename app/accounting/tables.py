"""Ground floor, accounting: one row per model call, budgets, what was spent of them and what is reserved."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned, Timestamped, Versioned
from app.db.types import BigInt, Id, Money, Name, Slug, UtcTime

BUDGETS = "budgets"  # the epoch of every budget there is


class UsageEvent(TenantOwned, Base):
    """One model call. Ids are plain: what was called may be deleted, what it cost may not."""

    __tablename__ = "usage_events"
    __table_args__ = (
        Index("ix_usage_events_when", "tenant_id", "created_at"),
        Index("ix_usage_events_own", "user_id", "created_at"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    partner_id: Mapped[str] = mapped_column(Id, index=True)
    user_id: Mapped[str] = mapped_column(Id)
    key_id: Mapped[str | None] = mapped_column(Id)
    model: Mapped[str] = mapped_column(Slug)  # the frontend model's slug as it was then
    model_id: Mapped[str] = mapped_column(Id)
    backend_id: Mapped[str | None] = mapped_column(Id)
    operation: Mapped[str] = mapped_column(String(16))  # chat | embedding
    outcome: Mapped[str] = mapped_column(String(16))  # ok | failed | cancelled
    input_tokens: Mapped[int] = mapped_column(BigInt)
    output_tokens: Mapped[int] = mapped_column(BigInt)
    estimated: Mapped[bool] = mapped_column()
    cost: Mapped[Decimal] = mapped_column(Money)
    latency_ms: Mapped[float] = mapped_column(Float)
    ttft_ms: Mapped[float | None] = mapped_column(Float)
    request_id: Mapped[str] = mapped_column(String(128), index=True)


class CallStages(TenantOwned, Base):
    """What a call went through, where that is noted: times, ids and numbers. It goes with its call."""

    __tablename__ = "call_stages"

    call_id: Mapped[str] = mapped_column(Id, ForeignKey("usage_events.id", ondelete="CASCADE"), primary_key=True)
    said: Mapped[dict[str, Any]] = mapped_column(JSON)  # see `Stages`


class Budget(Versioned, Timestamped, Base):
    """A limit on what a scope may spend in a period."""

    __tablename__ = "budgets"
    __epoch__ = BUDGETS

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    partner_id: Mapped[str] = mapped_column(Id, ForeignKey("partners.id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[str | None] = mapped_column(Id, ForeignKey("tenants.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Name)
    scope: Mapped[str] = mapped_column(String(16))  # partner | tenant | user | group
    scope_id: Mapped[str] = mapped_column(Id, index=True)
    period: Mapped[str] = mapped_column(String(16))  # daily | weekly | monthly | total
    cost_limit: Mapped[Decimal | None] = mapped_column(Money)
    token_limit: Mapped[int | None] = mapped_column(BigInt)
    request_limit: Mapped[int | None] = mapped_column(BigInt)
    hard_action: Mapped[str] = mapped_column(String(16))  # block | notify | throttle
    soft_limit_pct: Mapped[float] = mapped_column(Float)
    authority: Mapped[str] = mapped_column(String(16))  # who set it: tenant | partner | platform; lesser ones may not


class BudgetSpend(Base):
    """What has been spent of a budget in one period."""

    __tablename__ = "budget_spends"

    budget_id: Mapped[str] = mapped_column(Id, ForeignKey("budgets.id", ondelete="CASCADE"), primary_key=True)
    period_start: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    cost: Mapped[Decimal] = mapped_column(Money)
    tokens: Mapped[int] = mapped_column(BigInt)
    requests: Mapped[int] = mapped_column(BigInt)
    soft_told: Mapped[bool] = mapped_column()
    hard_told: Mapped[bool] = mapped_column()


class BudgetReservation(Base):
    """What a call in flight may still spend of a budget; void after its end, should its process die."""

    __tablename__ = "budget_reservations"

    call_id: Mapped[str] = mapped_column(Id, primary_key=True)
    budget_id: Mapped[str] = mapped_column(
        Id, ForeignKey("budgets.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    cost: Mapped[Decimal] = mapped_column(Money)
    tokens: Mapped[int] = mapped_column(BigInt)
    requests: Mapped[int] = mapped_column(BigInt)
    ends_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
