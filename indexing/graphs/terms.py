"""Knowing, graphs: a graph without any model: names and terms that occur together, by the look of their letters.

It reads English and German with care, and what is written in like letters with less. The same text always gives the
same facts, and never more than a few dozen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from indexing.graphs.facts import Facts
from indexing.stores.graphs import Assertion, Mention, Tie
from indexing.wording.names import key_of
from indexing.wording.stems import language_of
from indexing.wording.stop_words import SILENT, Language

NAME, TERM = "Name", "Term"
TOGETHER = "OCCURS_WITH"
MOST_THINGS, MOST_TIES = 24, 60  # of one text
MOST_LETTERS = 60_000  # of a text that are read
VERSION = 1  # another number when the same text gives other facts

_LONGEST_NAME = 5  # words; more in a row are a heading
_MOST_IN_A_SENTENCE = 8  # things that are tied to each other: lists tie everything to everything
_TERM_TWICE = 5  # letters of a word that is a term if it is said twice
_COMPOUND = 12  # letters of a German noun that is a term if it is said once
_SENTENCE = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*#>|•]|\d+[.)]))|(?<=[.!?…])[\"'”»)]*\s+|(?<=:)\s*\n")
_SHORTENED = re.compile(
    r"(?:\b(?:[A-ZÄÖÜ]|Dr|Prof|Mr|Mrs|Ms|St|Nr|No|Inc|Ltd|Co|bzw|ca|vgl|etc)|\b[a-z]\.\s?[a-zA-Z])\.$"
)
_WORD = re.compile(r"[^\W_]+(?:[-'\u2019&+.#][^\W_]+)*[+#]*", re.UNICODE)
_BETWEEN = frozenset({"of", "for", "&", "von", "van", "de", "für", "la", "le", "del", "di", "da"})
_EVERY_SILENT = SILENT[Language.ENGLISH] | SILENT[Language.GERMAN] | SILENT[Language.FRENCH] | SILENT[Language.DUTCH]
_SAID_WITH_CAPITALS = (
    "mr mrs ms dr prof monday tuesday wednesday thursday friday saturday sunday january february march april may june"
    " july august september october november december montag dienstag mittwoch donnerstag freitag samstag sonntag"
    " januar februar märz mai juni juli oktober dezember also however therefore although see please note yes"
)
_NO_NAMES = frozenset(_SAID_WITH_CAPITALS.split())


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a sentence, and whether it is the first; `apart` if more than a space is before it."""

    text: str
    first: bool
    apart: bool

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_marked(self) -> bool:
        """Whether it is written as no word of a sentence is: an acronym, a product, a number with letters."""
        inner = self.text[1:]
        return len(self.text) > 1 and (any(map(str.isupper, inner)) or (self.is_capital and _has_digit(inner)))


@dataclass(slots=True)
class _Found:
    """What was found in a text so far."""

    times: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, label: str) -> str:
        key = key_of(name)
        if key:
            self.times[key] += 1
            self.names.setdefault(key, name)
            self.labels.setdefault(key, label)
        return key

    def best(self) -> list[str]:
        """The keys that say most: names before terms, what is said often before what is said once."""
        ranked = sorted(self.times, key=lambda key: (self.labels[key] != NAME, -self.times[key], -len(key), key))
        return sorted(ranked[:MOST_THINGS])


def facts_of(text: str) -> Facts:
    """The names and terms of a text, and which of them stand in one sentence."""
    sentences = [_words(sentence) for sentence in _sentences(text[:MOST_LETTERS])]
    german = language_of(_plain(sentences)) is Language.GERMAN
    certain, often = _certain(sentences), _often(sentences)
    found, together = _Found(), []
    for words in sentences:
        named = [found.add(name, NAME) for name in _names(words, certain, german=german)]
        terms = [found.add(term, TERM) for term in _terms(words, often, german=german)]
        together.append(list(dict.fromkeys(key for key in named + terms if key)))
    best = found.best()
    mentions = [Mention(key, found.names[key], (found.labels[key],)) for key in best]
    return Facts(mentions, [Assertion(tie) for tie in _ties(together, frozenset(best))])


def _sentences(text: str) -> Iterator[str]:
    held = ""
    for part in _SENTENCE.split(text):
        held = f"{held} {part}" if held else part
        if not _SHORTENED.search(held[-12:]):
            yield held
            held = ""
    if held:
        yield held


def _words(sentence: str) -> list[_Word]:
    found: list[_Word] = []
    end = 0
    for match in _WORD.finditer(sentence):
        between = sentence[end : match.start()]
        end = match.end()
        apart = bool(between.strip(" \t\n*_`\"\u201c\u201d\u201e'\u2019")) or not between
        found.append(_Word(match.group(), first=not found, apart=apart))
    return found


def _plain(sentences: Sequence[Sequence[_Word]]) -> list[str]:
    return [word.text.casefold() for words in sentences for word in words]


def _certain(sentences: Sequence[Sequence[_Word]]) -> frozenset[str]:
    """Words that are written with a capital where a sentence does not ask for it."""
    return frozenset(
        word.text
        for words in sentences
        if not _is_heading(words)
        for word in words
        if word.is_capital and not word.first and word.text.casefold() not in _EVERY_SILENT
    )


def _is_heading(words: Sequence[_Word]) -> bool:
    """Whether all its words but the small ones have capitals: then they say nothing."""
    telling = [word for word in words if word.text.casefold() not in _EVERY_SILENT and word.text not in _BETWEEN]
    return len(telling) > 1 and all(word.is_capital for word in telling)


def _often(sentences: Sequence[Sequence[_Word]]) -> frozenset[str]:
    counted = Counter(_plain(sentences))
    return frozenset(
        word
        for word, times in counted.items()
        if times > 1 and len(word) >= _TERM_TWICE and word.isalpha() and word not in _EVERY_SILENT
    )


def _names(words: Sequence[_Word], certain: frozenset[str], *, german: bool) -> Iterator[str]:
    """Words with capitals in a row; a single one only where nothing else explains its capital."""
    for run in _runs(words):
        kept = _trimmed(run, certain)
        if not kept or len(kept) > _LONGEST_NAME or all(_is_number(word.text) for word in kept):
            continue
        capitals = [word for word in kept if word.is_capital or word.is_marked]
        if len(capitals) > 1 or kept[0].is_marked or (not german and kept[0].text in certain):
            yield " ".join(word.text for word in kept)


def _runs(words: Sequence[_Word]) -> Iterator[list[_Word]]:
    run: list[_Word] = []
    for word in words:
        if run and word.apart:
            yield run
            run = []
        goes_on = run and (word.text in _BETWEEN or _is_number(word.text))
        if word.is_capital or word.is_marked or goes_on:
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _trimmed(run: list[_Word], certain: frozenset[str]) -> list[_Word]:
    """A run without what is no part of the name: small words at its end, a capital that only begins a sentence."""
    while run and run[-1].text in _BETWEEN:
        run = run[:-1]
    while run and _is_silent(run[0]):
        run = run[1:]
        while run and run[0].text in _BETWEEN:
            run = run[1:]
    if len(run) == 1 and run[0].first and not run[0].is_marked and run[0].text not in certain:
        return []
    return run


def _is_silent(word: _Word) -> bool:
    folded = word.text.casefold()
    return not word.is_marked and (folded in _EVERY_SILENT or folded in _NO_NAMES)


def _terms(words: Sequence[_Word], often: frozenset[str], *, german: bool) -> Iterator[str]:
    """Words that a text comes back to, and German nouns that are long enough to mean one thing."""
    for word in words:
        folded = word.text.casefold()
        if folded in _NO_NAMES or (german and not word.is_capital):
            continue
        if word.is_capital and not german:
            continue
        if folded in often or (german and len(folded) >= _COMPOUND and folded.isalpha() and not word.first):
            yield word.text


def _ties(together: Sequence[Sequence[str]], best: frozenset[str]) -> list[Tie]:
    times: Counter[tuple[str, str]] = Counter()
    for keys in together:
        here = [key for key in keys if key in best][:_MOST_IN_A_SENTENCE]
        times.update((min(pair), max(pair)) for pair in combinations(here, 2) if pair[0] != pair[1])
    most = sorted(times, key=lambda pair: (-times[pair], pair))[:MOST_TIES]
    return [Tie(source, TOGETHER, target) for source, target in sorted(most)]


def _is_number(text: str) -> bool:
    return _has_digit(text) and not any(map(str.isalpha, text))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))
