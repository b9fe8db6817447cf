"""Intervals for mean and variance of normal counts, by how the number of runs was decided.

For a declared number of runs they are Student's and the chi-squared interval. If one may look after
every run, they hold the values against which an e-process has not grown to 1 / alpha. Both
e-processes are likelihood ratios, mixed over alternatives: for the mean, of Student's statistic
over effects that are normal around 0 (Wang and Ramdas, arXiv 2310.03722; Perez-Ortiz et al., arXiv
2208.07610); for the variance, of the sum of squares over precisions that are exponential around
the one tested.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from scipy import optimize, special

from ..base.array_types import Floats
from . import intervals
from .bounded import Method
from .intervals import ROOT_TOLERANCE, ROUNDING, Interval

EFFECTS: Final = 4.0
"""Variance of the effects that are bet on, as a multiple of the counts'; suits 5 to 200 runs."""


def normal_mean(
    counts: Sequence[float] | Floats,
    confidence: float,
    method: Method,
    least_deviation: float = ROUNDING,
) -> Interval | None:
    """Two-sided interval for the mean of counts or of their differences; None if unbounded.

    It is unbounded for fewer than two counts and, if one may look at will, for fewer than four (at
    95%). The standard deviation is taken to be at least `least_deviation`: by default that of
    rounding; pass 0 for numbers that are not counts: if all of these agree, there is no interval.
    """
    if method == "declared":
        return intervals.of_mean(counts, confidence, least_deviation)
    runs = len(counts)
    grown = 1 + EFFECTS * runs
    if runs < 2 or (ratio := (math.sqrt(grown) / (1 - confidence)) ** (2 / runs)) >= grown:
        return None
    squared = (runs - 1) * (ratio - 1) / (1 - ratio / grown)
    deviation = intervals.deviation_of(counts, least_deviation)
    if not deviation:
        return None
    centre, half = float(np.mean(counts)), math.sqrt(squared / runs) * deviation
    return Interval(centre - half, centre + half)


def normal_variance(
    observed: float, runs: int, confidence: float, method: Method
) -> Interval | None:
    """Two-sided interval for the variance of counts, from the observed variance (n - 1).

    For the upper end, the observed variance is taken to be at least that of rounding. None if the
    interval is unbounded: for fewer than two runs and, if one may look at will, for fewer than nine
    (at 95%).
    """
    if method == "declared" or runs < 2:
        return intervals.variance_interval(observed, runs, confidence)
    shape = 1 + (runs - 1) / 2

    def excess(half_squares: float) -> float:
        """The log e-process less the required evidence, for a sum of squares / 2 sigma^2."""
        grown = special.gammaln(shape) + half_squares - shape * math.log1p(half_squares)
        return float(grown) + math.log(1 - confidence)

    if excess(0.0) <= 0:
        return None
    least: Any = optimize.brentq(excess, 0.0, shape - 1, xtol=ROOT_TOLERANCE)
    beyond = 2 * shape + 10  # where the excess is rising again
    while excess(beyond) <= 0:
        beyond *= 2
    most: Any = optimize.brentq(excess, shape - 1, beyond, xtol=ROOT_TOLERANCE)
    half = (runs - 1) / 2
    return Interval(half * observed / float(most), half * max(observed, ROUNDING**2) / float(least))


def normal_further(
    counts: Sequence[float] | Floats,
    confidence: float,
    method: Method,
    least_deviation: float = ROUNDING,
) -> Interval | None:
    """Prediction interval for one further count; `least_deviation` is as in `normal_mean`.

    None if one may look at will, since no such interval would stay valid.
    """
    return (
        intervals.one_further(counts, confidence, least_deviation) if method == "declared" else None
    )
