"""Knowing, stores: what the platform asks of any graph store.

A store keeps what chunks *say*, never a merged graph: what one of them knows of a thing counts for those who may read
its document, and for nobody else. What belongs together is put together by who asks, out of what they may read
(`rag.graphs`); two stores that answer these few questions alike give the same graphs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from indexing.stores.vectors import DocumentFilter, Index

BY_HAND = ""  # the document, edition, chunk and layer of what somebody wrote: it is part of every layer
Value = str | int | float | bool
MOST_EVIDENCE = 50  # of one fact that is given out, those first in the order of document and chunk


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Who says something."""

    document_id: str
    chunk_id: str
    edition_id: str

    @property
    def order(self) -> tuple[str, str, str]:
        """What many are put in order by, sooner than by comparing two of them at a time."""
        return self.document_id, self.chunk_id, self.edition_id


HAND = Source(BY_HAND, BY_HAND, BY_HAND)


@dataclass(frozen=True, slots=True)
class Mention:
    """Something a source speaks of. `key` is what its name is the same by (`indexing.wording.names.key_of`)."""

    key: str
    name: str
    labels: tuple[str, ...] = ()
    properties: Mapping[str, Value] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()  # keys that it says are the same thing


@dataclass(frozen=True, slots=True, order=True)
class Tie:
    """A relation without who says it: what it goes from, what kind it is, what it goes to. Both ends are keys."""

    source: str
    type: str
    target: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """A relation a source speaks of; the same source mentions both its ends."""

    tie: Tie
    properties: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """All that one source says; written again it takes the place of what it said before in the same layer.

    What is by hand takes the place of what is by hand of the same keys and ties alone. Of a source, and within it of a
    key or a tie, that comes twice in one put, the last counts.
    """

    source: Source
    mentions: Sequence[Mention]
    assertions: Sequence[Assertion] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A mention with who says it."""

    source: Source
    mention: Mention


@dataclass(frozen=True, slots=True)
class Held:
    """An assertion with who says it."""

    source: Source
    assertion: Assertion


class Direction(StrEnum):
    """Which relations of something are meant: those that go out from it, those that come in, or both."""

    OUT = "out"
    IN = "in"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class GraphScope:
    """What of a graph is asked about: one layer, what is by hand unless left out, and of the rest these documents only.

    A layer is one way of cutting (a generation of chunks) read by one extraction (a generation of the graph).
    `without` are editions of the layer that do not answer: new ones that are not complete, old ones not yet erased.
    """

    layer: str
    documents: DocumentFilter
    without: frozenset[str] = frozenset()
    by_hand: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which things are looked for: those a source calls one of these labels, or names or describes in these ways."""

    labels: frozenset[str] = frozenset()  # any of them, in any case of letters; none: whatever they are called
    words: tuple[str, ...] = ()  # every one begins a word of one of its names, as `names.words_of` cuts them
    properties: Mapping[str, Value] = field(default_factory=dict)  # all of them, each said by some source in scope;
    # 1 and 1.0 are one value, `true` is neither


@dataclass(frozen=True, slots=True)
class Worth:
    """What it is worth to speak of a key; of several keys that are about the same, the dearest one counts."""

    key: str
    about: str
    worth: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What relations lead to: each key once, `alone` if nobody anywhere says that it is the same as another.

    A store that would have to look far for that may say so of none.
    """

    alone: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Degrees:
    """How many relations keys have to others that stand alone, and each of those that they have to any other.

    What leads from a key to itself is in neither.
    """

    counted: Mapping[str, int] = field(default_factory=dict)
    listed: tuple[tuple[str, Tie], ...] = ()


@dataclass(frozen=True, slots=True)
class ThingTally:
    """Some of all things: how many of them are counted, how many of those are called what, and each of the others.

    Counted is what stands alone, and of whose labels none is written in two cases of letters by those in scope.
    A store that would have to look far for that may count none.
    """

    counted: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)  # as `GraphStore.labels` would tell of what is counted
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TieTally:
    """Some of all relations: by type, how many there are between what stands alone, and each of the others.

    What leads from a key to itself is in neither.
    """

    counted: Mapping[str, int] = field(default_factory=dict)
    others: tuple[Tie, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    nodes: int
    edges: int


class GraphStore(Protocol):
    """Keeps what chunks say of things and their relations. Failures are StoreUnavailable, nothing else.

    Its answers are candidates. Writing twice is writing once. A graph that is not there is empty. Nothing can be asked
    of more than one collection, and whoever writes a driver shows that every question names tenant and collection.
    All answers are in the order of keys, ties and sources, so that two drivers answer alike.
    """

    async def put(self, graph: Index, layer: str, statements: Sequence[Statement]) -> None:
        """Keep what these sources say in a layer; all of it is kept when this returns, or it raises."""

    async def link(self, graph: Index, pairs: Collection[tuple[str, str]]) -> None:
        """Note names (keys) that mean the same whoever reads them; it holds where both are seen, and only there.

        A pair of which one is mentioned by nobody, in any layer, is not noted.
        """

    async def linked(self, graph: Index, keys: Collection[str]) -> list[tuple[str, str]]:
        """The pairs noted with `link` that one of these is in, the smaller key first."""

    async def keys(self, graph: Index, node_ids: Collection[str]) -> dict[str, str]:
        """By `names.node_id`, the keys of those among some things that anybody mentions; says nothing of rights."""

    async def ties_of(self, graph: Index, edge_ids: Collection[str]) -> dict[str, Tie]:
        """By `names.edge_id`, those among some relations that anybody asserts; says nothing of rights."""

    async def present(self, graph: Index, keys: Collection[str], scope: GraphScope) -> set[str]:
        """Those of these that some source in scope mentions."""

    async def said(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[Said]:
        """What sources in scope say of these, of each at most MOST_EVIDENCE; what is by hand comes first."""

    async def labels(self, graph: Index, keys: Collection[str], scope: GraphScope) -> dict[str, dict[str, int]]:
        """By key, the labels that sources in scope give it, and how many do: of those alone that `said` tells of."""

    async def ties(
        self, graph: Index, keys: Collection[str], scope: GraphScope, *, types: frozenset[str] = frozenset()
    ) -> list[Tie]:
        """Every relation of these that some source in scope asserts, each once; `types` narrows, in any case."""

    async def beside(
        self, graph: Index, keys: Collection[str], scope: GraphScope, direction: Direction, *, most: int | None = None
    ) -> Beside:
        """What relations that some source in scope asserts lead to from these, or lead from to these, or both.

        Of what stands alone only so many are wanted as `most` says, the first by key.
        """

    async def between(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[Tie]:
        """Every relation from one of these to one of these that some source in scope asserts, each once."""

    async def degrees(self, graph: Index, keys: Collection[str], scope: GraphScope) -> Degrees:
        """How many relations each of these has that some source in scope asserts."""

    async def held(self, graph: Index, ties: Collection[Tie], scope: GraphScope) -> list[Held]:
        """What sources in scope assert of these relations, of each at most MOST_EVIDENCE; by hand comes first."""

    async def find(self, graph: Index, wanted: Wanted, scope: GraphScope, *, after: str = "", limit: int) -> list[str]:
        """The keys of things that sources in scope tell of so, in the order of keys, after one of them."""

    async def aliases(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[tuple[str, str]]:
        """Pairs of keys that a source in scope says are the same thing, that one of these is in; smaller key first."""

    async def spoken_of(self, graph: Index, chunk_ids: Collection[str], scope: GraphScope) -> dict[str, list[str]]:
        """By chunk, the keys of what those of these chunks that are in scope mention."""

    async def speakers(self, graph: Index, worth: Sequence[Worth], scope: GraphScope, *, limit: int) -> list[Source]:
        """The sources in scope whose mentions are worth most, then in the order of chunks; none that is by hand."""

    def every_tie(self, graph: Index, scope: GraphScope) -> AsyncIterator[Sequence[Tie]]:
        """Every relation some source in scope asserts, each once, some thousands at a time."""

    def tally_things(self, graph: Index, scope: GraphScope) -> AsyncIterator[ThingTally]:
        """Everything that some source in scope mentions, some thousands at a time."""

    def tally_ties(self, graph: Index, scope: GraphScope) -> AsyncIterator[TieTally]:
        """Every relation that some source in scope asserts, some thousands at a time."""

    async def size(self, graph: Index, layer: str) -> Size:
        """How many keys and ties a layer has whoever may see them: what caps count."""

    async def remove_editions(self, graph: Index, edition_ids: Collection[str]) -> int:
        """Keep nothing of these editions any longer, in any layer; says how many mentions and assertions there were.

        What nobody mentions any more goes with them: its links, and every word of it.
        """

    async def remove_documents(self, graph: Index, document_ids: Collection[str]) -> int:
        """The same for all editions of some documents."""

    async def remove_by_hand(self, graph: Index, *, keys: Collection[str], ties: Collection[Tie]) -> int:
        """Keep what was written by hand of these no longer."""

    async def remove_layers_but(self, graph: Index, layers: Collection[str]) -> int:
        """Keep only these layers, and what is by hand."""

    def edition_ids(self, graph: Index) -> AsyncIterator[Sequence[tuple[str, str]]]:
        """Every edition something is kept of, with its layer, some thousands at a time; none for what is by hand."""

    async def drop(self, graph: Index) -> int:
        """Keep nothing of a graph any longer; says how many mentions and assertions there were."""

    async def answers(self) -> None:
        """Return if it can be asked something now."""

    async def aclose(self) -> None:
        """Let go of files and connections."""
