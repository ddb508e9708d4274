"""Knowing, documents: a file's bytes are kept before anything is written of it, and let go if nothing ever is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.blobs.errors import StorageError
from app.blobs.ports import BlobStore
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.ids import new_id
from indexing.documents.tables import Document

log = structlog.get_logger("documents")


@dataclass(slots=True)
class Content:
    """Bytes that are kept for a document; whoever writes a row that names them says so by `taken`."""

    tenant_id: str
    document_id: str
    key: str
    size_bytes: int
    sha256: str
    taken: bool = False


@dataclass(frozen=True, slots=True)
class ContentKeeping:
    """Keeps what comes in under a key that was never used before."""

    transactions: Transactions
    blobs: BlobStore

    @asynccontextmanager
    async def keeping(
        self, tenant_id: str, parts: AsyncIterator[bytes], *, document_id: str | None = None
    ) -> AsyncIterator[Content]:
        """Keep what a stream brings; unless the block ends well with the content taken, nothing of it is left."""
        document_id = document_id or new_id("doc")
        key = f"documents/{tenant_id}/{document_id}/{new_id('blob')}"
        try:
            written = await self.blobs.put_stream(key, parts)
        except asyncio.CancelledError:  # it may have come too late: then all of it is kept
            await _whatever_happens(self._deleted(key))
            raise
        content = Content(tenant_id, document_id, key, written.size_bytes, written.sha256)
        ended_well = False
        try:
            yield content
            ended_well = True
        finally:
            if not (ended_well and content.taken):
                await _whatever_happens(self._let_go(content))

    async def _let_go(self, content: Content) -> None:
        """Delete what no row names: a commit that was broken off may have taken place all the same."""
        try:
            is_named = content.taken and await self._is_named(content)
        except SQLAlchemyError as error:
            _left_behind(content.key, error)
        else:
            if not is_named:
                await self._deleted(content.key)

    async def _deleted(self, key: str) -> None:
        try:
            await self.blobs.delete(key)
        except StorageError as error:
            _left_behind(key, error)

    async def _is_named(self, content: Content) -> bool:
        async with self.transactions.open(Reach.one(content.tenant_id), writes=False) as transaction:
            named = select(Document.id).where(Document.id == content.document_id, Document.blob_key == content.key)
            return await transaction.session.scalar(named) is not None


def _left_behind(key: str, error: Exception) -> None:
    """Found later, by counting what nothing names."""
    log.warning("blob_left_behind", key=key, reason=type(error).__name__)


async def _whatever_happens(work: Coroutine[Any, Any, None]) -> None:
    """Do something to its end, even if whoever waits for it is gone."""
    doing = asyncio.ensure_future(work)
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait({doing})
        raise
