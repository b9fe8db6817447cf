"""Mean and variance of normal counts: as published, and however often one looks."""

import math

import numpy as np
import pytest
from reprobench.harness.statistics import intervals
from reprobench.harness.statistics.bounded import Method
from reprobench.harness.statistics.normal import (
    EFFECTS,
    normal_further,
    normal_mean,
    normal_variance,
)
from scipy import integrate, stats

CONFIDENCE = 0.95
METHODS: tuple[Method, ...] = ("declared", "anytime")
COUNTS = [9_940.0, 9_943.0, 9_938.0, 9_951.0, 9_946.0, 9_940.0, 9_939.0, 9_944.0, 9_948.0, 9_937.0]


def test_a_declared_number_has_the_classical_intervals() -> None:
    assert normal_mean(COUNTS, CONFIDENCE, "declared") == intervals.of_mean(COUNTS, CONFIDENCE)
    assert normal_variance(30.0, 10, CONFIDENCE, "declared") == intervals.variance_interval(
        30.0, 10, CONFIDENCE
    )
    assert normal_further(COUNTS, CONFIDENCE, "declared") == intervals.one_further(
        COUNTS, CONFIDENCE
    )


def test_at_the_ends_for_the_mean_the_evidence_is_what_is_required() -> None:
    """The ratio of the noncentral to the central t density, integrated over normal effects."""
    found = normal_mean(COUNTS, CONFIDENCE, "anytime")
    assert found is not None
    runs = len(COUNTS)
    for end in (found.low, found.high):
        statistic = stats.ttest_1samp(COUNTS, end).statistic

        def density(effect: float, statistic: float = statistic) -> float:
            shifted = stats.nct.pdf(statistic, runs - 1, effect * math.sqrt(runs))
            return float(shifted * stats.norm.pdf(effect, 0, math.sqrt(EFFECTS)))

        mixed, _ = integrate.quad(density, -12, 12, points=[0], limit=200)
        evidence = mixed / stats.t.pdf(statistic, runs - 1)
        assert evidence == pytest.approx(1 / (1 - CONFIDENCE), rel=1e-4)


def test_at_the_ends_for_the_variance_the_evidence_is_what_is_required() -> None:
    """The ratio of densities of the sum of squares, integrated over exponential precisions."""
    observed, runs = 30.0, 20
    found = normal_variance(observed, runs, CONFIDENCE, "anytime")
    assert found is not None
    squares, freedom = observed * (runs - 1), runs - 1
    for end in (found.low, found.high):

        def ratio(times: float, end: float = end) -> float:
            """Density at a multiple of the tested precision, divided by the density at that
            precision."""
            raised = stats.chi2.pdf(squares * times / end, freedom) * times
            return float(raised / stats.chi2.pdf(squares / end, freedom)) * math.exp(-times)

        mixed, _ = integrate.quad(ratio, 0, 50, limit=500)
        assert mixed == pytest.approx(1 / (1 - CONFIDENCE), rel=1e-4)


@pytest.mark.parametrize(("runs", "mean", "variance"), [(3, 0, 0), (4, 1, 0), (9, 1, 1)])
def test_so_few_runs_bound_nothing(runs: int, mean: int, variance: int) -> None:
    assert (normal_mean(COUNTS[:runs], CONFIDENCE, "anytime") is not None) == mean
    assert (normal_variance(30.0, runs, CONFIDENCE, "anytime") is not None) == variance
    assert normal_further(COUNTS[:runs], CONFIDENCE, "anytime") is None


def test_runs_that_agree_have_a_width() -> None:
    found = normal_mean([9_940.0] * 10, CONFIDENCE, "anytime")
    assert found is not None
    assert 0 < found.high - found.low < 2
    assert normal_mean([0.95] * 10, CONFIDENCE, "anytime", 0) is None


@pytest.mark.parametrize("method", METHODS)
def test_a_variance_of_nothing_has_an_interval_of_some_width(method: Method) -> None:
    found = normal_variance(0.0, 10, CONFIDENCE, method)
    rounding = normal_variance(1 / 12, 10, CONFIDENCE, method)
    assert found is not None
    assert rounding is not None
    assert (found.low, found.high) == (0, rounding.high)


@pytest.mark.parametrize("spread", [1.5, 3.0, 5.0])
def test_the_variance_of_two_counts_is_seldom_missed(spread: float) -> None:
    """Two whole numbers often agree: 19% of pairs do at a standard deviation of 1.5."""
    counts = np.rint(np.random.default_rng(3).normal(9_950, spread, (20_000, 2)))
    observed, times = np.unique((counts[:, 0] - counts[:, 1]) ** 2 / 2, return_counts=True)
    true, covered = spread**2 + 1 / 12, 0
    for value, number in zip(observed.tolist(), times.tolist(), strict=True):
        found = normal_variance(value, 2, CONFIDENCE, "declared")
        assert found is not None
        covered += number * (found.low <= true <= found.high)
    assert covered / 20_000 >= CONFIDENCE - 3 * math.sqrt(0.05 * 0.95 / 20_000)


def test_numbers_that_are_no_counts_have_intervals_of_their_own_scale() -> None:
    for method in METHODS:
        found, small = (
            normal_mean([unit * count for count in COUNTS], CONFIDENCE, method, 0.0)
            for unit in (1.0, 1e-6)
        )
        assert found is not None
        assert small is not None
        assert found == normal_mean(COUNTS, CONFIDENCE, method)
        assert (small.low, small.high) == pytest.approx((found.low * 1e-6, found.high * 1e-6))


def test_a_mean_is_seldom_missed_however_often_one_looks() -> None:
    """A look after each of 200 runs. Student's interval, used like this, misses half the time."""
    studies, runs = 2_000, 200
    counts = np.random.default_rng(1).normal(0, 6, (studies, runs))
    number = np.arange(1, runs + 1)
    means = counts.cumsum(axis=1) / number
    squares = (counts**2).cumsum(axis=1) - number * means**2
    ever, ever_student = np.zeros(studies, bool), np.zeros(studies, bool)
    for n in range(4, runs + 1):
        unit = normal_mean([-1.0, 1.0] * (n // 2) + [0.0] * (n % 2), CONFIDENCE, "anytime")
        assert unit is not None
        spread = math.sqrt(2 * (n // 2) / (n - 1))  # the deviation that was tested
        deviation = np.sqrt(squares[:, n - 1] / (n - 1))
        ever |= np.abs(means[:, n - 1]) > unit.high / spread * deviation
        quantile = stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)
        ever_student |= np.abs(means[:, n - 1]) > quantile * deviation / math.sqrt(n)
    error = math.sqrt(0.05 * 0.95 / studies)
    assert ever.mean() <= 0.05 + 3 * error
    assert ever_student.mean() > 0.3


def test_a_variance_is_seldom_missed_however_often_one_looks() -> None:
    studies, runs = 2_000, 200
    counts = np.random.default_rng(2).normal(0, 1, (studies, runs))
    number = np.arange(1, runs + 1)
    squares = (counts**2).cumsum(axis=1) - counts.cumsum(axis=1) ** 2 / number
    ever = np.zeros(studies, bool)
    for n in range(9, runs + 1):
        unit = normal_variance(1.0, n, CONFIDENCE, "anytime")
        assert unit is not None
        observed = squares[:, n - 1] / (n - 1)
        ever |= (observed * unit.low > 1) | (observed * unit.high < 1)
    assert 0.005 < ever.mean() <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / studies)
