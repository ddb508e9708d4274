"""Measuring: the rows of sets and their versions, of runs, of every answer they got, and of what it was worth."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned, Timestamped, Versioned
from app.db.types import BigInt, Id, LongText, Money, Name, Slug, UtcTime


class EvalSet(Versioned, Timestamped, TenantOwned, Base):
    """Questions under one name; `number` is its newest version, from 1 on, and 0 before it asks anything."""

    __tablename__ = "mod_scaipersona_eval_sets"
    __table_args__ = (UniqueConstraint("tenant_id", "slug"), MARIADB)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(Slug)
    name: Mapped[str] = mapped_column(Name)
    description: Mapped[str] = mapped_column(LongText, default="")
    number: Mapped[int] = mapped_column(default=0)
    cases: Mapped[int] = mapped_column(default=0)  # of the newest version
    kept: Mapped[int] = mapped_column(default=0)  # rows of cases of all its versions
    kept_bytes: Mapped[int] = mapped_column(BigInt, default=0)  # of what these say
    created_by: Mapped[str] = mapped_column(Id)


class EvalSetVersion(TenantOwned, Base):
    """What a set asked from one change to the next; it is never changed."""

    __tablename__ = "mod_scaipersona_eval_versions"

    set_id: Mapped[str] = mapped_column(
        Id, ForeignKey("mod_scaipersona_eval_sets.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of all it asks, in its order
    cases: Mapped[int]
    note: Mapped[str | None] = mapped_column(Name)  # what its author says of it
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class EvalCase(TenantOwned, Base):
    """One question as it stood in a run of versions: from `since` up to, but not in, `until`."""

    __tablename__ = "mod_scaipersona_eval_cases"
    __table_args__ = (
        Index("ix_mod_scaipersona_eval_cases_standing", "set_id", "until", "position"),
        Index("ix_mod_scaipersona_eval_cases_case_id", "set_id", "case_id"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    set_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaipersona_eval_sets.id", ondelete="CASCADE"))
    case_id: Mapped[str] = mapped_column(Id)  # as its author calls it; one of a kind in a version
    position: Mapped[int]  # in the order of the set
    since: Mapped[int]
    until: Mapped[int | None]  # None while it stands in the newest
    digest: Mapped[str] = mapped_column(String(64))
    said: Mapped[dict[str, Any]] = mapped_column(JSON)  # see values.Case


class EvalGate(Versioned, Timestamped, TenantOwned, Base):
    """What a persona must reach on a set before it is published."""

    __tablename__ = "mod_scaipersona_eval_gates"

    persona_id: Mapped[str] = mapped_column(
        Id, ForeignKey("mod_scaipersona_personas.id", ondelete="CASCADE"), primary_key=True
    )
    set_id: Mapped[str] = mapped_column(
        Id, ForeignKey("mod_scaipersona_eval_sets.id", ondelete="CASCADE"), index=True
    )  # a set that a gate asks for is not deleted
    floors: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)  # by metric
    ceilings: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)
    set_by: Mapped[str] = mapped_column(Id)


class EvalRun(TenantOwned, Base):
    """One run of a set. `changes` counts what a watcher is told of; whoever works on it holds `lease`."""

    __tablename__ = "mod_scaipersona_eval_runs"
    __table_args__ = (
        Index("ix_mod_scaipersona_eval_runs_set_id", "set_id", "id"),
        Index("ix_mod_scaipersona_eval_runs_persona_id", "persona_id", "id"),
        Index("ix_mod_scaipersona_eval_runs_status", "status", "finished_at"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    set_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaipersona_eval_sets.id", ondelete="CASCADE"))
    set_number: Mapped[int]
    persona_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaipersona_personas.id", ondelete="CASCADE"))
    config: Mapped[dict[str, Any]] = mapped_column(JSON)  # see values.RunConfig
    measured: Mapped[dict[str, Any]] = mapped_column(JSON)  # what the hash is of
    config_hash: Mapped[str] = mapped_column(String(64))  # of the persona's configuration alone; what a gate asks for
    measured_hash: Mapped[str] = mapped_column(String(64))  # of all that was measured
    note: Mapped[str | None] = mapped_column(Name)
    eyes: Mapped[str] = mapped_column(String(16))  # see values.Eyes
    started_by: Mapped[str] = mapped_column(Id)  # whose rights limit it, and whose budget pays for it
    key_id: Mapped[str | None] = mapped_column(Id)  # the API key it was asked for with, if it was one

    status: Mapped[str] = mapped_column(String(16))  # see values.RunStatus
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    stopped_by: Mapped[str | None] = mapped_column(String(32))  # the limit that capped it
    waiting_for: Mapped[str | None] = mapped_column(String(500))  # why it does not go on just now, for people
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(String(1000))
    lease: Mapped[str | None] = mapped_column(Id)  # of whoever works on it; nobody else writes what follows
    total: Mapped[int] = mapped_column(default=0)  # answers it is to get
    answered: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)  # measured and judged too
    failed: Mapped[int] = mapped_column(default=0)
    leaks: Mapped[int] = mapped_column(default=0)
    tokens: Mapped[int] = mapped_column(BigInt, default=0)
    cost: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    busy_ms: Mapped[int] = mapped_column(BigInt, default=0)  # how long it was worked on, waits left out
    numbers: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # of all its answers, once it has ended: by metric the mean; for gates, not for readers who may not see them all
    changes: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)


class EvalAnswer(TenantOwned, Base):
    """What one reader was answered to one question, written down stage by stage."""

    __tablename__ = "mod_scaipersona_eval_answers"
    __table_args__ = (
        Index("ix_mod_scaipersona_eval_answers_stage", "run_id", "stage", "position"),
        MARIADB,
    )

    run_id: Mapped[str] = mapped_column(
        Id, ForeignKey("mod_scaipersona_eval_runs.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 0, case by case
    case_id: Mapped[str] = mapped_column(Id)
    reader_id: Mapped[str] = mapped_column(Id)  # of a user
    stage: Mapped[str] = mapped_column(String(16))  # see values.Stage
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None] = mapped_column(LongText)
    retrieval: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # as a call is told of it
    passages: Mapped[list[dict[str, Any]] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # what it was made of: who may read all of them at the moment may read it
    documents: Mapped[list[str]] = mapped_column(JSON, default=list)  # ids of all it was made of, or shows
    refused: Mapped[bool] = mapped_column(default=False)
    leaked: Mapped[bool] = mapped_column(default=False)
    latency_ms: Mapped[int | None]
    ttft_ms: Mapped[int | None]
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    judge_tokens: Mapped[int] = mapped_column(default=0)
    cost: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(String(1000))
    answered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class EvalScore(TenantOwned, Base):
    """What one answer is worth by one metric; None where it cannot be said, with the reason."""

    __tablename__ = "mod_scaipersona_eval_scores"

    run_id: Mapped[str] = mapped_column(
        Id, ForeignKey("mod_scaipersona_eval_runs.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # of the answer
    metric: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[float | None] = mapped_column(Double)
    judged: Mapped[bool] = mapped_column(default=False)  # by a model, whose word it is
    reasons: Mapped[str | None] = mapped_column(LongText)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    tokens: Mapped[int] = mapped_column(default=0)
    cost: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    made_at: Mapped[datetime] = mapped_column(UtcTime)
