"""Small graphs made by chance: documents, their editions in layers, what people wrote, and names that mean the same."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from indexing.stores.graphs import (
    BY_HAND,
    HAND,
    Assertion,
    GraphScope,
    GraphStore,
    Mention,
    Source,
    Statement,
    Tie,
    Value,
)
from indexing.stores.vectors import DocumentFilter, Index
from indexing.wording.names import key_of
from tests.contract.graphs.statements import new_graph
from tests.rag.graphs.naive import NaiveGraph

NAMES = [
    "Ada", "The Ada", "ADA", "Ada Lovelace", "Grace", "Grace Hopper", "Navy", "US Navy", "Analytical Engine", "Zoë",
    "Zürich", "C++", "R&D", "Charles", "Babbage", "Charles Babbage", "Engine", "London", "Big Blue", "IBM",
]  # fmt: skip
LABELS = ["Person", "PERSON", "Place", "Thing"]
TYPES = ["KNOWS", "WORKS_FOR", "PART_OF"]
VALUES: list[Value] = [1, 2, 1.5, True, "a", "b", ""]
LAYER = "1.1"


@dataclass
class World:
    """What is kept of one graph, and which of its documents somebody may read."""

    chance: random.Random
    graph: Index = field(default_factory=new_graph)
    by_layer: dict[str, list[Statement]] = field(default_factory=dict)
    links: set[tuple[str, str]] = field(default_factory=set)
    documents: list[str] = field(default_factory=list)
    readable: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    async def keep(self, store: GraphStore) -> None:
        """Put all of it into a store."""
        for layer, statements in self.by_layer.items():
            await store.put(self.graph, layer, statements)
        await store.link(self.graph, self.links)

    def scope(self) -> GraphScope:
        """What the caller may be answered from, said in one of the two ways."""
        if self.chance.random() < 0.5:
            return GraphScope(LAYER, DocumentFilter(all_except=False, ids=self.readable), self.without)
        hidden = frozenset(self.documents) - self.readable
        return GraphScope(LAYER, DocumentFilter(all_except=True, ids=hidden), self.without)

    def read(self) -> NaiveGraph:
        """The graph of what the caller may read, and nothing else."""
        said = [one for one in self.by_layer[LAYER] if one.source.document_id in self.readable]
        said = [one for one in said if one.source.edition_id not in self.without]
        return NaiveGraph(self.graph.collection_id, [*said, *self.by_layer[BY_HAND]], self.links)


def world(seed: int) -> World:
    """One of many."""
    chance = random.Random(seed)
    made = World(chance)
    made.documents = [f"doc_{number}" for number in range(chance.randint(1, 6))]
    names = chance.sample(NAMES, chance.randint(2, len(NAMES)))
    for layer in (LAYER, "1.2"):
        made.by_layer[layer] = [
            _statement(chance, Source(document, f"{document}.{edition}.{number}", f"edn_{document}_{edition}"), names)
            for document in made.documents
            for edition in range(chance.choice([1, 1, 2]))
            for number in range(chance.randint(0, 3))
        ]
    made.by_layer[BY_HAND] = [_statement(chance, HAND, names)] if chance.random() < 0.5 else []
    keys = [key_of(name) for name in names]
    made.links = {(one, other) for one in keys for other in keys if one < other and chance.random() < 0.03}
    made.readable = frozenset(one for one in made.documents if chance.random() < 0.6)
    editions = {one.source.edition_id for one in made.by_layer[LAYER]}
    made.without = frozenset(one for one in editions if one.endswith("_1") and chance.random() < 0.8)
    return made


def _statement(chance: random.Random, source: Source, names: list[str]) -> Statement:
    mentions: dict[str, Mention] = {}
    for name in chance.sample(names, chance.randint(0, min(4, len(names)))):
        mentions[key_of(name)] = _mention(chance, name, names)
    assertions: dict[Tie, Assertion] = {}
    keys = sorted(mentions)
    for _ in range(chance.randint(0, 4) if keys else 0):
        tie = Tie(chance.choice(keys), chance.choice(TYPES), chance.choice(keys))
        assertions[tie] = Assertion(tie, _told(chance))
    return Statement(source, list(mentions.values()), list(assertions.values()))


def _mention(chance: random.Random, name: str, names: list[str]) -> Mention:
    aliases = tuple(key_of(other) for other in names if other != name and chance.random() < 0.02)
    labels = tuple(chance.sample(LABELS, chance.choice([0, 1, 1, 2])))
    return Mention(key_of(name), name, labels, _told(chance), aliases)


def _told(chance: random.Random) -> dict[str, Value]:
    told: dict[str, Value] = {name: chance.choice(VALUES) for name in ("kind", "size") if chance.random() < 0.3}
    if chance.random() < 0.3:
        told["description"] = chance.choice(["Says one.", "Says another.", "Says a third."])
    return told
