"""Many comparisons at once: p-values adjusted for their number, and the runs that a test needs."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from scipy import stats

POWER: Final = 0.8
FEWEST_PAIRS: Final = 5
"""From fewer pairs of runs, nothing is said about the number that a test needs."""
MOST_EFFECT: Final = 2.0
"""The largest effect considered, in standard deviations; beyond it a handful of runs is enough."""


def holm(ps: Sequence[float | None], unseen: int = 0) -> list[float | None]:
    """The p-values adjusted by Holm's method (Scandinavian Journal of Statistics 6, 1979, 65-70).

    None is left out and stays None. The family has `unseen` further p-values that were not
    computed; each is taken to be 1. The smallest of n is multiplied by n, the next by n - 1, and
    none falls below a smaller one. statsmodels' `multipletests` gives the same, but collects
    garbage at every call, which takes longer than all else.
    """
    known = sorted(p for p in ps if p is not None)
    family = len(known) + unseen
    multiplied = (min(1.0, p * (family - place)) for place, p in enumerate(known))
    adjusted = dict(zip(known, accumulate(multiplied, max), strict=True))
    return [None if p is None else adjusted[p] for p in ps]


def holm_against_leader(ps: Sequence[float | None], among: int) -> list[float | None]:
    """Adjusted p-values of comparisons with a leader, picked from `among` recipes by the same runs.

    The family is then all pairs of recipes, of which only the pairs with the leader are known. This
    controls the family-wise error whichever recipe leads.
    """
    return holm(ps, unseen=math.comb(among, 2) - len(ps))


def runs_for_power(
    deviation: float | None, difference: float, confidence: float, comparisons: int = 1
) -> int | None:
    """Pairs of runs that detect a mean of `difference` in bounded values, with about 80% power.

    Two numbers are combined, as the legs of a right triangle: what the paired t test needs, and
    what Gaffke's test needs if all differences are equal: then its p is at most alpha once
    (1 + difference)^n >= 2 / alpha. Alpha is what Holm's method gives the smallest p of this number
    of `comparisons`. `deviation` is that of `cautious_deviation`; None if it is unknown.
    """
    if deviation is None:
        return None
    alpha = (1 - confidence) / comparisons
    equal = math.log(2 / alpha) / math.log1p(difference)
    return math.ceil(math.hypot(equal, _runs_for_t_test(deviation, difference, alpha)))


def cautious_deviation(deviation: float | None, mean: float | None, pairs: int) -> float | None:
    """Standard deviation of the differences over these pairs and one more, in which it is 1.

    Few pairs tell little of how much they differ: rare failures are not among them, and studies of
    a size that is found without the further pair would be too small. None for fewer than
    `FEWEST_PAIRS`.
    """
    if deviation is None or mean is None or pairs < FEWEST_PAIRS:
        return None
    squares = (pairs - 1) * deviation**2 + (1 - mean) ** 2 * pairs / (pairs + 1)
    return math.sqrt(squares / pairs)


def _runs_for_t_test(deviation: float, difference: float, alpha: float) -> int:
    """Pairs with which the paired t test detects a mean of `difference` with 80% power."""
    effect = min(difference / deviation, MOST_EFFECT) if deviation else MOST_EFFECT
    runs = max(2, math.ceil(1 - math.log2(alpha)))
    below = runs - 1
    while _power(runs, effect, alpha) < POWER:
        below, runs = runs, 2 * runs
    return bisect_left(range(runs), POWER, below + 1, key=lambda n: _power(n, effect, alpha))


def runs_for_tie(deviation: float | None, margin: float, confidence: float) -> int | None:
    """Pairs of runs that show, with about 80% power, that an equal recipe is not `margin` behind.

    Those are as many as the t test needs to tell a mean of `margin` from 0 and, since the interval
    for bounded values is wider than Student's, as many as show it if all differences are 0: then
    the interval's upper end is 1 - (alpha / 2)^(1 / n). `deviation` is that of
    `cautious_deviation`; None if it is unknown.
    """
    if deviation is None:
        return None
    differing = _runs_for_t_test(deviation, margin, 1 - confidence) if deviation else 0
    agreeing = math.log((1 - confidence) / 2) / math.log1p(-margin)
    return differing + math.ceil(agreeing)


def _power(runs: int, effect: float, alpha: float) -> float:
    """Power of the two-sided paired t test to detect a mean of `effect` standard deviations.

    The chance of a significant mean of the wrong sign is left out: for a small alpha statsmodels'
    `TTestPower`, which includes it, returns NaN, and its solver is off by some runs.
    """
    limit = stats.t.isf(alpha / 2, runs - 1)
    return float(stats.nct.sf(limit, runs - 1, effect * math.sqrt(runs)))
