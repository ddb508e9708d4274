"""Answering, graphs: one name, one value and one description out of what several sources say; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from indexing.stores.graphs import BY_HAND, Source, Value

DESCRIPTION = "description"


@dataclass(frozen=True, slots=True)
class Voice:
    """One source, and the properties it gives something."""

    source: Source
    properties: Mapping[str, Value]


def is_by_hand(source: Source) -> bool:
    """Whether somebody wrote it, and no document says it."""
    return source.document_id == BY_HAND


def agreed(said: Iterable[tuple[Source, Value]]) -> Value:
    """What most sources say, the smallest where they are even; what is by hand outweighs them all."""
    given = list(said)
    if len(given) == 1:
        return given[0][1]
    written = [one for one in given if is_by_hand(one[0])]
    counts = Counter((_kind(value), value) for _, value in written or given)
    return min(counts, key=lambda value: (-counts[value], value))[1]


def properties_of(voices: Sequence[Voice]) -> dict[str, Value]:
    """The properties of something, by name; its description is all there is, each sentence once."""
    by_name: dict[str, list[tuple[Source, Value]]] = {}
    for voice in voices:
        for name, value in voice.properties.items():
            by_name.setdefault(name, []).append((voice.source, value))
    return {name: _told(values) if name == DESCRIPTION else agreed(values) for name, values in sorted(by_name.items())}


def labels_of(said: Iterable[str] | Mapping[str, int]) -> tuple[str, ...]:
    """Every label once, whatever its case of letters: in the one that most give it, in the order of the alphabet.

    As they are said, or how often each is.
    """
    counts = Counter(said)
    best: dict[str, str] = {}
    for label in sorted(counts, key=lambda label: (-counts[label], label)):
        best.setdefault(label.casefold(), label)
    return tuple(best[folded] for folded in sorted(best))


def _kind(value: Value) -> str:
    """In JSON 1 and 1.0 are one number, and true is none."""
    return "text" if isinstance(value, str) else "truth" if isinstance(value, bool) else "number"


def _told(values: Sequence[tuple[Source, Value]]) -> str:
    return "\n".join(dict.fromkeys(str(value) for _, value in sorted(values, key=lambda one: one[0].order)))
