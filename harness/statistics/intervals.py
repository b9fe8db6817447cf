"""Intervals: how far a number from a few runs may be from the true one.

All are two-sided at `confidence`, a probability such as 0.95, unless stated otherwise, and None if
they are not defined.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import optimize, stats

from ..base.array_types import Floats

ROUNDING: Final = 1 / math.sqrt(12)
"""Standard deviation of the error from rounding to a whole image."""
ROOT_TOLERANCE: Final = 1e-12
AGREEING: Final = 1e-12
"""Numbers differ by rounding alone if their range is at most this share of the largest."""


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, both included."""

    low: float
    high: float


def share_interval(successes: int, runs: int, confidence: float) -> Interval | None:
    """Exact interval for a probability (Clopper and Pearson, Biometrika 26, 1934).

    Its coverage is at least `confidence`; None without runs.
    """
    return _binomial(successes, runs, confidence, "two-sided")


def share_bounds(successes: int, runs: int, confidence: float) -> Interval | None:
    """Exact one-sided bounds for a probability, each valid at `confidence` on its own.

    They are Clopper and Pearson's; None without runs.
    """
    least = _binomial(successes, runs, confidence, "greater")
    most = _binomial(successes, runs, confidence, "less")
    return Interval(least.low, most.high) if least and most else None


def _binomial(successes: int, runs: int, confidence: float, alternative: str) -> Interval | None:
    if not runs:
        return None
    test = stats.binomtest(successes, runs, alternative=alternative)
    low, high = test.proportion_ci(confidence, method="exact")
    return Interval(float(low), float(high))


def of_mean(
    counts: Sequence[float] | Floats, confidence: float, least_deviation: float = ROUNDING
) -> Interval | None:
    """Student's t interval for the mean of counts or of their differences; None for fewer than two.

    The standard deviation is taken to be at least `least_deviation`, so that the interval has a
    width even if all counts agree. The default is that of rounding; pass 0 for numbers that are not
    counts: if all of these agree, their spread is unknown and there is no interval.
    """
    return _student(counts, confidence, lambda n: 1 / n, least_deviation)


def one_further(
    counts: Sequence[float] | Floats, confidence: float, least_deviation: float = ROUNDING
) -> Interval | None:
    """Student's t prediction interval for one further count from a normal sample.

    `least_deviation` is as in `of_mean`, and so is when there is no interval.
    """
    return _student(counts, confidence, lambda n: 1 + 1 / n, least_deviation)


def _student(
    counts: Sequence[float] | Floats,
    confidence: float,
    variance: Callable[[int], float],
    least_deviation: float,
) -> Interval | None:
    if len(counts) < 2:
        return None
    centre, deviation = float(np.mean(counts)), deviation_of(counts, least_deviation)
    if not deviation:
        return None
    quantile = float(stats.t.ppf((1 + confidence) / 2, len(counts) - 1))
    half = quantile * deviation * math.sqrt(variance(len(counts)))
    return Interval(centre - half, centre + half)


def deviation_of(counts: Sequence[float] | Floats, least: float) -> float:
    """The standard deviation (n - 1) of two or more counts, at least `least`; 0 if all agree.

    Numbers agree if they differ by no more than computing with them may have rounded.
    """
    return float(deviations_of(np.asarray(counts)[None, :], least)[0])


def deviations_of(counts: Floats, least: float) -> Floats:
    """(repetitions,): `deviation_of` each row of (repetitions, n) counts."""
    agree = np.ptp(counts, axis=1) <= AGREEING * np.max(np.abs(counts), axis=1)
    found: Floats = np.maximum(np.where(agree, 0.0, np.std(counts, axis=1, ddof=1)), least)
    return found


def variance_interval(observed: float, runs: int, confidence: float) -> Interval | None:
    """Chi-squared interval for the variance of normal counts from their observed variance (n - 1).

    For its upper end, the observed variance is taken to be at least that of rounding, so that the
    interval has a width even if all counts agree. None for fewer than two runs.
    """
    if runs < 2:
        return None
    upper, lower = stats.chi2.ppf([(1 + confidence) / 2, (1 - confidence) / 2], runs - 1)
    most = max(observed, ROUNDING**2)
    return Interval(observed * (runs - 1) / upper, most * (runs - 1) / lower)


def of_superiority(estimate: float, ours: int, theirs: int, confidence: float) -> Interval | None:
    """Interval for the probability that a value from one sample exceeds a value from another.

    Method 5 of Newcombe (Statistics in Medicine 25, 2006, 559-573), with Student's quantile instead
    of the normal one, since samples are small. `ours` and `theirs` are the sizes of the samples;
    None unless both are at least 2.
    """
    if min(ours, theirs) < 2:
        return None
    more = (ours + theirs) / 2 - 1
    quantile = float(stats.t.ppf((1 + confidence) / 2, ours + theirs - 2))

    def excess(p: float) -> float:
        spread = p * (1 - p) * (1 + more * ((1 - p) / (2 - p) + p / (1 + p))) / (ours * theirs)
        return abs(estimate - p) - quantile * math.sqrt(spread)

    # The excess may be 0 at 0 and 1 themselves; the root that is wanted lies further inside.
    low = _root(excess, 0.0, min(estimate, 1 - ROOT_TOLERANCE)) if excess(0.0) > 0 else 0.0
    high = _root(excess, max(estimate, ROOT_TOLERANCE), 1.0) if excess(1.0) > 0 else 1.0
    return Interval(low, high)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    found: Any = optimize.brentq(function, low, high, xtol=ROOT_TOLERANCE)
    return float(found)
