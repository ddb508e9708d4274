"""Measuring, judging: what a judge may be asked, what it is given, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.inference.ports import Usage

_NOTHING = Usage(0, 0)


class Judged(StrEnum):
    """What a model may judge; the names say that a model did."""

    FAITHFULNESS = "judge.faithfulness"  # the share of the answer's statements that the passages bear out
    ANSWER_RELEVANCY = "judge.answer_relevancy"  # how near the questions it answers are to the one that was asked
    CONTEXT_PRECISION = "judge.context_precision"  # whether useful passages stand before the others
    CONTEXT_RECALL = "judge.context_recall"  # the share of the reference's statements that the passages bear out
    FACTUAL_CORRECTNESS = "judge.factual_correctness"  # how far the claims of answer and reference agree


@dataclass(frozen=True, slots=True)
class Material:
    """One answer, the passages its model was given, best first, and the answer that would have been right, if known."""

    question: str
    answer: str
    passages: Sequence[str]
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """One thing a judge said: of what, whether it holds, and why."""

    of: str
    holds: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge made of an answer by one metric; without a value it says why, and is counted as no zero."""

    metric: Judged
    value: float | None  # from 0 to 1
    opinions: tuple[Opinion, ...] = ()
    usage: Usage = _NOTHING
    calls: int = 0  # of models, embedding models among them
    unreadable: int = 0  # answers of the judge that could not be read, whether or not a later one could
    without: str = ""  # why there is no value


class Judge(Protocol):
    """Judges answers. Failures are those of the gateway; a judge that cannot be read has given no value."""

    async def faithfulness(self, said: Material) -> Judgement:
        """Whether the passages bear out what is answered."""

    async def answer_relevancy(self, said: Material) -> Judgement:
        """Whether what is answered is what was asked."""

    async def context_precision(self, said: Material) -> Judgement:
        """Whether useful passages stand before the others."""

    async def context_recall(self, said: Material) -> Judgement:
        """Whether the passages hold what the reference says."""

    async def factual_correctness(self, said: Material) -> Judgement:
        """Whether answer and reference claim the same."""


async def judge_by(judge: Judge, metric: Judged, said: Material) -> Judgement:
    """Ask for one judgement, or say without asking why there can be none."""
    missing = _missing(metric, said)
    if missing is not None:
        return missing
    if metric is Judged.FAITHFULNESS:
        return await judge.faithfulness(said)
    if metric is Judged.ANSWER_RELEVANCY:
        return await judge.answer_relevancy(said)
    if metric is Judged.CONTEXT_PRECISION:
        return await judge.context_precision(said)
    if metric is Judged.CONTEXT_RECALL:
        return await judge.context_recall(said)
    return await judge.factual_correctness(said)


_NEEDS: Mapping[Judged, frozenset[str]] = {
    Judged.FAITHFULNESS: frozenset({"answer", "passages"}),
    Judged.ANSWER_RELEVANCY: frozenset({"answer"}),
    Judged.CONTEXT_PRECISION: frozenset({"reference"}),
    Judged.CONTEXT_RECALL: frozenset({"reference"}),
    Judged.FACTUAL_CORRECTNESS: frozenset({"answer", "reference"}),
}
_OF_PASSAGES = frozenset({Judged.CONTEXT_PRECISION, Judged.CONTEXT_RECALL})


def needs_reference(metric: Judged) -> bool:
    """Whether a case without a reference answer cannot be judged by it."""
    return "reference" in _NEEDS[metric]


def _missing(metric: Judged, said: Material) -> Judgement | None:
    there = {
        "answer": bool(said.answer.strip()),
        "reference": bool(said.reference.strip()),
        "passages": any(passage.strip() for passage in said.passages),
    }
    lacking = sorted(name for name in _NEEDS[metric] if not there[name])
    if lacking:
        return Judgement(metric, None, without=f"There is no {' and no '.join(lacking)} to judge by.")
    if metric in _OF_PASSAGES and not there["passages"]:
        return Judgement(metric, 0.0, opinions=(Opinion("the passages", holds=False, why="Nothing was found."),))
    return None


@dataclass(frozen=True, slots=True)
class Expense:
    """About what judging one answer takes."""

    calls: int
    usage: Usage


_ASKED = {Judged.FAITHFULNESS: 2, Judged.ANSWER_RELEVANCY: 3, Judged.CONTEXT_RECALL: 1, Judged.FACTUAL_CORRECTNESS: 4}
_TASK, _SAID = 900, 300  # tokens of a task with its examples, and of what is said to it


def expense(metric: Judged, *, passages: int, passage_tokens: int, answer_tokens: int) -> Expense:
    """Reckon before a run what one judgement of it will take."""
    calls = passages if metric is Judged.CONTEXT_PRECISION else _ASKED[metric]
    reads = passages * passage_tokens if metric in {*_OF_PASSAGES, Judged.FAITHFULNESS} else 0
    return Expense(calls, Usage(calls * (_TASK + answer_tokens) + reads, calls * _SAID, estimated=True))
