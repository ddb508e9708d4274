"""Knowing, documents: the rows of documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned, Timestamped, Versioned
from app.db.types import BigInt, Id, LongText, Name, UtcTime


class Document(Versioned, Timestamped, TenantOwned, Base):
    """One file of a collection. `status` and what belongs to it is moved by `status.py` alone."""

    __tablename__ = "mod_scaimatrix_documents"
    __table_args__ = (
        Index("ix_mod_scaimatrix_documents_listed", "collection_id", "deleted_at", "id", "size_bytes", "chunk_count"),
        Index("ix_mod_scaimatrix_documents_status", "status", "updated_at"),
        Index("ix_mod_scaimatrix_documents_source", "collection_id", "source_digest"),
        Index("ix_mod_scaimatrix_documents_changed", "collection_id", "updated_at", "id"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    collection_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaimatrix_collections.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSON, default=dict)
    source: Mapped[str] = mapped_column(String(16))  # upload | url | scaidrive | crawl
    source_url: Mapped[str | None] = mapped_column(LongText)
    source_digest: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of where it came from, to find it again
    source_state: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # how it was last seen there: its ETag, …
    uploaded_by: Mapped[str] = mapped_column(Id)  # whose account its embeddings are metered to

    content_version: Mapped[int] = mapped_column(default=1)  # another one with every content; 0 until there is any
    blob_key: Mapped[str | None] = mapped_column(String(300))
    mime_type: Mapped[str | None] = mapped_column(String(120))
    size_bytes: Mapped[int] = mapped_column(BigInt, default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))

    status: Mapped[str] = mapped_column(String(20))
    stage_done: Mapped[int] = mapped_column(default=0)
    stage_of: Mapped[int] = mapped_column(default=0)
    stage_since: Mapped[datetime] = mapped_column(UtcTime)
    attempt: Mapped[int] = mapped_column(default=0)
    run: Mapped[str | None] = mapped_column(Id)  # the lease of whoever works on it; nobody else moves its status
    waiting_for: Mapped[str | None] = mapped_column(String(500))
    next_try_at: Mapped[datetime | None] = mapped_column(UtcTime)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(String(1000))
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)
    changes: Mapped[int] = mapped_column(default=0)  # counts every change that a watcher is told of

    edition_id: Mapped[str | None] = mapped_column(Id, index=True)  # the edition that answers
    chunk_count: Mapped[int] = mapped_column(default=0)  # of that edition
    indexed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcTime)  # not there for anybody; its erasing is promised
