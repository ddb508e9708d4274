"""Knowing, graphs: which editions have all that an extraction reads out of them in the graph store."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, ForeignKey, Index, Table, delete, exists, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned
from app.db.tenancy import TenantSession
from app.db.types import Id, UtcTime
from app.db.upsert import insert_or_change, replaced

_UNCHECKED = {"synchronize_session": False}


class GraphReading(TenantOwned, Base):
    """All that one extraction reads out of an edition is in the graph store, in the layer of the two."""

    __tablename__ = "mod_scaimatrix_graph_readings"
    __table_args__ = (
        Index("ix_mod_scaimatrix_graph_readings_collection_id", "collection_id", "graph_generation"),
        Index("ix_mod_scaimatrix_graph_readings_document_id", "document_id"),
        MARIADB,
    )

    edition_id: Mapped[str] = mapped_column(
        Id, ForeignKey("mod_scaimatrix_editions.id", ondelete="CASCADE"), primary_key=True
    )
    graph_generation: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(Id)
    collection_id: Mapped[str] = mapped_column(Id)
    said: Mapped[int]  # mentions and assertions together: what a receipt counts
    left_out: Mapped[int] = mapped_column(default=0)  # chunks that no model could read, or that had no room
    read_at: Mapped[datetime] = mapped_column(UtcTime)


_READINGS = cast("Table", GraphReading.__table__)


def note_reading(on: Connection, reading: GraphReading) -> None:
    """Note that an edition is read; noted again it takes the place of what was noted before."""
    row = {column.key: getattr(reading, column.key) for column in _READINGS.columns}
    insert_or_change(on, _READINGS, [row], {"said": replaced, "left_out": replaced, "read_at": replaced})


def is_read(edition_id: Any, graph_generation: Any) -> ColumnElement[bool]:
    """Whether an extraction has read an edition to the end, as a condition."""
    return exists().where(GraphReading.edition_id == edition_id, GraphReading.graph_generation == graph_generation)


async def said_of(session: TenantSession, document_ids: Collection[str]) -> dict[str, int]:
    """By document, how many mentions and assertions the graph store holds of all its editions."""
    counting = select(GraphReading.document_id, func.sum(GraphReading.said))
    found = await session.execute(
        counting.where(GraphReading.document_id.in_(document_ids)).group_by(GraphReading.document_id)
    )
    return {document_id: int(said) for document_id, said in found}


async def forget_readings(
    session: TenantSession, collection_id: str, *, but: Collection[int] = (), limit: int = 500
) -> bool:
    """Forget some readings of other extractions than these; says whether there may be more."""
    which = (GraphReading.collection_id == collection_id, GraphReading.graph_generation.not_in(list(but)))
    wanted = select(GraphReading.edition_id, GraphReading.graph_generation).where(*which).limit(limit)
    found = (await session.execute(wanted)).all()
    for generation in {generation for _, generation in found}:
        editions = [edition_id for edition_id, of in found if of == generation]
        gone = delete(GraphReading).where(
            GraphReading.edition_id.in_(editions), GraphReading.graph_generation == generation
        )
        await session.execute(gone, execution_options=_UNCHECKED)
    return len(found) == limit
