"""Measuring: what numbers of a few cases say of all there might be: means, quantiles and their 95 % intervals; pure."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054  # of a normal distribution: 95 % lie this near
_DRAWS, _LEAST_DRAWS = 10_000, 1_000
_MOST_DRAWN, _AT_ONCE = 5_000_000, 250_000  # numbers in all, and in memory


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number reckoned from so many, and between what it lies with 95 % confidence."""

    n: int
    value: float
    low: float
    high: float


def share(values: Sequence[float]) -> Estimate | None:
    """The mean of scores from 0 to 1, by Wilson's interval.

    Scores that are not all 0 or 1 count as so many yes-or-no answers as would scatter like them, and Student's
    quantile stands for the normal one. However alike a few scores are, the interval never says that all others will be
    like them: one more that is as unlike as can be is reckoned with.
    """
    if not values:
        return None
    scores = np.asarray(values, dtype=np.float64)
    n, mean = len(scores), float(scores.mean())
    widest = mean * (1 - mean)
    if n == 1 or widest <= 0 or bool(np.all((scores == 0) | (scores == 1))):
        return _wilson(n, mean, n, Z)
    scatter = (float(((scores - mean) ** 2).sum()) + widest) / n
    return _wilson(n, mean, n * widest / scatter, _student(n - 1))


def mean(values: Sequence[float], seed: bytes) -> Estimate | None:
    """The mean of any quantities, by drawing them again and again."""
    return _redrawn(values, seed, 0.5, by_mean=True)


def quantile(values: Sequence[float], q: float, seed: bytes) -> Estimate | None:
    """A quantile of any quantities, by drawing them again and again."""
    return _redrawn(values, seed, q, by_mean=False)


def generator(seed: bytes) -> np.random.Generator:
    """Chance that is the same for the same seed, on every machine."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(seed).digest())))


def draws(count: int) -> int:
    """How often to draw so many anew: fewer times where they are many, and scatter less."""
    return max(_LEAST_DRAWS, min(_DRAWS, _MOST_DRAWN // max(count, 1)))


def blocks(count: int) -> Sequence[int]:
    """The draws, in such parts as fit into little memory."""
    left, part = draws(count), max(1, _AT_ONCE // max(count, 1))
    return [*[part] * (left // part), *([left % part] if left % part else [])]


def between(drawn: NDArray[np.float64], count: int) -> tuple[float, float]:
    """Where the truth lies with 95 % confidence, by means of so many drawn anew; what came to nothing is left out.

    Means of few scatter less than the truth is unsure: the quantiles are moved outwards as Hesterberg (2014) does it.
    """
    outwards = _student(count - 1) * math.sqrt(count / (count - 1)) if count > 1 else math.inf
    below = (1 + math.erf(-outwards / math.sqrt(2))) / 2
    low, high = np.nanquantile(drawn, [below, 1 - below])
    return float(low), float(high)


def _wilson(n: int, mean: float, counted: float, z: float) -> Estimate:
    weight = z * z / counted
    middle = (mean + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(mean * (1 - mean) / counted + weight / (4 * counted))
    low = 0.0 if mean <= 0 else max(0.0, middle - half)
    high = 1.0 if mean >= 1 else min(1.0, middle + half)
    return Estimate(n, mean, low, high)


def _student(freedom: int) -> float:
    """Student's quantile of 97.5 %: known for the first, and by the series of Cornish and Fisher."""
    if freedom < 3:
        return (12.706204736432095, 4.302652729911275)[freedom - 1]
    first = (Z**3 + Z) / 4
    second = (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96
    third = (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384
    return float(Z + first / freedom + second / freedom**2 + third / freedom**3)


def _redrawn(values: Sequence[float], seed: bytes, q: float, *, by_mean: bool) -> Estimate | None:
    if not values:
        return None
    given = np.sort(np.asarray(values, dtype=np.float64))
    measure = partial(np.mean, axis=-1) if by_mean else partial(np.quantile, q=q, axis=-1)
    chance = generator(seed)
    drawn = [measure(given[chance.integers(0, len(given), (part, len(given)))]) for part in blocks(len(given))]
    return Estimate(len(given), float(measure(given)), *between(np.concatenate(drawn), len(given)))
