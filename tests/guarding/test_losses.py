"""Lost runs: which runs count as lost, and how many raise an alarm."""

import numpy as np
import pytest
from reprobench.harness.guarding.losses import (
    excluded,
    is_lost,
    least_alarming,
    recipes_with_losses,
)


def test_a_run_is_lost_below_half_of_the_median() -> None:
    committed = [9_900, 9_902, 0, 9_910]
    assert is_lost([4_950, 4_951, 0], committed).tolist() == [True, False, True]
    assert recipes_with_losses({"a": committed, "b": [300, 301]}) == {"a"}


def test_diverged_runs_are_lost_and_leave_the_median_alone() -> None:
    diverged = [-np.inf] * 3
    assert is_lost([4_950, 4_951, -np.inf], [*diverged, 9_901, 9_903]).tolist() == [
        True,
        False,
        True,
    ]
    assert is_lost([1, -np.inf], diverged).tolist() == [False, True]
    assert is_lost([1, -np.inf], [*diverged, 9_902], counted=False).tolist() == [False, True]
    assert is_lost([[1, 5]], [[6, -np.inf, 8, 4]]).tolist() == [[True, False]]


def test_fewer_alarm_where_more_runs_are_committed() -> None:
    few, many = (least_alarming(runs, (2, 4, 8), 0.0125) for runs in (6, 120))
    assert few.shape == (7, 3)
    assert np.all(many[0] <= few[0])
    assert np.all(np.diff(many, axis=0) >= 0)  # the more runs were lost before, the more it takes


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.08, 0.2])
@pytest.mark.parametrize("committed", [20, 120])
def test_false_alarms_at_any_true_rate(rate: float, committed: int) -> None:
    at, alpha, repetitions = (2, 4, 8, 16, 20), 0.0125, 40_000
    generator = np.random.default_rng([6, committed])
    before = generator.binomial(committed, rate, repetitions)
    lost = (generator.random((repetitions, at[-1])) < rate).cumsum(axis=1)[:, np.array(at) - 1]
    alarms = (lost >= least_alarming(committed, at, alpha)[before]).any(axis=1).mean()
    assert alarms <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / repetitions)


def test_one_look_worked_by_hand() -> None:
    """None of 120 and then one of two happens at most with (1 - p)^120 (1 - (1 - p)^2) = 0.0045."""
    at_most = max((1 - p) ** 120 * (1 - (1 - p) ** 2) for p in np.linspace(0, 0.1, 1_000))
    assert at_most == pytest.approx(0.0060, abs=0.0001)
    assert least_alarming(120, (2,), 0.004)[0].tolist() == [2]
    assert least_alarming(120, (2,), 0.02)[0].tolist() == [1]


@pytest.mark.parametrize(
    ("lost", "runs", "expected"), [(0, 10, False), (0, 11, True), (1, 17, False), (1, 18, True)]
)
def test_what_a_pass_excludes(lost: int, runs: int, expected: bool) -> None:
    """0.75^10 is 0.056, 0.75^11 is 0.042."""
    assert bool(excluded(np.array(lost), runs, np.array(0.0), 0.05)) is expected


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4])
@pytest.mark.parametrize("number", [1, 3, 7])
def test_recipes_that_lose_more_runs_than_others_are_no_false_alarms(
    number: int, share: float
) -> None:
    """Of seven recipes some lose a share of their runs, committed and new; the others lose none."""
    at, alpha, gates, committed = (2, 4, 8, 16, 20), 0.025, 20_000, 20
    shares = np.array([share] * number + [0.0] * (7 - number))
    generator = np.random.default_rng([7, number])
    before = generator.binomial(committed, shares, (gates, 7))
    fresh = generator.random((gates, 7, at[-1])) < shares[:, None]
    lost = fresh.cumsum(axis=2)[:, :, np.array(at) - 1]
    sharing = (before > 0).sum(axis=1)[:, None] + (before == 0)
    limits = np.stack([least_alarming(committed, at, alpha / k) for k in range(1, 8)])
    alarms = (lost >= limits[sharing - 1, before]).any(axis=(1, 2)).mean()
    assert alarms <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / gates)
