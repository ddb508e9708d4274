"""Answering: what a store pointed at, as the database has it: the truth about what answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Executable, Table, bindparam, select

from app.db.asking import Among, Asking
from app.db.bulk import batches
from indexing.documents.tables import Document
from indexing.editions.tables import READY, ChunkRow, Edition
from indexing.stores.vectors import Index
from rag.retrieval.snippet import Snippets, Span
from rag.retrieval.why import Why

ChunkSeen = tuple[Any, ...]  # a passage without its score, field by field; `passages` makes one of it


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
    snippets: Snippets = field(compare=False, repr=False)
    why: Why | None = None  # where it was asked

    @property
    def snippet(self) -> Span:
        """The telling part of the content; looked for when it is shown, for most of what is found never is."""
        return self.snippets.of(self.content)


def answering(on: Connection, index: Index, chunk_ids: Collection[str], *, ahead: int | None = None) -> set[str]:
    """Those among these chunks that answer: of the edition their document says is its own, and not deleted.

    With `ahead`, those that would answer if that generation did: of the same contents, cut anew.
    """
    found: set[str] = set()
    asking, plain = (_ANSWERING, _of(index)) if ahead is None else (_ANSWERING_AHEAD, {**_of(index), "ahead": ahead})
    for some in batches(chunk_ids):
        found.update(id_ for (id_,) in asking.rows(on, plain=plain, ids=some))
    return found


def rows_of(
    on: Connection, index: Index, chunk_ids: Collection[str], *, ahead: int | None = None
) -> dict[str, ChunkSeen]:
    """The same with all that is to be seen of them."""
    found: dict[str, ChunkSeen] = {}
    asking, plain = (_SEEN, _of(index)) if ahead is None else (_SEEN_AHEAD, {**_of(index), "ahead": ahead})
    for some in batches(chunk_ids):
        found.update((row[0], row) for row in asking.rows(on, plain=plain, ids=some))
    return found


def passages(rows: Mapping[str, ChunkSeen], scores: Sequence[tuple[str, float]], question: str) -> list[Passage]:
    """The passages of chunks with their scores, in this order; what does not answer any more is left out."""
    snippets, found = Snippets(question), []
    for chunk_id, score in scores:
        if chunk_id in rows:
            made: tuple[Any, ...] = (*rows[chunk_id], score, snippets)
            found.append(Passage(*made))
    return found


def _of(index: Index) -> dict[str, Any]:
    return {"its_tenant": index.tenant_id, "its_collection": index.collection_id}


_C = cast("Table", ChunkRow.__table__).c
_D = cast("Table", Document.__table__).c
_PLACE = (_C.chunk_index, _C.content, _C.start, _C.end, _C.page, _C.section)


def _own() -> tuple[ColumnElement[bool], ...]:
    return (_D.edition_id == _C.edition_id,)


def _following() -> tuple[ColumnElement[bool], ...]:
    """Of the edition that a document goes on with at the switch: of the content that answers now."""
    answers, follows = (cast("Table", Edition.__table__).alias(name).c for name in ("answers", "follows"))
    return (
        answers.id == _D.edition_id,
        follows.id == _C.edition_id,
        follows.generation == bindparam("ahead"),
        follows.content_version == answers.content_version,
        follows.state == READY,
    )


def _answering(edition: Sequence[ColumnElement[bool]], *columns: Any) -> Asking:
    def write(among: Among) -> Executable:
        return select(*columns).where(
            among(_C.id, "ids"),
            _C.collection_id == bindparam("its_collection"),
            _C.tenant_id == bindparam("its_tenant"),
            _D.id == _C.document_id,
            *edition,
            _D.tenant_id == bindparam("its_tenant"),
            _D.deleted_at.is_(None),
        )

    return Asking(write)


_SHOWN = (_C.id, _C.document_id, _D.name, _D.metadata, _C.collection_id, *_PLACE)
_ANSWERING, _ANSWERING_AHEAD = _answering(_own(), _C.id), _answering(_following(), _C.id)
_SEEN, _SEEN_AHEAD = _answering(_own(), *_SHOWN), _answering(_following(), *_SHOWN)
