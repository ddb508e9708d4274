"""Answering, strategies: what of the steps may be told to whoever reads the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.sources.gathered import Step
from rag.strategies.strategy import Sees


async def sayable(steps: Sequence[Step], sees: Sees) -> list[Step]:
    """All steps; of those whose words are made of passages that may not all be read any more, only the kind."""
    made_of = {id(piece): piece for step in steps for piece in step.made_of}
    seen = {id(piece) for piece in await sees(list(made_of.values()))} if made_of else set[int]()
    return [step if seen.issuperset(map(id, step.made_of)) else replace(step, said={}) for step in steps]
