"""Roof, moving: write one collection down, beside servers and workers that go on.

Whoever runs this holds the platform's settings, and with them its database: it is written down whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from app.audit.chain import Entry, append
from app.backup.names import Names
from app.backup.sealing import key_print
from app.backup.snapshot import Tell
from app.backup.take import platform_version
from app.backup.writing import ArchiveWriter
from app.db.deadlock import transact
from app.errors import PlatformError
from app.moving.errors import MoveRefused
from app.moving.files import FileWriting, write_vectors
from app.moving.manifest import FORMAT, Manifest, sealed
from app.moving.snapshot import Counts, Snapshot, find_collection
from app.wiring import Platform
from indexing.stores.vectors import Index


@dataclass(frozen=True, slots=True)
class Export:
    """Writes collections of a platform into files that are there whole or not at all."""

    platform: Platform
    tell: Tell

    async def run(self, collection_id: str, path: Path, *, vectors: bool = True) -> Manifest:
        """Write one with all that is in it and who may what."""
        with ExitStack() as stack:
            archive = stack.enter_context(ArchiveWriter(path))
            files, passages = (stack.enter_context(closing(Names())) for _ in range(2))
            collection, counts = await asyncio.to_thread(self._rows, collection_id, archive, files, passages)
            self.tell("rows", documents=counts.documents, chunks=counts.chunks)
            writing = FileWriting(self.platform.blobs, archive)
            await writing.write(files)
            self.tell("files", files=writing.count, bytes=writing.size)
            held = await self._vectors(collection, passages, archive) if vectors else 0
            manifest = self._manifest(collection, counts, writing, held)
            await asyncio.to_thread(self._remember, collection, counts)
            written: list[Manifest] = []
            await asyncio.to_thread(archive.finish, self._sealing(manifest, written))
        return written[0]

    def _rows(
        self, collection_id: str, archive: ArchiveWriter, files: Names, passages: Names
    ) -> tuple[Row[Any], Counts]:
        with self.platform.database.lanes.execution_options(writes=False).connect() as connection:
            collection = find_collection(connection, collection_id)
            if collection is None:
                raise MoveRefused("There is no such collection.")
            at = self.platform.clock.now()
            return collection, Snapshot(connection, archive, collection, at, files, passages).write()

    async def _vectors(self, collection: Row[Any], passages: Names, archive: ArchiveWriter) -> int:
        index = Index(collection.tenant_id, collection.id, collection.index_name)
        try:
            count = await write_vectors(self.platform.vectors, index, passages, archive)
        except PlatformError as error:  # rows and files are enough
            self.tell("vectors", left_out=error.message)
            return 0
        self.tell("vectors", vectors=count)
        return count

    def _manifest(self, collection: Row[Any], counts: Counts, files: FileWriting, vectors: int) -> Manifest:
        return Manifest(
            sort="collection",
            format=FORMAT,
            version=platform_version(),
            taken_at=self.platform.clock.now().isoformat(),
            key=key_print(self.platform.secrets),
            tenant_id=collection.tenant_id,
            collection_id=collection.id,
            name=collection.name,
            documents=counts.documents,
            chunks=counts.chunks,
            files=files.count,
            file_bytes=files.size,
            vectors=vectors,
            sums="",
        )

    def _sealing(self, manifest: Manifest, written: list[Manifest]) -> Callable[[str], bytes]:
        def seal(sums: str) -> bytes:
            written.append(manifest.model_copy(update={"sums": sums}))
            return sealed(written[0], self.platform.secrets)

        return seal

    def _remember(self, collection: Row[Any], counts: Counts) -> None:
        """Before the file has its name: nothing leaves without a word in the tenant's own chain."""
        entry = Entry(
            tenant_id=collection.tenant_id,
            action="collection.exported",
            at=self.platform.clock.now(),
            target_type="collection",
            target_id=collection.id,
            details={"by": "operator", "documents": counts.documents},
        )
        transact(self.platform.database.lanes, lambda connection: append(connection, [entry]))
