"""Knowing, editions: the rows of editions and of their chunks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned
from app.db.types import Id, LongText, UtcTime

BUILDING, READY = "building", "ready"


class Edition(TenantOwned, Base):
    """The chunks of one content of a document, cut by the parameters of one generation of its collection."""

    __tablename__ = "mod_scaimatrix_editions"
    __table_args__ = (
        UniqueConstraint("document_id", "generation", "content_version", name="uq_mod_scaimatrix_editions_content"),
        Index("ix_mod_scaimatrix_editions_collection_id_generation", "collection_id", "generation", "state"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    document_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaimatrix_documents.id", ondelete="CASCADE"))
    collection_id: Mapped[str] = mapped_column(Id)
    generation: Mapped[int]
    content_version: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))  # ready: every chunk of it is in the vector store
    chunk_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class ChunkRow(TenantOwned, Base):
    """One passage: what it says, and where in the document's text it stands, character for character."""

    __tablename__ = "mod_scaimatrix_chunks"
    __table_args__ = (
        UniqueConstraint("edition_id", "chunk_index"),
        Index("ix_mod_scaimatrix_chunks_document_id_digest", "document_id", "digest"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)  # reckoned from edition and index: twice is once
    edition_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaimatrix_editions.id", ondelete="CASCADE"))
    document_id: Mapped[str] = mapped_column(Id)
    collection_id: Mapped[str] = mapped_column(Id, index=True)
    chunk_index: Mapped[int]
    content: Mapped[str] = mapped_column(LongText)
    start: Mapped[int]
    end: Mapped[int]
    page: Mapped[int | None]
    section: Mapped[str | None] = mapped_column(String(500))
    tokens: Mapped[int]
    digest: Mapped[str] = mapped_column(
        String(64)
    )  # SHA-256 of what is embedded: the same again need not be paid again
    stored: Mapped[bool] = mapped_column(default=False)  # whether its vector is in the vector store
