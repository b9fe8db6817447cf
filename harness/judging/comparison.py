"""Two recipes over the same seeds: by how much one is ahead, and how certain that is.

Runs with equal seeds share data order and augmentation draws, so differences are taken seed by
seed. If the number of seeds was declared and has been reached, intervals and p-values are those for
a fixed number of pairs; otherwise they are valid whenever one looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..base.array_types import Floats
from ..statistics import intervals
from ..statistics.bounded import Method, bounded_mean, no_difference_p
from ..statistics.eprocess import least_anytime_p
from ..statistics.intervals import Interval
from ..statistics.normal import normal_mean
from ..statistics.permutation import sign_flip, sign_flip_of_reals, superiority
from .consistency import RunConsistency
from .evidence import Evidence

RunsBySeed = Mapping[int, RunConsistency]
"""A recipe's runs by seed, in order of training."""


@dataclass(frozen=True)
class Difference:
    """The mean difference over pairs of runs with equal seeds. Fields are None if undefined."""

    pairs: int
    mean: float | None
    interval: Interval | None
    method: Method
    p: float | None
    """Two-sided. If the number of pairs was declared, that of the interval for hold rates, and of
    the sign-flip permutation test for final counts; otherwise from e-processes for hold rates, and
    None for final counts."""
    deviation: float | None
    """Standard deviation of the differences (n - 1)."""

    @property
    def least_p(self) -> float | None:
        """The smallest p that this number of pairs can give; None without pairs."""
        if self.method == "anytime":
            return least_anytime_p(self.pairs)
        return min(1.0, 2.0 ** (1 - self.pairs)) if self.pairs else None


@dataclass(frozen=True)
class Comparison:
    """How far a recipe is behind another: differences are the other's values minus its own.

    `superiority` is the probability that a further run of the other recipe ends at a higher count
    than one of this recipe's, with ties counting half and diverged runs below all others. It is
    estimated from all runs of both or, if one may look at will, from those with equal seeds.
    """

    hold: Difference
    final: Difference
    superiority: float | None
    superiority_interval: Interval | None


def compare_recipes(evidence: Evidence, ahead: str, behind: str) -> Comparison:
    """`ahead` minus `behind`, two recipes of the study, over the seeds that both have."""
    return compare(
        evidence.judged(ahead),
        evidence.judged(behind),
        evidence.study.criterion.confidence,
        evidence.method(len(evidence.judged(ahead).keys() & evidence.judged(behind).keys())),
        counted=evidence.total is not None,
    )


def compare(
    ahead: RunsBySeed,
    behind: RunsBySeed,
    confidence: float,
    method: Method,
    *,
    counted: bool = True,
) -> Comparison:
    """`ahead` minus `behind`: hold rates on all common seeds, final counts if both runs have one.

    `counted` says whether final values are counts, whose rounding intervals take into account.
    """
    common = _common(ahead, behind)
    pairs = [(ahead[seed], behind[seed]) for seed in common]
    finals = [(a.final, b.final) for a, b in pairs if a.final is not None and b.final is not None]
    estimate = _paired_superiority if method == "anytime" else _superiority
    probability, interval = estimate(ahead, behind, confidence)
    return Comparison(
        hold=_hold_difference([a.hold_rate - b.hold_rate for a, b in pairs], confidence, method),
        final=_final_difference([a - b for a, b in finals], confidence, method, counted=counted),
        superiority=probability,
        superiority_interval=interval,
    )


def _hold_difference(values: Sequence[float], confidence: float, method: Method) -> Difference:
    p = no_difference_p(values, method)
    interval = bounded_mean(values, confidence, method, -1, 1)
    return Difference(len(values), _mean(values), interval, method, p, _deviation(values))


def _final_difference(
    values: Sequence[float], confidence: float, method: Method, *, counted: bool
) -> Difference:
    test = sign_flip if counted else sign_flip_of_reals
    p = test(values) if method == "declared" else None
    interval = normal_mean(values, confidence, method, intervals.ROUNDING if counted else 0.0)
    return Difference(len(values), _mean(values), interval, method, p, _deviation(values))


def _common(ahead: RunsBySeed, behind: RunsBySeed) -> list[int]:
    """Seeds that both have, in order of training: intervals for any number of runs depend on it."""
    return [seed for seed in ahead if seed in behind]


Estimate = tuple[float | None, Interval | None]


def _superiority(ahead: RunsBySeed, behind: RunsBySeed, confidence: float) -> Estimate:
    probability = superiority(_finals(ahead), _finals(behind))
    if probability is None:
        return None, None
    return probability, intervals.of_superiority(probability, len(ahead), len(behind), confidence)


def _paired_superiority(ahead: RunsBySeed, behind: RunsBySeed, confidence: float) -> Estimate:
    """Superiority from pairs of equal seeds, as a mean of bounded values, valid at any time."""
    common = _common(ahead, behind)
    ours, theirs = (_finals({seed: runs[seed] for seed in common}) for runs in (ahead, behind))
    scores = (ours > theirs) + 0.5 * (ours == theirs)
    return _mean(scores), bounded_mean(scores, confidence, "anytime")


def _mean(values: Sequence[float] | Floats) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _deviation(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def _finals(runs: RunsBySeed) -> Floats:
    return np.array([run.merit for run in runs.values()])
