"""Whether new runs are equivalent to old ones, if the same bits cannot be expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from ..base.array_types import Floats
from . import intervals
from .intervals import ROUNDING, Interval
from .multiplicity import POWER

TEST_CONFIDENCE: Final = 0.90
"""Two one-sided tests at 5% are the same as the 90% interval lying within the margin (Schuirmann,
J. Pharmacokin. 15, 1987)."""
SIMULATED: Final = 4_000
SEED: Final = 3
MOST_PAIRS: Final = 500


@dataclass(frozen=True)
class Equivalence:
    """Differences of final counts, new minus old, seed by seed, and the margin in images."""

    pairs: int
    mean: float | None
    interval: Interval | None
    """The 90% interval of the mean; None for fewer than two pairs, or if all of them differ by the
    same and are not counts."""
    margin: float

    @property
    def is_shown(self) -> bool:
        """Whether the interval of the mean difference lies within the margin on both sides."""
        found = self.interval
        return found is not None and -self.margin < found.low <= found.high < self.margin


def equivalence(
    differences: Sequence[float], margin: float, least_deviation: float = ROUNDING
) -> Equivalence:
    """The equivalence test on the differences of one recipe, or of all recipes together.

    `differences` and `margin` are in images; `least_deviation` is the smallest standard deviation
    to assume.
    """
    return Equivalence(
        pairs=len(differences),
        mean=sum(differences) / len(differences) if differences else None,
        interval=intervals.of_mean(differences, TEST_CONFIDENCE, least_deviation),
        margin=margin,
    )


def chance_of_equivalence(
    recipes: Sequence[Sequence[float]],
    pairs: int,
    margin: float,
    confidence: float,
    least_deviation: float = ROUNDING,
) -> float:
    """The probability that `pairs` runs of each recipe show equivalence if nothing has changed.

    `recipes` holds the committed final counts of each recipe, at least two of each, and not all
    equal if `least_deviation` is 0 (see `equivalence`). Both runs of a
    simulated pair are drawn from these counts, as other bits of the same distribution would be. As
    `Verification` requires, each recipe and all together must be equivalent, and each new run must
    be plausible.
    """
    generator, looked_at = np.random.default_rng(SEED), pairs * len(recipes)
    shown = np.ones(SIMULATED, dtype=bool)
    differences = []
    for counts in recipes:
        old, new = (generator.choice(counts, (SIMULATED, pairs)) for _ in range(2))
        inside = plausible(counts, looked_at, confidence, least_deviation)
        assert inside is not None
        shown &= ((new >= inside.low) & (new <= inside.high)).all(axis=1)
        differences.append((new - old).astype(np.float64))
        shown &= _equivalent(differences[-1], margin, least_deviation)
    return float((shown & _equivalent(np.hstack(differences), margin, least_deviation)).mean())


def pairs_for_equivalence(
    recipes: Sequence[Sequence[float]],
    margin: float,
    confidence: float,
    least_deviation: float = ROUNDING,
) -> int | None:
    """Pairs per recipe that show equivalence in 80% of cases; None if MOST_PAIRS are too few."""
    pairs = 2
    while chance_of_equivalence(recipes, pairs, margin, confidence, least_deviation) < POWER:
        pairs += max(1, pairs // 10)
        if pairs > MOST_PAIRS:
            return None
    return pairs


def _equivalent(
    differences: Floats, margin: float, least_deviation: float
) -> npt.NDArray[np.bool_]:
    """(repetitions,): `Equivalence.is_shown` of (repetitions, pairs) differences."""
    pairs = differences.shape[1]
    if pairs < 2:
        return np.zeros(len(differences), dtype=bool)
    deviation = intervals.deviations_of(differences, least_deviation)
    half = stats.t.ppf((1 + TEST_CONFIDENCE) / 2, pairs - 1) * deviation / np.sqrt(pairs)
    within: npt.NDArray[np.bool_] = np.abs(differences.mean(axis=1)) + half < margin
    return within & (deviation > 0)


def plausible(
    counts: Sequence[float], runs: int, confidence: float, least_deviation: float = ROUNDING
) -> Interval | None:
    """The prediction interval for each of `runs` further runs, adjusted for their number.

    Bonferroni: each at 1 - (1 - confidence) / runs, so that all lie inside with probability
    `confidence`. `counts` are the final counts of a recipe's runs; None for fewer than two, or if
    all agree and `least_deviation` is 0.
    """
    return intervals.one_further(counts, 1 - (1 - confidence) / max(runs, 1), least_deviation)
