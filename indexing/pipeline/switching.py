"""Knowing, pipeline: the moment from which on a new edition answers, and how an ingestion that cannot end well ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from app.db.writer import Writing
from app.webhooks.events import Event
from app.webhooks.publish import publish
from indexing.collections.tables import Collection
from indexing.documents.status import Run, RunLost
from indexing.pipeline.content import Content
from indexing.pipeline.editions import Built
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.graphing import Graphed
from indexing.pipeline.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Ending:
    """Ends the ingestion of one content, in one transaction with whoever asked to be told."""

    workshop: Workshop
    content: Content
    run: Run

    async def switch(self, built: Built, graphed: Graphed | None = None) -> bool:
        """Let an edition answer with what was read of it; not if its collection has gone on to another generation."""

        def switch(writing: Writing) -> tuple[bool, bool]:
            # Whoever switches a whole collection takes its row first too: nobody waits for the other's.
            asked = {"its_id": self.content.collection_id}
            row = writing.on.execute(_GENERATION, asked).one_or_none()
            if row is None:
                raise RunLost(self.content.document_id)
            if row.generation != built.generation:
                return False, False
            if row.graph_enabled and (graphed is None or graphed.graph_generation != row.graph_generation):
                return False, False
            if graphed is not None:
                graphed.seal(writing)
            self.run.finish(writing, edition_id=built.edition_id, chunk_count=built.chunk_count)
            built.seal(writing)
            return True, self._tell(writing, Event.DOCUMENT_INDEXED, chunk_count=built.chunk_count)

        switched, told = await self.workshop.writer.write(switch)
        if switched:
            reached(Point.STORED_NOTED)
            reached(Point.SWITCHED)
        if told:
            self.workshop.tell()
        return switched

    async def fail(self, code: str, message: str) -> None:
        """Say why it will not be found."""

        def fail(writing: Writing) -> bool:
            self.run.fail(writing, code, message)
            return self._tell(writing, Event.DOCUMENT_FAILED, error_code=code, error_message=message)

        if await self.workshop.writer.write(fail):
            self.workshop.tell()

    def _tell(self, writing: Writing, event: Event, **more: Any) -> bool:
        content = self.content
        payload = {"document_id": content.document_id, "collection_id": content.collection_id, **more}
        return publish(writing.on, content.tenant_id, event, payload, at=writing.at)


_GENERATION = (
    select(Collection.generation, Collection.graph_enabled, Collection.graph_generation)
    .where(Collection.id == bindparam("its_id"), Collection.deleted_at.is_(None))
    .with_for_update(read=True)
)
