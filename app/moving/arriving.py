"""Roof, moving: the rows of what comes in, under ids of its own, there for nobody yet."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.exc import DataError, IntegrityError

from app.backup.errors import ArchiveDamaged
from app.backup.names import Names
from app.backup.reading import Member
from app.db.bulk import add_rows, batches
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.db.upsert import insert_missing
from app.db.writer import Writing
from app.errors import ValidationFailed
from app.ids import new_id, reckoned_id
from app.moving.manifest import CHUNKS, DOCUMENTS, EDITS, READINGS
from app.moving.matching import Matched
from app.moving.shapes import ChunkLine, DocumentLine, EditLine, ReadingLine, heard, plain
from indexing.chunking.chunk import Chunk
from indexing.collections.tables import Collection
from indexing.documents.describing import checked_details
from indexing.documents.naming import file_name
from indexing.documents.status import DocumentStatus, at_first
from indexing.documents.tables import Document
from indexing.editions.building import add_edition, new_edition
from indexing.editions.chunks import add_chunks, row_of
from indexing.editions.tables import ChunkRow, Edition
from indexing.forking.fork import copy_id
from indexing.graphs.extractions import extraction_id
from indexing.graphs.tables import NODE, GraphEdit, GraphExtraction
from indexing.wording.names import edge_id, node_id

_READINGS = cast("Table", GraphExtraction.__table__)
_EDITS = cast("Table", GraphEdit.__table__)


@dataclass(frozen=True, slots=True)
class Arriving:
    """Writes what parts of an export say, a few hundred lines in a transaction."""

    transactions: Transactions
    collection: Collection
    owner_id: str  # who pays for what is to be embedded or read anew, and has written what was by hand
    matched: Matched
    lists: Names  # put aside: the id of each document, its owner and its entries, as they are here

    async def take(self, member: Member) -> None:
        """Take in one part."""
        raw = member.whole()
        if member.folder == DOCUMENTS:
            await self._all(heard(DocumentLine, raw), self._documents)
        elif member.folder == CHUNKS:
            await self._all(heard(ChunkLine, raw), self._chunks)
        elif member.folder == READINGS:
            await self._all(heard(ReadingLine, raw), self._readings)
        elif member.folder == EDITS:
            await self._all(heard(EditLine, raw), self._edits)

    def document_id(self, in_export: str) -> str:
        """What a document of the export is called here."""
        return copy_id(self.collection.id, in_export)

    async def _all(self, lines: Iterable[Any], put: Any) -> None:
        for some in batches(lines):
            async with self._writing() as transaction:
                await put(transaction, some)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Transaction]:
        try:
            async with self.transactions.open(Reach.one(self.collection.tenant_id)) as transaction:
                yield transaction
        except (IntegrityError, DataError, UnicodeError, ValidationFailed):
            raise ArchiveDamaged("The archive's lines do not belong together.") from None

    async def _documents(self, transaction: Transaction, some: Sequence[DocumentLine]) -> None:
        now = transaction.clock.now()
        made = [(line, self._document(line, transaction)) for line in some]
        transaction.session.add_all(row for _, row in made)
        await transaction.session.flush()

        def begin(writing: Writing) -> None:
            for line, row in made:
                if line.chunks:
                    add_edition(writing.on, self._edition(row.id, at=now), chunk_count=line.chunks)

        await transaction.write(begin)
        for line, row in made:
            entries = [{**plain(entry), "principal": whom} for entry, whom in self.matched.entries(line.access)]
            inherits = json.dumps(line.access.inherits)
            self.lists.add(row.id, self.matched.owner(line.access) or "", inherits, json.dumps(entries))

    def _document(self, line: DocumentLine, transaction: Transaction) -> Document:
        """A document that nobody is to work on yet, whose file is still to come: without a checksum, it never came."""
        now, id_ = transaction.clock.now(), self.document_id(line.id)
        state = at_first(now) | {"status": DocumentStatus.FAILED}
        return Document(
            id=id_,
            tenant_id=self.collection.tenant_id,
            collection_id=self.collection.id,
            name=file_name(line.name),
            details=checked_details(line.metadata),
            source=line.source,
            source_url=line.source_url,
            source_digest=line.source_digest,
            uploaded_by=self.owner_id,
            content_version=1,
            blob_key=f"documents/{self.collection.tenant_id}/{id_}/{new_id('blob')}",
            mime_type=line.mime_type,
            warnings=list(line.warnings),
            created_at=min(line.created_at, now),
            **state,
        )

    def _edition(self, document_id: str, *, at: Any = None) -> Edition:
        at = at or self.transactions.clock.now()
        made = new_edition(
            self.collection.tenant_id, document_id, self.collection.id, at=at, generation=1, content_version=1
        )
        made.id = edition_id(document_id)
        return made

    async def _chunks(self, transaction: Transaction, some: Sequence[ChunkLine]) -> None:
        rows = [row_of(self._edition(self.document_id(line.document)), _chunk(line)) for line in some]
        await transaction.write(lambda writing: add_chunks(writing.on, self.collection.tenant_id, rows))

    async def _readings(self, transaction: Transaction, some: Sequence[ReadingLine]) -> None:
        rows = [self._reading(line, transaction) for line in some]
        connection = await transaction.session.connection()
        await connection.run_sync(insert_missing, _READINGS, rows)

    def _reading(self, line: ReadingLine, transaction: Transaction) -> Mapping[str, Any]:
        document_id = self.document_id(line.document)
        return {
            "id": extraction_id(document_id, line.digest, line.recipe),
            "tenant_id": self.collection.tenant_id,
            "document_id": document_id,
            "collection_id": self.collection.id,
            "digest": line.digest,
            "recipe": line.recipe,
            "facts": plain(line.facts),
            "tries": 0,
            "graph_generation": 1,
            "error": None,
            "read_at": transaction.clock.now(),
        }

    async def _edits(self, transaction: Transaction, some: Sequence[EditLine]) -> None:
        now, collection_id = transaction.clock.now(), self.collection.id
        rows = [
            {
                "id": node_id(collection_id, line.source)
                if line.kind == NODE
                else edge_id(collection_id, line.source, line.type, line.target),
                "collection_id": collection_id,
                **{name: getattr(line, name) for name in ("kind", "source", "type", "target", "state")},
                "said": plain(line.said),
                "revision": new_id("rev"),
                "settled": False,
                "written_by": self.owner_id,
                "created_at": now,
                "updated_at": now,
            }
            for line in some
        ]
        await add_rows(transaction.session, GraphEdit, rows)

    async def require_whole(self) -> None:
        """Refuse editions that have not all their passages, or others than theirs."""
        counted = (
            select(Edition.id)
            .outerjoin(ChunkRow, ChunkRow.edition_id == Edition.id)
            .where(Edition.collection_id == self.collection.id)
            .group_by(Edition.id, Edition.chunk_count)
            .having(
                (func.count(ChunkRow.id) != Edition.chunk_count)
                | (func.max(ChunkRow.chunk_index) >= Edition.chunk_count)
            )
        )
        async with self.transactions.open(Reach.one(self.collection.tenant_id), writes=False) as transaction:
            if await transaction.session.scalar(counted.limit(1)) is not None:
                raise ArchiveDamaged("The archive does not hold all passages of a document, or more than it says.")


def edition_id(document_id: str) -> str:
    """The id of the one edition of a document that came in."""
    return reckoned_id("edn", document_id, "moved")


def _chunk(line: ChunkLine) -> Chunk:
    if line.end < line.start:
        raise ArchiveDamaged("A passage of the archive ends before it begins.")
    return Chunk(line.index, line.content, line.start, line.end, line.page, line.section, line.tokens)
