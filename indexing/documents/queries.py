"""Knowing, documents: looking documents and their passages up, within the session's reach."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, func, or_, select

from acl.tables import AccessList
from app.db.tenancy import TenantSession
from app.jobs.standing import is_suspended
from indexing.documents.found import Change, FoundChunk, FoundDocument, Mention, Wanted
from indexing.documents.status import DocumentStatus
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow

_AT_ONCE = 500


async def find_document(session: TenantSession, document_id: str, *, hold: bool = False) -> FoundDocument | None:
    """One document; `hold` keeps it as it is until the commit."""
    wanted = _by_id()
    if hold:
        wanted = wanted.with_for_update(of=Document).execution_options(populate_existing=True)
    found = (await session.execute(wanted, {"wanted": document_id})).one_or_none()
    return None if found is None else FoundDocument(*found)


async def find_by_source(session: TenantSession, collection_id: str, digests: Collection[str]) -> list[FoundDocument]:
    """The documents of a collection that came from some places, the oldest first."""
    asked = {"place": collection_id, "sources": list(digests), "most": _AT_ONCE * len(digests)}
    return _found(await session.execute(_by_source(), asked)) if digests else []


async def documents_after(session: TenantSession, wanted: Wanted, after: str | None, limit: int) -> list[FoundDocument]:
    """Some documents of a collection, in the order of their ids, which is that of their coming."""
    statement, rising = _wanted(wanted), wanted.order == "asc"
    if after is not None:
        statement = statement.where(Document.id > after if rising else Document.id < after)
    ordered = statement.order_by(Document.id.asc() if rising else Document.id.desc())
    return _found(await session.execute(ordered.limit(limit)))


async def documents_among(session: TenantSession, wanted: Wanted, ids: Collection[str]) -> list[FoundDocument]:
    """Those of some documents that are looked for, in the same order."""
    statement = _wanted(wanted).where(Document.id.in_(ids))
    ordered = statement.order_by(Document.id.asc() if wanted.order == "asc" else Document.id.desc())
    return _found(await session.execute(ordered))


async def documents_of(session: TenantSession, collection_id: str, ids: Collection[str]) -> list[FoundDocument]:
    """Some documents of a collection, the earliest change first."""
    statement = _present().where(Document.collection_id == collection_id, Document.id.in_(ids))
    return _found(await session.execute(statement.order_by(Document.updated_at, Document.id)))


async def changed_since(
    session: TenantSession, collection_id: str, after: tuple[datetime, str], limit: int
) -> list[Change]:
    """What changed in a collection after a moment (and an id in it), the earliest change first."""
    moment, id_ = after
    later = or_(Document.updated_at > moment, and_(Document.updated_at == moment, Document.id > id_))
    columns = select(Document.id, Document.changes, Document.updated_at)
    wanted = columns.where(Document.collection_id == collection_id, Document.deleted_at.is_(None), later)
    rows = await session.execute(wanted.order_by(Document.updated_at, Document.id).limit(limit))
    return [Change(*row) for row in rows]


async def present_among(session: TenantSession, collection_id: str, ids: Collection[str]) -> list[Mention]:
    """Those of some documents that are still in a collection."""
    wanted = select(Document.id).where(Document.id.in_(ids), Document.collection_id == collection_id)
    return [Mention(id_) for id_ in await session.scalars(wanted.where(Document.deleted_at.is_(None)))]


async def unfinished_after(session: TenantSession, collection_id: str, after: str, limit: int) -> list[Mention]:
    """Documents of a collection that are still on their way."""
    ended = [status for status in DocumentStatus if status.is_terminal]
    wanted = select(Document.id).where(Document.collection_id == collection_id, Document.deleted_at.is_(None))
    wanted = wanted.where(Document.status.not_in(ended), Document.id > after)
    return [Mention(id_) for id_ in await session.scalars(wanted.order_by(Document.id).limit(limit))]


async def unfinished_of_newest(session: TenantSession, collection_id: str) -> list[Mention]:
    """Those of the last documents to come to a collection that are still on their way; the last are read last."""
    newest = select(Document.id, Document.status).where(
        Document.collection_id == collection_id, Document.deleted_at.is_(None)
    )
    rows = await session.execute(newest.order_by(Document.id.desc()).limit(_AT_ONCE))
    return [Mention(id_) for id_, status in rows if not DocumentStatus(status).is_terminal]


async def moment_of_change(session: TenantSession, collection_id: str, number: int) -> datetime | None:
    """When the change before which there were so many newer ones happened; None if there were not so many."""
    newest = select(Document.updated_at).where(Document.collection_id == collection_id)
    moment: datetime | None = await session.scalar(newest.order_by(Document.updated_at.desc()).offset(number).limit(1))
    return moment


async def chunks_after(
    session: TenantSession, document: Document, after: int | None, limit: int, *, rising: bool = True
) -> list[FoundChunk]:
    """Some passages of the edition that answers, in the order they stand in the document."""
    if document.edition_id is None:
        return []
    wanted = select(ChunkRow).where(ChunkRow.edition_id == document.edition_id)
    if after is not None:
        wanted = wanted.where(ChunkRow.chunk_index > after if rising else ChunkRow.chunk_index < after)
    place: Any = ChunkRow.chunk_index
    rows = await session.scalars(wanted.order_by(place.asc() if rising else place.desc()).limit(limit))
    return [FoundChunk(row) for row in rows]


def _wanted(wanted: Wanted) -> Select[Document, str | None, bool]:
    found = _present().where(Document.collection_id == wanted.collection_id)
    if wanted.status is not None:
        found = found.where(Document.status == wanted.status)
    if wanted.name_prefix:
        found = found.where(func.substr(Document.name, 1, len(wanted.name_prefix)) == wanted.name_prefix)
    return found


@cache
def _by_id() -> Select[Document, str | None, bool]:
    return _present().where(Document.id == bindparam("wanted"))


@cache
def _by_source() -> Select[Document, str | None, bool]:
    from_there = Document.source_digest.in_(bindparam("sources", expanding=True))
    found = _present().where(Document.collection_id == bindparam("place"), from_there)
    return found.order_by(Document.id).limit(bindparam("most", type_=Integer))


@cache  # as those above: to make a statement costs more than to run it
def _present() -> Select[Document, str | None, bool]:
    """Documents that are there for anybody at all, each with whose it is."""
    columns = select(Document, AccessList.owner_id, is_suspended(Document.tenant_id))
    owned = columns.join(AccessList, AccessList.resource_id == Document.id)
    return owned.where(Document.deleted_at.is_(None))


def _found(rows: Any) -> list[FoundDocument]:
    found: Sequence[tuple[Document, str | None, bool]] = rows.all()
    return [FoundDocument(*one) for one in found]
