"""Answering, graphs: pages of the things and relations that are meant, in the order of their keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from indexing.stores.graphs import Mention, Value, Wanted
from indexing.wording.names import relation_of, words_of
from rag.graphs.asked import NodesAsked
from rag.graphs.facts import by_key
from rag.graphs.view import Relation, View
from rag.graphs.walking import is_of

_AT_ONCE = 500  # keys
_PARTED = "\n"  # stands in no key and no type


@dataclass(frozen=True, slots=True)
class ThingPages:
    """Turns the pages of the things that are meant; each is where the first of its keys is that is meant so."""

    view: View
    wanted: Wanted

    async def page(self, after: str, limit: int) -> tuple[list[str], str | None]:
        """So many things after a key, and where they go on."""
        graph, found = self.view.graph, list[tuple[str, str]]()
        while len(found) <= limit:
            keys = await graph.store.find(graph.index, self.wanted, graph.scope, after=after, limit=_AT_ONCE)
            await self.view.names.join(keys)
            elsewhere = await self._elsewhere(keys)
            found += [(key, self.view.names.thing(key)) for key in keys if key not in elsewhere]
            if len(keys) < _AT_ONCE:
                break
            after = keys[-1]
        goes_on = found[limit - 1][0] if len(found) > limit else None
        return [thing for _, thing in found[:limit]], goes_on

    async def _elsewhere(self, keys: Sequence[str]) -> set[str]:
        """Those of these keys that are not the first of their thing that is meant."""
        names = self.view.names
        earlier = {key: [one for one in names.members(key) if one < key] for key in keys}
        asked = sorted({one for others in earlier.values() for one in others})
        if not asked:
            return set()
        graph = self.view.graph
        said = by_key(await graph.store.said(graph.index, asked, graph.scope))
        fitting = {key for key, about in said.items() if fits([one.mention for one in about], self.wanted)}
        return {key for key, others in earlier.items() if fitting.intersection(others)}


def wanted_of(asked: NodesAsked) -> Wanted:
    """What a store is asked for."""
    words = tuple(dict.fromkeys(words_of(asked.name)))
    return Wanted(frozenset(asked.labels), words, dict(asked.properties))


def fits(about: Sequence[Mention], wanted: Wanted) -> bool:
    """Whether something that is mentioned so is meant, as any graph store decides it."""
    labels = {label.casefold() for mention in about for label in mention.labels}
    words = {word for mention in about for word in words_of(mention.name)}
    told = {_pair(name, value) for mention in about for name, value in mention.properties.items()}
    return (
        (not wanted.labels or not labels.isdisjoint(label.casefold() for label in wanted.labels))
        and all(any(word.startswith(asked) for word in words) for asked in wanted.words)
        and all(_pair(name, value) in told for name, value in wanted.properties.items())
    )


def _pair(name: str, value: Value) -> tuple[str, bool, Value]:
    return name, isinstance(value, bool), value


@dataclass(frozen=True, slots=True)
class RelationPages:
    """Turns the pages of relations, in the order of what they go from."""

    view: View
    types: frozenset[str]

    async def page(self, after: str | None, limit: int) -> tuple[list[Relation], str | None]:
        """So many relations after one of them, and where they go on."""
        source = (after or "").partition(_PARTED)[0]
        found: list[Relation] = []
        async for view, things in self._things(source):
            relations = await view.relations(things)
            found += self._after(after, (one for thing in things for one in relations[thing] if one.source == thing))
            if len(found) > limit:
                break
        return self._cut(found, limit)

    async def page_of(self, thing: str, after: str | None, limit: int) -> tuple[list[Relation], str | None]:
        """The same of the relations of one thing."""
        return self._cut(self._after(after, (await self.view.relations([thing]))[thing]), limit)

    async def _things(self, source: str) -> AsyncIterator[tuple[View, Sequence[str]]]:
        """Everything from one thing on, some hundreds at a time, each time seen anew: a view keeps what it learns."""
        graph = self.view.graph
        keys = sorted(await self.view.names.present([source])) if source else []
        after = source
        while True:
            view = View(graph, self.types)
            keys += await graph.store.find(graph.index, Wanted(), graph.scope, after=after, limit=_AT_ONCE)
            if not keys:
                return
            await view.names.join(keys)
            yield view, [key for key in keys if view.names.thing(key) == key]
            after, keys = keys[-1], []

    def _after(self, after: str | None, relations: Iterable[Relation]) -> list[Relation]:
        fitting = sorted(one for one in relations if is_of(one, self.types))
        return fitting if after is None else [one for one in fitting if _place(one) > tuple(after.split(_PARTED))]

    def _cut(self, found: Sequence[Relation], limit: int) -> tuple[list[Relation], str | None]:
        goes_on = _PARTED.join(_place(found[limit - 1])) if len(found) > limit else None
        return list(found[:limit]), goes_on


def relation_pages(view: View, relation_types: Iterable[str]) -> RelationPages:
    """The pages of relations of these types, or of all."""
    return RelationPages(view, frozenset(relation_of(type_) for type_ in relation_types))


def _place(relation: Relation) -> tuple[str, ...]:
    return relation.source, relation.type, relation.target
