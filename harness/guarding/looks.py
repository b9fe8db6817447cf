"""Comparing new runs with committed ones a few at a time, without raising more false alarms.

At a look, n new runs stand against R committed ones, with the drop over its standard error

    T = (committed mean - new mean) / (s * sqrt(1 / R + 1 / n)),

s being the pooled standard deviation. Over several looks, which share the committed runs and the
earlier new ones, one bound holds for all (Pocock, Biometrika 64, 1977, 191-199): for normal counts
the equicoordinate quantile of the joint Student's t distribution, here with the R - 1 degrees of
freedom that the committed runs alone give. Counts of early epochs are no normal ones (a few seeds
start badly): where there are committed runs enough, T is also resampled from them, and the wider
bound is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from scipy import optimize, stats

from ..statistics.intervals import Floats, Interval

POINTS: Final = 100_000
"""Of the numerical integration: its error is below 0.0001."""
TOLERANCE: Final = 1e-4
RESAMPLED: Final = 20_000
FEWEST_RESAMPLED: Final = 10
"""Committed runs; fewer say too little of their distribution."""
SEED: Final = 2


def looks(first: int, limit: int) -> tuple[int, ...]:
    """New runs a recipe at each look: `first`, then twice as many each time, last `limit`."""
    doubled = [first]
    while 2 * doubled[-1] < limit:
        doubled.append(2 * doubled[-1])
    return (*doubled, limit) if limit > first else (first,)


def drops(old: Floats, new: Floats, at: Sequence[int]) -> tuple[Floats, Floats]:
    """Drop of the mean and its standard error at each look, both (repetitions, looks).

    `old` is (repetitions, committed runs) and `new` (repetitions, new runs): the first so many
    of these are seen at a look.
    """
    runs = old.shape[1]
    squares = ((old - old.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    means, errors = [], []
    for number in at:
        seen = new[:, :number]
        mean = seen.mean(axis=1)
        own = ((seen - mean[:, None]) ** 2).sum(axis=1)
        variance = (squares + own) / (runs + number - 2)
        means.append(old.mean(axis=1) - mean)
        errors.append(np.sqrt(variance * (1 / runs + 1 / number)))
    return np.column_stack(means), np.column_stack(errors)


def drop(
    committed: Sequence[float], new: Sequence[float], least: float, most: float
) -> tuple[float, Interval]:
    """The drop of the mean, and its interval from `least` to `most` errors below and above it.

    Needs at least two committed counts and one new one.
    """
    old, seen = (np.array([counts], dtype=np.float64) for counts in (committed, new))
    means, errors = drops(old, seen, [len(new)])
    mean, error = float(means[0, 0]), float(errors[0, 0])
    return mean, Interval(mean - least * error, mean + most * error)


@cache
def bounds(
    committed: tuple[int, ...], at: tuple[int, ...], alarm: float, clear: float
) -> tuple[float, float]:
    """The bounds that T and -T exceed at any look with probability `alarm` and `clear` at most.

    `committed` are the R counts, at least 2; `at` the new runs at each look.
    """
    runs = len(committed)
    theory = bound(runs, at, alarm), bound(runs, at, clear)
    if runs < FEWEST_RESAMPLED or len(set(committed)) == 1:
        return theory
    generator = np.random.default_rng(SEED)
    old = generator.choice(committed, (RESAMPLED, runs)).astype(np.float64)
    new = generator.choice(committed, (RESAMPLED, at[-1])).astype(np.float64)
    means, errors = drops(old, new, at)
    ratios = means / np.where(errors > 0, errors, np.inf)
    seen = (
        float(np.quantile(ratios.max(axis=1), 1 - alarm)),
        float(np.quantile((-ratios).max(axis=1), 1 - clear)),
    )
    return max(theory[0], seen[0]), max(theory[1], seen[1])


@cache
def bound(committed: int, at: tuple[int, ...], alpha: float) -> float:
    """The bound for normal counts: T exceeds it at any of the looks with probability `alpha`."""
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
