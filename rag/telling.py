"""Answering, personas: what is told beside an answer: how it was looked for, and what its numbers name.

What a passage says is told out of what the chokepoint has just let through, or what ScaiDrive showed to who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.citations import Cited
from rag.context import Offered
from rag.retrieval.passages import Passage
from rag.search import Retrieved
from rag.sources.gathered import Gathered, LoosePassage, SourceFound, Step
from rag.sources.merge import status_of

_QUOTED = 320  # characters of a passage that comes without a part that says most


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked for and found, and what of it a model was offered."""

    gathered: Gathered
    steps: Sequence[Step]
    crowded_out: bool = False  # there was no room for any of it


def retrieval_of(looked: Looked, readable: Sequence[Offered]) -> dict[str, Any]:
    """The `retrieval` of an answer."""
    status = status_of(looked.gathered)
    return {
        "status": str(Retrieved.DEGRADED if looked.crowded_out else status),
        "steps": [{"kind": step.kind, **step.said} for step in looked.steps],
        "sources": [_source(found) for found in looked.gathered.sources],
        "citations": [citation(one) for one in readable],
    }


def citation(offered: Offered) -> dict[str, Any]:
    """What a number names."""
    passage, source = offered.piece.passage, offered.piece.source
    plain = {"marker": offered.marker, "document_name": passage.document_name, "source_name": source.name}
    told = {**plain, "page": passage.page, "score": round(offered.piece.score, 6)}
    quote = quote_of(passage)
    if isinstance(passage, LoosePassage):
        return {**told, "document_id": None, "chunk_id": None, "quote": quote, "url": passage.url}
    return {
        **told,
        "document_id": passage.document_id,
        "chunk_id": passage.chunk_id,
        "quote": quote,
        "url": _url(offered),
    }


def quote_of(passage: Passage | LoosePassage) -> str:
    """The part of a passage that says most."""
    if isinstance(passage, LoosePassage):
        return passage.content[:_QUOTED]
    return passage.content[passage.snippet.start : passage.snippet.end]


def annotations_of(cited: Sequence[Cited], readable: Sequence[Offered]) -> list[dict[str, Any]]:
    """The numbers of an answer in OpenAI's shape, each where it stands."""
    named = {one.marker: one for one in readable}
    found = [(one, named[one.marker]) for one in cited if one.marker in named]
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": one.start,
                "end_index": one.end,
                "title": offered.piece.passage.document_name,
                "url": _url(offered) or "",
            },
        }
        for one, offered in found
    ]


def _source(found: SourceFound) -> dict[str, Any]:
    status = Retrieved.EMPTY if found.status is Retrieved.OK and not found.pieces else found.status
    told: dict[str, Any] = {"name": found.source.name, "status": str(status)}
    if found.fault is not None:
        told["fault"] = found.fault
    if found.reason is not None:
        told["reason"] = found.reason
    if found.unfinished:
        told["unfinished"] = found.unfinished
    return told


def _url(offered: Offered) -> str | None:
    """Where a document is read, at the page."""
    passage = offered.piece.passage
    if isinstance(passage, LoosePassage):
        return passage.url
    place = f"/v1/modules/scaimatrix/collections/{passage.collection_id}/documents/{passage.document_id}/content"
    return place if passage.page is None else f"{place}#page={passage.page}"
