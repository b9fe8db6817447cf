"""Intervals: how far a number from a few runs may lie from the one that it stands for.

All are two-sided at `confidence` unless they say otherwise, and None where the runs define none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

Floats = npt.NDArray[np.float64]

BET_CAP: Final = 0.75
"""The largest share of the capital that a bet can lose: `c` of Waudby-Smith and Ramdas."""
ROOT_TOLERANCE: Final = 1e-12


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, both included."""

    low: float
    high: float


def share(successes: int, runs: int, confidence: float) -> Interval | None:
    """Exact interval for a probability (Clopper and Pearson, Biometrika 26, 1934).

    Its coverage is at least `confidence`.
    """
    return _binomial(successes, runs, confidence, "two-sided")


def share_bounds(successes: int, runs: int, confidence: float) -> Interval | None:
    """Exact one-sided bounds for a probability: each holds at `confidence`, not both together."""
    least = _binomial(successes, runs, confidence, "greater")
    most = _binomial(successes, runs, confidence, "less")
    return Interval(least.low, most.high) if least and most else None


def _binomial(successes: int, runs: int, confidence: float, alternative: str) -> Interval | None:
    if not runs:
        return None
    test = stats.binomtest(successes, runs, alternative=alternative)
    low, high = test.proportion_ci(confidence, method="exact")
    return Interval(float(low), float(high))


def bounded_mean(
    values: Sequence[float] | Floats, confidence: float, low: float = 0.0, high: float = 1.0
) -> Interval | None:
    """Interval for the mean of values between `low` and `high`, in the order given.

    The hedged-capital confidence sequence of Waudby-Smith and Ramdas (arXiv 2010.09686, theorem 3):
    its coverage is at least `confidence` at every number of runs, also if one looks after each run
    and stops at will.
    """
    shares = (np.asarray(values, dtype=np.float64) - low) / (high - low)
    if not len(shares):
        return None
    least = _least_mean(shares, confidence)
    most = 1.0 - _least_mean(1.0 - shares, confidence)
    return Interval(low + least * (high - low), low + most * (high - low))


def _least_mean(shares: Floats, confidence: float) -> float:
    """The mean below which a bet that the mean is higher would have won 2 / alpha, or 0."""
    enough = math.log(2 / (1 - confidence))
    bets = _bets(shares, enough)

    def excess(mean: float) -> float:
        placed = np.minimum(bets, BET_CAP / mean) if mean else bets
        return float(np.log1p(placed * (shares - mean)).sum()) - enough

    return _root(excess, 0.0, 1.0) if excess(0.0) > 0 else 0.0


def _bets(shares: Floats, enough: float) -> Floats:
    """(n,): the size of each bet, from the values before it (equations 24 to 26 of the paper)."""
    number = np.arange(1, len(shares) + 1)
    means = (0.5 + shares.cumsum()) / (number + 1)
    variances = (0.25 + ((shares - means) ** 2).cumsum()) / (number + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    bets: Floats = np.sqrt(2 * enough / (before * number * np.log1p(number)))
    return bets


def mean(values: Sequence[float] | Floats, confidence: float) -> Interval | None:
    """Student's t interval for the mean; None for fewer than two values."""
    return _student(values, confidence, lambda n: 1 / n)


def one_further(values: Sequence[float] | Floats, confidence: float) -> Interval | None:
    """Prediction interval for one further value of a normal sample; None for fewer than two."""
    return _student(values, confidence, lambda n: 1 + 1 / n)


def _student(
    values: Sequence[float] | Floats, confidence: float, variance: Callable[[int], float]
) -> Interval | None:
    if len(values) < 2:
        return None
    centre, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
    quantile = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1))
    half = quantile * deviation * math.sqrt(variance(len(values)))
    return Interval(centre - half, centre + half)


def variance(observed: float, runs: int, confidence: float) -> Interval | None:
    """Interval for the variance of a normal sample from its observed variance (n - 1)."""
    if runs < 2:
        return None
    upper, lower = stats.chi2.ppf([(1 + confidence) / 2, (1 - confidence) / 2], runs - 1)
    return Interval(observed * (runs - 1) / upper, observed * (runs - 1) / lower)


def superiority(estimate: float, ours: int, theirs: int, confidence: float) -> Interval | None:
    """Interval for the probability that a value of one sample exceeds one of another.

    Method 5 of Newcombe (Statistics in Medicine 25, 2006, 559-573), with Student's quantile in the
    place of the normal one, for samples of a few runs. None unless both have two values.
    """
    if min(ours, theirs) < 2:
        return None
    more = (ours + theirs) / 2 - 1
    quantile = float(stats.t.ppf((1 + confidence) / 2, ours + theirs - 2))

    def excess(p: float) -> float:
        spread = p * (1 - p) * (1 + more * ((1 - p) / (2 - p) + p / (1 + p))) / (ours * theirs)
        return abs(estimate - p) - quantile * math.sqrt(spread)

    # At 0 and 1 themselves nothing is in excess: the root that is wanted lies further inside.
    low = _root(excess, 0.0, min(estimate, 1 - ROOT_TOLERANCE)) if excess(0.0) > 0 else 0.0
    high = _root(excess, max(estimate, ROOT_TOLERANCE), 1.0) if excess(1.0) > 0 else 1.0
    return Interval(low, high)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    found: Any = optimize.brentq(function, low, high, xtol=ROOT_TOLERANCE)
    return float(found)
