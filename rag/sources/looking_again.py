"""Answering, sources: what was found a while ago, looked at anew with the eyes of whoever asks."""

from __future__ import annotations

from collections.abc import Sequence

from acl.visible import Visible
from rag.graphs.facts import EdgeSeen, NodeSeen
from rag.retrieval.onlooker import Onlooker
from rag.sources.gathered import Piece, WrittenFact


async def seen_of(pieces: Sequence[Piece], onlooker: Onlooker) -> Sequence[Piece]:
    """Those that may be read at this moment, in their order; a share's were shown by ScaiDrive to who holds them."""
    passages = [piece.seen.value for piece in pieces if isinstance(piece.seen, Visible)]
    facts = [one.value for piece in pieces if isinstance(piece.seen, WrittenFact) for one in piece.seen.made_of]
    if not (passages or facts):
        return pieces
    chunks = {one.value.chunk_id for one in await onlooker.sees(passages)} if passages else set[str]()
    # What anything was taken from is another object, and a sentence made of the whole of it says too much.
    whole = {id(one.value) for one in await _facts_seen(facts, onlooker)} if facts else set[int]()
    return [piece for piece in pieces if _is_seen(piece, chunks, whole)]


async def _facts_seen(
    facts: Sequence[NodeSeen | EdgeSeen], onlooker: Onlooker
) -> Sequence[Visible[NodeSeen | EdgeSeen]]:
    return await onlooker.sees_facts(facts)


def _is_seen(piece: Piece, chunks: set[str], whole: set[int]) -> bool:
    if isinstance(piece.seen, Visible):
        return piece.seen.value.chunk_id in chunks
    return not isinstance(piece.seen, WrittenFact) or all(id(one.value) in whole for one in piece.seen.made_of)
