"""Measuring, runs: a run in numbers, by reader and metric, each with how many answers it is of and how sure it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from evals.metrics.estimates import Estimate, mean, quantile, share
from evals.runs.showing import Viewing
from evals.values import Stage

_QUANTITIES = ("latency_ms", "tokens", "cost", "leaks")  # which are no shares of anything
EVERYBODY = ""


@dataclass(slots=True)
class Gathered:
    """All numbers of one reader's answers, or everybody's."""

    seen: int = 0
    answers: int = 0
    failed: int = 0
    leaked: int = 0
    refused: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)
    values: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    judged: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Metric:
    """One number; None of what could be said of no answer."""

    name: str
    judged: bool
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Summary:
    """What one reader's answers, or everybody's, are worth together."""

    reader_id: str | None
    gathered: Gathered
    metrics: Sequence[Metric]


async def gather(viewing: Viewing) -> Mapping[str, Gathered]:
    """The numbers of all answers that their viewer may see, by reader, and of everybody's under no name."""
    found: dict[str, Gathered] = defaultdict(Gathered)
    async for some in viewing.visible():
        for row, scores in some:
            for whose in (EVERYBODY, row.reader_id):
                _add(found[whose], row, scores)
    return found


def summaries(gathered: Mapping[str, Gathered], seed: str) -> list[Summary]:
    """Reckon what that comes to, everybody's first; of many numbers, so not on a loop that others wait for."""
    order = sorted(gathered, key=lambda whose: (whose != EVERYBODY, whose))
    return [Summary(whose or None, gathered[whose], _metrics(gathered[whose], seed)) for whose in order]


def _add(to: Gathered, row: Any, scores: Sequence[Any]) -> None:
    to.seen += 1
    to.answers += row.stage != Stage.QUEUED
    to.failed += row.stage == Stage.FAILED
    to.leaked += row.leaked
    to.refused += row.refused
    took = row.input_tokens + row.output_tokens + row.judge_tokens
    to.tokens += took
    to.cost += row.cost
    if row.latency_ms is not None:
        to.values["latency_ms"].append(float(row.latency_ms))
        to.values["tokens"].append(float(took))
        to.values["cost"].append(float(row.cost))
    for score in scores:
        if score.value is not None:
            to.values[score.metric].append(score.value)
            to.judged |= {score.metric} if score.judged else set()


def _metrics(gathered: Gathered, seed: str) -> list[Metric]:
    found: list[Metric] = []
    for name in sorted(gathered.values):
        values, salt = gathered.values[name], f"{seed}:{name}".encode()
        estimates = {name: mean(values, salt) if name in _QUANTITIES else share(values)}
        if name == "latency_ms":
            estimates = {"p50_ms": quantile(values, 0.5, salt), "p95_ms": quantile(values, 0.95, salt)}
        found += [Metric(one, name in gathered.judged, said) for one, said in estimates.items() if said is not None]
    return found
