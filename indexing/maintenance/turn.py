"""Knowing, maintenance: the right to build something for a whole collection, for as long as nobody ends it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic

from sqlalchemy import Select, bindparam, select, update

from app.db.deadlock import tried_again
from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transactions
from app.db.writer import Writing
from app.jobs.work import Failed, Held
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import FAILED, RUNNING, Collection
from indexing.documents.status import CalledOff
from indexing.documents.tables import Document
from indexing.maintenance.rebuilds import UNCHECKED, UNDER_WAY, Building, Row
from indexing.maintenance.tables import GO, Rechunk, Reextract
from indexing.pipeline.content import Recipe
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.steps import Seals

_LONGEST_REASON, _LONGEST_MESSAGE = 500, 1000


class TurnLost(CalledOff):
    """It was paused, cancelled or taken over, or the collection is gone: nothing more is to be written."""


class DocumentGone(CalledOff):
    """The document was deleted meanwhile."""


@dataclass(frozen=True, slots=True)
class Turn(ABC, Generic[Row]):
    """Builds one generation under one lease."""

    transactions: Transactions
    building: Building[Row]
    collection_id: str
    tenant_id: str
    lease: str
    recipe: Recipe

    @property
    def reach(self) -> Reach:
        """The tenant."""
        return Reach.one(self.tenant_id)

    async def require(self, session: TenantSession) -> Row:
        """Refuse to go on once the turn is lost."""
        row = await self.building.asked(session, self.collection_id)
        if row is None or row.run != self.lease or row.wish != GO:
            raise TurnLost
        return row

    async def write(self, session: TenantSession, **values: object) -> None:
        """Write what is shown of it, and hold the collection until the commit."""
        writing = update(Collection).where(Collection.id == self.collection_id, Collection.deleted_at.is_(None))
        shown = writing.values(**self.building.shown(**values))
        if not (await session.execute(shown, execution_options=UNCHECKED)).rowcount:  # type: ignore[attr-defined] # of an update
            raise TurnLost

    @tried_again
    async def count_anew(self) -> None:
        """Say how many documents there are to do: some have come, some are gone."""
        async with self.transactions.open(self.reach) as transaction:
            left = await self.left(transaction.session)
            await self.write(transaction.session, total=self._counted("processed") + left)
            await self.require(transaction.session)

    @abstractmethod
    async def left(self, session: TenantSession) -> int:
        """How many documents are still to be done."""

    @tried_again
    async def settle(self, document_id: str, *built: Seals, failed: bool) -> None:
        """Count a document that is done; counted and done are one thing, so that nothing counts twice."""
        async with self.transactions.open(self.reach) as transaction:
            done = {"processed": self._counted("processed") + 1}
            if failed:
                done["failed"] = self._counted("failed") + 1
            await self.write(transaction.session, **done)
            await self.require(transaction.session)
            await require_document(transaction.session, document_id)
            for one in built:
                await transaction.write(one.seal)
        reached(Point.STORED_NOTED)

    @tried_again
    async def switch(self) -> bool:
        """Let the generation answer; not if a document lacks it."""
        async with self.transactions.open(self.reach) as transaction:
            collection = await get_for_tenant(transaction.session, self.collection_id, hold=True)
            if collection is None:
                raise TurnLost
            row = await self.require(transaction.session)
            if not await self.switched(transaction.session, collection):
                return False
            row.run, row.ended_at = None, transaction.clock.now()
        return True

    @abstractmethod
    async def switched(self, session: TenantSession, collection: Collection) -> bool:
        """Switch, for whoever holds the collection; no, if a document lacks the generation."""

    @tried_again
    async def wait(self, reason: str) -> None:
        """Let go of it; it says for what it waits."""
        async with self.transactions.open(self.reach) as transaction:
            await self.write(transaction.session, status=RUNNING)
            row = await self.require(transaction.session)
            row.run, row.waiting_for = None, reason[:_LONGEST_REASON]

    def _counted(self, name: str) -> Any:
        return getattr(Collection, f"{self.building.column}_{name}")


async def note_failed(
    transactions: Transactions, building: Building[Rechunk] | Building[Reextract], held: Held, why: Failed
) -> None:
    """Say why it came to no good end; what answers now goes on to answer."""
    async with transactions.open(Reach.one(held.tenant_id)) as transaction:
        session = transaction.session
        collection = await get_for_tenant(session, held.subject_id, hold=True)
        row = await building.asked(session, held.subject_id)
        if collection is None or row is None or building.status(collection) not in UNDER_WAY or row.wish != GO:
            return
        await building.show(session, collection, status=FAILED)
        row.run, row.ended_at, row.waiting_for = None, transaction.clock.now(), None
        row.error_code, row.error_message = why.code, why.message[:_LONGEST_MESSAGE]


@dataclass(frozen=True, slots=True)
class TurnSteps:
    """Calls the building of an edition off when the turn is lost or the document gone."""

    turn: Turn[Rechunk] | Turn[Reextract]
    document_id: str

    def embedding(self, writing: Writing, done: int, of: int) -> None:
        """It is cut."""
        self.progress(writing, done, of)

    def reading(self, writing: Writing, done: int, of: int) -> None:
        """It is being read."""
        self.progress(writing, done, of)

    def progress(self, writing: Writing, done: int, of: int) -> None:
        """It is being built."""
        turn = writing.on.execute(self._turn, {"its_collection": self.turn.collection_id}).one_or_none()
        if turn is None or turn.run != self.turn.lease or turn.wish != GO:
            raise TurnLost
        if writing.on.execute(_THERE, {"its_id": self.document_id}).one_or_none() is None:
            raise DocumentGone

    @property
    def _turn(self) -> Select[str | None, str]:
        return _TURNS[self.turn.building.row]


def _turn_of(row: type[Rechunk] | type[Reextract]) -> Select[str | None, str]:
    return select(row.run, row.wish).where(row.collection_id == bindparam("its_collection"))


_TURNS = {row: _turn_of(row) for row in (Rechunk, Reextract)}
_THERE = select(Document.id).where(Document.id == bindparam("its_id"), Document.deleted_at.is_(None))


async def require_document(session: TenantSession, document_id: str) -> None:
    """Refuse to go on with a document that is deleted."""
    there = select(Document.id).where(Document.id == document_id, Document.deleted_at.is_(None))
    if await session.scalar(there) is None:
        raise DocumentGone
