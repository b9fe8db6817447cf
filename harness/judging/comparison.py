"""Two recipes over the same seeds: by how much one is ahead, and how sure that is.

Runs with equal seeds share order and augmentation draws, so differences are taken seed by seed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..statistics import intervals
from ..statistics.intervals import Floats, Interval
from ..statistics.permutation import sign_flip, superiority
from .consistency import RunConsistency

Runs = Mapping[int, RunConsistency]
"""A recipe's runs, by seed."""


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
