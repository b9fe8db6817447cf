"""Bounds over several looks: published constants, and simulation."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from reprobench.harness.sequential import bound, drop, looks
from scipy import stats

KNOWN = 10**7
"""Committed runs so many that their mean and spread are as good as known."""


def test_looks_double_up_to_the_limit() -> None:
    assert looks(2, 16) == (2, 4, 8, 16)
    assert looks(2, 20) == (2, 4, 8, 16, 20)
    assert looks(3, 3) == (3,)
    assert looks(1, 2) == (1, 2)


def test_one_look_is_the_prediction_for_the_mean_of_further_runs() -> None:
    assert bound(10, (4,), 0.05) == pytest.approx(stats.t.ppf(0.95, 9))


@pytest.mark.parametrize(("number", "published"), [(2, 2.178), (3, 2.289), (4, 2.361), (5, 2.413)])
def test_pocock_constants(number: int, published: float) -> None:
    """Table 1 of Pocock (1977), for equal groups, a known spread, two-sided 5%."""
    at = tuple(range(10, 10 * number + 1, 10))
    assert bound(KNOWN, at, 0.025) == pytest.approx(published, abs=0.004)


@pytest.mark.parametrize("committed", [3, 20])
def test_false_alarms_by_simulation(committed: int) -> None:
    at, alpha, repetitions = (2, 4, 8, 16), 0.05, 40_000
    generator = np.random.default_rng(1)
    old = generator.normal(size=(repetitions, committed))
    new = generator.normal(size=(repetitions, at[-1]))
    limit, alarmed = bound(committed, at, alpha), np.zeros(repetitions, bool)
    for runs in at:
        mean = old.mean(axis=1) - new[:, :runs].mean(axis=1)
        error = old.std(axis=1, ddof=1) * np.sqrt(1 / committed + 1 / runs)
        alarmed |= mean / error > limit
    monte_carlo = np.sqrt(alpha * (1 - alpha) / repetitions)
    assert alarmed.mean() == pytest.approx(alpha, abs=4 * monte_carlo)


def test_a_drop_worked_by_hand() -> None:
    # Means 9,940 and 9,934; s = 4, 1/4 + 1/2: the standard error is 4 * 0.866 = 3.464.
    mean, interval = drop([9_936, 9_940, 9_940, 9_944], [9_930, 9_938], 2, 1)
    assert mean == 6
    s = np.std([-4, 0, 0, 4], ddof=1)
    assert interval.low == pytest.approx(6 - 2 * s * np.sqrt(0.75))
    assert interval.high == pytest.approx(6 + s * np.sqrt(0.75))


def test_less_alpha_is_a_wider_bound() -> None:
    bounds = [bound(20, (2, 4, 8), alpha) for alpha in (0.05, 0.01)]
    assert bounds == sorted(bounds)
    assert bounds[0] > NormalDist().inv_cdf(0.95)
