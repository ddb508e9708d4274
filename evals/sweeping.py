"""Measuring: ways to cut and to search, tried on one set, and which of them is best; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from evals.cases import Cases
from evals.hashing import hash_of
from evals.metrics.differences import Pair, Verdict, differences
from evals.metrics.estimates import Estimate, share
from evals.metrics.ranking import ndcg, recall, reciprocal_rank

_FORM = 1  # of what is kept of a trial; another one is not read


class Goal(StrEnum):
    """By what the best is chosen."""

    NDCG_10 = "ndcg@10"
    RECALL_5 = "recall@5"
    RECALL_10 = "recall@10"
    MRR_10 = "mrr@10"


@dataclass(frozen=True, slots=True)
class Setup:
    """How texts are cut and looked for."""

    strategy: str
    size: int
    overlap: int
    way: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A setup, and by goal what each question that has an answer was worth."""

    setup: Setup
    scores: Mapping[str, Mapping[str, float]]

    @property
    def estimates(self) -> Mapping[str, Estimate]:
        """The mean of each goal."""
        found = {goal: share([each[id_] for id_ in sorted(each)]) for goal, each in self.scores.items()}
        return {goal: one for goal, one in found.items() if one is not None}

    def written(self) -> dict[str, Any]:
        """What JSON can keep."""
        return asdict(self)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """What was kept."""
        return cls(Setup(**kept["setup"]), kept["scores"])


@dataclass(frozen=True, slots=True)
class Placed:
    """A trial beside the best one."""

    trial: Trial
    is_best: bool = False
    behind: bool = False  # surely: by these questions it is no chance that the best one is better


def tried(setup: Setup, cases: Cases, rankings: Mapping[str, Sequence[str]]) -> Trial:
    """Reckon what rankings of documents are worth, question by question; one without a ranking found nothing."""
    scores: dict[str, dict[str, float]] = {goal: {} for goal in Goal}
    for question, grades in cases.judged.items():
        ranking = rankings.get(question, ())
        scores[Goal.NDCG_10][question] = ndcg(ranking, grades)
        scores[Goal.RECALL_5][question] = recall(ranking, grades, 5)
        scores[Goal.RECALL_10][question] = recall(ranking, grades, 10)
        scores[Goal.MRR_10][question] = reciprocal_rank(ranking, grades)
    return Trial(setup, scores)


def placed(trials: Sequence[Trial], goal: Goal) -> list[Placed]:
    """Say of each whether it is the best, or surely behind it; of equals the first is the best."""
    if not trials:
        return []
    best = max(trials, key=lambda trial: _mean(trial, goal))
    return [Placed(trial, trial is best, trial is not best and _is_behind(trial, best, goal)) for trial in trials]


def trial_key(cases: Cases, setup: Setup) -> str:
    """A hash of all that a trial depends on but the platform itself."""
    said = {
        "form": _FORM,
        "setup": asdict(setup),
        "documents": [asdict(document) for document in cases.documents],
        "questions": [asdict(question) for question in cases.questions],
        "judged": {question: dict(grades) for question, grades in cases.judged.items()},
    }
    return hash_of(said)


def _mean(trial: Trial, goal: Goal) -> float:
    found = trial.estimates.get(goal)
    return found.value if found else 0.0


def _is_behind(trial: Trial, best: Trial, goal: Goal) -> bool:
    mine, theirs = trial.scores[goal], best.scores[goal]
    pairs = [Pair(question, theirs[question], mine[question]) for question in sorted(mine.keys() & theirs.keys())]
    found = differences({goal: pairs}, f"{trial.setup} {best.setup}".encode()).get(goal)
    return found is not None and found.verdict is Verdict.WORSE
