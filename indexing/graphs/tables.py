"""Knowing, graphs: the rows of what was read out of texts, of what people wrote or took out, and of saved views."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned, Timestamped
from app.db.types import Id, Name, UtcTime

NODE, EDGE = "node", "edge"
WRITTEN = "written"  # it is there because somebody wrote it
AMENDS = "amends"  # it says more of what documents say, and is there for those alone who may read one of them
REMOVED = "removed"  # whatever documents say of it is left out
GONE = "gone"  # nothing of it holds any more; the row goes once the store knows


class GraphEdit(Timestamped, TenantOwned, Base):
    """What one person wrote last of one thing, by its key, or of one relation between two keys."""

    __tablename__ = "mod_scaimatrix_graph_edits"
    __table_args__ = (
        Index("ix_mod_scaimatrix_graph_edits_state", "collection_id", "state"),
        Index("ix_mod_scaimatrix_graph_edits_settled", "collection_id", "settled"),
        Index("ix_mod_scaimatrix_graph_edits_source", "collection_id", "source"),
        Index("ix_mod_scaimatrix_graph_edits_target", "collection_id", "target"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)  # `names.node_id` or `names.edge_id`
    collection_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaimatrix_collections.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(200))  # the key of a thing, or of what a relation goes from
    type: Mapped[str] = mapped_column(String(200), default="")
    target: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(16))
    said: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    revision: Mapped[str] = mapped_column(Id)  # another one with every change
    settled: Mapped[bool] = mapped_column(default=False)  # whether the graph store has it so
    written_by: Mapped[str] = mapped_column(Id)


class GraphView(Timestamped, TenantOwned, Base):
    """A view that was saved: what is asked of the graph, under a name."""

    __tablename__ = "mod_scaimatrix_graph_views"
    __table_args__ = (UniqueConstraint("collection_id", "name"), MARIADB)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    collection_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaimatrix_collections.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    owner_id: Mapped[str] = mapped_column(Id)


class GraphExtraction(TenantOwned, Base):
    """What one recipe read out of one text of a document, paid for once; or how often it was tried in vain."""

    __tablename__ = "mod_scaimatrix_graph_extractions"
    __table_args__ = (
        Index("ix_mod_scaimatrix_graph_extractions_document_id", "document_id", "digest"),
        Index("ix_mod_scaimatrix_graph_extractions_collection_id", "collection_id", "digest"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)  # reckoned from document, digest and recipe
    document_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaimatrix_documents.id", ondelete="CASCADE"))
    collection_id: Mapped[str] = mapped_column(Id)
    digest: Mapped[str] = mapped_column(String(64))  # of the text that was read, as its chunks have it
    recipe: Mapped[str] = mapped_column(String(200))  # the model, and the version of what it is asked
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # None: nothing could be read yet
    tries: Mapped[int] = mapped_column(default=0)  # in vain, for the graph generation
    graph_generation: Mapped[int]  # that was last tried for: a new one tries again
    error: Mapped[str | None] = mapped_column(String(500))
    read_at: Mapped[datetime] = mapped_column(UtcTime)
