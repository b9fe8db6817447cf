"""Comparisons at several looks: simulated false alarms, and a drop worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from reprobench.harness.guarding.critical_values import (
    CriticalValues,
    critical_value,
    critical_values,
)
from reprobench.harness.guarding.looks import cautious_drops, drop, drops, looks


def test_looks_double_up_to_the_limit() -> None:
    assert looks(2, 16) == (2, 4, 8, 16)
    assert looks(2, 20) == (2, 4, 8, 16, 20)
    assert looks(3, 3) == (3,)
    assert looks(1, 2) == (1, 2)


@pytest.mark.parametrize("committed", [3, 20])
def test_false_alarms_of_normal_counts(committed: int) -> None:
    """At most alpha, and not far below it: the pooled deviation has more degrees of freedom."""
    at, alpha, repetitions = (2, 4, 8, 16), 0.05, 40_000
    generator = np.random.default_rng(1)
    old = generator.normal(size=(repetitions, committed))
    means, errors = drops(old, generator.normal(size=(repetitions, at[-1])), at)
    alarmed = (means / errors).max(axis=1) > critical_value(committed, at, alpha)
    monte_carlo = np.sqrt(alpha * (1 - alpha) / repetitions)
    assert alpha / 5 < alarmed.mean() < alpha + 3 * monte_carlo


@pytest.mark.parametrize("depth", [25, 60, 9_000])
@pytest.mark.parametrize("recipes", [1, 6])
def test_false_alarms_where_one_run_in_ten_is_erratic(depth: int, recipes: int) -> None:
    """Committed and new runs have the same distribution, so often no committed run is erratic."""
    at, alpha, repetitions, committed = (2, 4, 8, 16, 20), 0.05 / recipes, 40_000, 20
    generator = np.random.default_rng([3, depth])
    old, new = (
        np.rint(generator.normal(0, 6, shape) - depth * (generator.random(shape) < 0.1))
        for shape in ((repetitions, committed), (repetitions, at[-1]))
    )
    means, errors = cautious_drops(old, new, at)
    critical = critical_values(committed, at, alpha, alpha).alarm
    alarmed = np.mean((means / errors).max(axis=1) > critical)
    assert alarmed <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / repetitions)
    means, errors = drops(old, new, at)
    assert np.mean((means / errors).max(axis=1) > critical_value(committed, at, alpha)) > alpha


def test_a_drop_worked_by_hand() -> None:
    """Means 9,940 and 9,934; squares 16 + 16 + 16 + 16, pooled over 4 + 2 - 2: s = 4.

    With 9,930 among the committed, 9,938 is their mean: 4 + 4 + 4 + 36 + 64 and 32 over 5 + 2 - 2.
    """
    mean, interval = drop([9_936, 9_940, 9_940, 9_944], [9_930, 9_938], CriticalValues(2, 1))
    assert mean == 6
    assert interval.low == pytest.approx(4 - 2 * np.sqrt(144 / 5) * np.sqrt(1 / 5 + 1 / 2))
    assert interval.high == pytest.approx(6 + 4 * np.sqrt(1 / 4 + 1 / 2))


def test_runs_that_are_left_out() -> None:
    nan = np.nan
    means, errors = drops(np.array([[4, nan, 6, nan]]), np.array([[nan, 1.0, 3, nan]]), (1, 2, 4))
    assert np.isnan(means[0, 0])  # no new run is left at the first look
    assert means[0, 1:].tolist() == [4, 3]
    assert errors[0, 2] == pytest.approx(np.sqrt((2 + 2) / 2 * (1 / 2 + 1 / 2)))


def test_counts_that_agree_still_have_a_spread() -> None:
    """The spread of rounding, 1 / 12; the imaginary run is one image lower too."""
    _, interval = drop([300] * 20, [299, 299], CriticalValues(4, 4))
    assert interval.low == pytest.approx(20 / 21 - 4 * np.sqrt((1 / 21 + 1 / 2) / 12))
    assert interval.high == pytest.approx(1 + 4 * np.sqrt((1 / 20 + 1 / 2) / 12))
