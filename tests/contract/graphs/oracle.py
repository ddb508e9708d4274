"""What a graph store is to answer, worked out slowly from a plain list of what was said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from indexing.stores.graphs import (
    BY_HAND,
    HAND,
    MOST_EVIDENCE,
    Assertion,
    Direction,
    GraphScope,
    Held,
    Mention,
    Said,
    Size,
    Source,
    Statement,
    Tie,
    Value,
    Wanted,
    Worth,
)
from indexing.wording.names import words_of


@dataclass
class Oracle:
    """Keeps one graph in two dictionaries and looks at all of it for every question."""

    mentions: dict[tuple[str, Source, str], Mention] = field(default_factory=dict)
    assertions: dict[tuple[str, Source, Tie], Assertion] = field(default_factory=dict)
    links: set[tuple[str, str]] = field(default_factory=set)

    def put(self, layer: str, statements: Sequence[Statement]) -> None:
        """One change: who is mentioned before it and after it stays linked."""
        for statement in statements:
            if layer != BY_HAND:
                self._drop(lambda kept_in, source: (kept_in, source) == (layer, statement.source))  # noqa: B023
            for mention in statement.mentions:
                self.mentions[layer, statement.source, mention.key] = mention
            for assertion in statement.assertions:
                self.assertions[layer, statement.source, assertion.tie] = assertion
        self._tidy()

    def link(self, pairs: Collection[tuple[str, str]]) -> None:
        known = {key for _, _, key in self.mentions}
        self.links |= {(min(pair), max(pair)) for pair in pairs if set(pair) <= known and pair[0] != pair[1]}

    def linked(self, keys: Collection[str]) -> list[tuple[str, str]]:
        return sorted(pair for pair in self.links if set(pair) & set(keys))

    def present(self, keys: Collection[str], scope: GraphScope) -> set[str]:
        return {said.mention.key for said in self._said(scope) if said.mention.key in keys}

    def said(self, keys: Collection[str], scope: GraphScope) -> list[Said]:
        found = []
        for key in sorted(set(keys)):
            about = [said for said in self._said(scope) if said.mention.key == key]
            found += sorted(about, key=lambda said: said.source)[:MOST_EVIDENCE]
        return found

    def ties(self, keys: Collection[str], scope: GraphScope, types: frozenset[str] = frozenset()) -> list[Tie]:
        folded = {type_.casefold() for type_ in types}
        return sorted(
            tie
            for tie in {held.assertion.tie for held in self._held(scope)}
            if {tie.source, tie.target} & set(keys) and (not folded or tie.type.casefold() in folded)
        )

    def beside(self, keys: Collection[str], scope: GraphScope, direction: Direction) -> set[str]:
        ties = {held.assertion.tie for held in self._held(scope)}
        led_to = {tie.target for tie in ties if tie.source in keys and direction is not Direction.IN}
        return led_to | {tie.source for tie in ties if tie.target in keys and direction is not Direction.OUT}

    def alike(self) -> set[str]:
        """Keys of which anybody in any layer says that they are the same as others, or others as they."""
        told = [(key, alias) for (_, _, key), one in self.mentions.items() for alias in one.aliases if alias != key]
        return {key for pair in (*self.links, *told) for key in pair}

    def between(self, keys: Collection[str], scope: GraphScope) -> list[Tie]:
        return [tie for tie in self.ties(keys, scope) if {tie.source, tie.target} <= set(keys)]

    def degree(self, key: str, scope: GraphScope) -> int:
        return sum(tie.source != tie.target for tie in self.ties([key], scope))

    def labels(self, keys: Collection[str], scope: GraphScope) -> dict[str, dict[str, int]]:
        counts: dict[str, Counter[str]] = {}
        for said in self.said(keys, scope):
            counts.setdefault(said.mention.key, Counter()).update(said.mention.labels)
        return {key: dict(count) for key, count in counts.items()}

    def held(self, ties: Collection[Tie], scope: GraphScope) -> list[Held]:
        found = []
        for tie in sorted(set(ties)):
            about = [held for held in self._held(scope) if held.assertion.tie == tie]
            found += sorted(about, key=lambda held: held.source)[:MOST_EVIDENCE]
        return found

    def find(self, wanted: Wanted, scope: GraphScope, after: str, limit: int) -> list[str]:
        of_key: dict[str, list[Mention]] = {}
        for said in self._said(scope):
            of_key.setdefault(said.mention.key, []).append(said.mention)
        return sorted(key for key, about in of_key.items() if key > after and _tells_of(about, wanted))[:limit]

    def aliases(self, keys: Collection[str], scope: GraphScope) -> list[tuple[str, str]]:
        pairs = {
            (min(said.mention.key, alias), max(said.mention.key, alias))
            for said in self._said(scope)
            for alias in said.mention.aliases
            if alias != said.mention.key
        }
        return sorted(pair for pair in pairs if set(pair) & set(keys))

    def spoken_of(self, chunk_ids: Collection[str], scope: GraphScope) -> dict[str, list[str]]:
        found: dict[str, set[str]] = {}
        for said in self._said(scope):
            if said.source != HAND and said.source.chunk_id in chunk_ids:
                found.setdefault(said.source.chunk_id, set()).add(said.mention.key)
        return {chunk_id: sorted(keys) for chunk_id, keys in found.items()}

    def speakers(self, worth: Sequence[Worth], scope: GraphScope, limit: int) -> list[Source]:
        dearest: dict[Source, dict[str, int]] = {}
        for said in self._said(scope):
            for one in worth:
                if said.source != HAND and said.mention.key == one.key:
                    of_source = dearest.setdefault(said.source, {})
                    of_source[one.about] = max(of_source.get(one.about, 0), one.worth)
        total = {source: sum(of_source.values()) for source, of_source in dearest.items()}
        by = sorted(total, key=lambda one: (-total[one], one.chunk_id, one.document_id, one.edition_id))
        return by[:limit]

    def every_tie(self, scope: GraphScope) -> list[Tie]:
        return sorted({held.assertion.tie for held in self._held(scope)})

    def size(self, layer: str) -> Size:
        of_layer = {layer, BY_HAND}
        nodes = {key for kept_in, _, key in self.mentions if kept_in in of_layer}
        return Size(len(nodes), len({tie for kept_in, _, tie in self.assertions if kept_in in of_layer}))

    def remove_editions(self, edition_ids: Collection[str]) -> int:
        return self._forget(lambda layer, source: layer != BY_HAND and source.edition_id in edition_ids)

    def remove_documents(self, document_ids: Collection[str]) -> int:
        return self._forget(lambda layer, source: layer != BY_HAND and source.document_id in document_ids)

    def remove_by_hand(self, keys: Collection[str], ties: Collection[Tie]) -> int:
        gone = [self.mentions.pop((BY_HAND, HAND, key), None) for key in set(keys)]
        lost = [self.assertions.pop((BY_HAND, HAND, tie), None) for tie in set(ties)]
        self._tidy()
        return sum(mention is not None for mention in gone) + sum(assertion is not None for assertion in lost)

    def remove_layers_but(self, layers: Collection[str]) -> int:
        return self._forget(lambda layer, _: layer not in {*layers, BY_HAND})

    def edition_ids(self) -> set[tuple[str, str]]:
        said = [(layer, source) for layer, source, _ in (*self.mentions, *self.assertions)]
        return {(source.edition_id, layer) for layer, source in said if layer != BY_HAND}

    def _forget(self, gone: Callable[[str, Source], bool]) -> int:
        before = len(self.mentions) + len(self.assertions)
        self._drop(gone)
        self._tidy()
        return before - len(self.mentions) - len(self.assertions)

    def _drop(self, gone: Callable[[str, Source], bool]) -> None:
        self.mentions = {said: kept for said, kept in self.mentions.items() if not gone(*said[:2])}
        self.assertions = {said: kept for said, kept in self.assertions.items() if not gone(*said[:2])}

    def _tidy(self) -> None:
        known = {key for _, _, key in self.mentions}
        self.links = {pair for pair in self.links if set(pair) <= known}

    def _said(self, scope: GraphScope) -> Iterator[Said]:
        return (Said(who, kept) for (layer, who, _), kept in self.mentions.items() if _within(scope, layer, who))

    def _held(self, scope: GraphScope) -> Iterator[Held]:
        return (Held(who, kept) for (layer, who, _), kept in self.assertions.items() if _within(scope, layer, who))


def _within(scope: GraphScope, layer: str, who: Source) -> bool:
    if layer == BY_HAND:
        return scope.by_hand
    readable = (who.document_id in scope.documents.ids) != scope.documents.all_except
    return layer == scope.layer and readable and who.edition_id not in scope.without


def _tells_of(about: Sequence[Mention], wanted: Wanted) -> bool:
    labels = {label.casefold() for mention in about for label in mention.labels}
    words = {word for mention in about for word in words_of(mention.name)}
    told = [(name, value) for mention in about for name, value in mention.properties.items()]
    return (
        (not wanted.labels or bool(labels & {label.casefold() for label in wanted.labels}))
        and all(any(word.startswith(asked) for word in words) for asked in wanted.words)
        and all(any(_alike(fact, asked) for fact in told) for asked in wanted.properties.items())
    )


def _alike(one: tuple[str, Value], other: tuple[str, Value]) -> bool:
    """The same property with the same value: 1 and 1.0 are one number, `true` is none."""
    return one == other and isinstance(one[1], bool) == isinstance(other[1], bool)
