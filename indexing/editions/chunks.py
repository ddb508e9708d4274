"""Knowing, editions: the rows of an edition's chunks, written, looked up and taken away slice by slice."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update

from app.db.bulk import add_rows, batches
from app.db.tenancy import TenantSession
from app.ids import reckoned_id
from indexing.chunking.chunk import Chunk
from indexing.editions.tables import ChunkRow, Edition

AT_ONCE = 500  # rows of one statement
_LONGEST_SECTION = 500
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


async def add_chunks(session: TenantSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the chunks of an edition."""
    await add_rows(session, ChunkRow, rows)


async def passages(session: TenantSession, edition_id: str, *, after: int, limit: int) -> list[Passage]:
    """The next chunks of an edition whose vectors are not known to be stored."""
    columns = (ChunkRow.id, ChunkRow.chunk_index, ChunkRow.content, ChunkRow.tokens, ChunkRow.digest)
    wanted = select(*columns).where(ChunkRow.edition_id == edition_id, ChunkRow.stored.is_(False))
    wanted = wanted.where(ChunkRow.chunk_index > after).order_by(ChunkRow.chunk_index).limit(limit)
    return [Passage(*row) for row in await session.execute(wanted)]


async def stored_count(session: TenantSession, edition_id: str) -> int:
    """How many chunks of an edition have their vectors in the store."""
    stored = select(func.count()).where(ChunkRow.edition_id == edition_id, ChunkRow.stored.is_(True))
    return await session.scalar(stored) or 0


async def mark_stored(session: TenantSession, chunk_ids: Collection[str], *, stored: bool = True) -> None:
    """Note whether vectors are in the store."""
    for some in batches(chunk_ids):
        marking = update(ChunkRow).where(ChunkRow.id.in_(some)).values(stored=stored)
        await session.execute(marking, execution_options=_UNCHECKED)


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
