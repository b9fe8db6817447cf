"""Intervals compared with published values and independent computations."""

import math

import numpy as np
import pytest
from reprobench.harness.statistics import intervals
from scipy import stats


@pytest.mark.parametrize(
    ("successes", "runs", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 5
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_shares_as_published(successes: int, runs: int, low: float, high: float) -> None:
    found = intervals.share_interval(successes, runs, 0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("runs", "bound"), [(5, 0.55), (10, 0.74), (20, 0.86), (59, 0.95)])
def test_all_pass_results_bound_little(runs: int, bound: float) -> None:
    found = intervals.share_bounds(runs, runs, 0.95)
    assert found is not None
    assert found.low == pytest.approx(0.05 ** (1 / runs))  # p^n = 5%
    assert found.low == pytest.approx(bound, abs=0.005)
    assert found.high == 1


def test_student_worked_by_hand() -> None:
    # 1 to 5: mean 3, standard deviation 1.5811; t at 97.5% with 4 degrees of freedom 2.7764.
    found, further = (f([1, 2, 3, 4, 5], 0.95) for f in (intervals.of_mean, intervals.one_further))
    assert found is not None
    assert further is not None
    assert found.high - 3 == pytest.approx(2.7764 * 1.5811 / math.sqrt(5), rel=1e-4)
    assert further.high - 3 == pytest.approx(2.7764 * 1.5811 * math.sqrt(1.2), rel=1e-4)
    independent = stats.ttest_1samp([1, 2, 3, 4, 5], 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(independent))


def test_counts_that_agree_are_not_known_exactly() -> None:
    """Rounding to whole images has a deviation of 1 / sqrt(12) = 0.2887; t at 97.5% is 2.7764."""
    found, further = (f([9_940] * 5, 0.95) for f in (intervals.of_mean, intervals.one_further))
    assert found is not None
    assert further is not None
    assert found.high - 9_940 == pytest.approx(2.7764 * 0.28868 / math.sqrt(5), rel=1e-4)
    assert further.high - 9_940 == pytest.approx(2.7764 * 0.28868 * math.sqrt(1.2), rel=1e-4)


def test_values_that_agree_and_are_no_counts_have_no_interval() -> None:
    """Nor have differences that only rounding tells apart."""
    for found in (intervals.of_mean, intervals.one_further):
        assert found([0.95] * 10, 0.95, 0) is None
        assert found([0.1, 0.4 - 0.3, 0.7 - 0.6], 0.95, 0) is None
        assert found([0.0] * 3, 0.95, 0) is None
        assert found([0.95, 0.951], 0.95, 0) is not None


@pytest.mark.parametrize("deviation", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("runs", [2, 5, 20])
def test_student_covers_where_rounding_makes_counts_agree(deviation: float, runs: int) -> None:
    """At least 95% of the means of rounded counts, wherever the true one lies between integers."""
    generator, repetitions = np.random.default_rng([4, runs]), 2_000
    truth = generator.uniform(0, 1, (repetitions, 1))
    counts = np.rint(generator.normal(truth, deviation, (repetitions, runs)))
    means = [_mean_of_rounded(mean, deviation) for mean in truth[:, 0]]
    covered = [
        found.low <= mean <= found.high
        for mean, row in zip(means, counts, strict=True)
        if (found := intervals.of_mean(row, 0.95))
    ]
    assert np.mean(covered) >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / repetitions)


def _mean_of_rounded(mean: float, deviation: float) -> float:
    edges = np.arange(-6, 8) + 0.5
    return float(np.diff(stats.norm.cdf(edges, mean, deviation)) @ np.arange(-5, 8))


def test_variance_as_in_textbooks() -> None:
    # n = 10, s^2 = 4: chi squared quantiles with 9 degrees of freedom are 19.023 and 2.700.
    found = intervals.variance_interval(4, 10, 0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((36 / 19.023, 36 / 2.700), rel=1e-3)


def test_superiority_solves_its_equation() -> None:
    found = intervals.of_superiority(0.7, 10, 12, 0.95)
    assert found is not None
    quantile = stats.t.ppf(0.975, 20)
    for p in (found.low, found.high):
        variance = p * (1 - p) / 120 * (1 + 10 * ((1 - p) / (2 - p) + p / (1 + p)))
        assert abs(p - 0.7) == pytest.approx(quantile * math.sqrt(variance), abs=1e-9)


def test_superiority_is_never_sure() -> None:
    above, below = (intervals.of_superiority(p, 5, 5, 0.95) for p in (1.0, 0.0))
    assert above is not None
    assert below is not None
    assert above.high == 1
    assert 0.4 < above.low < 0.9
    assert (below.low, below.high) == pytest.approx((0, 1 - above.low))


def test_what_is_undefined() -> None:
    assert intervals.share_interval(0, 0, 0.95) is None
    assert intervals.share_bounds(0, 0, 0.95) is None
    assert intervals.of_mean([9_940], 0.95) is None
    assert intervals.one_further([9_940], 0.95) is None
    assert intervals.variance_interval(0, 1, 0.95) is None
    assert intervals.of_superiority(0.5, 1, 5, 0.95) is None
