"""Knowing, collections: the rows of collections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned, Timestamped, Versioned
from app.db.types import BigInt, Id, LongText, Name, Slug, UtcTime

IDLE, QUEUED, RUNNING, COMPLETED, FAILED = "idle", "queued", "running", "completed", "failed"


class Collection(Versioned, Timestamped, TenantOwned, Base):
    """A collection. Its counts are reckoned from its documents, never kept; its access list is the room `acl`'s."""

    __tablename__ = "mod_scaimatrix_collections"
    __table_args__ = (
        UniqueConstraint("tenant_id", "slug"),
        Index("ix_mod_scaimatrix_collections_deleted_at", "deleted_at"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(Slug)
    name: Mapped[str] = mapped_column(Name)
    description: Mapped[str] = mapped_column(LongText, default="")
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSON, default=dict)
    embedding_model: Mapped[str] = mapped_column(Slug)
    dimensions: Mapped[int | None]  # of its vectors, once there are any; never another number after that
    index_name: Mapped[str] = mapped_column(String(200))  # of its class or file in the vector store; never changes
    chunking_strategy: Mapped[str] = mapped_column(String(16))
    chunk_size: Mapped[int]
    chunk_overlap: Mapped[int]
    graph_enabled: Mapped[bool] = mapped_column(default=False)
    graph_extraction_model: Mapped[str | None] = mapped_column(Slug)
    graph_max_nodes: Mapped[int]
    graph_max_edges: Mapped[int]
    storage_quota_bytes: Mapped[int | None] = mapped_column(BigInt)
    forked_from: Mapped[str | None] = mapped_column(Id)
    generation: Mapped[int] = mapped_column(default=1)  # the one that answers; see indexing/editions
    graph_generation: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # of the graph that answers; 0: there never was one
    rechunk_status: Mapped[str] = mapped_column(String(16), default=IDLE)
    rechunk_total: Mapped[int] = mapped_column(default=0)
    rechunk_processed: Mapped[int] = mapped_column(default=0)
    rechunk_failed: Mapped[int] = mapped_column(default=0)
    graph_reextract_status: Mapped[str] = mapped_column(String(16), default=IDLE)
    graph_reextract_total: Mapped[int] = mapped_column(default=0)
    graph_reextract_processed: Mapped[int] = mapped_column(default=0)
    graph_reextract_failed: Mapped[int] = mapped_column(default=0)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcTime)  # it is not there for anybody; its erasing is promised
