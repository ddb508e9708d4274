"""Knowing, maintenance: the right to build the next generation of a collection, for as long as nobody ends it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select, update

from app.db.deadlock import tried_again
from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transactions
from app.db.writer import Writing
from app.jobs.work import Held
from indexing.chunking.strategies import Strategy
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import FAILED, QUEUED, RUNNING, Collection
from indexing.documents.tables import Document
from indexing.maintenance.generations import lacking_count, switch_to
from indexing.maintenance.tables import GO, Rechunk
from indexing.pipeline.content import Recipe
from indexing.pipeline.editions import Built
from indexing.pipeline.faults import Point, reached

_UNCHECKED = {"synchronize_session": False}
_LONGEST_REASON, _LONGEST_MESSAGE = 500, 1000


class TurnLost(Exception):
    """It was paused, cancelled or taken over, or the collection is gone: nothing more is to be written."""


class DocumentGone(Exception):
    """The document was deleted meanwhile."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Builds one generation under one lease."""

    transactions: Transactions
    collection_id: str
    tenant_id: str
    lease: str
    recipe: Recipe

    @classmethod
    async def begin(cls, transactions: Transactions, held: Held) -> Turn | None:
        """Take the work over, if there is any."""
        async with transactions.open(Reach.one(held.tenant_id)) as transaction:
            session = transaction.session
            collection = await get_for_tenant(session, held.subject_id, hold=True)
            row = await session.get(Rechunk, held.subject_id)
            if (
                collection is None
                or row is None
                or row.wish != GO
                or collection.rechunk_status not in {QUEUED, RUNNING}
            ):
                return None
            row.run, row.waiting_for = held.lease, None
            recipe = replace(
                Recipe.of(collection),
                generation=row.generation,
                strategy=Strategy(row.chunking_strategy),
                chunk_size=row.chunk_size,
                chunk_overlap=row.chunk_overlap,
            )
            turn = cls(transactions, collection.id, held.tenant_id, held.lease, recipe)
            await turn.write(session, rechunk_status=RUNNING)
            return turn

    @property
    def reach(self) -> Reach:
        """The tenant."""
        return Reach.one(self.tenant_id)

    async def require(self, session: TenantSession) -> Rechunk:
        """Refuse to go on once the turn is lost."""
        row = await session.scalar(select(Rechunk).where(Rechunk.collection_id == self.collection_id))
        if row is None or row.run != self.lease or row.wish != GO:
            raise TurnLost
        return row

    async def write(self, session: TenantSession, **values: object) -> None:
        """Write what is shown of it, and hold the collection until the commit."""
        writing = update(Collection).where(Collection.id == self.collection_id, Collection.deleted_at.is_(None))
        if not (await session.execute(writing.values(**values), execution_options=_UNCHECKED)).rowcount:  # type: ignore[attr-defined] # of an update
            raise TurnLost

    @tried_again
    async def count_anew(self) -> None:
        """Say how many documents there are to do: some have come, some are gone."""
        async with self.transactions.open(self.reach) as transaction:
            left = await lacking_count(transaction.session, self.collection_id, self.recipe.generation)
            await self.write(transaction.session, rechunk_total=Collection.rechunk_processed + left)
            await self.require(transaction.session)

    @tried_again
    async def settle(self, built: Built, document_id: str, *, failed: bool) -> None:
        """Count a document whose edition is built; counted and built are one thing, so that nothing counts twice."""
        async with self.transactions.open(self.reach) as transaction:
            done = {"rechunk_processed": Collection.rechunk_processed + 1}
            if failed:
                done["rechunk_failed"] = Collection.rechunk_failed + 1
            await self.write(transaction.session, **done)
            await self.require(transaction.session)
            await require_document(transaction.session, document_id)
            await transaction.write(built.seal)
        reached(Point.STORED_NOTED)

    @tried_again
    async def switch(self) -> bool:
        """Let the generation answer; not if a document lacks an edition of it."""
        async with self.transactions.open(self.reach) as transaction:
            collection = await get_for_tenant(transaction.session, self.collection_id, hold=True)
            if collection is None:
                raise TurnLost
            row = await self.require(transaction.session)
            if not await switch_to(transaction.session, collection, self.recipe.generation):
                return False
            row.run, row.ended_at = None, transaction.clock.now()
        return True

    @tried_again
    async def wait(self, reason: str) -> None:
        """Let go of it; it says for what it waits."""
        async with self.transactions.open(self.reach) as transaction:
            await self.write(transaction.session, rechunk_status=RUNNING)
            row = await self.require(transaction.session)
            row.run, row.waiting_for = None, reason[:_LONGEST_REASON]


async def note_failed(transactions: Transactions, held: Held, code: str, message: str) -> None:
    """Say why a re-chunk came to no good end; what answers now goes on to answer."""
    async with transactions.open(Reach.one(held.tenant_id)) as transaction:
        session = transaction.session
        collection = await get_for_tenant(session, held.subject_id, hold=True)
        row = await session.get(Rechunk, held.subject_id)
        if collection is None or row is None or collection.rechunk_status not in {QUEUED, RUNNING} or row.wish != GO:
            return
        ending = update(Collection).where(Collection.id == collection.id).values(rechunk_status=FAILED)
        await session.execute(ending, execution_options=_UNCHECKED)
        row.run, row.ended_at, row.waiting_for = None, transaction.clock.now(), None
        row.error_code, row.error_message = code, message[:_LONGEST_MESSAGE]


@dataclass(frozen=True, slots=True)
class TurnSteps:
    """Calls the building of an edition off when the turn is lost or the document gone."""

    turn: Turn
    document_id: str

    def embedding(self, writing: Writing, done: int, of: int) -> None:
        """It is cut."""
        self.progress(writing, done, of)

    def progress(self, writing: Writing, done: int, of: int) -> None:
        """It is being built."""
        turn = writing.on.execute(_TURN, {"its_collection": self.turn.collection_id}).one_or_none()
        if turn is None or turn.run != self.turn.lease or turn.wish != GO:
            raise TurnLost
        if writing.on.execute(_THERE, {"its_id": self.document_id}).one_or_none() is None:
            raise DocumentGone


_TURN = select(Rechunk.run, Rechunk.wish).where(Rechunk.collection_id == bindparam("its_collection"))
_THERE = select(Document.id).where(Document.id == bindparam("its_id"), Document.deleted_at.is_(None))


async def require_document(session: TenantSession, document_id: str) -> None:
    """Refuse to go on with a document that is deleted."""
    there = select(Document.id).where(Document.id == document_id, Document.deleted_at.is_(None))
    if await session.scalar(there) is None:
        raise DocumentGone
