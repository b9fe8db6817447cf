"""Intervals for bounded means: hedged capital compared with its paper, and which method is used."""

import math

import numpy as np
import pytest
from reprobench.harness.statistics import intervals
from reprobench.harness.statistics.bounded import (
    Method,
    bounded_mean,
    probability_bounds,
    probability_interval,
)
from reprobench.harness.statistics.hedged import hedged_capital


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
    found = hedged_capital(np.array(shares), 0.95)
    grid = np.linspace(0.0005, 0.9995, 1000)
    inside = [m for m in grid if literal_capital(shares, m, 0.05) < 1 / 0.05]
    assert found.low == pytest.approx(min(inside), abs=2e-3)
    assert found.high == pytest.approx(max(inside), abs=2e-3)


def test_hedged_capital_has_a_width_where_all_runs_agree() -> None:
    found = hedged_capital(np.ones(5), 0.95)
    assert found.high == 1
    assert found.low < 0.55  # no better than the exact bound for 5 of 5


@pytest.mark.parametrize("method", ["declared", "anytime"])
def test_an_interval_scales_with_its_range(method: Method) -> None:
    shares, differences = [0.1, 0.5, 0.4], [-0.8, 0.0, -0.2]
    one = bounded_mean(shares, 0.95, method)
    two = bounded_mean(differences, 0.95, method, -1, 1)
    assert one is not None
    assert two is not None
    assert (two.low, two.high) == pytest.approx((2 * one.low - 1, 2 * one.high - 1))


def test_a_declared_number_of_runs_has_the_narrower_interval() -> None:
    shares = [0.2, 0.4, 1, 0.8, 0.6]
    declared, anytime = (bounded_mean(shares, 0.95, m) for m in ("declared", "anytime"))
    assert declared is not None
    assert anytime is not None
    assert anytime.low < declared.low < declared.high < anytime.high


def test_probabilities_by_either_method() -> None:
    events = [True] * 9 + [False]
    assert probability_interval(events, 0.95, "declared") == intervals.share_interval(9, 10, 0.95)
    assert probability_bounds(events, 0.95, "declared") == intervals.share_bounds(9, 10, 0.95)
    anytime = hedged_capital(np.array(events, float), 0.95)
    assert probability_interval(events, 0.95, "anytime") == anytime
    one_sided = probability_bounds(events, 0.95, "anytime")
    # Two sides at 95% each are 90% together.
    assert one_sided == hedged_capital(np.array(events, float), 2 * 0.95 - 1)
    assert one_sided is not None
    assert anytime.low < one_sided.low


@pytest.mark.parametrize("values", [[0.5, math.nan], [1.2], [-0.1, 0.3], [math.inf]])
@pytest.mark.parametrize("method", ["declared", "anytime"])
def test_what_is_no_bounded_value_is_refused(values: list[float], method: Method) -> None:
    with pytest.raises(ValueError, match="should lie from 0 to 1"):
        bounded_mean(values, 0.95, method)


def test_nothing_bounds_nothing() -> None:
    assert bounded_mean([], 0.95, "declared") is None
    assert probability_interval([], 0.95, "anytime") is None
    assert probability_bounds([], 0.95, "declared") is None
