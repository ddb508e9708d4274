"""Answering, graphs: a file of things and relations, planned as one: all of it is written, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.errors import FieldIssue, ValidationFailed
from indexing.graphs.edits import Edited, written_edge, written_node
from indexing.stores.graphs import Tie, Value
from indexing.wording.names import key_of, node_id, relation_of
from rag.graphs.editing import GraphPlanning, Plan, main_key

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
    _outside: dict[str, str] = field(default_factory=dict)  # the same of what it names and has not
    _edits: dict[str | Tie, Edited] = field(default_factory=dict)
    _issues: list[FieldIssue] = field(default_factory=list)

    async def plan(self, lines: Sequence[NodeLine | EdgeLine]) -> Plan:
        """All that is to be written; of what comes twice, the last line counts."""
        outside = await asyncio.to_thread(self._take_all, lines)
        seen = await self.planning.nodes(outside[:MOST_OUTSIDE])
        self._outside = {said: main_key(node) for said, node in seen.items()}
        await asyncio.to_thread(self._join_all, lines, frozenset(outside[MOST_OUTSIDE:]))
        if self._issues:
            first = self._issues[0]
            raise ValidationFailed(f"{first.field}: {first.message}", details=self._issues)
        return Plan([], lambda _: list(self._edits.values()))

    def _take_all(self, lines: Sequence[NodeLine | EdgeLine]) -> list[str]:
        """Take the things of the file; says what else it names, each once."""
        for line in lines:
            if isinstance(line, NodeLine):
                self._take(line)
        named = (said for line in lines if isinstance(line, EdgeLine) for said in (line.source, line.target))
        return [said for said in dict.fromkeys(named) if self._key(said) is None]

    def _take(self, line: NodeLine) -> None:
        key = key_of(line.name)
        if not key:
            self._blame(line, "its name must have letters or digits")
            return
        self._keys[node_id(self.planning.collection_id, key)] = key
        self._keys[key] = key
        self._edits[key] = written_node(key, line.name, line.labels, line.properties)

    def _join_all(self, lines: Sequence[NodeLine | EdgeLine], too_many: frozenset[str]) -> None:
        for line in lines:
            if len(self._issues) >= _MOST_ISSUES:
                break
            if isinstance(line, EdgeLine):
                self._join(line, too_many)

    def _join(self, line: EdgeLine, too_many: frozenset[str]) -> None:
        source, target = self._key(line.source), self._key(line.target)
        for said, key in ((line.source, source), (line.target, target)):
            if said in too_many:
                self._blame(line, f"names more than {MOST_OUTSIDE} nodes that are not in the file")
            elif key is None:
                self._blame(line, f"{said[:100]!r} is neither the name of a node of this file nor the id of one")
        if source is None or target is None:
            return
        if source == target:
            self._blame(line, "nothing is related to itself")
            return
        tie = Tie(source, relation_of(line.type), target)
        self._edits[tie] = written_edge(tie, line.properties)

    def _key(self, said: str) -> str | None:
        return self._keys.get(said) or self._keys.get(key_of(said)) or self._outside.get(said)

    def _blame(self, line: NodeLine | EdgeLine, message: str) -> None:
        self._issues.append(FieldIssue(f"line {line.line}", message))
