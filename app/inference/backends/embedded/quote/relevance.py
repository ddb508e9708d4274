"""Ground floor, inference: which sentences of the passages answer a question, if any does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.inference.backends.embedded.quote.candidates import Candidate, gather
from app.inference.backends.embedded.quote.languages import PALE, STOP_WORDS, language_of
from app.inference.backends.embedded.quote.passages import Passage
from app.inference.backends.embedded.quote.sentences import Form
from app.inference.backends.embedded.quote.wanted import Wanted, gives, wanted
from app.inference.backends.embedded.quote.words import Vocabulary, fold, stem, word_set, words

FROM_HEADING = 0.6  # what a word in the heading, title or asked question above is worth to a sentence
FROM_BEFORE = 0.4  # and one in the sentence before
FROM_REFERRED = 0.75  # which counts for more if this one begins by pointing back at it
POINTS_BACK = word_set("it they he she this these those such hij zij ze er sie es dies il elle ils elles cela ella eso")
# How much of a question must be met for its answer to count as one, by the number of its telling words.
THRESHOLDS = ((2, 0.55), (6, 0.45), (40, 0.3))
FROM_PALE = 0.4
NEARBY = 3
MOST_TERMS = THRESHOLDS[-1][0]  # of a question; someone who pastes a page asks at its end
PALE_STEMS = frozenset(map(stem, PALE))


@dataclass(frozen=True, slots=True)
class Question:
    """A question's telling words and the sort of answer it wants."""

    terms: tuple[str, ...]
    wants: Wanted | None

    @classmethod
    def read(cls, text: str) -> Question:
        """Leave the small words of its language out."""
        folded = fold(text)
        said = words(folded)
        language = language_of(said)
        telling = dict.fromkeys(stem(word) for word in said if word not in STOP_WORDS[language])
        return cls(tuple(telling)[-MOST_TERMS:], wanted(folded, language))

    @property
    def threshold(self) -> float:
        """How much of it a sentence must cover to count as an answer."""
        return next(least for most, least in THRESHOLDS if len(self.terms) <= most)


def rank(question: Question, passages: Sequence[Passage]) -> list[Candidate]:
    """Score every sentence, best first; empty if none addresses the question."""
    candidates = gather(passages)
    frequencies = Counter(word for candidate in candidates for word in {*candidate.words, *candidate.heading})
    vocabulary = Vocabulary(frequencies)
    kinds = {term: vocabulary.kin(term) for term in question.terms}
    weights = {
        term: _weight(found, frequencies, len(candidates)) * (FROM_PALE if term in PALE_STEMS else 1)
        for term, found in kinds.items()
    }
    for candidate in candidates:
        candidate.own = _met(candidate.words, kinds)
    for candidate in candidates:
        _score(candidate, question, kinds, weights)
    best_first = sorted(candidates, key=lambda candidate: (-candidate.score, candidate.order))
    return [candidate for candidate in best_first if candidate.coverage >= question.threshold]


def _weight(found: dict[str, float], frequencies: Counter[str], total: int) -> float:
    """Rare words tell more; one that is nowhere weighs as much as one met once."""
    frequency = max(1, *(frequencies[word] for word in found), 1)
    return 0.5 + math.log(1 + (total - min(frequency, total) + 0.5) / (frequency + 0.5))


def _met(spoken: Sequence[str], kinds: dict[str, dict[str, float]]) -> dict[str, float]:
    present = set(spoken)
    met = {term: max((found[word] for word in present & found.keys()), default=0.0) for term, found in kinds.items()}
    return {term: likeness for term, likeness in met.items() if likeness}


def _score(
    candidate: Candidate, question: Question, kinds: dict[str, dict[str, float]], weights: dict[str, float]
) -> None:
    above = _met(candidate.heading, kinds)
    before = candidate.before.own if candidate.before else {}
    back = FROM_REFERRED if candidate.words[:1] and candidate.words[0] in POINTS_BACK else FROM_BEFORE
    strength = {
        term: max(candidate.own.get(term, 0), FROM_HEADING * above.get(term, 0), back * before.get(term, 0))
        for term in question.terms
    }
    total = sum(weights.values())
    candidate.coverage = sum(weights[term] * strength[term] for term in question.terms) / total if total else 0.0
    candidate.score = candidate.coverage * _length_factor(candidate) + _nearness(candidate, kinds)
    if question.wants and candidate.coverage:
        given = gives(question.wants, candidate.sentence.text, fold(candidate.sentence.text))
        candidate.score += 0.25 if given else -0.15
    if candidate.sentence.form is Form.HEADING:
        candidate.score *= 0.4


def _length_factor(candidate: Candidate) -> float:
    return 1 / (1 + 0.004 * max(0, len(candidate.words) - 30))


def _nearness(candidate: Candidate, kinds: dict[str, dict[str, float]]) -> float:
    """A little more for words of the question that stand close together."""
    places = [at for at, word in enumerate(candidate.words) if any(word in kinds[term] for term in candidate.own)]
    near = sum(later - sooner <= NEARBY for sooner, later in pairwise(places))
    return min(0.15, 0.05 * near)
