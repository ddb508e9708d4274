"""Ground floor, inference: the answer itself: at most three quotations, or a plain word that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.inference.backends.embedded.quote.candidates import Candidate
from app.inference.backends.embedded.quote.passages import Passage
from app.inference.backends.embedded.quote.relevance import Question, rank
from app.inference.backends.embedded.quote.sentences import LONGEST_HEADING, Form

MOST = 3
CLOSE = 0.75  # of the best score: says it as well
ADDS = 0.5  # of the best score: enough for a sentence that meets a word of the question the others do not
ALIKE = 0.8

WHAT_IT_IS = (
    "I am the built-in quoting model: I write nothing of my own, I only quote sentences from passages I am given."
)
NO_CONTEXT = f"{WHAT_IT_IS} This conversation holds no passages, so I cannot answer."
NO_QUESTION = f"{WHAT_IT_IS} There is no question here for me to look up."
NOT_ADDRESSED = (
    "None of the passages I was given addresses this question. (I am the built-in quoting model: I only quote what the"
    " passages say.)"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said and the numbers of the passages it was quoted from."""

    text: str
    sources: tuple[int, ...] = ()


def answer(question: str, passages: Sequence[Passage]) -> Answer:
    """Quote the sentences that best answer the question."""
    if not passages:
        return Answer(NO_CONTEXT)
    if not question.strip():
        return Answer(NO_QUESTION)
    ranked = rank(Question.read(question), passages)
    if not ranked:
        return Answer(NOT_ADDRESSED)
    return _written(_chosen(ranked))


def _chosen(ranked: Sequence[Candidate]) -> list[Candidate]:
    best = ranked[0]
    chosen = [best]
    if best.sentence.text.endswith(":"):
        chosen += _items_under(best, ranked)
    for candidate in ranked[1:]:
        if len(chosen) >= MOST or candidate.score < ADDS * best.score:
            break
        if candidate not in chosen and _worth_adding(candidate, chosen, best):
            chosen.append(candidate)
    return chosen[:MOST]


def _items_under(introduction: Candidate, ranked: Sequence[Candidate]) -> list[Candidate]:
    under = [
        candidate
        for candidate in ranked
        if candidate.sentence.form is not Form.HEADING
        and candidate.passage is introduction.passage
        and candidate.sentence.heading.endswith(introduction.sentence.text[-LONGEST_HEADING:])
    ]
    return sorted(under, key=lambda candidate: candidate.order)


def _worth_adding(candidate: Candidate, chosen: Sequence[Candidate], best: Candidate) -> bool:
    if candidate.sentence.form is Form.HEADING or any(_alike(candidate, other) for other in chosen):
        return False
    met = {term for other in chosen for term in other.own}
    return candidate.score >= CLOSE * best.score or not candidate.own.keys() <= met


def _alike(one: Candidate, other: Candidate) -> bool:
    mine, theirs = set(one.words), set(other.words)
    return len(mine & theirs) >= ALIKE * len(mine | theirs)


def _written(chosen: Sequence[Candidate]) -> Answer:
    """Passages in the order of their best sentence, sentences as they stand in the passage."""
    numbers = list(dict.fromkeys(candidate.passage.number for candidate in chosen))
    ordered = sorted(chosen, key=lambda candidate: (numbers.index(candidate.passage.number), candidate.order))
    plain = all(candidate.sentence.form is Form.PROSE for candidate in ordered)
    quotes = [f"{candidate.sentence.text} [{candidate.passage.number}]" for candidate in ordered]
    return Answer((" " if plain else "\n").join(quotes), tuple(numbers))
