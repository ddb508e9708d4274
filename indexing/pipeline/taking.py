"""Knowing, pipeline: a document taken over by whoever is to ingest it, with all that has to be known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, select

from app.db.writer import Writing
from app.jobs.work import Held
from indexing.chunking.strategies import Strategy
from indexing.collections.tables import Collection
from indexing.documents.status import DocumentStatus, Run
from indexing.documents.tables import Document
from indexing.editions.tables import Edition
from indexing.pipeline.content import Content, Recipe
from indexing.stores.vectors import Index


@dataclass(slots=True)
class Taken:
    """A document as it was taken over, and how it is to be cut; `first` if nothing of it can have been made before."""

    content: Content
    status: DocumentStatus
    recipe: Recipe
    edition: Edition | None
    first: bool


def take(writing: Writing, run: Run, held: Held) -> Taken | None:
    """Take a document over; None if there is nothing left to do with it."""
    began = run.begin(writing, held.attempt)
    if not began and not run.take(writing, held.attempt):
        return None
    row = writing.on.execute(_TAKEN, {"its_id": held.subject_id}).one_or_none()
    if row is None:
        return None
    content = Content.of(row)
    edition = _edition(row)
    first = held.attempt == 1 and content.version <= 1 and row.edition_id is None and edition is None
    status = DocumentStatus.PENDING if began else DocumentStatus(row.status)
    return Taken(content, status, _recipe(row), edition, first)


_TAKEN = (
    select(
        *(getattr(Document, name) for name in ("id", "tenant_id", "collection_id", "status", "content_version")),
        *(getattr(Document, name) for name in ("blob_key", "sha256", "name", "mime_type")),
        *(getattr(Document, name) for name in ("uploaded_by", "size_bytes", "edition_id")),
        *(getattr(Collection, name) for name in ("index_name", "generation", "chunking_strategy", "chunk_size")),
        *(getattr(Collection, name) for name in ("chunk_overlap", "embedding_model", "dimensions")),
        *(getattr(Collection, name) for name in ("graph_enabled", "graph_extraction_model", "graph_generation")),
        *(getattr(Collection, name) for name in ("graph_max_nodes", "graph_max_edges")),
        Edition.id.label("begun_id"),
        Edition.state.label("begun_state"),
        Edition.chunk_count.label("begun_chunks"),
        Edition.created_at.label("begun_at"),
    )
    .join(Collection, and_(Collection.id == Document.collection_id, Collection.deleted_at.is_(None)))
    .outerjoin(
        Edition,
        and_(
            Edition.document_id == Document.id,
            Edition.generation == Collection.generation,
            Edition.content_version == Document.content_version,
        ),
    )
    .where(Document.id == bindparam("its_id"))
)


def _recipe(row: Any) -> Recipe:
    return Recipe(
        index=Index(row.tenant_id, row.collection_id, row.index_name),
        generation=row.generation,
        strategy=Strategy(row.chunking_strategy),
        chunk_size=row.chunk_size,
        chunk_overlap=row.chunk_overlap,
        model=row.embedding_model,
        dimensions=row.dimensions,
        graph_model=row.graph_extraction_model if row.graph_enabled else None,
        graph_generation=row.graph_generation,
        most_nodes=row.graph_max_nodes,
        most_edges=row.graph_max_edges,
    )


def _edition(row: Any) -> Edition | None:
    if row.begun_id is None:
        return None
    return Edition(
        id=row.begun_id,
        tenant_id=row.tenant_id,
        document_id=row.id,
        collection_id=row.collection_id,
        generation=row.generation,
        content_version=row.content_version,
        state=row.begun_state,
        chunk_count=row.begun_chunks,
        created_at=row.begun_at,
    )
