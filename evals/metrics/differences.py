"""Measuring: whether one of two is better, judged by the same cases asked of both; pure.

Whole cases are drawn again and again, each with all readers who asked it: they are alike, and count as one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from evals.metrics.estimates import between, blocks, generator

ALIKE = 1e-9  # numbers this near are the same


class Verdict(StrEnum):
    """What can be said of the second, beside the first."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"  # no case differs
    UNDECIDED = "undecided"  # what differs may be chance


@dataclass(frozen=True, slots=True)
class Pair:
    """One case as one reader asked it of both."""

    case: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric: the means over the same pairs, how far the second lies above the first, and how sure that is."""

    pairs: int
    cases: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    better: int  # pairs
    worse: int
    same: int
    verdict: Verdict


def differences(
    pairs: Mapping[str, Sequence[Pair]], seed: bytes, *, smaller_is_better: Collection[str] = ()
) -> dict[str, Difference]:
    """Compare by every metric that has pairs; all metrics are drawn with the same cases."""
    metrics = sorted(metric for metric, those in pairs.items() if those)
    cases = sorted({pair.case for metric in metrics for pair in pairs[metric]})
    if not cases:
        return {}
    place = {case: number for number, case in enumerate(cases)}
    sums, counts = np.zeros((2, len(cases), len(metrics)))
    for column, metric in enumerate(metrics):
        for pair in pairs[metric]:
            sums[place[pair.case], column] += pair.after - pair.before
            counts[place[pair.case], column] += 1
    drawn = _drawn(sums, counts, seed)
    return {
        metric: _difference(pairs[metric], drawn[:, column], -1 if metric in smaller_is_better else 1)
        for column, metric in enumerate(metrics)
    }


def change(before: float, after: float, *, smaller_is_better: bool = False) -> Verdict:
    """What one pair says."""
    if abs(after - before) <= ALIKE:
        return Verdict.SAME
    return Verdict.BETTER if (after < before) is smaller_is_better else Verdict.WORSE


def _drawn(sums: NDArray[np.float64], counts: NDArray[np.float64], seed: bytes) -> NDArray[np.float64]:
    """Mean differences of cases drawn anew: a row for each draw, a column for each metric."""
    chance, number = generator(seed), len(sums)
    found = []
    for part in blocks(number):
        picked = chance.integers(0, number, (part, number)) + number * np.arange(part)[:, None]
        often = np.bincount(picked.ravel(), minlength=part * number).reshape(part, number).astype(np.float64)
        of = often @ counts
        found.append(np.divide(often @ sums, of, out=np.full_like(of, np.nan), where=of > 0))
    return np.concatenate(found)


def _difference(pairs: Sequence[Pair], drawn: NDArray[np.float64], better: int) -> Difference:
    before, after = (np.array([getattr(pair, side) for pair in pairs]) for side in ("before", "after"))
    apart = (after - before) * better
    above, below = int((apart > ALIKE).sum()), int((apart < -ALIKE).sum())
    cases = len({pair.case for pair in pairs})
    low, high = between(drawn, cases) if above or below else (0.0, 0.0)
    return Difference(
        pairs=len(pairs),
        cases=cases,
        before=float(before.mean()),
        after=float(after.mean()),
        difference=float((after - before).mean()),
        low=low,
        high=high,
        better=above,
        worse=below,
        same=len(pairs) - above - below,
        verdict=_verdict(low, high, better) if above or below else Verdict.SAME,
    )


def _verdict(low: float, high: float, better: int) -> Verdict:
    if low <= ALIKE and high >= -ALIKE:
        return Verdict.UNDECIDED
    return Verdict.BETTER if (low > 0) is (better > 0) else Verdict.WORSE
