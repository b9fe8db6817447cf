"""Critical values over several looks: published constants, and another integration."""

from __future__ import annotations

from math import erfc, exp, inf, lgamma, log, pi, sqrt

import numpy as np
import pytest
from reprobench.harness.guarding.critical_values import critical_value, critical_values
from scipy import integrate, stats

KNOWN = 10**7
"""So many committed runs that their mean and spread are practically known."""


def test_one_look_is_the_prediction_for_the_mean_of_further_runs() -> None:
    assert critical_value(10, (4,), 0.05) == pytest.approx(stats.t.ppf(0.95, 9))


@pytest.mark.parametrize(("number", "published"), [(2, 2.178), (3, 2.289), (4, 2.361), (5, 2.413)])
def test_pocock_constants(number: int, published: float) -> None:
    """Table 1 of Pocock (1977), for equal groups, a known spread, two-sided 5%."""
    at = tuple(range(10, 10 * number + 1, 10))
    assert critical_value(KNOWN, at, 0.025) == pytest.approx(published, abs=0.0006)


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.005])
@pytest.mark.parametrize(
    ("committed", "at"),
    [
        (2, (2, 4)),
        (2, (16, 17)),
        (5, (1, 2, 4, 8, 15)),
        (5, (512, 1024, 1025)),
        (20, (2, 4, 8, 16, 20)),
        (200, (3, 6)),
    ],
)
def test_the_chance_of_exceeding_it_is_alpha(
    committed: int, at: tuple[int, ...], alpha: float
) -> None:
    """By SciPy's integration of the joint Student's t distribution, by 100,000 random points."""
    limit = np.full(len(at), critical_value(committed, at, alpha))
    covariance = 1 / committed + 1 / np.maximum.outer(at, at)
    deviation = np.sqrt(np.diag(covariance))
    below = stats.multivariate_t.cdf(
        limit,
        shape=covariance / np.outer(deviation, deviation),
        df=committed - 1,
        maxpts=100_000,
        random_state=np.random.default_rng(2),
    )
    assert 1 - below == pytest.approx(alpha, abs=2e-4, rel=2e-3)


@pytest.mark.parametrize("alpha", [0.2, 0.05 / 7, 1e-4])
@pytest.mark.parametrize(
    ("committed", "at"),
    [(2, (1, 2, 4)), (2, (512, 1024, 1025)), (20, (2, 4, 8)), (21, (2, 4)), (3_000, (1, 2, 3))],
)
def test_the_value_to_five_digits(committed: int, at: tuple[int, ...], alpha: float) -> None:
    """By SciPy's adaptive integration: given the middle one of three points of a Brownian motion,
    those before and after it are independent."""
    first, second, third = [1 / committed + 1 / number for number in (*at[::-1], inf)][:3]
    freedom = committed - 1
    bridge = sqrt(first * (second - first) / second)

    def exceeding(limit: float) -> float:
        def density(place: float) -> float:
            before = below((limit * sqrt(first) - place * first / second) / bridge)
            after = below((limit * sqrt(third) - place) / sqrt(third - second)) if at[2:] else 1
            return exp(-(place**2) / second / 2) / sqrt(2 * pi * second) * before * after

        return 1 - integrate.quad(density, -9 * sqrt(second), limit * sqrt(second))[0]

    def chance(critical: float) -> float:
        def density(deviation: float) -> float:
            logarithm = freedom * (log(deviation) - deviation**2 / 2) - log(deviation)
            return exp(logarithm + constant) * exceeding(critical * deviation)

        return integrate.quad(density, low, min(high, 9 / critical), epsrel=1e-7, limit=200)[0]

    constant = log(2) + freedom / 2 * log(freedom / 2) - lgamma(freedom / 2)  # of the chi density
    low, high = stats.chi(freedom, scale=1 / sqrt(freedom)).ppf([1e-12, 1 - 1e-12])
    value = critical_value(committed, at, alpha)
    assert chance(value * (1 + 1e-5)) < alpha < chance(value * (1 - 1e-5))
    small = alpha * 1e-5
    assert chance(critical_value(committed, at, small)) < small * (1 + 1e-3)


def below(limit: float) -> float:
    """The chance that a standard normal is."""
    return erfc(-limit / sqrt(2)) / 2


def test_less_alpha_and_more_looks_are_a_wider_bound() -> None:
    values = [critical_value(20, (2, 4, 8), alpha) for alpha in (0.05, 0.01, 1e-9)]
    assert values == sorted(values)
    assert critical_value(20, (4, 8), 0.05) < values[0]


def test_an_alpha_next_to_nothing_is_shared_by_the_looks() -> None:
    at, alpha = (2, 4, 8), 1e-14
    assert critical_value(KNOWN, at, alpha) == stats.t.isf(alpha / len(at), KNOWN - 1)


def test_the_imaginary_run_counts_among_the_committed_for_an_alarm_only() -> None:
    critical = critical_values(20, (2, 4), 0.01, 0.05)
    assert critical.alarm == critical_value(21, (2, 4), 0.01)
    assert critical.clear == critical_value(20, (2, 4), 0.05)
