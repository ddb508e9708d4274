"""Anything done in any order: a store answers as the oracle does, whatever is asked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from indexing.stores.graphs import (
    BY_HAND,
    HAND,
    Assertion,
    Beside,
    Direction,
    GraphScope,
    GraphStore,
    Mention,
    Source,
    Statement,
    Tie,
    Value,
    Wanted,
    Worth,
)
from indexing.stores.vectors import DocumentFilter, Index
from indexing.wording.names import edge_id, key_of, node_id
from tests.contract.graphs.oracle import Oracle
from tests.contract.graphs.statements import editions, every_tie
from tests.world.by_night import by_night

_NAMES = [
    "Ada",
    "ada",
    "The Ada",
    "Grace Hopper",
    "GRACE HOPPER",
    "Zoë",
    "東京 タワー",
    "C++",
    "R&D",
    "ada 2",
    "Ångström",
]
_LABELS = ["Person", "PERSON", "Straße", "Place"]
_TYPES = ["KNOWS", "WORKS_FOR", "LIEGT_IN"]
_VALUES: list[Value] = [True, False, 0, 1, 1.0, 1.5, -3, "", "1", "true", "é'\"\\", 10**15, 0.1]
_LAYERS = ["1.1", "1.2", "2.1"]
_DOCUMENTS = [f"doc_{number}" for number in range(5)]


@dataclass
class Wanderer:
    """Does what chance says to a store and to the oracle, and compares what both of them answer."""

    store: GraphStore
    graph: Index
    chance: random.Random
    oracle: Oracle = field(default_factory=Oracle)

    async def step(self) -> None:
        """One change."""
        pick = self.chance.random()
        if pick < 0.45:
            await self._put()
        elif pick < 0.55:
            await self._put_by_hand()
        elif pick < 0.7:
            pairs = [(self._key(), self._key()) for _ in range(self.chance.randint(0, 4))]
            await self.store.link(self.graph, pairs)
            self.oracle.link(pairs)
        else:
            await self._remove()

    async def compare(self) -> None:
        """Ask everything."""
        store, graph, oracle = self.store, self.graph, self.oracle
        scope, keys = self._scope(), [self._key() for _ in range(self.chance.randint(0, 6))]
        assert await store.present(graph, keys, scope) == oracle.present(keys, scope)
        assert await store.said(graph, keys, scope) == oracle.said(keys, scope)
        assert await store.linked(graph, keys) == oracle.linked(keys)
        assert await store.aliases(graph, keys, scope) == oracle.aliases(keys, scope)
        types = frozenset(self.chance.sample([*_TYPES, "knows"], self.chance.choice([0, 0, 1, 2])))
        assert await store.ties(graph, keys, scope, types=types) == oracle.ties(keys, scope, types)
        ties = oracle.every_tie(scope)
        assert await every_tie(store, graph, scope) == ties
        some = [*self.chance.sample(ties, min(4, len(ties))), self._tie()]
        assert await store.held(graph, some, scope) == oracle.held(some, scope)
        chunks = [self._source().chunk_id for _ in range(4)]
        assert await store.spoken_of(graph, chunks, scope) == oracle.spoken_of(chunks, scope)
        worth = [Worth(key, self._key(), self.chance.randint(1, 3)) for key in keys]
        most = self.chance.randint(1, 5)
        assert await store.speakers(graph, worth, scope, limit=most) == oracle.speakers(worth, scope, most)
        assert await store.labels(graph, keys, scope) == oracle.labels(keys, scope)
        await self._compare_what_is_around(keys, scope)
        await self._compare_what_is_counted(scope)
        await self._compare_what_is_known()
        await self._compare_what_is_found(scope)

    async def _compare_what_is_around(self, keys: Sequence[str], scope: GraphScope) -> None:
        store, graph, oracle = self.store, self.graph, self.oracle
        for direction in Direction:
            found = await store.beside(graph, keys, scope, direction)
            assert sorted([*found.alone, *found.others]) == sorted(oracle.beside(keys, scope, direction))
            assert oracle.alike().isdisjoint(found.alone)
            first = await store.beside(graph, keys, scope, direction, most=(most := self.chance.randrange(4)))
            assert first == Beside(found.alone[:most], found.others)
            assert list(found.alone) == sorted(found.alone)
        assert await store.between(graph, keys, scope) == oracle.between(keys, scope)
        degrees = await store.degrees(graph, keys, scope)
        for key in set(keys):
            listed = [tie for of, tie in degrees.listed if of == key]
            assert len(set(listed)) == len(listed)
            assert degrees.counted.get(key, 0) + len(listed) == oracle.degree(key, scope)
            others = {tie.source if tie.target == key else tie.target for tie in oracle.ties([key], scope)} - {key}
            told = {tie.source if tie.target == key else tie.target for tie in listed}
            assert others & oracle.alike() <= told <= others
        assert {of for of, _ in degrees.listed} | degrees.counted.keys() <= set(keys)

    async def _compare_what_is_counted(self, scope: GraphScope) -> None:
        oracle, alike = self.oracle, self.oracle.alike()
        pages = [page async for page in self.store.tally_things(self.graph, scope)]
        listed = [key for page in pages for key in page.others]
        there = set(oracle.find(Wanted(), scope, "", len(oracle.mentions)))
        assert len(set(listed)) == len(listed)
        assert alike & there <= set(listed) <= there
        assert sum(page.counted for page in pages) == len(there) - len(listed)
        called = [oracle.labels([key], scope)[key] for key in sorted(there.difference(listed))]
        assert all(len({label.casefold() for label in labels}) == len(labels) for labels in called)
        assert sum((Counter(page.labels) for page in pages), Counter()) == Counter(
            label for labels in called for label in labels
        )
        shares = [share async for share in self.store.tally_ties(self.graph, scope)]
        ties = [tie for share in shares for tie in share.others]
        every = {tie for tie in oracle.every_tie(scope) if tie.source != tie.target}
        assert len(set(ties)) == len(ties)
        assert {tie for tie in every if {tie.source, tie.target} & alike} <= set(ties) <= every
        left = Counter(tie.type for tie in every.difference(ties))
        assert sum((Counter(share.counted) for share in shares), Counter()) == left

    async def _compare_what_is_known(self) -> None:
        store, graph, collection = self.store, self.graph, self.graph.collection_id
        for layer in _LAYERS:
            assert await store.size(graph, layer) == self.oracle.size(layer)
        assert await editions(store, graph) == self.oracle.edition_ids()
        known = {node_id(collection, key): key for _, _, key in self.oracle.mentions}
        assert await store.keys(graph, [*known, "nod_0"]) == known
        ties = {_edge_id(collection, tie): tie for _, _, tie in self.oracle.assertions}
        assert await store.ties_of(graph, [*ties, "edg_0"]) == ties

    async def _compare_what_is_found(self, scope: GraphScope) -> None:
        words = self.chance.choice([(), (), ("a",), ("g", "hop"), ("2", "ada"), ("東",), ("the",), ("zzz",)])
        labels = frozenset(self.chance.sample([*_LABELS, "person", "strasse"], self.chance.choice([0, 0, 1, 2])))
        told = {"kind": self.chance.choice(_VALUES)} if self.chance.random() < 0.4 else {}
        wanted, limit = Wanted(labels, words, told), self.chance.choice([0, 1, 2, 50])
        after = self.chance.choice(["", "", "ada", "grace hopper"])
        found = await self.store.find(self.graph, wanted, scope, after=after, limit=limit)
        assert found == self.oracle.find(wanted, scope, after, limit)

    async def _put(self) -> None:
        layer = self.chance.choice(_LAYERS)
        statements = [self._statement(self._source()) for _ in range(self.chance.randint(0, 3))]
        await self.store.put(self.graph, layer, statements)
        self.oracle.put(layer, statements)

    async def _put_by_hand(self) -> None:
        statements = [self._statement(HAND) for _ in range(self.chance.randint(1, 2))]
        await self.store.put(self.graph, BY_HAND, statements)
        self.oracle.put(BY_HAND, statements)

    async def _remove(self) -> None:
        pick, store, graph = self.chance.randrange(4), self.store, self.graph
        if pick == 0:
            gone = [self._source().edition_id for _ in range(2)]
            assert await store.remove_editions(graph, gone) == self.oracle.remove_editions(gone)
        elif pick == 1:
            gone = [self._source().document_id]
            assert await store.remove_documents(graph, gone) == self.oracle.remove_documents(gone)
        elif pick == 2:
            keys, ties = [self._key(), self._key()], [self._tie(), self._tie()]
            counted = await store.remove_by_hand(graph, keys=keys, ties=ties)
            assert counted == self.oracle.remove_by_hand(keys, ties)
        else:
            left = self.chance.sample(_LAYERS, 2)
            assert await store.remove_layers_but(graph, left) == self.oracle.remove_layers_but(left)

    def _statement(self, who: Source) -> Statement:
        mentions = {mention.key: mention for mention in (self._mention() for _ in range(self.chance.randint(0, 4)))}
        ties = {self._tie_among(sorted(mentions)) for _ in range(self.chance.randint(0, 3)) if mentions}
        assertions = [Assertion(tie, self._properties()) for tie in sorted(ties)]
        return Statement(who, list(mentions.values()), assertions)

    def _mention(self) -> Mention:
        name = self.chance.choice(_NAMES)
        labels = tuple(self.chance.sample(_LABELS, self.chance.randint(0, 2)))
        aliases = tuple(dict.fromkeys(self._key() for _ in range(self.chance.choice([0, 0, 1, 2]))))
        return Mention(key_of(name), name, labels, self._properties(), aliases)

    def _properties(self) -> dict[str, Value]:
        names: Sequence[str] = self.chance.sample(["kind", "description", "näme"], self.chance.randint(0, 2))
        return {name: self.chance.choice(_VALUES) for name in names}

    def _source(self) -> Source:
        document = self.chance.choice(_DOCUMENTS)
        return Source(
            document, f"chk_{document}_{self.chance.randint(0, 2)}", f"edn_{document}_{self.chance.choice('ab')}"
        )

    def _scope(self) -> GraphScope:
        some = frozenset(self.chance.sample(_DOCUMENTS, self.chance.randint(0, 4)))
        without = frozenset({self._source().edition_id} if self.chance.random() < 0.3 else ())
        documents, by_hand = DocumentFilter(self.chance.random() < 0.5, some), self.chance.random() < 0.8
        return GraphScope(self.chance.choice(_LAYERS), documents, without, by_hand)

    def _key(self) -> str:
        return key_of(self.chance.choice([*_NAMES, "nobody"]))

    def _tie(self) -> Tie:
        return self._tie_among([self._key(), self._key()])

    def _tie_among(self, keys: Sequence[str]) -> Tie:
        return Tie(self.chance.choice(keys), self.chance.choice(_TYPES), self.chance.choice(keys))


def _edge_id(collection: str, tie: Tie) -> str:
    return edge_id(collection, tie.source, tie.type, tie.target)


async def wander(store: GraphStore, graph: Index, seed: int, steps: int) -> None:
    """Change and ask, again and again."""
    wanderer = Wanderer(store, graph, random.Random(seed))
    for _ in range(steps):
        await wanderer.step()
        await wanderer.compare()
    counted = len(wanderer.oracle.mentions) + len(wanderer.oracle.assertions)
    assert await store.drop(graph) == counted
    wanderer.oracle = Oracle()
    await wanderer.compare()


class Wandering:
    """By chance."""

    @pytest.mark.parametrize("seed", [0, *by_night([1, 2, 3])])
    async def test_it_answers_as_the_oracle_does(self, store: GraphStore, graph: Index, seed: int) -> None:
        await wander(store, graph, seed, 25)

    @pytest.mark.nightly
    @pytest.mark.parametrize("seed", range(1000, 1040))
    async def test_it_answers_as_the_oracle_does_for_long(self, store: GraphStore, graph: Index, seed: int) -> None:
        await wander(store, graph, seed, 300)
