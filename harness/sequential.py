"""Comparing new runs with committed ones a few at a time, without raising more false alarms.

At a look, n new runs stand against R committed ones. Were nothing changed, the drop of the mean
count over its standard error, with the standard deviation of the committed runs,

    T = (committed mean - new mean) / (s * sqrt(1 / R + 1 / n)),

has Student's t distribution with R - 1 degrees of freedom, that of a prediction for the mean of n
further runs (Hahn, J. Am. Stat. Assoc. 65, 1970, 1668-1676). Over several looks these are jointly
t, correlated by the runs that they share, and one bound for all looks (Pocock, Biometrika 64, 1977,
191-199) is the equicoordinate quantile of that distribution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from statistics import fmean, stdev
from typing import Final

import numpy as np
from scipy import optimize, stats

from .intervals import Floats, Interval

POINTS: Final = 100_000
"""Of the numerical integration: its error is below 0.0001."""
SEED: Final = 1
TOLERANCE: Final = 1e-4


def looks(first: int, limit: int) -> tuple[int, ...]:
    """New runs a recipe at each look: `first`, then twice as many each time, last `limit`."""
    doubled = [first]
    while 2 * doubled[-1] < limit:
        doubled.append(2 * doubled[-1])
    return (*doubled, limit) if limit > first else (first,)


@cache
def bound(committed: int, at: tuple[int, ...], alpha: float) -> float:
    """The bound that T exceeds at any of the looks with probability `alpha`.

    `committed` is the number R of committed runs, at least 2; `at` the new runs at each look.
    """
    freedom = committed - 1
    low, high = (float(stats.t.ppf(1 - alpha / share, freedom)) for share in (1, len(at)))
    if len(at) == 1:
        return low
    correlation = _correlation(committed, at)

    def excess(limit: float) -> float:
        below = stats.multivariate_t.cdf(
            np.full(len(at), limit),
            shape=correlation,
            df=freedom,
            maxpts=POINTS,
            random_state=np.random.default_rng(SEED),
        )
        return float(1 - below - alpha)

    found = optimize.brentq(excess, low, high, xtol=TOLERANCE) if excess(high) < 0 else high
    return float(found)


def _correlation(committed: int, at: tuple[int, ...]) -> Floats:
    """(looks, looks): that of the drops, which share the committed runs and the earlier new ones.

    The covariance of two drops is 1 / R + 1 / (the more runs of the two looks), in s squared.
    """
    covariance = 1 / committed + 1 / np.maximum.outer(at, at)
    deviation = np.sqrt(np.diag(covariance))
    correlation: Floats = covariance / np.outer(deviation, deviation)
    return correlation


def drop(
    committed: Sequence[float], new: Sequence[float], least: float, most: float
) -> tuple[float, Interval]:
    """The drop of the mean, and its interval from `least` to `most` bounds below and above it.

    Needs at least two committed counts and one new one.
    """
    mean = fmean(committed) - fmean(new)
    error = stdev(committed) * math.sqrt(1 / len(committed) + 1 / len(new))
    return mean, Interval(mean - least * error, mean + most * error)
