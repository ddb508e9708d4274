"""Measuring: what a sweep found, as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from evals.cases import Cases
from evals.metrics.estimates import Estimate
from evals.report import aligned
from evals.sweeping import Goal, Placed

_MARKS = "* the best; = by these questions it may be chance that the best is better"


def sweep_table(cases: Cases, found: Sequence[Placed], goal: Goal) -> str:
    """A line for each setup: the goal with its interval first, then the other numbers."""
    others = [one for one in Goal if one is not goal]
    head = ("", "tokens", "search", str(goal), "95 %", *others)
    rows = [_row(one, goal, others) for one in found]
    asked = len(cases.judged)
    return "\n".join(
        [
            f"{cases.name}: {len(cases.documents)} documents, {asked} questions that have an answer",
            "",
            *aligned([head, *rows]),
            "",
            _MARKS,
        ]
    )


def _row(one: Placed, goal: Goal, others: Sequence[Goal]) -> Sequence[str]:
    setup, found = one.trial.setup, one.trial.estimates
    mark = "*" if one.is_best else " " if one.behind else "="
    low_high = _between(found.get(goal))
    numbers = [_number(found.get(each)) for each in others]
    return (f"{mark} {setup.strategy}", str(setup.size), setup.way, _number(found.get(goal)), low_high, *numbers)


def _number(found: Estimate | None) -> str:
    return f"{found.value:.3f}" if found else "-"


def _between(found: Estimate | None) -> str:
    return f"{found.low:.3f}-{found.high:.3f}" if found else "-"
