"""Knowing, stores: what of some things a number tells, and which of them have to be looked at one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from indexing.stores.graphs import MOST_EVIDENCE, ThingTally


@dataclass(frozen=True, slots=True)
class Called:
    """A thing, and all that sources in scope call it."""

    key: str
    alone: bool
    sources: int
    labels: Sequence[Sequence[str]]  # each way they do so, once


def tallied(things: Iterable[Called]) -> ThingTally:
    """What stands alone is counted; none is where no source in scope mentions it."""
    counted, labels, others = 0, Counter[str](), list[str]()
    for thing in things:
        if not thing.sources:
            continue
        agreed = _agreed(thing) if thing.alone else None
        if agreed is None:
            others.append(thing.key)
        else:
            counted += 1
            labels.update(agreed)
    return ThingTally(counted, labels, tuple(others))


def _agreed(thing: Called) -> set[str] | None:
    """What it is called, unless it matters how many call it so, or which of them are heard at all."""
    if thing.sources > MOST_EVIDENCE and len(thing.labels) > 1:
        return None
    labels = {label for some in thing.labels for label in some}
    return labels if len({label.casefold() for label in labels}) == len(labels) else None
