"""Ground floor, jobs: the rows of work that was asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned
from app.db.types import Id, UtcTime

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
ENDED = (DONE, FAILED, CANCELLED)
LONGEST_REASON, LONGEST_MESSAGE = 500, 1000


class Job(TenantOwned, Base):
    """One piece of work. Whoever does it holds a lease and renews it; a lease that ran out is free to be taken."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_lane_due_at", "state", "lane", "due_at"),
        Index("ix_jobs_state_lane_tenant_id_due_at", "state", "lane", "tenant_id", "due_at"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    lane: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(16))
    active_key: Mapped[str | None] = mapped_column(
        String(120), unique=True
    )  # one waiting or running per deed and subject
    again: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # the payload of what was asked for once more while it ran
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    attempts: Mapped[int] = mapped_column(default=0)  # how often it was begun
    lost: Mapped[int] = mapped_column(default=0)  # how often in a row whoever did it was gone before the end
    faults: Mapped[int] = mapped_column(default=0)  # how often in a row it ended in a fault of ours
    lease: Mapped[str | None] = mapped_column(Id)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    waiting_for: Mapped[str | None] = mapped_column(String(LONGEST_REASON))  # why it is not due yet, for people
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(String(LONGEST_MESSAGE))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
