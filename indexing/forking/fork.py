"""Knowing, forking: documents copied into a fork, a few at a time, each with its file, its text and its access list."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from acl.errors import CollectionNotFound
from acl.forking import copy_access
from app.blobs.ports import BlobStore
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.errors import PlatformError
from app.ids import reckoned_id
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from app.jobs.work import Held, Later, Outcome
from indexing.collections.queries import get_for_tenant
from indexing.documents.status import DocumentStatus, at_first
from indexing.documents.tables import Document
from indexing.forking.tables import Fork
from indexing.forking.written import copy_written
from indexing.pipeline.faults import CollectionPoint, reached
from indexing.pipeline.patience import is_passing, waiting_after
from indexing.pipeline.texts import text_key

_SIDE_BY_SIDE = 4  # files copied at the same moment
_MOST_UNREAD = 64  # copies that wait to be read; more would keep the tenant's other files waiting
_PATIENCE = 5
_LONGEST_MESSAGE = 1000
_MOMENT, _REST = 10, 16  # characters of an id that say when it was made, and the others
_KEPT = (
    "name",
    "details",
    "source",
    "source_url",
    "source_digest",
    "source_state",
    "mime_type",
    "size_bytes",
    "sha256",
)


class _Stopped(Exception):
    """Somebody else goes on with it, or nobody."""


class _Replaced(Exception):
    """A document has another content than the one that was copied."""


@dataclass(frozen=True, slots=True)
class ForkRun:
    """Copies as far as it goes now. What is copied and how far it is are written together: nothing is copied twice."""

    transactions: Transactions
    blobs: BlobStore
    jobs: JobQueue
    seconds: float = 120.0
    at_once: int = 32

    async def run(self, held: Held) -> Outcome:
        """Copy what is left, unless enough of it waits to be read already."""
        until = time.monotonic() + self.seconds
        try:
            while (found := await self._next(held)) is not None:
                if await self._unread(found[0]) >= _MOST_UNREAD:
                    return Later(2, "the documents copied before to be read")
                await self._step(*found)
                if time.monotonic() > until:
                    return Later(0, "its turn; others are let in between")
        except _Stopped:
            return None
        except PlatformError as error:
            if not is_passing(error):
                raise
            seconds, waiting = waiting_after(error, _PATIENCE, self.transactions.clock.now())
            return Later(seconds, waiting.reason)
        return None

    async def _step(self, fork: Fork, some: Sequence[Document]) -> None:
        if not some:
            await copy_written(self.transactions, fork)
        await self._copied(fork, some)
        reached(CollectionPoint.FILES_COPIED)
        with suppress(_Replaced):  # the next step finds the same documents with their other content
            await self._keep(fork, some)
            reached(CollectionPoint.COPIED)

    async def _next(self, held: Held) -> tuple[Fork, Sequence[Document]] | None:
        """The fork, if it is still to be done, and the documents that come next; none are left is a step too."""
        async with self.transactions.open(Reach.one(held.tenant_id), writes=False) as transaction:
            session = transaction.session
            fork = await session.get(Fork, held.subject_id)
            if fork is None or fork.ended_at is not None or await get_for_tenant(session, fork.collection_id) is None:
                return None
            if await get_for_tenant(session, fork.source_id) is None:
                raise CollectionNotFound("The collection it is forked from was deleted before all of it was copied.")
            wanted = select(Document).where(
                Document.collection_id == fork.source_id,
                Document.deleted_at.is_(None),
                Document.id > fork.copied_to,
                Document.created_at <= fork.asked_at,
            )
            return fork, (await session.scalars(wanted.order_by(Document.id).limit(self.at_once))).all()

    async def _unread(self, fork: Fork) -> int:
        ended = [status for status in DocumentStatus if status.is_terminal]
        async with self.transactions.open(Reach.one(fork.tenant_id), writes=False) as transaction:
            wanted = select(func.count(Document.id)).where(
                Document.collection_id == fork.collection_id,
                Document.deleted_at.is_(None),
                Document.status.not_in(ended),
            )
            return await transaction.session.scalar(wanted) or 0

    async def _copied(self, fork: Fork, some: Sequence[Document]) -> None:
        """Copy the files and texts of documents to where their copies will look for them; once more changes nothing."""
        places = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def copy(key: str, target: str) -> PlatformError | None:
            async with places:
                try:
                    if await self.blobs.copy(key, target):
                        await self.blobs.copy(text_key(key), text_key(target))
                except PlatformError as error:
                    return error
                return None

        async with asyncio.TaskGroup() as group:
            doing = [
                group.create_task(copy(document.blob_key, _key(fork, document)))
                for document in some
                if document.blob_key is not None
            ]
        for task in doing:
            if (error := task.result()) is not None:
                raise error

    async def _keep(self, fork: Fork, some: Sequence[Document]) -> None:
        """Make the copies and say how far it is, in one transaction; if a file was replaced meanwhile, nothing yet."""
        async with self.transactions.open(Reach.one(fork.tenant_id)) as transaction:
            if not await _go_on(transaction, fork, some[-1].id if some else None):
                raise _Stopped
            still = select(Document).where(Document.id.in_([one.id for one in some]), Document.deleted_at.is_(None))
            present = (await transaction.session.scalars(still)).all()
            seen = {one.id: one.blob_key for one in some}
            if any(one.blob_key != seen[one.id] for one in present):
                raise _Replaced
            copies = {one.id: copy_id(fork.collection_id, one.id) for one in present if one.blob_key is not None}
            transaction.session.add_all(
                _copy(transaction, fork, one, copies[one.id]) for one in present if one.id in copies
            )
            await transaction.session.flush()
            await copy_access(transaction, copies, fork.collection_id)
            if not some:  # what was copied of a graph is told to the store by whoever looks after the fork
                looking = Wanted(JobKind.RECONCILE_COLLECTION, fork.collection_id, fork.tenant_id)
                await ask_for(transaction, self.jobs, looking)
            for made in copies.values():
                await ask_for(transaction, self.jobs, Wanted(JobKind.INGEST_DOCUMENT, made, fork.tenant_id))


async def note_failed(transactions: Transactions, held: Held, code: str, message: str) -> None:
    """Say why a fork has not all of what it was to have."""
    async with transactions.open(Reach.one(held.tenant_id)) as transaction:
        fork = await transaction.session.get(Fork, held.subject_id, with_for_update=True)
        if fork is not None and fork.ended_at is None:
            fork.error_code, fork.error_message = code, message[:_LONGEST_MESSAGE]
            fork.ended_at = transaction.clock.now()


def copy_id(fork_id: str, document_id: str) -> str:
    """The id of a document's copy in a fork: always the same, and among the copies where the original stands."""
    stem = document_id.partition("_")[2]
    return f"doc_{stem[:_MOMENT]}{reckoned_id('doc', fork_id, document_id)[-_REST:]}"


async def _go_on(transaction: Transaction, fork: Fork, to: str | None) -> bool:
    """Say how far it is; no, if somebody else has or the fork is deleted."""
    if await get_for_tenant(transaction.session, fork.collection_id, hold=True) is None:
        return False
    said = {"copied_to": to} if to is not None else {"ended_at": transaction.clock.now()}
    mine = (Fork.collection_id == fork.collection_id, Fork.copied_to == fork.copied_to, Fork.ended_at.is_(None))
    going = update(Fork).where(*mine).values(said)
    gone: Any = await transaction.session.execute(going, execution_options={"synchronize_session": False})
    return bool(gone.rowcount)


def _key(fork: Fork, document: Document) -> str:
    made = copy_id(fork.collection_id, document.id)
    return f"documents/{fork.tenant_id}/{made}/{reckoned_id('cnt', document.blob_key)}"


def _copy(transaction: Transaction, fork: Fork, original: Document, made: str) -> Document:
    now = transaction.clock.now()
    return Document(
        id=made,
        tenant_id=fork.tenant_id,
        collection_id=fork.collection_id,
        uploaded_by=fork.asked_by,
        content_version=1,
        blob_key=_key(fork, original),
        created_at=now,
        **{name: getattr(original, name) for name in _KEPT},
        **at_first(now),
    )
