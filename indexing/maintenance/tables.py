"""Knowing, maintenance: the rows of what is being built of whole collections."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, Base, TenantOwned
from app.db.types import Id, Slug, UtcTime

GO, PAUSE, CANCEL = "go", "pause", "cancel"


class Rebuild:
    """The last building of something for a whole collection, as it was asked for; how far it is stands in that.

    It is read and written by those alone who hold the row of the collection.
    """

    collection_id: Mapped[str] = mapped_column(
        Id, ForeignKey("mod_scaimatrix_collections.id", ondelete="CASCADE"), primary_key=True
    )
    generation: Mapped[int]  # that is built; no number is used twice, whatever became of it
    wish: Mapped[str] = mapped_column(String(8), default=GO)
    run: Mapped[str | None] = mapped_column(Id)  # the lease of whoever builds; nobody else counts
    waiting_for: Mapped[str | None] = mapped_column(String(500))
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(String(1000))
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)

    def begin(self, generation: int, at: datetime) -> None:
        """It is asked for, and nobody has begun it."""
        self.generation, self.wish, self.run = generation, GO, None
        self.waiting_for = self.error_code = self.error_message = None
        self.started_at, self.ended_at = at, None


class Rechunk(Rebuild, TenantOwned, Base):
    """A generation of chunks."""

    __tablename__ = "mod_scaimatrix_rechunks"
    __table_args__ = (MARIADB,)

    chunking_strategy: Mapped[str] = mapped_column(String(16))  # as it was when this was asked for
    chunk_size: Mapped[int]
    chunk_overlap: Mapped[int]
    started_by: Mapped[str] = mapped_column(Id)
    is_held: Mapped[bool] = mapped_column(
        default=False, server_default="0"
    )  # once all is built it waits: to be compared with what answers


class Reextract(Rebuild, TenantOwned, Base):
    """A generation of the graph: what is read out of the chunks that answer."""

    __tablename__ = "mod_scaimatrix_reextracts"
    __table_args__ = (MARIADB,)

    model: Mapped[str] = mapped_column(Slug)  # that reads, as it was when this was asked for
    since: Mapped[datetime | None] = mapped_column(UtcTime)  # what was read before that is read anew; None: nothing
