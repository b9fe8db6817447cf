"""The noise decomposition: worked by hand, and unbiased on planted values."""

import numpy as np
import pytest
from reprobench.harness.statistics.noise import decompose


def test_worked_by_hand() -> None:
    # Four images, three runs: image 0 always wrong, 1 in two runs, 2 in one, 3 never.
    found = decompose([np.array([0, 1, 2]), np.array([0, 1]), np.array([0])], 4, 0.95, "declared")
    assert found.variance == pytest.approx(1)  # of 3, 2, 1
    # Rates 1, 2/3, 1/3, 0: 2/9 + 2/9, times 3/2.
    assert found.independent == pytest.approx(2 / 3)
    assert found.between == pytest.approx((1 - 2 / 3) * 4 / 3)
    assert (found.always_wrong, found.sometimes_wrong) == (1, 2)


def test_it_can_be_negative() -> None:
    found = decompose([np.array([0]), np.array([1])], 10, 0.95, "declared")
    assert found.variance == 0
    assert found.between == pytest.approx(-1 * 10 / 9)
    assert found.between_interval is not None
    assert found.between_interval.low < 0


@pytest.mark.parametrize("spread", [0.0, 0.3])
@pytest.mark.parametrize("runs", [5, 10, 20])
def test_unbiased_on_planted_values(spread: float, runs: int) -> None:
    """Networks whose true error rates differ by a planted variance, errors drawn image by image."""
    generator, total = np.random.default_rng([3, runs]), 2_000
    difficulty = np.linspace(-8, 3, total)

    def rates(skill: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(difficulty + skill[:, None])))

    planted = float(rates(generator.normal(0, spread, 5_000)).sum(axis=1).var())
    estimates = []
    for _ in range(300):
        wrong = generator.random((runs, total)) < rates(generator.normal(0, spread, runs))
        found = decompose([np.flatnonzero(row) for row in wrong], total, 0.95, "declared")
        estimates.append(found.between)
    error = np.std(estimates, ddof=1) / np.sqrt(len(estimates))
    assert np.mean(estimates) == pytest.approx(planted, abs=4 * error)


def test_one_run_and_none() -> None:
    one = decompose([np.array([3, 4])], 10, 0.95, "declared")
    assert (one.runs, one.variance, one.between, one.always_wrong) == (1, None, None, 2)
    none = decompose([], 10, 0.95, "declared")
    assert (none.runs, none.variance, none.always_wrong, none.sometimes_wrong) == (0, None, 0, 0)


def test_runs_without_mistakes() -> None:
    found = decompose([np.array([], dtype=np.int64)] * 3, 10, 0.95, "declared")
    assert (found.variance, found.independent, found.between) == (0, 0, 0)


def test_one_image() -> None:
    """The spread of the counts is all that independent errors on it give."""
    found = decompose([np.array([0]), np.array([], dtype=np.int64)], 1, 0.95, "declared")
    assert found.variance == pytest.approx(0.5)
    assert found.independent == pytest.approx(0.5)
    assert (found.between, found.between_interval) == (None, None)
    assert (found.always_wrong, found.sometimes_wrong) == (0, 1)
