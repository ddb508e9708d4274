"""Answering, graphs: the graph that is left of all statements when only those in scope are read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from indexing.stores.graphs import Degrees, Direction, Held, Said, Tie
from indexing.wording.names import edge_id, node_id
from rag.graphs.components import Components, GraphInScope
from rag.graphs.facts import EdgeSeen, NodeSeen, by_key, edge_seen, node_seen

MOST_EDGES = 2_000  # of one answer
_MANY = 2_000  # ties, or pieces of evidence, that take a while to put together
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """All ties of one kind from one thing to another; things go by their smallest key."""

    source: str
    type: str
    target: str
    ties: tuple[Tie, ...] = field(compare=False)

    def other(self, thing: str) -> str:
        """What it leads to from one of its ends."""
        return self.target if thing == self.source else self.source

    def leads_from(self, thing: str, direction: Direction) -> bool:
        """Whether one who goes in this direction can go over it from something."""
        return (direction is not Direction.IN and self.source == thing) or (
            direction is not Direction.OUT and self.target == thing
        )


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is to be shown, before anybody has asked who may see it."""

    nodes: Sequence[NodeSeen] = ()
    edges: Sequence[EdgeSeen] = ()
    truncated: bool = False
    next_after: str | None = None


@dataclass(slots=True)
class View:
    """One caller's graph at one moment; a thing goes by its smallest key. What it has learned it does not ask again."""

    graph: GraphInScope
    types: frozenset[str] = frozenset()  # of the relations it looks at; none is all
    names: Components = field(init=False)
    _relations: dict[str, tuple[Relation, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = Components(self.graph)

    @property
    def collection_id(self) -> str:
        """The collection whose graph it is."""
        return self.graph.index.collection_id

    async def things(self, keys: Collection[str]) -> list[str]:
        """The things that mentioned keys name, each once, in the order of the keys."""
        await self.names.join(keys)
        return list(dict.fromkeys(self.names.thing(key) for key in keys))

    async def by_ids(self, ids: Collection[str]) -> dict[str, str]:
        """By id, the things with these ids, or with one of whose names these are made."""
        found = await self.graph.store.keys(self.graph.index, ids)
        there = await self.names.present(set(found.values()))
        await self.names.join(there)
        return {id_: self.names.thing(key) for id_, key in found.items() if key in there}

    async def relations(self, things: Collection[str]) -> dict[str, tuple[Relation, ...]]:
        """All relations of some things, in order; what leads from a thing to itself is none."""
        new = [thing for thing in things if thing not in self._relations]
        if new:
            ties = await self.graph.store.ties(self.graph.index, self._keys(new), self.graph.scope, types=self.types)
            await self.names.join({tie.source for tie in ties}.union(tie.target for tie in ties))
            await _apart(len(ties), self._note, new, ties)
        return {thing: self._relations[thing] for thing in things}

    async def beside(self, things: Collection[str], direction: Direction, most: int) -> set[str]:
        """The first that one comes to from some things in one step, at least so many; some may be these themselves."""
        graph = self.graph
        found = await graph.store.beside(graph.index, self._keys(things), graph.scope, direction, most=most)
        self.names.stand_alone(found.alone)
        await self.names.join(found.others)
        return {self.names.thing(key) for keys in (found.alone, found.others) for key in keys}

    async def between(self, things: Collection[str]) -> list[Relation]:
        """All relations between some things, in order."""
        ties = await self.graph.store.between(self.graph.index, self._keys(things), self.graph.scope)
        return await _apart(len(ties), self._relate, ties)

    async def degrees(self, things: Collection[str]) -> dict[str, int]:
        """How many relations each of some things has; of those with several names they are told one by one."""
        several = [one for one in things if one in self._relations or len(self.names.members(one)) > 1]
        degrees = {thing: len(relations) for thing, relations in (await self.relations(several)).items()}
        counted = self._keys([thing for thing in things if thing not in degrees])
        if counted:
            found = await self.graph.store.degrees(self.graph.index, counted, self.graph.scope)
            await self.names.join({end for _, tie in found.listed for end in (tie.source, tie.target)})
            degrees |= await _apart(len(found.listed), self._counted, counted, found)
        return degrees

    def node_id(self, thing: str) -> str:
        """The id under which something is shown."""
        return node_id(self.collection_id, thing)

    def edge_id(self, relation: Relation) -> str:
        """The id under which a relation is shown."""
        tie = relation.ties[0]
        return edge_id(self.collection_id, tie.source, tie.type, tie.target)

    async def relation(self, id_: str) -> Relation | None:
        """The relation with an id, or with one of whose ties an id is made."""
        graph = self.graph
        tie = (await graph.store.ties_of(graph.index, [id_])).get(id_)
        if tie is None or not await graph.store.held(graph.index, [tie], graph.scope):
            return None
        source = (await self.things([tie.source]))[0]
        return next((one for one in (await self.relations([source]))[source] if tie in one.ties), None)

    def _keys(self, things: Iterable[str]) -> list[str]:
        return sorted(key for thing in things for key in self.names.members(thing))

    def _counted(self, keys: Sequence[str], found: Degrees) -> dict[str, int]:
        counts, seen = {key: found.counted.get(key, 0) for key in keys}, set[tuple[str, tuple[str, str, str]]]()
        for key, tie in found.listed:
            ends = self._ends(tie)
            if ends[0] != ends[2] and (key, ends) not in seen:
                seen.add((key, ends))
                counts[key] += 1
        return counts

    def _ends(self, tie: Tie) -> tuple[str, str, str]:
        return self.names.thing(tie.source), tie.type, self.names.thing(tie.target)

    def _relate(self, ties: Sequence[Tie]) -> list[Relation]:
        """What ties are relations by, in order."""
        by_ends: dict[tuple[str, str, str], list[Tie]] = {}
        for tie in ties:
            by_ends.setdefault(self._ends(tie), []).append(tie)
        return [Relation(*ends, tuple(same)) for ends, same in sorted(by_ends.items()) if ends[0] != ends[2]]

    def _note(self, things: Sequence[str], ties: Sequence[Tie]) -> None:
        found: dict[str, list[Relation]] = {one: [] for one in things}
        for relation in self._relate(ties):
            for end in (relation.source, relation.target):
                if end in found:
                    found[end].append(relation)
        self._relations.update((one, tuple(relations)) for one, relations in found.items())

    async def nodes(self, things: Sequence[str]) -> list[NodeSeen]:
        """Some things as they are shown, in this order; what nobody speaks of any more is left out."""
        degrees, keys = await self.degrees(things), self._keys(set(things))
        said = await self.graph.store.said(self.graph.index, keys, self.graph.scope) if keys else []
        return await _apart(len(said), self._composed, things, said, degrees)

    def _composed(self, things: Sequence[str], said: Sequence[Said], degrees: Mapping[str, int]) -> list[NodeSeen]:
        of_key, shown = by_key(said), list[NodeSeen]()
        for thing in things:
            evidence = [one for key in self.names.members(thing) for one in of_key.get(key, ())]
            if evidence:
                shown.append(node_seen(self.collection_id, evidence, degree=degrees[thing]))
        return shown

    async def edges(self, relations: Iterable[Relation]) -> list[EdgeSeen]:
        """Some relations as they are shown, in this order."""
        wanted = list(relations)
        ties = sorted({tie for relation in wanted for tie in relation.ties})
        held = await self.graph.store.held(self.graph.index, ties, self.graph.scope) if ties else []
        return await _apart(len(held), self._related, wanted, held)

    def _related(self, relations: Sequence[Relation], held: Sequence[Held]) -> list[EdgeSeen]:
        by_tie: dict[Tie, list[int]] = {}
        for place, one in enumerate(held):
            by_tie.setdefault(one.assertion.tie, []).append(place)
        shown: list[EdgeSeen] = []
        for relation in relations:
            evidence = [held[place] for tie in relation.ties for place in by_tie.get(tie, ())]
            if evidence:
                ends = (self.node_id(relation.source), self.node_id(relation.target))
                shown.append(edge_seen(self.collection_id, ends, evidence))
        return shown

    async def drawn(self, things: Sequence[str], *, truncated: bool = False) -> Drawn:
        """Some things, with all relations between them."""
        between = await self.between(things)
        edges = await self.edges(between[:MOST_EDGES])
        return Drawn(await self.nodes(things), edges, truncated or len(between) > MOST_EDGES)


async def _apart(many: int, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Do something with so many pieces; beside the event loop where they are many."""
    return await asyncio.to_thread(work, *args, **kwargs) if many > _MANY else work(*args, **kwargs)
