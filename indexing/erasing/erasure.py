"""Knowing, erasing: the jobs that erase a deleted document or a deleted collection everywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update

from app.audit.chain import Entry
from app.audit.last import append_last
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.errors import PlatformError
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from app.jobs.work import Held, Later, Outcome
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.erasing.busy import busy
from indexing.erasing.documents import DocumentErasing, remove_rows_of
from indexing.erasing.receipts import (
    BLOBS,
    DATABASE,
    STORES,
    Subject,
    add_to_receipts,
    close_receipts,
    open_receipts,
    removed_of,
)
from indexing.erasing.tables import ErasureReceipt
from indexing.graphs.having import has_graph
from indexing.graphs.tables import GraphEdit, GraphView
from indexing.pipeline.faults import ErasingPoint, reached
from indexing.pipeline.patience import is_passing, waiting_after
from indexing.stores.vectors import Index

_DOCUMENTS_AT_ONCE = 20
_SLICES_A_TURN = 100
_LOOK_AGAIN_SECONDS = 2.0
_SOON = timedelta(minutes=10)
_TURN = "its turn; its documents are being erased"
_HANDS_OFF = "those who still work on it; they stop at their next step"
_UNCHECKED = {"synchronize_session": False}
_Erase = Callable[[Held], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Erasing:
    """Erases. What is away is waited for; nothing is ever given up, and nothing is erased that was not deleted."""

    transactions: Transactions
    documents: DocumentErasing
    jobs: JobQueue

    async def erase_document(self, held: Held) -> Outcome:
        """Erase one document."""
        return await self._waiting_for_stores(held, self._erase_document)

    async def erase_collection(self, held: Held) -> Outcome:
        """Erase a collection and everything in it."""
        return await self._waiting_for_stores(held, self._erase_collection)

    async def _waiting_for_stores(self, held: Held, erase: _Erase) -> Outcome:
        try:
            return await erase(held)
        except PlatformError as error:
            if not is_passing(error):
                raise
            seconds, waiting = waiting_after(error, held.attempt, self.transactions.clock.now())
            return Later(seconds, waiting.reason)

    async def _erase_document(self, held: Held) -> Outcome:
        reach = Reach.one(held.tenant_id)
        async with self.transactions.open(reach, writes=False) as transaction:
            wanted = select(Document, Collection).join(Collection, Collection.id == Document.collection_id)
            deleted = wanted.where(Document.id == held.subject_id, Document.deleted_at.is_not(None))
            found = (await transaction.session.execute(deleted)).one_or_none()
            if found is None:
                return None
            document, collection = found
            if await busy(transaction.session, [document.id], transaction.clock.now()):
                return Later(_LOOK_AGAIN_SECONDS, _HANDS_OFF)
        index, of_graph = _index_of(collection), has_graph(collection)
        await self.documents.empty(index, [_subject(document)])
        if of_graph:  # last of the stores: one that is away keeps nothing in the others
            await self.documents.forget(index, [document.id])
        await self.documents.note_forgotten(index, [document.id])
        async with self.transactions.open(reach) as transaction:
            if await remove_rows_of(transaction, [document.id]):
                await _record(transaction, _subject(document))
                await self._look_once_more(transaction, collection)
        if of_graph:
            await self.documents.forget(index, [document.id])  # what was still on its way in
        reached(ErasingPoint.ROWS_GONE)
        return None

    async def _look_once_more(self, transaction: Transaction, collection: Collection) -> None:
        """Whoever cuts a whole collection anew may just have had a batch of this document in their hands."""
        now = transaction.clock.now()
        if await busy(transaction.session, [collection.id], now):
            looking = Wanted(JobKind.RECONCILE_COLLECTION, collection.id, collection.tenant_id, due_at=now + _SOON)
            await ask_for(transaction, self.jobs, looking)

    async def _erase_collection(self, held: Held) -> Outcome:
        reach = Reach.one(held.tenant_id)
        async with self.transactions.open(reach) as transaction:
            collection = await transaction.session.get(Collection, held.subject_id)
            if collection is None or collection.deleted_at is None:
                return None
            if await busy(transaction.session, [collection.id], transaction.clock.now()):
                return Later(_LOOK_AGAIN_SECONDS, _HANDS_OFF)
            subject = Subject("collection", collection.id, collection.tenant_id, collection.deleted_at)
            await open_receipts(transaction, [(subject, {DATABASE: 1})])
        index, of_graph = _index_of(collection), has_graph(collection)
        await self.documents.vectors.drop(index)
        reached(ErasingPoint.DROPPED)
        if (waiting := await self._empty_all(index, subject)) is not None:
            return waiting
        if of_graph:  # last of the stores: one that is away keeps nothing in the others
            await self.documents.forget_all(index)
        if await self._removed_rows(index, subject) and await self._finished(index, subject, of_graph=of_graph):
            return None
        return Later(0, _TURN)

    async def _empty_all(self, index: Index, collection: Subject) -> Later | None:
        """Leave nothing of what the collection holds but rows, and its graph; a slice at a time."""
        for _ in range(_SLICES_A_TURN):
            async with self.transactions.open(Reach.one(collection.tenant_id)) as transaction:
                found = await _some_documents(transaction, collection)
                ids = [document.id for document in found]
                hands_on = await busy(transaction.session, ids, transaction.clock.now())
            free = [document for document in found if document.id not in hands_on]
            if not free:
                return Later(_LOOK_AGAIN_SECONDS, _HANDS_OFF) if hands_on else None
            await self.documents.empty(index, free)
        return Later(0, _TURN)

    async def _removed_rows(self, index: Index, collection: Subject) -> bool:
        """Remove the rows of what is empty; says whether that was all in this turn."""
        for _ in range(_SLICES_A_TURN):
            async with self.transactions.open(Reach.one(collection.tenant_id), writes=False) as transaction:
                mine = Document.collection_id == collection.id, _is_empty()
                wanted = select(Document.id).where(*mine).order_by(Document.id).limit(_DOCUMENTS_AT_ONCE)
                ids = list(await transaction.session.scalars(wanted))
            if not ids:
                return True
            await self.documents.note_forgotten(index, ids)
            async with self.transactions.open(Reach.one(collection.tenant_id)) as transaction:
                removed = await remove_rows_of(transaction, ids)
                together = await removed_of(transaction.session, removed)
                await add_to_receipts(transaction.session, collection.id, together)
            reached(ErasingPoint.SLICE_GONE)
        return False

    async def _finished(self, index: Index, collection: Subject, *, of_graph: bool) -> bool:
        """Once no document is left, remove the collection itself."""
        reach = Reach.one(collection.tenant_id)
        holding = select(Document.id).where(Document.collection_id == collection.id).limit(1)
        async with self.transactions.open(reach, writes=False) as transaction:
            if await transaction.session.scalar(holding) is not None:
                return False
        await self.documents.vectors.drop(index)  # what was on its way in while the documents went
        if of_graph:
            await self.documents.forget_all(index)  # and what of it was still on its way in
        async with self.transactions.open(reach) as transaction:
            row = select(Collection.id).where(Collection.id == collection.id).with_for_update()
            if await transaction.session.scalar(row) is not None:
                for removing in (
                    delete(GraphEdit).where(GraphEdit.collection_id == collection.id),
                    delete(GraphView).where(GraphView.collection_id == collection.id),
                    delete(Collection).where(Collection.id == collection.id),
                ):
                    await transaction.session.execute(removing, execution_options=_UNCHECKED)
                await close_receipts(transaction, [collection.id], *STORES)
                await _record(transaction, collection)
        reached(ErasingPoint.ENDED)
        return True


async def _some_documents(transaction: Transaction, collection: Subject) -> Sequence[Subject]:
    """The next documents that are not empty, deleted themselves from now on, so nobody begins to work on them."""
    mine = Document.collection_id == collection.id, ~_is_empty()
    wanted = select(Document.id, Document.deleted_at).where(*mine)
    some = wanted.order_by(Document.deleted_at, Document.id).limit(_DOCUMENTS_AT_ONCE)
    found = (await transaction.session.execute(some)).all()
    ids = [document_id for document_id, _ in found]
    deleting = update(Document).where(Document.id.in_(ids), Document.deleted_at.is_(None))
    deleted = deleting.values(deleted_at=collection.requested_at, run=None, changes=Document.changes + 1)
    await transaction.session.execute(deleted, execution_options=_UNCHECKED)
    return [Subject("document", id_, collection.tenant_id, at or collection.requested_at) for id_, at in found]


def _is_empty() -> ColumnElement[bool]:
    """Whether a document is left in nothing but rows, and the graph."""
    closed = ErasureReceipt.store == BLOBS, ErasureReceipt.erased_at.is_not(None)
    return select(ErasureReceipt.id).where(ErasureReceipt.subject_id == Document.id, *closed).exists()


def _index_of(collection: Collection) -> Index:
    return Index(collection.tenant_id, collection.id, collection.index_name)


def _subject(document: Document) -> Subject:
    return Subject("document", document.id, document.tenant_id, document.deleted_at or document.updated_at)


async def _record(transaction: Transaction, subject: Subject) -> None:
    removed = await removed_of(transaction.session, [subject.id])
    entry = Entry(
        tenant_id=subject.tenant_id,
        action=f"{subject.kind}.erased",
        at=transaction.clock.now(),
        target_type=subject.kind,
        target_id=subject.id,
        details={"by": "erasing", "removed": removed},
    )
    append_last(transaction, entry)
