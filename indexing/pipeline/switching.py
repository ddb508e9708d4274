"""Knowing, pipeline: the moment from which on a new edition answers, and how an ingestion that cannot end well ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.db.tenancy import Reach
from app.db.transaction import Transaction
from app.webhooks.events import Event
from app.webhooks.publish import publish
from indexing.collections.tables import Collection
from indexing.documents.status import Run, RunLost
from indexing.pipeline.content import Content
from indexing.pipeline.editions import Built
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Ending:
    """Ends the ingestion of one content, in one transaction with whoever asked to be told."""

    workshop: Workshop
    content: Content
    run: Run

    async def switch(self, built: Built) -> bool:
        """Let an edition answer; not if its collection has gone on to another generation, for which none is built."""
        async with self._opened() as transaction:
            # Whoever switches a whole collection takes its row first too: nobody waits for the other's.
            generation = await transaction.session.scalar(
                select(Collection.generation)
                .where(Collection.id == self.content.collection_id, Collection.deleted_at.is_(None))
                .with_for_update(read=True)
            )
            if generation is None:
                raise RunLost(self.content.document_id)
            if generation != built.generation:
                return False
            await built.seal(transaction)
            await self.run.finish(transaction, edition_id=built.edition_id, chunk_count=built.chunk_count)
            await self._tell(transaction, Event.DOCUMENT_INDEXED, chunk_count=built.chunk_count)
        reached(Point.SWITCHED)
        return True

    async def fail(self, code: str, message: str) -> None:
        """Say why it will not be found."""
        async with self._opened() as transaction:
            await self.run.fail(transaction, code, message)
            await self._tell(transaction, Event.DOCUMENT_FAILED, error_code=code, error_message=message)

    async def _tell(self, transaction: Transaction, event: Event, **more: Any) -> None:
        content, tell = self.content, self.workshop.tell
        payload = {"document_id": content.document_id, "collection_id": content.collection_id, **more}
        connection = await transaction.session.connection()
        at = transaction.clock.now()
        if await connection.run_sync(lambda on: publish(on, content.tenant_id, event, payload, at=at)):
            transaction.after_commit(tell)

    def _opened(self) -> Any:
        return self.workshop.transactions.open(Reach.one(self.content.tenant_id))
