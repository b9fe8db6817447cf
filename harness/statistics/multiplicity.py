"""Many comparisons at once: p-values adjusted over their family, and the runs that a test needs."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from scipy import stats
from statsmodels.stats.multitest import multipletests

POWER: Final = 0.8
MOST_EFFECT: Final = 2.0
"""In standard deviations: beyond it a handful of runs is enough."""


def holm(ps: Sequence[float | None], unseen: int = 0) -> list[float | None]:
    """The p-values adjusted over their family by Holm's method; None stays out of it.

    `unseen` members of the family were not computed: each is taken to be 1.
    """
    known = [p for p in ps if p is not None]
    family = [*known, *(1.0 for _ in range(unseen))]
    adjusted = iter(multipletests(family, method="holm")[1].tolist() if known else [])
    return [None if p is None else next(adjusted) for p in ps]


def holm_against_leader(ps: Sequence[float | None]) -> list[float | None]:
    """Adjusted p-values of comparisons with the leader, which the same runs have singled out.

    The family is then all pairs of recipes, of which those of the leader are known. Keeps the
    family-wise error whoever leads.
    """
    others = len(ps)
    return holm(ps, unseen=others * (others - 1) // 2)


def runs_for_power(
    deviation: float | None, margin: float, confidence: float, comparisons: int = 1
) -> int | None:
    """Pairs of runs that find a difference of `margin` with 80% power, as one of `comparisons`.

    By the paired t test at the level that Holm leaves for the first of them, and at least as many
    as let the sign-flip test reach that level. None where the standard deviation of the differences
    is unknown, or 0.
    """
    if not deviation:
        return None
    level = (1 - confidence) / comparisons
    effect = min(margin / deviation, MOST_EFFECT)
    runs = max(2, math.ceil(1 - math.log2(level)))
    below = runs - 1
    while _power(runs, effect, level) < POWER:
        below, runs = runs, 2 * runs
    return bisect_left(range(runs), POWER, below + 1, key=lambda n: _power(n, effect, level))


def _power(runs: int, effect: float, level: float) -> float:
    """That of the two-sided paired t test to find a mean of `effect` standard deviations.

    Without the chance to find it on the wrong side, at which statsmodels' `TTestPower` fails for
    small levels: it gives no number there, and its solver strays by some runs.
    """
    limit = stats.t.isf(level / 2, runs - 1)
    return float(stats.nct.sf(limit, runs - 1, effect * math.sqrt(runs)))
