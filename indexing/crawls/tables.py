"""Knowing, crawls: the rows of saved crawls, of their runs, of every address these met, of calls, and of rests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned, Timestamped, Versioned
from app.db.types import BigInt, Id, LongText, Name, UtcTime

PENDING, RUNNING, COMPLETED, FAILED, CANCELLED = "pending", "running", "completed", "failed", "cancelled"
ENDED = (COMPLETED, FAILED, CANCELLED)
MANUAL, SCHEDULE, WEBHOOK, AD_HOC = "manual", "schedule", "webhook", "ad_hoc"  # what set a run going
RETRY = "retry"  # it asks again for what had failed in another
QUEUED, DONE = "queued", "done"  # how far an address is; until it is done, nothing of it was kept
FETCHED, UNCHANGED, SKIPPED, UNREAD = "fetched", "unchanged", "skipped", "failed"  # the verdicts on an address


class Crawl(Versioned, Timestamped, TenantOwned, Base):
    """A crawl that was saved, to be run again and again."""

    __tablename__ = "mod_scaimatrix_crawls"
    __table_args__ = (
        Index("ix_mod_scaimatrix_crawls_collection_id", "collection_id", "id"),
        Index("ix_mod_scaimatrix_crawls_next_run_at", "next_run_at"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    collection_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaimatrix_collections.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    owner_id: Mapped[str] = mapped_column(Id)  # with whose rights it runs when nobody sets it going by hand
    seed_url: Mapped[str] = mapped_column(LongText)
    max_depth: Mapped[int]
    max_pages: Mapped[int]
    max_total_bytes: Mapped[int] = mapped_column(BigInt)
    follow_external: Mapped[bool] = mapped_column(default=False)
    include_patterns: Mapped[list[str]] = mapped_column(JSON, default=list)
    exclude_patterns: Mapped[list[str]] = mapped_column(JSON, default=list)
    use_sitemap: Mapped[bool] = mapped_column(default=False)
    acl: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # the entries every document of it gets
    acl_inherit: Mapped[bool] = mapped_column(default=True)  # whether what holds for the collection holds for them too
    grace_crawls: Mapped[int] = mapped_column(default=3)  # in how many runs a page is gone before its document goes
    grace_days: Mapped[int] = mapped_column(default=7)  # or for how long, whichever comes first
    schedule: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    next_run_at: Mapped[datetime | None] = mapped_column(UtcTime)
    webhook_enabled: Mapped[bool] = mapped_column(default=False)
    sealed_secret: Mapped[str | None] = mapped_column(LongText)


class CrawlJob(TenantOwned, Base):
    """One run of a crawl, saved or not. `changes` counts what a watcher is told of; whoever walks it holds `run`."""

    __tablename__ = "mod_scaimatrix_crawl_jobs"
    __table_args__ = (
        Index("ix_mod_scaimatrix_crawl_jobs_collection_id", "collection_id", "id"),
        Index("ix_mod_scaimatrix_crawl_jobs_crawl_id", "crawl_id", "id"),
        Index("ix_mod_scaimatrix_crawl_jobs_status", "status", "finished_at"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    collection_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaimatrix_collections.id", ondelete="CASCADE"))
    crawl_id: Mapped[str | None] = mapped_column(Id, ForeignKey("mod_scaimatrix_crawls.id", ondelete="SET NULL"))
    active_key: Mapped[str | None] = mapped_column(Id, unique=True)  # the saved crawl while it runs: once at a time
    trigger: Mapped[str] = mapped_column(String(16))
    started_by: Mapped[str] = mapped_column(Id)  # the user with whose rights it runs, asked for again while it does
    key_id: Mapped[str | None] = mapped_column(Id)  # the API key it was asked for with, if it was one
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)  # what was to be crawled when it began; see plan.py
    dry_run: Mapped[bool] = mapped_column(default=False)

    status: Mapped[str] = mapped_column(String(16))
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    stopped_by: Mapped[str | None] = mapped_column(
        String(32)
    )  # the limit that ended a completed run, or why it read nothing at all
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(String(1000))
    run: Mapped[str | None] = mapped_column(Id)  # the lease of whoever walks; nobody else writes what follows
    pages: Mapped[int] = mapped_column(default=0)  # what counts against max_pages: answers to what was asked as content
    pages_fetched: Mapped[int] = mapped_column(default=0)
    pages_unchanged: Mapped[int] = mapped_column(default=0)
    pages_skipped: Mapped[int] = mapped_column(default=0)
    pages_failed: Mapped[int] = mapped_column(default=0)
    pages_queued: Mapped[int] = mapped_column(default=0)  # still to be settled
    bytes_fetched: Mapped[int] = mapped_column(BigInt, default=0)  # unpacked
    listed: Mapped[int] = mapped_column(default=0)  # addresses in the ledger; the position of the next one
    unlisted: Mapped[int] = mapped_column(default=0)  # addresses met after the ledger was full
    changes: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)


class CrawlPage(TenantOwned, Base):
    """One address a run met: the ledger of what became of it, and while it is queued, the frontier."""

    __tablename__ = "mod_scaimatrix_crawl_pages"
    __table_args__ = (
        UniqueConstraint("job_id", "digest"),
        Index("ix_mod_scaimatrix_crawl_pages_state", "job_id", "state", "depth", "position"),
        Index("ix_mod_scaimatrix_crawl_pages_verdict", "job_id", "verdict", "position"),
        MARIADB,
    )

    job_id: Mapped[str] = mapped_column(
        Id, ForeignKey("mod_scaimatrix_crawl_jobs.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # by when it was met, from 0
    url: Mapped[str] = mapped_column(LongText)  # canonical
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of it
    depth: Mapped[int]
    found_on: Mapped[str | None] = mapped_column(LongText)  # the page whose link led here; None of seeds
    state: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    final_url: Mapped[str | None] = mapped_column(LongText)  # where redirects led, and so what its document is known by
    final_digest: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[int | None]  # of HTTP
    mime_type: Mapped[str | None] = mapped_column(String(120))
    bytes: Mapped[int] = mapped_column(BigInt, default=0)  # unpacked
    ms: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    document_id: Mapped[str | None] = mapped_column(Id)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcTime)


class CrawlDelivery(TenantOwned, Base):
    """One call that was to set a saved crawl going: what became of it, and that it is not heard twice."""

    __tablename__ = "mod_scaimatrix_crawl_deliveries"
    __table_args__ = (
        UniqueConstraint("crawl_id", "digest"),
        Index("ix_mod_scaimatrix_crawl_deliveries_expires_at", "expires_at"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)  # ids sort by time
    crawl_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaimatrix_crawls.id", ondelete="CASCADE"))
    digest: Mapped[str | None] = mapped_column(String(64))  # of what makes the call one of a kind; None if refused
    verdict: Mapped[str] = mapped_column(String(32))
    job_id: Mapped[str | None] = mapped_column(Id)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class HostRest(Base):
    """That a host asked for a rest, for every process to know."""

    __tablename__ = "mod_scaimatrix_host_rests"
    __table_args__ = (Index("ix_mod_scaimatrix_host_rests_until", "until"), MARIADB)

    host: Mapped[str] = mapped_column(Id, primary_key=True)  # SHA-256 of `scheme://host[:port]`
    until: Mapped[datetime] = mapped_column(UtcTime)
    apart: Mapped[float] = mapped_column(Double)  # seconds between requests from then on
