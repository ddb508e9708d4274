"""Answering, graphs: what is reached from something, and how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from indexing.wording.names import relation_of
from rag.graphs.asked import Walk
from rag.graphs.view import MOST_EDGES, Drawn, Relation, View


@dataclass(frozen=True, slots=True)
class Reached:
    """Things in the order they were come to, and the relations one goes over on the way."""

    things: Sequence[str]
    over: Sequence[Relation]
    truncated: bool


async def reached(view: View, starts: Sequence[str], walk: Walk) -> Reached:
    """All that is within so many steps of where one starts."""
    types = frozenset(relation_of(type_) for type_ in walk.relation_types)
    things, gone_from, rim, truncated = list(starts), list[str](), list(starts), False
    for _ in range(walk.depth):
        room = max(walk.limit - len(things), 0)
        most = room + len(things) + 1  # of a hub's thousands; one more than may be new to who has come to these
        new = (await _beside(view, rim, walk, types, most)).difference(things)
        gone_from += rim
        rim = sorted(new)[:room]
        truncated |= len(rim) < len(new)
        things += rim
        if not rim:
            break
    gone = set(gone_from)
    over = [
        relation
        for relation in (await view.between(things) if gone else [])
        if is_of(relation, types)
        if any(end in gone and relation.leads_from(end, walk.direction) for end in (relation.source, relation.target))
    ]
    return Reached(things, _in_order(over, things), truncated)


async def _beside(view: View, things: Sequence[str], walk: Walk, types: frozenset[str], most: int) -> set[str]:
    """The first, at least so many, that one comes to in one step over what the walk goes over."""
    if not types:
        return await view.beside(things, walk.direction, most)
    return {
        relation.other(thing)
        for thing, relations in (await view.relations(things)).items()
        for relation in relations
        if is_of(relation, types) and relation.leads_from(thing, walk.direction)
    }


async def walked(view: View, start: str, walk: Walk) -> Drawn:
    """What is reached from something, the nearest first, with the relations that lead there."""
    found = await reached(view, [start], walk)
    edges = await view.edges(found.over[:MOST_EDGES])
    return Drawn(await view.nodes(found.things), edges, found.truncated or len(found.over) > MOST_EDGES)


def is_of(relation: Relation, types: frozenset[str]) -> bool:
    """Whether a relation is of one of these kinds; none is all."""
    return not types or relation_of(relation.type) in types


def _in_order(relations: Iterable[Relation], things: Sequence[str]) -> list[Relation]:
    """The relations between some things, those of the first ones first."""
    place = {thing: number for number, thing in enumerate(things)}
    return sorted(relations, key=lambda one: (max(place[one.source], place[one.target]), one))
