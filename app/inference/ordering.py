"""Ground floor, inference: in which order a model's backends are tried."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Protocol, TypeVar


class Weighted(Protocol):
    """A backend as one model is linked to it."""

    @property
    def priority(self) -> int:
        """Lower is tried first."""

    @property
    def weight(self) -> int:
        """How often it comes first among its equals."""


Link = TypeVar("Link", bound=Weighted)


def in_turn(links: Sequence[Link], chance: random.Random) -> Iterator[Link]:
    """Yield links by priority; among equals in a random order that follows their weights."""
    for _, equals in groupby(links, key=lambda link: link.priority):
        waiting = list(equals)
        while waiting:
            if len(waiting) == 1:
                yield waiting.pop()
                break
            weights = [max(0, link.weight) for link in waiting]
            place = chance.choices(range(len(waiting)), weights if any(weights) else None)[0]
            yield waiting.pop(place)
