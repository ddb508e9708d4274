"""Answering: what a store pointed at, as the database has it: the truth about what answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Executable, Row, Table, bindparam, select

from app.db.asking import Among, Asking
from app.db.bulk import batches
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow
from indexing.stores.vectors import Index
from rag.retrieval.snippet import Snippets, Span


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that answers, on its way to the chokepoint."""

    chunk_id: str
    document_id: str
    document_name: str
    details: Mapping[str, Any]
    collection_id: str
    chunk_index: int
    content: str
    start: int  # in the text of its document, as `end`
    end: int
    page: int | None
    section: str | None
    score: float
    snippet: Span  # in the content


def answering(on: Connection, index: Index, chunk_ids: Collection[str]) -> set[str]:
    """Those among these chunks that answer: of the edition their document says is its own, and not deleted."""
    found: set[str] = set()
    for some in batches(chunk_ids):
        found.update(_ANSWERING.put(on, plain=_of(index), ids=some).scalars())
    return found


def rows_of(on: Connection, index: Index, chunk_ids: Collection[str]) -> dict[str, Row[Any]]:
    """The same with all that is to be seen of them."""
    found: dict[str, Row[Any]] = {}
    for some in batches(chunk_ids):
        found.update((row[0], row) for row in _SEEN.put(on, plain=_of(index), ids=some))
    return found


def passages(rows: Mapping[str, Row[Any]], scores: Sequence[tuple[str, float]], question: str) -> list[Passage]:
    """The passages of chunks with their scores, in this order; what does not answer any more is left out."""
    snippets, found = Snippets(question), []
    for chunk_id, score in scores:
        if chunk_id in rows:
            made: tuple[Any, ...] = (*rows[chunk_id], score, snippets.of(rows[chunk_id].content))
            found.append(Passage(*made))
    return found


def _of(index: Index) -> dict[str, Any]:
    return {"its_tenant": index.tenant_id, "its_collection": index.collection_id}


_C = cast("Table", ChunkRow.__table__).c
_D = cast("Table", Document.__table__).c
_PLACE = (_C.chunk_index, _C.content, _C.start, _C.end, _C.page, _C.section)


def _answering(*columns: Any) -> Asking:
    def write(among: Among) -> Executable:
        return select(*columns).where(
            among(_C.id, "ids"),
            _C.collection_id == bindparam("its_collection"),
            _C.tenant_id == bindparam("its_tenant"),
            _D.id == _C.document_id,
            _D.edition_id == _C.edition_id,
            _D.tenant_id == bindparam("its_tenant"),
            _D.deleted_at.is_(None),
        )

    return Asking(write)


_ANSWERING = _answering(_C.id)
_SEEN = _answering(_C.id, _C.document_id, _D.name, _D.metadata, _C.collection_id, *_PLACE)
