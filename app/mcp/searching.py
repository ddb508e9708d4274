"""Roof, MCP: search, fetch and list_collections: what the caller may read, by the ways of the HTTP routes."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from acl.permission import Permission
from acl.visible import Visible
from app.errors import Unavailable
from app.http.collection_path import overview
from app.http.document_path import found_document, seen_by_caller
from app.http.document_right import streams_of
from app.http.open_streams import Right
from app.http.routes.documents import shelf_of
from app.http.routes.search import search_of
from app.http.streaming import unless_gone
from app.http.transacting import transaction_of
from app.http.visit import Visit
from app.identity.credentials import Admitted
from app.identity.permissions import Core, Matrix
from app.inference.frontend_models import PERSONA_ID
from app.mcp.links import document_url
from app.mcp.naming import collection_named, personas_of, require_module
from app.mcp.wire import AboutRead, FetchAsked, ListAsked, PieceRead, ResultRead, SearchAsked
from app.paging import PageRequest
from indexing.documents.found import FoundChunk
from rag.retrieval.passages import Passage
from rag.retrieval.question import MOST_RESULTS, Question, Way

MOST_TEXT = 50_000  # characters of a document in one answer
_MOST_COLLECTIONS = 100
_NOTE = f"Only the newest {_MOST_COLLECTIONS} collections were looked through; name a collection to look in another."
_PASSAGES_EACH = 4  # a document that answers often does so by several
T = TypeVar("T")


async def search(visit: Visit, asked: SearchAsked) -> dict[str, Any]:
    """Find documents by what they say."""
    return await _unless_gone(visit, _search(visit, asked), Matrix.SEARCH)


async def fetch(visit: Visit, asked: FetchAsked) -> dict[str, Any]:
    """Read a document."""
    return await _unless_gone(visit, _fetch(visit, asked), Matrix.VIEW)


async def list_collections(visit: Visit, _: ListAsked) -> dict[str, Any]:
    """List what there is to read, and whom there is to ask."""
    return await _unless_gone(visit, _list(visit), Matrix.VIEW)


async def _unless_gone(visit: Visit, work: Coroutine[Any, Any, T], permission: Matrix) -> T:
    """Do it while its caller is there and may; switched off, the module is so here too."""

    async def recheck(admitted: Admitted) -> None:
        admitted.caller.require(permission)
        await require_module(visit)

    try:
        await require_module(visit)
        visit.caller.require(permission)
    except BaseException:
        work.close()
        raise
    found = await unless_gone(visit.request, work, streams_of(visit), Right(visit.bearer, recheck, visit.place))
    if found is None:
        raise Unavailable("Whoever asked has gone.")
    return found


async def _search(visit: Visit, asked: SearchAsked) -> dict[str, Any]:
    top_k = min(asked.limit * _PASSAGES_EACH, MOST_RESULTS)
    question = Question(text=asked.query, way=Way.HYBRID, top_k=top_k, graph=False)
    more = False
    if asked.collection is not None:
        id_ = await collection_named(visit, asked.collection)
        found = await search_of(visit).run(id_, question)
    else:
        readable, more = await _readable(visit)
        found = await search_of(visit).run_many(readable, question)
    best: dict[str, Visible[Passage]] = {}
    for seen in found.passages:
        best.setdefault(seen.value.document_id, seen)
    results = [_linked(visit, seen) for seen in list(best.values())[: asked.limit]]
    return {"results": results, "status": str(found.status), **({"note": _NOTE} if more else {})}


def _linked(visit: Visit, seen: Visible[Passage]) -> dict[str, Any]:
    read = ResultRead.of(seen)
    return {**read.model_dump(), "url": document_url(visit, read.id, seen.value.chunk_id)}


async def _readable(visit: Visit) -> tuple[list[str], bool]:
    """The newest collections, and whether there are more."""
    async with transaction_of(visit, writes=False):
        page = await overview(visit).listed(PageRequest(_MOST_COLLECTIONS))
        return [row.id for row in page.items], page.next_after is not None


async def _fetch(visit: Visit, asked: FetchAsked) -> dict[str, Any]:
    async with transaction_of(visit, writes=False):
        found = await found_document(visit, asked.id, Permission.READ)
        await require_module(visit)
        about = AboutRead.of(await seen_by_caller(visit, found))
        pieces: list[Visible[FoundChunk]] = []
        after, length = None if asked.after is None else str(asked.after), 0
        while length < MOST_TEXT:
            page = await shelf_of(visit).chunks(found, PageRequest(100, after, "asc"))
            pieces += page.items
            length += sum(len(piece.value.row.content) for piece in page.items)
            after = page.next_after
            if after is None:
                break
    text, last = _joined([PieceRead.of(piece) for piece in pieces])
    metadata = about.model_dump(mode="json", exclude={"id", "title"})
    if after is not None or (pieces and last != pieces[-1].value.row.chunk_index):
        metadata |= {
            "continue_after": last,
            "note": "This is not the whole document: fetch it again with `after` set to `continue_after` to read on.",
        }
    elif not pieces and asked.after is None:
        metadata["note"] = "Nothing of this document can be read as text yet."
    return {
        "id": about.id,
        "title": about.title,
        "text": text,
        "url": document_url(visit, about.id),
        "metadata": metadata,
    }


def _joined(pieces: Sequence[PieceRead]) -> tuple[str, int]:
    """The text that pieces were cut from, which may overlap, until it is long enough; and the last of them."""
    parts: list[str] = []
    reached: int | None = None
    length, last = 0, -1
    for piece in pieces:
        if length and length + len(piece.text) > MOST_TEXT:
            break
        whole = len(piece.text) == piece.end - piece.start  # nothing was put before it
        again = reached - piece.start if reached is not None and whole else 0
        if reached is not None and again <= 0:
            parts.append("\n\n")
        parts.append(piece.text[max(again, 0) :])
        length += len(parts[-1])
        reached, last = max(piece.end, reached or 0), piece.index
    return "".join(parts), last


async def _list(visit: Visit) -> dict[str, Any]:
    async with transaction_of(visit, writes=False):
        page = await overview(visit).page(PageRequest(_MOST_COLLECTIONS))
    collections = [
        {
            **{name: getattr(seen.row, name) for name in ("id", "slug", "name", "description")},
            "document_count": seen.counts.documents,
        }
        for seen in page.items
    ]
    listed = await personas_of(visit) if visit.caller.may(Core.MODELS_LIST) else ()
    personas = [
        {
            "id": str(model.metadata[PERSONA_ID]),
            "slug": model.slug,
            "name": model.display_name,
            "description": model.description,
        }
        for model in listed[:_MOST_COLLECTIONS]
    ]
    return {"collections": collections, "personas": personas, "more": page.next_after is not None}
