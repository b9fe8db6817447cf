"""Gaffke's interval compared with exact formulas, another integration, simulation and
enumeration."""

from fractions import Fraction

import numpy as np
import pytest
from reprobench.harness.statistics.gaffke import average_at_most, gaffke, gaffke_p
from scipy import stats


@pytest.mark.parametrize(
    ("ones", "runs"), [(0, 1), (1, 1), (0, 5), (3, 10), (20, 20), (150, 300), (4_999, 10_000)]
)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.9998])
def test_of_zeros_and_ones_it_is_clopper_and_pearsons(
    ones: int, runs: int, confidence: float
) -> None:
    values = np.repeat([1.0, 0.0], [ones, runs - ones])
    exact = stats.binomtest(ones, runs).proportion_ci(confidence, method="exact")
    found = gaffke(values, confidence)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-11)


@pytest.mark.parametrize("runs", [1, 2, 5, 20, 200])
def test_of_equal_values(runs: int) -> None:
    """For n values x, the lower end is x a^(1 / n): Beta(n, 1) is below it with probability a."""
    found = gaffke(np.full(runs, 0.6), 0.95)
    assert found.low == pytest.approx(0.6 * 0.025 ** (1 / runs), abs=1e-11)
    assert found.high == pytest.approx(1 - 0.4 * 0.025 ** (1 / runs), abs=1e-11)


def exactly_at_most(mean: Fraction, points: list[Fraction]) -> Fraction:
    """P(sum D_i z_i <= mean) for distinct points: one minus a divided difference.

    The density of sum D_i z_i is a B-spline with the points as knots (Curry and Schoenberg, 1966).
    """
    above = Fraction(0)
    for point in points:
        if point > mean:
            others = [point - other for other in points if other != point]
            above += (point - mean) ** (len(points) - 1) / np.prod(np.array(others, object))
    return 1 - above


@pytest.mark.parametrize("mean", ["1/20", "3/10", "1/2", "9/10", "99/100"])
def test_the_integral_is_the_exact_spline(mean: str) -> None:
    points = [Fraction(k, 10) for k in (0, 1, 2, 4, 7, 8, 10)]
    found = average_at_most(float(Fraction(mean)), np.array(points, float), np.ones(len(points)))
    assert found == pytest.approx(float(exactly_at_most(Fraction(mean), points)), abs=1e-13)


def test_the_integral_against_drawn_weights() -> None:
    points, times = np.array([0, 0.2, 0.6, 1]), np.array([3.0, 5.0, 1.0, 2.0])
    weights = np.random.default_rng(1).dirichlet(times, 200_000)
    for mean in (0.15, 0.3, 0.5):
        drawn = np.mean(weights @ points <= mean)
        error = np.sqrt(drawn * (1 - drawn) / len(weights))
        assert average_at_most(mean, points, times) == pytest.approx(drawn, abs=4 * error)


def test_values_that_differ_by_rounding_alone_are_equal() -> None:
    close = gaffke(np.array([0.3, 0.1 + 0.2, 0.3]), 0.95)
    same = gaffke(np.full(3, 0.3), 0.95)
    assert (close.low, close.high) == pytest.approx((same.low, same.high), abs=1e-9)


def test_the_order_does_not_matter_and_it_mirrors() -> None:
    values = np.array([0.0, 0.2, 0.2, 1.0, 0.8])
    found, turned, mirrored = (
        gaffke(values, 0.95),
        gaffke(values[::-1], 0.95),
        gaffke(1 - values, 0.95),
    )
    assert found == turned
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high))


@pytest.mark.parametrize(
    "values", [[0.5, 0.8, 0.6, 0.7, 0.7], [0.6] * 30, [0.0, 0.2] * 4, [0.05, 0.5, 0.55] * 20]
)
def test_p_is_the_alpha_at_which_the_interval_ends_at_one_half(values: list[float]) -> None:
    p = gaffke_p(np.array(values))
    assert p < 1
    found = gaffke(np.array(values), 1 - p)
    assert min(abs(found.low - 0.5), abs(found.high - 0.5)) == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("values", [[0.5, 0.6, 0.4], [0.0, 1.0] * 4, [0.8]])
def test_p_of_values_around_one_half(values: list[float]) -> None:
    assert gaffke_p(np.array(values)) == 1


@pytest.mark.parametrize("runs", [1, 5, 12, 59])
def test_p_of_the_largest_differences(runs: int) -> None:
    """As of the sign test: 2^(1 - n)."""
    for value in (0.0, 1.0):
        assert gaffke_p(np.full(runs, value)) == 2.0 ** (1 - runs)


def test_no_p_is_less_than_can_be_computed() -> None:
    """It would be 8e-42."""
    assert gaffke_p(np.full(1_000, 0.55)) == 1e-12


def test_p_of_nothing_but_the_mean_is_one() -> None:
    assert gaffke_p(np.full(12, 0.5)) == 1
