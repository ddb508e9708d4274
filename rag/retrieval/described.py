"""Answering: which documents of a collection are described as a question asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.db.tenancy import TenantSession
from indexing.documents.tables import Document

AT_ONCE = 2_000  # descriptions: those of a million documents are never in memory together


async def described_so(session: TenantSession, collection_id: str, details: Mapping[str, Any]) -> frozenset[str]:
    """The documents whose metadata has all of these values; a list in it holds each of its own."""
    inside = select(Document.id, Document.details).where(
        Document.collection_id == collection_id, Document.deleted_at.is_(None)
    )
    fitting, last = set[str](), ""
    while True:
        rows = (await session.execute(inside.where(Document.id > last).order_by(Document.id).limit(AT_ONCE))).all()
        fitting.update(id_ for id_, said in rows if all(_has(said.get(key), value) for key, value in details.items()))
        if len(rows) < AT_ONCE:
            return frozenset(fitting)
        last = rows[-1][0]


def _has(said: Any, wanted: Any) -> bool:
    return any(_same(one, wanted) for one in said) if isinstance(said, list) else _same(said, wanted)


def _same(one: Any, other: Any) -> bool:
    """In JSON, true is not 1."""
    return bool(isinstance(one, bool) is isinstance(other, bool) and one == other)
