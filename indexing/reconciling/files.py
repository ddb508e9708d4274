"""Knowing, reconciling: the files of a tenant's documents compared with the documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.blobs.ports import BlobStore, Kept
from app.db.transaction import Transactions
from app.telemetry.metrics import RECONCILED
from indexing.reconciling.findings import MOST_NAMED, FileFindings
from indexing.reconciling.fingerprints import Fingerprints
from indexing.reconciling.rows import Rows

YOUNG = timedelta(hours=1)  # an upload may be under way: its file is kept before anything names it
_FILES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FileReconciling:
    """Looks, and removes what nobody names if that is wanted."""

    transactions: Transactions
    blobs: BlobStore

    async def reconcile(self, tenant_id: str, *, healing: bool) -> FileFindings:
        """Compare the files of one tenant."""
        found, rows, seen = FileFindings(tenant_id), Rows(self.transactions, tenant_id), Fingerprints()
        async for files in _some(self.blobs.keys(f"documents/{tenant_id}")):
            found.held += len(files)
            named = await rows.files({_document_of(kept) for kept in files})
            seen.add(kept.key for kept in files)
            orphans = [kept for kept in files if self._is_old(kept) and not _is_named(kept, named)]
            found.orphaned += len(orphans)
            if healing and orphans:
                removed = await self._remove(rows, orphans)
                found.removed, found.orphaned = found.removed + removed, found.orphaned - len(orphans) + removed
        await self._missing(rows, seen, found)
        RECONCILED.labels("files", "orphaned").inc(found.orphaned)
        RECONCILED.labels("files", "removed").inc(found.removed)
        RECONCILED.labels("files", "missing").inc(found.missing)
        return found

    async def _remove(self, rows: Rows, orphans: Sequence[Kept]) -> int:
        named = await rows.files({_document_of(kept) for kept in orphans})
        still = [kept for kept in orphans if not _is_named(kept, named)]
        for kept in still:
            await self.blobs.delete(kept.key)
        return len(still)

    async def _missing(self, rows: Rows, seen: Fingerprints, found: FileFindings) -> None:
        """Documents whose file is gone; those that have come since the files were told are looked at one by one."""
        async for documents in rows.documents_with_files():
            for key in await asyncio.to_thread(seen.missing, list(documents)):
                if await self._is_there(key):
                    continue
                found.missing += 1
                found.missing_of += [documents[key]][: MOST_NAMED - len(found.missing_of)]

    async def _is_there(self, key: str) -> bool:
        return key in [kept.key async for kept in self.blobs.keys(key)]

    def _is_old(self, kept: Kept) -> bool:
        return kept.changed_at < self.transactions.clock.now() - YOUNG


def _is_named(kept: Kept, named: Mapping[str, str | None]) -> bool:
    """Whether a document names a file, or the file it was read from, or is just being erased."""
    key = named.get(_document_of(kept), "")
    return key is None or (key != "" and (kept.key == key or kept.key.startswith(f"{key}/")))


def _document_of(kept: Kept) -> str:
    parts = kept.key.split("/")
    return parts[2] if len(parts) > 2 else ""


async def _some(files: AsyncIterator[Kept]) -> AsyncIterator[list[Kept]]:
    waiting: list[Kept] = []
    async for kept in files:
        waiting.append(kept)
        if len(waiting) == _FILES_AT_ONCE:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
