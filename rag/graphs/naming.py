"""Answering, graphs: which things a text names, and how surely.

A name that stands in the text is what is meant. Where only words of a name stand there, it may be meant: the less of
the name they are, the less surely. What counts is in scope; how frequent anything is counts for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from indexing.stores.graphs import Wanted
from indexing.wording.names import key_of, words_of
from indexing.wording.stop_words import SILENT
from rag.graphs.view import View

_MOST_WORDS, _LONGEST_NAME = 64, 6
_MOST_LOOKED_FOR, _PER_WORD = 12, 50
_MOST_NAMED = 12
_PARTLY, _LEAST = 0.6, 0.2
_SHORTEST = 3  # letters of a word that may be the beginning of another
_SILENT = frozenset().union(*SILENT.values())


@dataclass(frozen=True, slots=True)
class Named:
    """A thing a text names."""

    thing: str
    weight: float  # from 0 to 1, how surely


async def named(view: View, text: str) -> list[Named]:
    """The things a question names, the surest first."""
    words = words_of(text)[:_MOST_WORDS]
    whole, left = await _named_in_full(view, words)
    weights = dict.fromkeys(whole, 1.0)
    for thing, weight in (await _named_in_part(view, left)).items():
        weights[thing] = max(weights.get(thing, 0.0), weight)
    return _best_first(weights)[:_MOST_NAMED]


async def matching(view: View, query: str, limit: int) -> tuple[list[str], bool]:
    """The things a search for names finds, best first, and whether there are more.

    First what has all words of the query in its name, in whatever order, or the beginnings of them; then what the
    query names as a question would.
    """
    words, key = words_of(query)[:_MOST_WORDS], key_of(query)
    wanted = Wanted(words=tuple(dict.fromkeys(words)))
    keys = await view.graph.store.find(view.graph.index, wanted, view.graph.scope, limit=4 * limit) if words else []
    await view.things(keys)
    weights: dict[str, float] = {}
    for one in keys:
        share = min(len(wanted.words) / len(one.split()), 1.0) if one else 0.0
        thing, weight = view.names.thing(one), 2.0 if one == key else 1.0 + share
        weights[thing] = max(weights.get(thing, 0.0), weight)
    for said in await named(view, query):
        weights.setdefault(said.thing, said.weight)
    best = [said.thing for said in _best_first(weights)]
    return best[:limit], len(best) > limit or len(keys) == 4 * limit


def _best_first(weights: dict[str, float]) -> list[Named]:
    return [Named(*one) for one in sorted(weights.items(), key=lambda one: (-one[1], one[0]))]


async def _named_in_full(view: View, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The things whose whole names stand among these words, and the words that are part of none."""
    spans = {
        (start, end): key_of(" ".join(words[start:end]))
        for start in range(len(words))
        for end in range(start + 1, min(start + _LONGEST_NAME, len(words)) + 1)
        if end - start == len(words) or not _SILENT.issuperset(words[start:end])
    }
    things = await _known(view, {key for key in spans.values() if key})
    taken: set[int] = set()
    found: list[str] = []
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        places = set(range(start, end))
        if spans[start, end] in things and not places & taken:
            taken |= places
            found += things[spans[start, end]]
    return list(dict.fromkeys(found)), [word for place, word in enumerate(words) if place not in taken]


async def _known(view: View, keys: Collection[str]) -> dict[str, list[str]]:
    """The things that keys name, or that a source says go by them."""
    mentioned = await view.names.present(keys)
    others = sorted(set(keys) - mentioned)
    pairs = await view.graph.store.aliases(view.graph.index, others, view.graph.scope) if others else []
    said = await view.names.present({key for pair in pairs for key in pair})
    await view.names.join(mentioned | said)
    found = {key: [view.names.thing(key)] for key in mentioned}
    for one, other in (pair for both in pairs for pair in (both, both[::-1])):
        if one in keys and one not in mentioned and other in said:
            found[one] = sorted({*found.get(one, ()), view.names.thing(other)})
    return found


async def _named_in_part(view: View, words: Iterable[str]) -> dict[str, float]:
    telling = [word for word in dict.fromkeys(words) if word not in _SILENT and len(word) >= _SHORTEST]
    telling = telling[:_MOST_LOOKED_FOR]
    graph, keys = view.graph, set[str]()
    for word in telling:
        keys.update(await graph.store.find(graph.index, Wanted(words=(word,)), graph.scope, limit=_PER_WORD))
    await view.names.join(keys)
    weights: dict[str, float] = {}
    for key in keys:
        parts = key.split()
        share = sum(any(part.startswith(word) for word in telling) for part in parts) / max(len(parts), 1)
        thing, weight = view.names.thing(key), _PARTLY * share
        if weight >= _LEAST:
            weights[thing] = max(weights.get(thing, 0.0), weight)
    return weights
