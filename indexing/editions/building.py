"""Knowing, editions: the rows of editions, from the first chunk to the switch that makes one answer."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import aliased

from app.db.tenancy import TenantSession
from app.ids import new_id
from indexing.editions.tables import BUILDING, READY, Edition

_EDITIONS = cast("Table", Edition.__table__)
_ADDING = insert(_EDITIONS)
_NOTING = update(_EDITIONS).where(_EDITIONS.c.id == bindparam("its_id"))
_UNCHECKED = {"synchronize_session": False}


async def find_edition(
    session: TenantSession, document_id: str, *, generation: int, content_version: int
) -> Edition | None:
    """The edition of one content in one generation, built or half built."""
    wanted = select(Edition).where(
        Edition.document_id == document_id,
        Edition.generation == generation,
        Edition.content_version == content_version,
    )
    return (await session.scalars(wanted)).one_or_none()


def new_edition(tenant_id: str, document_id: str, collection_id: str, *, at: datetime, **of: int) -> Edition:
    """The edition of a `content_version` in a `generation`, without any chunk; its row comes with its first chunks."""
    return Edition(
        id=new_id("edn"),
        tenant_id=tenant_id,
        document_id=document_id,
        collection_id=collection_id,
        state=BUILDING,
        chunk_count=0,
        created_at=at,
        **of,
    )


def add_edition(on: Connection, edition: Edition, *, chunk_count: int = 0) -> None:
    """Give an edition its row; with the number of its chunks, if all of them get theirs with it."""
    row = {column.key: getattr(edition, column.key) for column in _EDITIONS.columns}
    on.execute(_ADDING, row | {"chunk_count": chunk_count})


def note_cut(on: Connection, edition_id: str, chunk_count: int) -> None:
    """Every chunk of it has its row."""
    on.execute(_NOTING, {"its_id": edition_id, "chunk_count": chunk_count})


def note_ready(on: Connection, edition_id: str) -> bool:
    """Every chunk of it is in the vector store; says whether its row is still there."""
    return bool(on.execute(_NOTING, {"its_id": edition_id, "state": READY}).rowcount)


async def superseded(session: TenantSession, answering_id: str, generation: int) -> list[str]:
    """The editions of a document that will never answer again, once this one of this generation does.

    Not those of a later content or generation than the one that answers: they are being built.
    """
    answering = aliased(Edition)
    older = or_(Edition.generation < generation, Edition.content_version < answering.content_version)
    wanted = (
        select(Edition.id)
        .join(answering, answering.document_id == Edition.document_id)
        .where(answering.id == answering_id, Edition.id != answering_id, Edition.generation <= generation, older)
    )
    return list(await session.scalars(wanted))


async def remove_edition(session: TenantSession, edition_id: str) -> None:
    """Remove the row of an edition that has no chunks any more."""
    await session.execute(delete(Edition).where(Edition.id == edition_id), execution_options=_UNCHECKED)
