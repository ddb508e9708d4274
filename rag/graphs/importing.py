"""Answering, graphs: a file of things and relations, planned as one: all of it is written, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.errors import FieldIssue, ValidationFailed
from indexing.graphs.edits import Edited, written_edge, written_node
from indexing.stores.graphs import Tie, Value
from indexing.wording.names import key_of, node_id, relation_of
from rag.graphs.editing import GraphPlanning, Plan, main_key
from rag.graphs.errors import NodeNotFound

MOST_OUTSIDE = 1_000  # things of the graph that a file names without having them
_MOST_ISSUES = 20


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A thing of a file."""

    line: int
    name: str
    labels: Sequence[str]
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class EdgeLine:
    """A relation of a file; each end is the name of a thing of the same file, or the id of one of the graph."""

    line: int
    source: str
    type: str
    target: str
    properties: Mapping[str, Value]


@dataclass(slots=True)
class Importing:
    """Finds out what the lines of a file are about."""

    planning: GraphPlanning
    _keys: dict[str, str] = field(default_factory=dict)  # by name and id, of what the file has
    _outside: dict[str, str] = field(default_factory=dict)
    _issues: list[FieldIssue] = field(default_factory=list)

    async def plan(self, lines: Sequence[NodeLine | EdgeLine]) -> Plan:
        """All that is to be written; of what comes twice, the last line counts."""
        edits: dict[str | Tie, Edited] = {}
        for line in lines:
            if isinstance(line, NodeLine):
                self._take(line, edits)
        for line in lines:
            if isinstance(line, EdgeLine):
                await self._join(line, edits)
            if len(self._issues) >= _MOST_ISSUES:
                break
        if self._issues:
            first = self._issues[0]
            raise ValidationFailed(f"{first.field}: {first.message}", details=self._issues)
        return Plan([], lambda _: list(edits.values()))

    def _take(self, line: NodeLine, edits: dict[str | Tie, Edited]) -> None:
        key = key_of(line.name)
        if not key:
            self._blame(line, "its name must have letters or digits")
            return
        self._keys[node_id(self.planning.collection_id, key)] = key
        self._keys[key] = key
        edits[key] = written_node(key, line.name, line.labels, line.properties)

    async def _join(self, line: EdgeLine, edits: dict[str | Tie, Edited]) -> None:
        ends = [await self._end(line, said) for said in (line.source, line.target)]
        if ends[0] is None or ends[1] is None:
            return
        if ends[0] == ends[1]:
            self._blame(line, "nothing is related to itself")
            return
        tie = Tie(ends[0], relation_of(line.type), ends[1])
        edits[tie] = written_edge(tie, line.properties)

    async def _end(self, line: EdgeLine, said: str) -> str | None:
        key = self._keys.get(said) or self._keys.get(key_of(said)) or self._outside.get(said)
        if key is None and len(self._outside) < MOST_OUTSIDE:
            try:
                key = self._outside[said] = main_key(await self.planning.node(said))
            except NodeNotFound:
                self._blame(line, f"{said[:100]!r} is neither the name of a node of this file nor the id of one")
        elif key is None:
            self._blame(line, f"names more than {MOST_OUTSIDE} nodes that are not in the file")
        return key

    def _blame(self, line: NodeLine | EdgeLine, message: str) -> None:
        self._issues.append(FieldIssue(f"line {line.line}", message))
