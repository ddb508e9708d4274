"""Answering, graphs: the ways between two things, the shortest first.

Ways are looked for length by length. For those of a length, the surroundings of both ends to half of it are enough:
whatever lies on one is within that of one end or the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag.graphs.view import Relation, View

MOST_LOOKED_AT = 5_000  # things whose relations are read for one question
_MOST_STEPS = 50_000


@dataclass(slots=True)
class _Ball:
    """What is within some steps of one end."""

    known: set[str]
    rim: list[str]
    radius: int = 0


@dataclass(slots=True)
class PathSearch:
    """Finds ways of at most some steps; each visits nothing twice, and takes the first relation of several."""

    view: View
    source: str
    target: str
    truncated: bool = False
    _beside: dict[str, dict[str, Relation]] = field(default_factory=dict)  # what is beside each thing, and over what
    _looked_at: set[str] = field(default_factory=set)
    _steps: int = 0

    async def run(self, max_depth: int, limit: int) -> list[list[Relation]]:
        """The relations of each way, the shortest first and then in the order of the things they lead over."""
        if self.source == self.target:
            return [[]]
        balls = (_Ball({self.source}, [self.source]), _Ball({self.target}, [self.target]))
        found: list[list[Relation]] = []
        for length in range(1, max_depth + 1):
            for ball, radius in zip(balls, ((length + 1) // 2, length // 2), strict=True):
                while ball.radius < radius:
                    await self._widen(ball)
            away = self._distances(length)
            for way in self._ways([self.source], length, away):
                if len(found) == limit:
                    self.truncated = True
                    return found
                found.append([self._beside[one][other] for one, other in pairwise(way)])
        return found

    def things_on(self, way: Sequence[Relation]) -> list[str]:
        """What a way leads over, from its beginning to its end."""
        things = [self.source]
        for relation in way:
            things.append(relation.other(things[-1]))
        return things

    async def _widen(self, ball: _Ball) -> None:
        """Learn what is beside the rim."""
        ball.radius += 1
        room = MOST_LOOKED_AT - len(self._looked_at)
        new = [thing for thing in ball.rim if thing not in self._looked_at]
        self.truncated |= len(new) > room
        for thing, relations in (await self.view.relations(new[:room])).items():
            self._looked_at.add(thing)
            for relation in relations:
                self._note(relation)
        beside = {other for thing in ball.rim if thing in self._looked_at for other in self._beside.get(thing, ())}
        ball.rim = sorted(beside - ball.known)
        ball.known |= beside

    def _note(self, relation: Relation) -> None:
        for one, other in ((relation.source, relation.target), (relation.target, relation.source)):
            beside = self._beside.setdefault(one, {})
            beside[other] = min(relation, beside.get(other, relation))

    def _distances(self, most: int) -> dict[str, int]:
        """How far what is known is from the target, as far as that is no further than so many steps."""
        away, rim = {self.target: 0}, [self.target]
        for distance in range(1, most + 1):
            rim = [other for thing in rim for other in self._beside.get(thing, ())]
            rim = [thing for thing in dict.fromkeys(rim) if thing not in away]
            away.update(dict.fromkeys(rim, distance))
        return away

    def _ways(self, way: Sequence[str], left: int, away: dict[str, int]) -> Iterator[Sequence[str]]:
        """Every way of just so many more steps."""
        if left == 0:
            yield way
            return
        beside = self._beside.get(way[-1], {})
        for other in sorted(one for one in beside if away.get(one, left) < left and one not in way):
            self._steps += 1
            if self._steps > _MOST_STEPS:
                self.truncated = True
                return
            if (other == self.target) is (left == 1):
                yield from self._ways([*way, other], left - 1, away)
