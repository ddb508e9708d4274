"""Knowing, editions: the rows of an edition's chunks, written, looked up and taken away slice by slice."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, delete, func, select, update

from app.db.bulk import batches, insert_rows
from app.db.tenancy import TenantSession
from app.ids import reckoned_id
from indexing.chunking.chunk import Chunk
from indexing.editions.tables import ChunkRow, Edition

AT_ONCE = 500  # rows of one statement
_LONGEST_SECTION = 500
_CHUNKS = cast("Table", ChunkRow.__table__)
_ALL_STORED = (
    update(_CHUNKS)
    .where(_CHUNKS.c.edition_id == bindparam("its_edition"), _CHUNKS.c.stored.is_(False))
    .values(stored=True)
)
_UNCHECKED = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Passage:
    """What of a chunk is needed to embed it."""

    id: str
    index: int
    text: str
    tokens: int
    digest: str


def row_of(edition: Edition, chunk: Chunk) -> dict[str, Any]:
    """A chunk as a row; the same edition and index always have the same id."""
    return {
        "id": reckoned_id("chk", edition.id, chunk.index),
        "edition_id": edition.id,
        "document_id": edition.document_id,
        "collection_id": edition.collection_id,
        "chunk_index": chunk.index,
        "content": chunk.text,
        "start": chunk.start,
        "end": chunk.end,
        "page": chunk.page,
        "section": chunk.section[:_LONGEST_SECTION] if chunk.section else None,
        "tokens": chunk.tokens,
        "digest": digest_of(chunk.text),
        "stored": False,
    }


def passage_of(row: Mapping[str, Any]) -> Passage:
    """What of a row is needed to embed it."""
    return Passage(row["id"], row["chunk_index"], row["content"], row["tokens"], row["digest"])


def digest_of(text: str) -> str:
    """What two texts share that are embedded alike."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def add_chunks(on: Connection, tenant_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert chunks of an edition of a tenant."""
    insert_rows(on, _CHUNKS, [{**row, "tenant_id": tenant_id} for row in rows])


async def passages(session: TenantSession, edition_id: str, *, after: int, limit: int) -> list[Passage]:
    """The next chunks of an edition whose vectors are not known to be stored."""
    columns = (ChunkRow.id, ChunkRow.chunk_index, ChunkRow.content, ChunkRow.tokens, ChunkRow.digest)
    wanted = select(*columns).where(ChunkRow.edition_id == edition_id, ChunkRow.stored.is_(False))
    wanted = wanted.where(ChunkRow.chunk_index > after).order_by(ChunkRow.chunk_index).limit(limit)
    return [Passage(*row) for row in await session.execute(wanted)]


def stored_count(on: Connection, edition_id: str) -> int:
    """How many chunks of an edition have their vectors in the store."""
    stored = select(func.count()).where(ChunkRow.edition_id == edition_id, ChunkRow.stored.is_(True))
    return on.scalar(stored) or 0


def mark_stored(on: Connection, chunk_ids: Collection[str], *, stored: bool = True) -> None:
    """Note whether vectors are in the store."""
    for some in batches(chunk_ids):
        on.execute(update(_CHUNKS).where(_CHUNKS.c.id.in_(some)).values(stored=stored))


def mark_all_stored(on: Connection, edition_id: str) -> None:
    """Note that every vector of an edition is in the store."""
    on.execute(_ALL_STORED, {"its_edition": edition_id})


async def embedded_before(session: TenantSession, document_id: str, digests: Collection[str]) -> dict[str, str]:
    """By digest, a chunk of the document that says the same and has its vector in the store."""
    found: dict[str, str] = {}
    for some in batches(digests):
        same = select(ChunkRow.digest, ChunkRow.id).where(
            ChunkRow.document_id == document_id, ChunkRow.digest.in_(some), ChunkRow.stored.is_(True)
        )
        found.update((digest, chunk_id) for digest, chunk_id in await session.execute(same))
    return found


async def some_chunk_ids(session: TenantSession, edition_id: str) -> list[str]:
    """A slice of an edition's chunks."""
    some = select(ChunkRow.id).where(ChunkRow.edition_id == edition_id).limit(AT_ONCE)
    return list(await session.scalars(some))


async def chunk_ids_after(session: TenantSession, edition_id: str, after: str) -> list[str]:
    """The next slice of an edition's chunks, in the order of their ids."""
    some = select(ChunkRow.id).where(ChunkRow.edition_id == edition_id, ChunkRow.id > after)
    return list(await session.scalars(some.order_by(ChunkRow.id).limit(AT_ONCE)))


async def remove_chunks(session: TenantSession, chunk_ids: Collection[str]) -> None:
    """Remove rows of chunks."""
    for some in batches(chunk_ids):
        await session.execute(delete(ChunkRow).where(ChunkRow.id.in_(some)), execution_options=_UNCHECKED)
