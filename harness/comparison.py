"""Two recipes over the same seeds: by how much one is ahead, and how sure that is.

Runs with equal seeds share order and augmentation draws, so differences are taken seed by seed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from . import intervals
from .consistency import RunConsistency
from .intervals import Floats, Interval

Runs = Mapping[int, RunConsistency]
"""A recipe's runs, by seed."""

POWER: Final = 0.8
MOST_EFFECT: Final = 2.0
"""In standard deviations: beyond it a handful of runs is enough, and the solver strays."""
DENOMINATOR: Final = 10_000


@dataclass(frozen=True)
class Difference:
    """Mean difference over `pairs` of runs with equal seeds. None where undefined."""

    pairs: int
    mean: float | None
    interval: Interval | None
    p: float | None
    """Of the sign-flip permutation test, two-sided."""
    deviation: float | None
    """Standard deviation of the differences, with n - 1."""

    @property
    def least_p(self) -> float | None:
        """The smallest p that so many pairs can give."""
        return min(1.0, 2.0 ** (1 - self.pairs)) if self.pairs else None


@dataclass(frozen=True)
class Comparison:
    """How far a recipe is behind another: differences are the other's less its own.

    `superiority` is the probability that a further run of the other ends at a higher count than one
    of the recipe's, ties counting half; a diverged run ends below all.
    """

    hold: Difference
    final: Difference
    superiority: float | None
    superiority_interval: Interval | None


def compare(ahead: Runs, behind: Runs, confidence: float) -> Comparison:
    """`ahead` less `behind`: hold rates over all common seeds, final counts where both have one."""
    common = sorted(ahead.keys() & behind.keys())
    pairs = [(ahead[seed], behind[seed]) for seed in common]
    finals = [(a.final, b.final) for a, b in pairs if a.final is not None and b.final is not None]
    final = [a - b for a, b in finals]
    hold = [a.hold_rate - b.hold_rate for a, b in pairs]
    probability = superiority(_finals(ahead), _finals(behind))
    return Comparison(
        hold=_difference(hold, intervals.bounded_mean(hold, confidence, -1, 1)),
        final=_difference(final, intervals.mean(final, confidence)),
        superiority=probability,
        superiority_interval=None
        if probability is None
        else intervals.superiority(probability, len(ahead), len(behind), confidence),
    )


def _difference(values: Sequence[float], interval: Interval | None) -> Difference:
    return Difference(
        pairs=len(values),
        mean=float(np.mean(values)) if values else None,
        interval=interval,
        p=sign_flip(values),
        deviation=float(np.std(values, ddof=1)) if len(values) > 1 else None,
    )


def _finals(runs: Runs) -> Floats:
    return np.array([-math.inf if run.final is None else run.final for run in runs.values()])


def sign_flip(differences: Sequence[float]) -> float | None:
    """Exact two-sided p of the sign-flip permutation test for a mean of 0; None without values.

    The share of the 2^n choices of signs that give a sum at least as far from 0 as the one seen,
    from the distribution of that sum, which grows value by value.
    """
    if not len(differences):
        return None
    fractions = [Fraction(value).limit_denominator(DENOMINATOR) for value in differences]
    scale = math.lcm(*(value.denominator for value in fractions))
    steps = [int(value * scale) for value in fractions]
    chances = np.ones(1)  # of the sums -reach, -reach + 1, ... reach of the values so far
    for step in filter(None, map(abs, steps)):
        grown = np.zeros(len(chances) + 2 * step)
        grown[: len(chances)] += chances / 2
        grown[2 * step :] += chances / 2
        chances = grown
    sums = np.arange(len(chances)) - len(chances) // 2
    return float(chances[np.abs(sums) >= abs(sum(steps))].sum())


def superiority(ours: Floats, theirs: Floats) -> float | None:
    """Share of all pairs in which the value of ours is the higher; equal ones count half."""
    if not len(ours) or not len(theirs):
        return None
    higher = ours[:, None] > theirs[None, :]
    equal = ours[:, None] == theirs[None, :]
    return float((higher + 0.5 * equal).mean())


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
