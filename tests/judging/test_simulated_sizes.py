"""Simulated studies of the size that a report prints: how often they find what they are to find.

Each test prints its figures with their Monte Carlo standard errors (`pytest -s`).
"""

import math

import numpy as np
import pytest
from reprobench.harness.statistics.bounded import bounded_mean, no_difference_p
from reprobench.harness.statistics.multiplicity import (
    cautious_deviation,
    runs_for_power,
    runs_for_tie,
)
from scipy import stats
from simulated import ALPHA, MARGIN, error

pytestmark = pytest.mark.slow

TIES = {
    "few differ": ([0, 0.2, -0.2], [0.8, 0.1, 0.1]),
    "many differ": ([0, 0.4, -0.4], [0.6, 0.2, 0.2]),
    "all or nothing": ([0, 1, -1], [0.9, 0.05, 0.05]),
    "seldom far behind": ([0, 1, -0.25], [0.8, 0.04, 0.16]),
    "seldom far ahead": ([0, -1, 0.25], [0.8, 0.04, 0.16]),
}


@pytest.mark.parametrize("name", TIES)
def test_the_printed_number_of_seeds_finds_a_tie(name: str) -> None:
    """About as often as said, for a recipe as good as the leader: differences with a mean of 0."""
    studies, generator = 400, np.random.default_rng([4, len(name)])
    values, chances = map(np.array, TIES[name])
    runs = runs_for_tie(math.sqrt(float(chances @ values**2)), MARGIN, 1 - ALPHA)
    assert runs
    drawn = generator.choice(values, (studies, runs), p=chances)
    found = [bounded_mean(own, 1 - ALPHA, "declared", -1, 1) for own in drawn]
    share = float(np.mean([interval.high < MARGIN for interval in found if interval]))
    print(f"{name}, n={runs}: {share:.4f} ± {error(share, studies):.4f} of {studies}")
    assert share >= 0.7


DEFICITS = {
    "independent epochs": (
        np.linspace(-1, 1, 11),
        np.convolve(stats.binom.pmf(range(6), 5, 0.75), stats.binom.pmf(range(5, -1, -1), 5, 0.65)),
    ),
    "few differ": ([0, 0.2, 0.4], [0.65, 0.2, 0.15]),
    "seldom all": ([0, 1], [0.9, 0.1]),
    "all or nothing": ([0, 1, -1], [0.7, 0.2, 0.1]),
    "always": ([0.1], [1]),
    "the leader seldom fails": ([0.2, -1], [11 / 12, 1 / 12]),
    "the leader very seldom fails": ([0.15, -1], [1.1 / 1.15, 0.05 / 1.15]),
}
"""Differences with a mean of the margin."""


@pytest.mark.parametrize("seen", [5, 10, 20, 40])
@pytest.mark.parametrize("recipes", [2, 4, 24])
@pytest.mark.parametrize("name", DEFICITS)
def test_the_printed_number_of_seeds_finds_the_margin(name: str, recipes: int, seen: int) -> None:
    """For a recipe that is behind the leader by the tie margin, at Holm's alpha for the first.

    The number is found from as many pairs as were seen, and a study of that size has new ones.
    """
    studies, generator = 200, np.random.default_rng([3, recipes, seen, len(name)])
    values, chances = map(np.array, DEFICITS[name])
    assert float(values @ chances) == pytest.approx(MARGIN)
    pairs, sizes, found = math.comb(recipes, 2), [], 0
    for _ in range(studies):
        first = generator.choice(values, seen, p=chances)
        deviation = cautious_deviation(float(first.std(ddof=1)), float(first.mean()), seen)
        runs = runs_for_power(deviation, MARGIN, 1 - ALPHA, pairs)
        assert runs is not None
        p = no_difference_p(generator.choice(values, runs, p=chances), "declared")
        found += p is not None and p * pairs <= ALPHA
        sizes.append(runs)
    share, size = found / studies, np.median(sizes)
    figures = f"{share:.3f} ± {error(share, studies):.3f} of {studies}"
    print(f"power, {name}, K={recipes}, from {seen} pairs, n={size:.0f}: {figures}")
    assert share >= 0.5
