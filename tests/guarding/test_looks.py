"""Bounds over several looks: published constants, and simulation."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from reprobench.harness.guarding.looks import bound, bounds, drop, drops, looks
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
def test_false_alarms_of_normal_counts(committed: int) -> None:
    """At most alpha, and not far below it: the pooled deviation has more degrees of freedom."""
    at, alpha, repetitions = (2, 4, 8, 16), 0.05, 40_000
    generator = np.random.default_rng(1)
    old = generator.normal(size=(repetitions, committed))
    means, errors = drops(old, generator.normal(size=(repetitions, at[-1])), at)
    alarmed = (means / errors).max(axis=1) > bound(committed, at, alpha)
    monte_carlo = np.sqrt(alpha * (1 - alpha) / repetitions)
    assert alpha / 5 < alarmed.mean() < alpha + 3 * monte_carlo


def test_false_alarms_of_counts_that_are_not_normal() -> None:
    """Two seeds of twenty start badly: theory alone would raise too many."""
    counts = (*range(9_890, 9_908), 9_800, 9_820)
    at, alpha, repetitions = (2, 4, 8, 16), 0.01, 40_000
    generator = np.random.default_rng(1)
    old = generator.choice(counts, (repetitions, len(counts))).astype(float)
    means, errors = drops(old, generator.choice(counts, (repetitions, 16)).astype(float), at)
    ratios = (means / errors).max(axis=1)
    limit, _ = bounds(counts, at, alpha, alpha)
    assert np.mean(ratios > bound(len(counts), at, alpha)) > 1.3 * alpha
    assert np.mean(ratios > limit) == pytest.approx(alpha, rel=0.15)


def test_few_committed_runs_or_equal_ones_are_not_resampled() -> None:
    at = (2, 4)
    assert bounds((1, 2, 9), at, 0.01, 0.05) == (bound(3, at, 0.01), bound(3, at, 0.05))
    assert bounds((5,) * 20, at, 0.01, 0.05) == (bound(20, at, 0.01), bound(20, at, 0.05))


def test_a_drop_worked_by_hand() -> None:
    # Means 9,940 and 9,934; squares 16 + 16 + 16 + 16, pooled over 4 + 2 - 2: s = 4.
    mean, interval = drop([9_936, 9_940, 9_940, 9_944], [9_930, 9_938], 2, 1)
    assert mean == 6
    assert interval.low == pytest.approx(6 - 2 * 4 * np.sqrt(1 / 4 + 1 / 2))
    assert interval.high == pytest.approx(6 + 4 * np.sqrt(1 / 4 + 1 / 2))


def test_less_alpha_is_a_wider_bound() -> None:
    bounds = [bound(20, (2, 4, 8), alpha) for alpha in (0.05, 0.01)]
    assert bounds == sorted(bounds)
    assert bounds[0] > NormalDist().inv_cdf(0.95)
