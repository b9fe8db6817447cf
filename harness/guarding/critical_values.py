"""The one value that the drop divided by its standard error may exceed by chance at several looks.

The drops at the looks, the last one first, are points of a Brownian motion at times 1 / R + 1 / n
(their covariance, in units of s squared, is 1 / R + 1 / the new runs at the later look), so the
chance that none exceeds a limit comes from one integral after another (Armitage, McPherson and
Rowe, Journal of the Royal Statistical Society A 132, 1969, 235-244), and that for an estimated
deviation s from one more, over s. The result is the equicoordinate quantile of the joint Student's
t distribution, with a relative error below 0.00001 if alpha is at least 0.0001; for a smaller alpha
it may be larger than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, pi, sqrt
from typing import Final

import numpy as np
from numpy.polynomial import Chebyshev, legendre
from scipy import optimize, special, stats

from ..base.array_types import Floats

FAR: Final = 7.0
"""Standard deviations beyond which nothing is counted: 1e-12 on each side."""
DEGREE: Final = 32
"""Of the polynomial in the limit."""
LEAST_POINTS: Final = 48
POINTS_PER_STEP: Final = 1.2
"""Integration points for each standard deviation of the narrowest step of the Brownian motion."""
DEVIATION_POINTS: Final = 64
OUTSIDE: Final = 1e-10
"""Probability of a smaller deviation than those that are counted, with which T always exceeds the
value; and of a larger one, with which it never does."""


@dataclass(frozen=True)
class CriticalValues:
    """The upper ones: `alarm` of T with the imaginary run, `clear` of -T without it (`looks`)."""

    alarm: float
    clear: float


def critical_values(
    committed: int, at: tuple[int, ...], alarm: float, clear: float
) -> CriticalValues:
    """What T and -T exceed at any look with probability at most `alarm` and `clear`.

    `committed` is the number R of committed runs, at least 2; `at` the new runs at each look.
    """
    return CriticalValues(
        critical_value(committed + 1, at, alarm), critical_value(committed, at, clear)
    )


@cache
def critical_value(committed: int, at: tuple[int, ...], alpha: float) -> float:
    """What T exceeds at any of the looks with probability `alpha`, for normal counts."""
    freedom = committed - 1
    low, high = (float(stats.t.isf(alpha / share, freedom)) for share in (1, len(at)))
    if len(at) == 1:
        return low
    below = _chance_below(committed, at)
    deviation = stats.chi(freedom, scale=1 / sqrt(freedom))
    least, most = deviation.ppf([OUTSIDE, 1 - OUTSIDE])

    def excess(critical: float) -> float:
        largest = max(least, min(most, FAR / critical))
        deviations, weights = _nodes(least, largest, DEVIATION_POINTS)
        exceeding = 1 - below(critical * deviations)
        return OUTSIDE + float((weights * deviation.pdf(deviations)) @ exceeding) - alpha

    if excess(high) < 0 < excess(low):
        return float(optimize.brentq(excess, low, high))
    return high  # Bonferroni's, for an alpha next to nothing


@cache
def _chance_below(committed: int, at: tuple[int, ...]) -> Chebyshev:
    """The chance that no drop exceeds a limit from 0 to `FAR`, in its known standard errors."""
    times = [1 / committed + 1 / number for number in sorted(at, reverse=True)]
    sizes = _sizes(times)

    def chances(limits: Floats) -> Floats:
        return np.array([_below(float(limit), times, sizes) for limit in limits])

    return Chebyshev.interpolate(chances, DEGREE, domain=[0, FAR])


def _sizes(times: Sequence[float]) -> list[int]:
    """Integration points at each time but the first: enough for the steps to it and from it.

    That from the first time needs no integral.
    """
    steps = [inf, *np.sqrt(np.diff(times[1:])), inf]
    return [
        LEAST_POINTS + int(POINTS_PER_STEP * 2 * FAR * sqrt(time) / min(before, after))
        for time, before, after in zip(times[1:], steps[:-1], steps[1:], strict=True)
    ]


def _below(limit: float, times: Sequence[float], sizes: Sequence[int]) -> float:
    """The chance that a Brownian motion is below `limit` standard deviations at all the times.

    `density` is that of being at a place now and below the limit at all earlier times. At the
    second time it is known: from a place there, the first one is normal (a Brownian bridge).
    """
    first, second = times[:2]
    places, weights = _nodes(-FAR * sqrt(second), limit * sqrt(second), sizes[0])
    bridge = sqrt(first * (second - first) / second)
    density = _normal(places, sqrt(second)) * special.ndtr(
        (limit * sqrt(first) - places * first / second) / bridge
    )
    for before, now, size in zip(times[1:-1], times[2:], sizes[1:], strict=True):
        reached, further = _nodes(-FAR * sqrt(now), limit * sqrt(now), size)
        steps = _normal(reached[:, None] - places, sqrt(now - before))
        places, weights, density = reached, further, steps @ (weights * density)
    return float(weights @ density)


def _normal(value: Floats, deviation: float) -> Floats:
    density: Floats = np.exp(-((value / deviation) ** 2) / 2) / (deviation * sqrt(2 * pi))
    return density


def _nodes(low: float, high: float, number: int) -> tuple[Floats, Floats]:
    """Places and weights of the Gauss-Legendre integral from `low` to `high`."""
    places, weights = _gauss(number)
    half = (high - low) / 2
    return low + half * (places + 1), half * weights


@cache
def _gauss(number: int) -> tuple[Floats, Floats]:
    return legendre.leggauss(number)
