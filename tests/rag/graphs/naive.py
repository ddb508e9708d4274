"""The graph of some statements, put together the long way: nothing but these statements is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from indexing.stores.graphs import BY_HAND, HAND, Mention, Source, Statement, Tie, Value
from indexing.wording.names import edge_id, node_id, words_of

Thing = frozenset[str]
Kind = tuple[Thing, str, Thing]


@dataclass
class NaiveGraph:
    """All that these statements, and the pairs that mean the same, amount to."""

    collection_id: str
    statements: Sequence[Statement]
    links: Iterable[tuple[str, str]] = ()
    mentions: dict[str, list[tuple[Source, Mention]]] = field(default_factory=dict)
    ties: dict[Tie, list[tuple[Source, Mapping[str, Value]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for statement in sorted(self.statements, key=lambda one: one.source):
            for mention in statement.mentions:
                self.mentions.setdefault(mention.key, []).append((statement.source, mention))
            for assertion in statement.assertions:
                self.ties.setdefault(assertion.tie, []).append((statement.source, assertion.properties))

    @cached_property
    def things(self) -> dict[str, Thing]:
        """By key, all keys that name the same: keys are dyed until nothing changes."""
        alike = [(key, alias) for key, said in self.mentions.items() for _, one in said for alias in one.aliases]
        read = {key for key, said in self.mentions.items() if any(who.document_id != BY_HAND for who, _ in said)}
        alike += [pair for pair in self.links if set(pair) <= read]
        colours = {key: key for key in [*self.mentions, *(key for pair in alike for key in pair)]}
        changed = True
        while changed:
            changed = False
            for one, other in alike:
                if colours[one] != colours[other]:
                    colours[one] = colours[other] = min(colours[one], colours[other])
                    changed = True
        return {key: frozenset(one for one in self.mentions if colours[one] == colours[key]) for key in self.mentions}

    @cached_property
    def kinds(self) -> dict[Kind, list[Tie]]:
        """Ties by what they are one relation by."""
        found: dict[Kind, list[Tie]] = {}
        for tie in self.ties:
            kind = (self.things[tie.source], tie.type, self.things[tie.target])
            if kind[0] != kind[2]:
                found.setdefault(kind, []).append(tie)
        return found

    @cached_property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """Everything there is, by id, in the order of keys."""
        return {self.id_of(thing): self._node(thing) for thing in sorted(set(self.things.values()), key=min)}

    @cached_property
    def edges(self) -> dict[str, dict[str, Any]]:
        """Every relation, by id."""
        ordered = sorted(self.kinds, key=lambda kind: (min(kind[0]), kind[1], min(kind[2])))
        return {edge["id"]: edge for edge in map(self._edge, ordered)}

    def id_of(self, thing: Thing) -> str:
        return node_id(self.collection_id, min(thing))

    def beside(self, id_: str) -> dict[str, list[dict[str, Any]]]:
        """What is beside something, and over which relations, in order."""
        found: dict[str, list[dict[str, Any]]] = {}
        for edge in self.edges.values():
            for one, other in (("source_id", "target_id"), ("target_id", "source_id")):
                if edge[one] == id_:
                    found.setdefault(edge[other], []).append(edge)
        return found

    def reached(self, start: str, depth: int, goes: Callable[[dict[str, Any], str], bool]) -> dict[str, int]:
        """How far everything is that is not further than so many steps."""
        away = {start: 0}
        for distance in range(1, depth + 1):
            for id_ in [one for one, far in away.items() if far == distance - 1]:
                for other, edges in self.beside(id_).items():
                    if any(goes(edge, id_) for edge in edges):
                        away.setdefault(other, distance)
        return away

    def ways(self, start: str, end: str, most: int) -> Iterator[list[str]]:
        """Every way from one thing to another that visits nothing twice."""

        def on(way: list[str]) -> Iterator[list[str]]:
            if way[-1] == end:
                yield way
            elif len(way) <= most:
                for other in self.beside(way[-1]):
                    if other not in way:
                        yield from on([*way, other])

        return on([start])

    def fitting(self, labels: Iterable[str], words: Sequence[str], told: Mapping[str, Value]) -> list[str]:
        """What is called so, named so and described so, under one of its names."""
        wanted = {label.casefold() for label in labels}
        found: dict[str, None] = {}
        for key, said in sorted(self.mentions.items()):
            called = {label.casefold() for _, one in said for label in one.labels}
            parts = [word for _, one in said for word in words_of(one.name)]
            facts = [(name, type(value) is bool, value) for _, one in said for name, value in one.properties.items()]
            if (
                (not wanted or wanted & called)
                and all(any(part.startswith(word) for part in parts) for word in words)
                and all((name, type(value) is bool, value) in facts for name, value in told.items())
            ):
                found[self.id_of(self.things[key])] = None
        return list(found)

    def _node(self, thing: Thing) -> dict[str, Any]:
        said = sorted([one for key in thing for one in self.mentions[key]], key=lambda one: (one[0], one[1].key))
        called = Counter(label for _, one in said for label in one.labels)
        spelled = {label.casefold(): [one for one in called if one.casefold() == label.casefold()] for label in called}
        return {
            "id": self.id_of(thing),
            "name": winner([(source, one.name) for source, one in said]),
            "labels": tuple(min(spelled[label], key=lambda one: (-called[one], one)) for label in sorted(spelled)),
            "properties": described([(source, one.properties) for source, one in said]),
            "degree": sum(thing in (kind[0], kind[2]) for kind in self.kinds),
            **support([source for source, _ in said]),
        }

    def _edge(self, kind: Kind) -> dict[str, Any]:
        ties = sorted(self.kinds[kind])
        held = sorted([(source, tie, told) for tie in ties for source, told in self.ties[tie]], key=lambda one: one[:2])
        return {
            "id": edge_id(self.collection_id, ties[0].source, ties[0].type, ties[0].target),
            "source_id": self.id_of(kind[0]),
            "target_id": self.id_of(kind[2]),
            "type": kind[1],
            "properties": described([(source, told) for source, _, told in held]),
            **support([source for source, _, _ in held]),
        }


def winner(given: Sequence[tuple[Source, Value]]) -> Value:
    """What most say; what is by hand before all."""
    heard = [value for source, value in given if source == HAND] or [value for _, value in given]

    def votes(value: Value) -> int:
        return sum(one == value and (type(one) is bool) is (type(value) is bool) for one in heard)

    most = max(map(votes, heard))
    left = [value for value in heard if votes(value) == most]
    return min(left, key=lambda value: (("number", "text", "truth").index(sort_of(value)), value))


def sort_of(value: Value) -> str:
    return "truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def described(given: Sequence[tuple[Source, Mapping[str, Value]]]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name in sorted({name for _, told in given for name in told}):
        values = [(source, told[name]) for source, told in given if name in told]
        sentences = list(dict.fromkeys(str(value) for _, value in values))
        found[name] = "\n".join(sentences) if name == "description" else winner(values)
    return found


def support(sources: Sequence[Source]) -> dict[str, Any]:
    documents = tuple(sorted({source.document_id for source in sources if source != HAND}))
    chunks = tuple(sorted({source.chunk_id for source in sources if source != HAND}))
    return {"documents": documents[:50], "chunks": chunks[:50]}
