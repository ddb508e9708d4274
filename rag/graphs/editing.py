"""Answering, graphs: what somebody means to write in a graph they look at, as what is to be known of its keys.

What they name is there for them, or it is not there. What they write of things that documents speak of is kept beside
what the documents say, and shows those things to nobody (`rag.graphs.curated`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.errors import ValidationFailed
from indexing.collections.errors import GraphUnavailable
from indexing.graphs.edits import Edited, Known, written_edge, written_node
from indexing.graphs.errors import GraphFactExists
from indexing.graphs.tables import AMENDS, GONE, REMOVED, WRITTEN
from indexing.stores.graphs import Tie, Value
from indexing.wording.names import edge_id, key_of, node_id, relation_of
from rag.graphs.errors import NodeNotFound
from rag.graphs.facts import EdgeSeen, NodeSeen
from rag.graphs.reading import GraphReading

About = str | Tie
KnownOf = Mapping[About, Known]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, once it is known what is by hand there already."""

    about: Sequence[About]  # what that depends on, or changes
    make: Callable[[KnownOf], list[Edited]]
    loses: frozenset[str] = frozenset()  # keys whose relations by hand go too
    shown: str = ""  # the id of what its writer is shown afterwards


@dataclass(frozen=True, slots=True)
class NodeDraft:
    """What is to be said of a thing; None is left as it is."""

    name: str | None = None
    labels: Sequence[str] | None = None
    properties: Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class EdgeDraft:
    """What is to be said of a relation; None is left as it is."""

    source_id: str | None = None
    target_id: str | None = None
    type: str | None = None
    properties: Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class GraphPlanning:
    """Plans what a caller writes in the graph of one collection, of which they see no more than they may read."""

    reading: GraphReading
    collection_id: str
    _nodes: dict[str, NodeSeen] = field(default_factory=dict)

    async def add_node(self, draft: NodeDraft) -> Plan:
        """A thing that is to be there for all who may read the collection."""
        name = draft.name or ""
        key = named(name)
        edited = written_node(key, name, draft.labels or (), draft.properties or {})
        return Plan([key], lambda known: _new(known, edited, "node"), shown=node_id(self.collection_id, key))

    async def change_node(self, id_: str, draft: NodeDraft) -> Plan:
        """A thing that is there, with something else said of it."""
        seen = await self.node(id_)
        if draft.name is not None:
            named(draft.name)
        key = main_key(seen)

        def make(known: KnownOf) -> list[Edited]:
            row = known.get(key)
            held = row.said if row is not None and row.state in {WRITTEN, AMENDS} else {}
            said = {
                "name": draft.name or held.get("name") or seen.name,
                "labels": list(draft.labels if draft.labels is not None else held.get("labels", ())),
                "properties": dict(draft.properties if draft.properties is not None else held.get("properties", {})),
            }
            return [Edited(key, WRITTEN if row is not None and row.state == WRITTEN else AMENDS, said)]

        return Plan([key], make, shown=seen.id)

    async def remove_node(self, id_: str) -> Plan:
        """A thing that is to be there no longer, under any of the names its remover sees it by."""
        seen = await self.node(id_)
        told = {said.mention.key for said in seen.evidence if said.source.document_id}
        keys = {said.mention.key for said in seen.evidence}
        edits = [Edited(key, REMOVED if key in told else GONE) for key in sorted(keys)]
        return Plan([edit.about for edit in edits], lambda _: edits, frozenset(keys))

    async def add_edge(self, draft: EdgeDraft) -> Plan:
        """A relation that is to be there for all who see both its ends."""
        tie = await self._tie(draft.source_id or "", draft.type or "", draft.target_id or "")
        edited = written_edge(tie, draft.properties or {})
        return Plan([tie], lambda known: _new(known, edited, "edge"), shown=self._edge_id(tie))

    async def change_edge(self, id_: str, draft: EdgeDraft) -> Plan:
        """A relation that is there, with something else said of it; another kind or end makes it another one."""
        seen = await self.edge(id_)
        old = main_tie(seen)
        ends = (draft.source_id or seen.source_id, draft.target_id or seen.target_id)
        moved = ends != (seen.source_id, seen.target_id) or draft.type not in {None, old.type}
        new = await self._tie(ends[0], draft.type or old.type, ends[1]) if moved else old

        def make(known: KnownOf) -> list[Edited]:
            row = known.get(old)
            properties = draft.properties
            if properties is None:
                properties = row.said.get("properties", {}) if row is not None and not moved else seen.properties
            if new != old:
                return [*_removed(seen), *_new(known, written_edge(new, properties), "edge")]
            state = WRITTEN if row is not None and row.state == WRITTEN else AMENDS
            return [Edited(old, state, {"properties": dict(properties)})]

        return Plan([old, new], make, shown=self._edge_id(new))

    async def remove_edge(self, id_: str) -> Plan:
        """A relation that is to be there no longer."""
        edits = _removed(await self.edge(id_))
        return Plan([edit.about for edit in edits], lambda _: edits)

    async def node(self, id_: str) -> NodeSeen:
        """A thing as the caller sees it; or NodeNotFound."""
        found = (await self.nodes([id_])).get(id_)
        if found is None:
            raise NodeNotFound
        return found

    async def nodes(self, ids: Collection[str]) -> dict[str, NodeSeen]:
        """Those of some things that are there as the caller sees them, by id; each is looked up once."""
        new = [id_ for id_ in ids if id_ not in self._nodes]
        if new:
            found = await self.reading.those(self.collection_id, new)
            if found is None:
                raise GraphUnavailable
            self._nodes.update((id_, one.value) for id_, one in found.items())
        return {id_: self._nodes[id_] for id_ in ids if id_ in self._nodes}

    async def edge(self, id_: str) -> EdgeSeen:
        """A relation as the caller sees it; or EdgeNotFound."""
        found = await self.reading.edge(self.collection_id, id_)
        if not found.available:
            raise GraphUnavailable
        return found.edges[0].value

    def _edge_id(self, tie: Tie) -> str:
        return edge_id(self.collection_id, tie.source, tie.type, tie.target)

    async def _tie(self, source_id: str, type_: str, target_id: str) -> Tie:
        source, target = await self.node(source_id), await self.node(target_id)
        if source.id == target.id:
            raise ValidationFailed.of("target_id", "is what the relation goes from; nothing is related to itself")
        return Tie(main_key(source), relation_of(type_), main_key(target))


def named(name: str) -> str:
    """The key of a name somebody gives; refused if it has no letter that names are told apart by."""
    key = key_of(name)
    if not key:
        raise ValidationFailed.of("name", "must have letters or digits")
    return key


def main_key(seen: NodeSeen) -> str:
    """The key under which something is written of a thing: the one it is by hand under, else the smallest."""
    by_hand = [said.mention.key for said in seen.evidence if not said.source.document_id]
    return min(by_hand or [said.mention.key for said in seen.evidence])


def main_tie(seen: EdgeSeen) -> Tie:
    """The same of a relation."""
    by_hand = [held.assertion.tie for held in seen.evidence if not held.source.document_id]
    return min(by_hand or [held.assertion.tie for held in seen.evidence])


def _new(known: KnownOf, edited: Edited, what: str) -> list[Edited]:
    row = known.get(edited.about)
    if row is not None and row.state == WRITTEN:
        raise GraphFactExists(what)
    return [edited]


def _removed(seen: EdgeSeen) -> list[Edited]:
    told = {held.assertion.tie for held in seen.evidence if held.source.document_id}
    ties = sorted({held.assertion.tie for held in seen.evidence})
    return [Edited(tie, REMOVED if tie in told else GONE) for tie in ties]
