"""Measuring: how well searches find what answers, and whether they know when nothing does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from evals.cases import Asked, Cases
from evals.metrics.abstention import Abstention, abstention
from evals.metrics.ranking import Quality, quality

_AT_ONCE = 4  # questions


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search has said to one question: documents, best first, and how sure it is."""

    documents: Sequence[str]
    best_score: float
    confidence: float


Ask = Callable[[str], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of searching on one set."""

    way: str
    quality: Quality
    by_kind: Mapping[str, Quality]
    by_score: Abstention | None  # None where every question has an answer, or none has
    by_confidence: Abstention | None


async def answers_to(cases: Cases, ask: Ask) -> dict[str, Answer]:
    """Put every question to a search."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(asked: Asked) -> Answer:
        async with turns:
            return await ask(asked.text)

    async with asyncio.TaskGroup() as group:
        tasks = {asked.id: group.create_task(one(asked)) for asked in cases.questions}
    return {id_: task.result() for id_, task in tasks.items()}


async def measure(cases: Cases, way: str, ask: Ask) -> Measured:
    """Reckon how good a search is."""
    answers = await answers_to(cases, ask)
    rankings = {id_: answer.documents for id_, answer in answers.items()}
    kinds = dict.fromkeys(asked.kind for asked in cases.questions if asked.kind and cases.judged.get(asked.id))
    return Measured(
        way,
        quality(rankings, cases.judged),
        {kind: quality(rankings, _of_kind(cases, kind)) for kind in kinds},
        _told_apart(cases, {id_: answer.best_score for id_, answer in answers.items()}),
        _told_apart(cases, {id_: answer.confidence for id_, answer in answers.items()}),
    )


def _of_kind(cases: Cases, kind: str) -> dict[str, Mapping[str, int]]:
    return {asked.id: cases.judged[asked.id] for asked in cases.questions if asked.kind == kind}


def _told_apart(cases: Cases, said: Mapping[str, float]) -> Abstention | None:
    without = [said[asked.id] for asked in cases.unanswerable]
    having = [said[asked.id] for asked in cases.questions if cases.judged.get(asked.id)]
    return abstention(having, without) if having and without else None
