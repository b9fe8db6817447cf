"""Intervals against published values and independent computations."""

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
    found = intervals.share(successes, runs, 0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("runs", "bound"), [(5, 0.55), (10, 0.74), (20, 0.86), (59, 0.95)])
def test_all_pass_results_bound_little(runs: int, bound: float) -> None:
    found = intervals.share_bounds(runs, runs, 0.95)
    assert found is not None
    assert found.low == pytest.approx(0.05 ** (1 / runs))  # p^n = 5%
    assert found.low == pytest.approx(bound, abs=0.005)
    assert found.high == 1


def literal_capital(shares: list[float], mean: float, alpha: float) -> float:
    """Equations of Waudby-Smith and Ramdas (arXiv 2010.09686), theorem 3, one value at a time."""
    up = down = 1.0
    average, squares = 0.5, 0.25
    variance = 0.25
    for t, x in enumerate(shares, start=1):
        bet = math.sqrt(2 * math.log(2 / alpha) / (variance * t * math.log(1 + t)))
        up *= 1 + min(bet, 0.75 / mean) * (x - mean)
        down *= 1 - min(bet, 0.75 / (1 - mean)) * (x - mean)
        average += x
        squares += (x - average / (t + 1)) ** 2
        variance = squares / (t + 1)
    return max(0.5 * up, 0.5 * down)


@pytest.mark.parametrize("shares", [[0.2, 0.4, 1, 0.8, 0.6], [1] * 20, [0.0], [0, 1, 0, 1, 1, 1]])
def test_hedged_capital_as_the_paper_writes_it(shares: list[float]) -> None:
    found = intervals.bounded_mean(shares, 0.95)
    assert found is not None
    grid = np.linspace(0.0005, 0.9995, 1000)
    inside = [m for m in grid if literal_capital(shares, m, 0.05) < 1 / 0.05]
    assert found.low == pytest.approx(min(inside), abs=2e-3)
    assert found.high == pytest.approx(max(inside), abs=2e-3)


def test_hedged_capital_has_a_width_where_all_runs_agree() -> None:
    found = intervals.bounded_mean([1.0] * 5, 0.95)
    assert found is not None
    assert found.high == 1
    assert found.low < 0.55  # no better than the exact bound for 5 of 5


def test_hedged_capital_scales_with_its_range() -> None:
    shares, differences = [0.1, 0.5, 0.4], [-0.8, 0.0, -0.2]
    one = intervals.bounded_mean(shares, 0.95)
    two = intervals.bounded_mean(differences, 0.95, -1, 1)
    assert one is not None
    assert two is not None
    assert (two.low, two.high) == pytest.approx((2 * one.low - 1, 2 * one.high - 1))


def test_student_worked_by_hand() -> None:
    # 1 to 5: mean 3, standard deviation 1.5811; t at 97.5% with 4 degrees of freedom 2.7764.
    found, further = (f([1, 2, 3, 4, 5], 0.95) for f in (intervals.mean, intervals.one_further))
    assert found is not None
    assert further is not None
    assert found.high - 3 == pytest.approx(2.7764 * 1.5811 / math.sqrt(5), rel=1e-4)
    assert further.high - 3 == pytest.approx(2.7764 * 1.5811 * math.sqrt(1.2), rel=1e-4)
    independent = stats.ttest_1samp([1, 2, 3, 4, 5], 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(independent))


def test_variance_as_in_textbooks() -> None:
    # n = 10, s^2 = 4: chi squared quantiles with 9 degrees of freedom are 19.023 and 2.700.
    found = intervals.variance(4, 10, 0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((36 / 19.023, 36 / 2.700), rel=1e-3)


def test_superiority_solves_its_equation() -> None:
    found = intervals.superiority(0.7, 10, 12, 0.95)
    assert found is not None
    quantile = stats.t.ppf(0.975, 20)
    for p in (found.low, found.high):
        variance = p * (1 - p) / 120 * (1 + 10 * ((1 - p) / (2 - p) + p / (1 + p)))
        assert abs(p - 0.7) == pytest.approx(quantile * math.sqrt(variance), abs=1e-9)


def test_superiority_is_never_sure() -> None:
    above, below = (intervals.superiority(p, 5, 5, 0.95) for p in (1.0, 0.0))
    assert above is not None
    assert below is not None
    assert above.high == 1
    assert 0.4 < above.low < 0.9
    assert (below.low, below.high) == pytest.approx((0, 1 - above.low))


def test_what_is_undefined() -> None:
    assert intervals.share(0, 0, 0.95) is None
    assert intervals.share_bounds(0, 0, 0.95) is None
    assert intervals.bounded_mean([], 0.95) is None
    assert intervals.mean([9_940], 0.95) is None
    assert intervals.one_further([9_940], 0.95) is None
    assert intervals.variance(0, 1, 0.95) is None
    assert intervals.superiority(0.5, 1, 5, 0.95) is None
