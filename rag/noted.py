"""Answering, personas: what is noted of a call: which documents came how far, and no word of them; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice

from app.accounting.stages import DocumentUse, Stages
from rag.context import Offered
from rag.retrieval.stages import Took
from rag.sources.gathered import LoosePassage, Piece

_MOST = 50  # documents; nothing is answered from more passages


def noted(took: Took, pieces: Sequence[Piece], offered: Sequence[Offered], cited: Collection[int]) -> Stages:
    """How long looking took, and what came of it; passages that are of no document of ours are not counted."""
    through = (pieces, [one.piece for one in offered], [one.piece for one in offered if one.marker in cited])
    counts: dict[str, list[int]] = {}
    for place, some in enumerate(through):
        for piece in some:
            if not isinstance(piece.passage, LoosePassage):
                counts.setdefault(piece.passage.document_id, [0, 0, 0])[place] += 1
    uses = [DocumentUse(document_id, *counted) for document_id, counted in islice(counts.items(), _MOST)]
    return Stages({str(stage): ms for stage, ms in took.stages.items()}, uses)
