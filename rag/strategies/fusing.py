"""Answering, strategies: what several passes found as one; pure.

First comes what is best for any one pass, then the second best of each: what answers half of a question stands at the
top of one pass and nowhere in the others, and sums of ranks would put before it what all passes found and none needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from acl.visible import Visible
from rag.search import Retrieved
from rag.sources.gathered import Gathered, Piece, SourceFound, Step


@dataclass(slots=True)
class _Places:
    """Where passes have a piece."""

    piece: Piece
    best: int
    shares: float = field(default=0.0)

    def add(self, piece: Piece, place: int) -> None:
        """Count one more pass; a piece keeps the best score it was found with."""
        if piece.score > self.piece.score:
            self.piece = piece
        self.best = min(self.best, place)
        self.shares += 1 / (1 + place)


def key_of(piece: Piece) -> str:
    """The same for the same passage, however often it is found."""
    if isinstance(piece.seen, Visible):
        return piece.seen.value.chunk_id
    said = f"{piece.source.id}\0{piece.seen.document_name}\0{piece.seen.content}"
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()


def fused(passes: Iterable[Sequence[Piece]], most: int) -> list[Piece]:
    """The best of all passes, each passage and each text once."""
    found: dict[str, _Places] = {}
    for pieces in passes:
        for place, piece in enumerate(pieces):
            found.setdefault(key_of(piece), _Places(piece, place)).add(piece, place)
    ranked = sorted(found.values(), key=lambda one: (one.best, -one.shares, -one.piece.weighed))
    return without_echoes([one.piece for one in ranked])[:most]


def without_echoes(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces of which each says something that none before it said."""
    said: dict[str, Piece] = {}
    for piece in pieces:
        said.setdefault(" ".join(piece.passage.content.split()), piece)
    return list(said.values())


def together(passes: Sequence[Gathered], pieces: Sequence[Piece], steps: Sequence[Step]) -> Gathered:
    """What several passes gave, with the pieces that were chosen of it and what was done."""
    of_source: dict[str, list[SourceFound]] = {}
    for gathered in passes:
        for found in gathered.sources:
            of_source.setdefault(found.source.id, []).append(found)
    sources = [_one(found) for found in of_source.values()]
    return Gathered(pieces, sources, steps, degraded=any(gathered.degraded for gathered in passes))


def degraded(gathered: Gathered, *steps: Step) -> Gathered:
    """The same, found in a lesser way than was wanted; the steps say why."""
    return replace(gathered, steps=[*gathered.steps, *steps], degraded=True)


def _one(found: Sequence[SourceFound]) -> SourceFound:
    pieces = {key_of(piece): piece for one in reversed(found) for piece in one.pieces}
    fault = next((one.fault for one in found if one.fault is not None), None)
    return SourceFound(found[0].source, _status({one.status for one in found}), list(pieces.values()), fault)


def _status(said: set[Retrieved]) -> Retrieved:
    if said == {Retrieved.DEGRADED}:
        return Retrieved.DEGRADED
    if said & {Retrieved.DEGRADED, Retrieved.PARTIAL}:
        return Retrieved.PARTIAL
    return Retrieved.OK if Retrieved.OK in said else Retrieved.EMPTY
