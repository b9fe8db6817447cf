"""Many comparisons at once: p-values adjusted over their family, and the runs that a test needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

POWER: Final = 0.8
MOST_EFFECT: Final = 2.0
"""In standard deviations: beyond it a handful of runs is enough, and the solver strays."""


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


def runs_for_power(deviation: float | None, margin: float, confidence: float) -> int | None:
    """Pairs of runs that find a difference of `margin` with 80% power, by the paired t test.

    None where the standard deviation of the differences is unknown, or 0.
    """
    if not deviation:
        return None
    effect = min(margin / deviation, MOST_EFFECT)
    needed = TTestPower().solve_power(effect, alpha=1 - confidence, power=POWER)
    return math.ceil(float(np.squeeze(needed)))
