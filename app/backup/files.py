"""Roof, backup: the files that rows of a moment name, read while others may be erased or replaced.

A file that is gone by the time it is read was erased or replaced after that moment. Nothing is held back for a backup:
what was promised to be erased is erased. Instead the backup says what has become of the document, and whoever takes it
back has it so: deleted, or with the file that it has now.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Engine, select

from app.backup.names import Names
from app.backup.snapshot import Tell
from app.backup.writing import ArchiveWriter
from app.blobs.ports import BlobStore
from indexing.documents.tables import Document

PICTURES = ("model-avatars", "scaipersona")  # what is kept beside documents' files, all of it
DOCUMENTS = "documents"
AMENDED = "amended.ndjson"
_TELL_EVERY = 500
_LOOKS = 5  # at a document that is replaced again and again


@dataclass(frozen=True, slots=True)
class Amendment:
    """What became of a document after the moment of the rows."""

    document_id: str
    tenant_id: str
    deleted: bool
    content_version: int = 0
    blob_key: str = ""
    mime_type: str | None = None
    size_bytes: int = 0
    sha256: str | None = None


@dataclass(slots=True)
class FileKeeping:
    """Copies files into an archive, and counts them."""

    blobs: BlobStore
    engine: Engine
    archive: ArchiveWriter
    tell: Tell
    count: int = 0
    size: int = 0
    amended: int = 0

    async def write(self, documents: Names) -> None:
        """Copy the file of each of some documents with what was read out of it, and all pictures."""
        amendments: list[Amendment] = []
        for document_id, tenant_id, key in documents:
            if not await self._copied(key):
                amendments += await self._found_anew(document_id, tenant_id, key)
        for place in PICTURES:
            async for kept in self.blobs.keys(place):
                await self._copy(kept.key)
        self.tell("blobs", blobs=self.count, bytes=self.size)
        lines = [json.dumps(asdict(one)).encode() + b"\n" for one in amendments]
        self.amended = len(lines)
        await asyncio.to_thread(self.archive.add, AMENDED, b"".join(lines))

    async def _copied(self, key: str) -> bool:
        """Copy a file and what is kept beside it; False where the file itself is gone."""
        if not await self._copy(key):
            return False
        beside = [kept.key async for kept in self.blobs.keys(key) if kept.key != key]
        for other in sorted(beside):
            await self._copy(other)
        return True

    async def _copy(self, key: str) -> bool:
        async with self.blobs.as_file(key) as path:
            size = None if path is None else await asyncio.to_thread(self._written, key, path)
        if size is None:
            return False
        self.count, self.size = self.count + 1, self.size + size
        if self.count % _TELL_EVERY == 0:
            self.tell("blobs", blobs=self.count, bytes=self.size)
        return True

    def _written(self, key: str, path: Path) -> int | None:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None
        with file:
            return self.archive.add_file(f"blobs/{key}", file)

    async def _found_anew(self, document_id: str, tenant_id: str, key: str) -> list[Amendment]:
        """What has become of a document whose file is gone; nothing, if it is simply lost."""
        for _ in range(_LOOKS):
            row = await asyncio.to_thread(self._present, document_id)
            if row is None or row.deleted:
                return [Amendment(document_id, tenant_id, deleted=True)]
            if row.blob_key == key:
                return []
            if await self._copied(row.blob_key):
                return [row]
        return [Amendment(document_id, tenant_id, deleted=True)]

    def _present(self, document_id: str) -> Amendment | None:
        columns = (Document.tenant_id, Document.deleted_at, Document.content_version, Document.blob_key)
        more = (Document.mime_type, Document.size_bytes, Document.sha256)
        with self.engine.execution_options(writes=False).connect() as connection:
            found = connection.execute(select(*columns, *more).where(Document.id == document_id)).one_or_none()
        if found is None:
            return None
        gone = found.deleted_at is not None or found.blob_key is None
        told = (found.content_version, found.blob_key or "", found.mime_type, found.size_bytes, found.sha256)
        return Amendment(document_id, found.tenant_id, gone, *told)
