"""Knowing, pipeline: what is worked on, and how, as values that outlive the transaction they were read in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.inference.counting import LARGEST_ATOM
from indexing.chunking.strategies import Strategy
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.extraction.shapes import name_with_ending
from indexing.stores.vectors import Index


@dataclass(frozen=True, slots=True)
class Content:
    """One content of a document."""

    tenant_id: str
    document_id: str
    collection_id: str
    version: int
    key: str | None  # of its blob; None until it has been fetched
    sha256: str | None
    name: str  # as it is read: with an ending
    uploaded_by: str  # whose account its embeddings are metered to
    size_bytes: int

    @classmethod
    def of(cls, document: Document | Row[*tuple[Any, ...]]) -> Content:
        """The present content of a document, or of a row that names its columns as a document does."""
        return cls(
            tenant_id=document.tenant_id,
            document_id=document.id,
            collection_id=document.collection_id,
            version=document.content_version,
            key=document.blob_key,
            sha256=document.sha256,
            name=name_with_ending(document.name, document.mime_type),
            uploaded_by=document.uploaded_by,
            size_bytes=document.size_bytes,
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a generation of a collection is cut and embedded, and where its vectors are kept."""

    index: Index
    generation: int
    strategy: Strategy
    chunk_size: int
    chunk_overlap: int
    model: str
    dimensions: int | None  # of every vector of the collection, once there are any
    graph_model: str | None = None  # that reads a graph out of it, where there is to be one
    graph_generation: int = 0
    read_since: datetime | None = None  # what models said of it before then is asked anew
    most_nodes: int = 0  # that its graph may have
    most_edges: int = 0

    @property
    def overlap(self) -> int:
        """How many tokens a chunk may repeat: less than was chosen where that leaves no room for the largest word."""
        return min(self.chunk_overlap, self.chunk_size - LARGEST_ATOM)

    @classmethod
    def of(cls, collection: Collection) -> Recipe:
        """As the collection is cut now, for the generation that answers; `replace` it to build another."""
        return cls(
            index=Index(collection.tenant_id, collection.id, collection.index_name),
            generation=collection.generation,
            strategy=Strategy(collection.chunking_strategy),
            chunk_size=collection.chunk_size,
            chunk_overlap=collection.chunk_overlap,
            model=collection.embedding_model,
            dimensions=collection.dimensions,
            graph_model=collection.graph_extraction_model if collection.graph_enabled else None,
            graph_generation=collection.graph_generation,
            most_nodes=collection.graph_max_nodes,
            most_edges=collection.graph_max_edges,
        )
