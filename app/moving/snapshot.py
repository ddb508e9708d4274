"""Roof, moving: the rows of one collection as they were at one moment, whoever writes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Row, and_, select

from acl.tables import AccessList
from app.backup.names import Names
from app.backup.writing import ArchiveWriter
from app.db.bulk import batches
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.tables import Tenant
from app.moving.errors import MoveRefused
from app.moving.lists import Lists
from app.moving.manifest import CHUNKS, COLLECTION, DOCUMENTS, EDITS, PRINCIPALS, READINGS
from app.moving.parts import write_parts
from app.moving.shapes import ChunkLine, CollectionLine, DocumentLine, EditLine, ReadingLine, said
from indexing.collections.tables import Collection
from indexing.documents.status import DocumentStatus
from indexing.documents.tables import Document
from indexing.editions.tables import READY, ChunkRow, Edition
from indexing.graphs.tables import GONE, GraphEdit, GraphExtraction

_AT_ONCE = 200
_SETTINGS = (
    "name", "description", "embedding_model", "chunking_strategy", "chunk_size", "chunk_overlap", "graph_enabled",
    "graph_extraction_model", "graph_max_nodes", "graph_max_edges", "storage_quota_bytes",
)  # fmt: skip
_KEPT = ("name", "source", "source_url", "source_digest", "mime_type", "warnings", "created_at")


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was written."""

    documents: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Writes rows, and puts aside what of them lies elsewhere."""

    connection: Connection
    archive: ArchiveWriter
    collection: Row[Any]
    at: datetime
    files: Names  # the id of each document, and the key of its file
    passages: Names  # the id of each chunk, its document and its place there

    def write(self) -> Counts:
        """Write everything that rows say."""
        lists = Lists(self.connection, self.at)
        own = lists.of([self.collection.id])[self.collection.id]
        settings = {name: getattr(self.collection, name) for name in _SETTINGS}
        settings |= {"metadata": self.collection.details, "default_access": own.default_access}
        line = CollectionLine.model_validate(
            {"slug": self.collection.slug, "settings": settings, "access": own.line.model_dump()}
        )
        self.archive.add(COLLECTION, said(line))
        with closing(Names()) as editions:
            documents = write_parts(self.archive, DOCUMENTS, self._documents(lists, editions))
            chunks = write_parts(self.archive, CHUNKS, self._chunks(editions))
        write_parts(self.archive, READINGS, self._readings())
        write_parts(self.archive, EDITS, self._edits())
        self.archive.add(PRINCIPALS, b"".join(map(said, lists.principals())))
        return Counts(documents, chunks)

    def _documents(self, lists: Lists, editions: Names) -> Iterator[bytes]:
        """Documents that are there and have a file, with their passages where those are the present ones."""
        present = and_(
            Edition.id == Document.edition_id,
            Edition.state == READY,
            Edition.chunk_count > 0,
            Edition.generation == self.collection.generation,
            Edition.content_version == Document.content_version,
            Document.status == DocumentStatus.INDEXED,
        )
        columns = (Document.__table__, Edition.id.label("carried"), Edition.chunk_count.label("chunks"))
        wanted = (
            select(*columns)
            .join(AccessList, AccessList.resource_id == Document.id)
            .outerjoin(Edition, present)
            .where(*self._there)
        )
        for some in self._some(wanted, Document.id):
            found = lists.of([row.id for row in some])
            for row in some:
                self.files.add(row.id, row.blob_key)
                if row.carried is not None:
                    editions.add(row.carried)
                kept = {name: getattr(row, name) for name in _KEPT}
                access = found[row.id].line
                line = DocumentLine(id=row.id, metadata=row.metadata, chunks=row.chunks or 0, access=access, **kept)
                yield said(line)

    def _chunks(self, editions: Names) -> Iterator[bytes]:
        for some in batches(name for (name,) in editions):
            for few in (some[place : place + 20] for place in range(0, len(some), 20)):
                yield from self._chunks_of(few)

    def _chunks_of(self, editions: Sequence[str]) -> Iterator[bytes]:
        wanted = select(ChunkRow.__table__).where(ChunkRow.edition_id.in_(editions))
        ordered = wanted.order_by(ChunkRow.edition_id, ChunkRow.chunk_index)
        for some in self.connection.execution_options(yield_per=_AT_ONCE).execute(ordered).partitions():
            for row in some:
                self.passages.add(row.id, row.document_id, str(row.chunk_index))
                place: Mapping[str, Any] = {
                    name: getattr(row, name) for name in ("start", "end", "page", "section", "tokens")
                }
                yield said(ChunkLine(document=row.document_id, index=row.chunk_index, content=row.content, **place))

    def _readings(self) -> Iterator[bytes]:
        """What was read and can be said; what is beyond all measure is left out, and read anew where it arrives."""
        columns = (GraphExtraction.document_id, GraphExtraction.digest, GraphExtraction.recipe, GraphExtraction.facts)
        wanted = (
            select(GraphExtraction.id, *columns)
            .join(Document, Document.id == GraphExtraction.document_id)
            .join(AccessList, AccessList.resource_id == Document.id)
            .where(GraphExtraction.facts.is_not(None), *self._there)
        )
        for some in self._some(wanted, GraphExtraction.id):
            for row in some:
                try:
                    of = {"document": row.document_id, "digest": row.digest, "recipe": row.recipe}
                    yield said(ReadingLine.model_validate({**of, "facts": row.facts}))
                except ValidationError:
                    continue

    def _edits(self) -> Iterator[bytes]:
        mine = GraphEdit.collection_id == self.collection.id, GraphEdit.state != GONE
        for some in self._some(select(GraphEdit.__table__).where(*mine), GraphEdit.id):
            for row in some:
                names = ("kind", "source", "type", "target", "state", "said")
                yield said(EditLine.model_validate({name: getattr(row, name) for name in names}))

    @property
    def _there(self) -> Sequence[ColumnElement[bool]]:
        """What is true of documents that are carried."""
        return (
            Document.collection_id == self.collection.id,
            Document.deleted_at.is_(None),
            Document.blob_key.is_not(None),
        )

    def _some(self, wanted: Any, key: Any) -> Iterator[Sequence[Row[Any]]]:
        """Some rows after the other, in the order of a key that the statement asks for as `id`."""
        last = ""
        while some := self.connection.execute(wanted.where(key > last).order_by(key).limit(_AT_ONCE)).all():
            yield some
            last = some[-1].id


async def collection_id_of(transactions: Transactions, named: str) -> str:
    """The id of a collection by its id, or by the slugs of its tenant and its own."""
    tenant, _, slug = named.partition("/")
    called = and_(Tenant.slug == tenant, Collection.slug == slug) if slug else Collection.id == named
    wanted = select(Collection.id).join(Tenant, Tenant.id == Collection.tenant_id)
    async with transactions.open(Reach.everywhere(), writes=False) as transaction:
        id_ = await transaction.session.scalar(wanted.where(called, Collection.deleted_at.is_(None)))
    if id_ is None:
        raise MoveRefused(f"There is no collection {named!r}.")
    return str(id_)


def find_collection(connection: Connection, collection_id: str) -> Row[Any] | None:
    """The row of a collection that is there."""
    columns = [
        getattr(Collection, name) for name in (*_SETTINGS, "id", "tenant_id", "slug", "index_name", "generation")
    ]
    wanted = select(*columns, Collection.details.label("details"))
    there = wanted.where(Collection.id == collection_id, Collection.deleted_at.is_(None))
    found: Any = connection.execute(there).one_or_none()  # a row of as many columns as there are settings
    return cast("Row[Any] | None", found)
