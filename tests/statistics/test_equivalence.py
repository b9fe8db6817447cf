"""Equivalence of runs with other bits, and how often it is shown if nothing else differs."""

from __future__ import annotations

import numpy as np
import pytest
from reprobench.harness.statistics.equivalence import (
    chance_of_equivalence,
    equivalence,
    pairs_for_equivalence,
    plausible,
)

MEASURED = [0.95, 0.952, 0.949, 0.951, 0.948, 0.953]


def test_values_that_are_no_counts_are_not_rounded_to_images() -> None:
    """In units of 0.001 they are counts: what is said of them is the same."""
    counts = [value * 1_000 for value in MEASURED]
    of_counts = chance_of_equivalence([counts], 5, 10.0, 0.95, 0)
    assert chance_of_equivalence([MEASURED], 5, 0.01, 0.95, 0) == pytest.approx(of_counts)
    assert of_counts > 0.8
    assert pairs_for_equivalence([MEASURED], 0.01, 0.95, 0) is not None


def test_values_that_agree_have_an_unknown_spread() -> None:
    found = equivalence([0.1] * 10, 0.2, 0)
    assert found.mean == pytest.approx(0.1)
    assert found.interval is None
    assert not found.is_shown
    assert equivalence([1.0] * 10, 2).is_shown  # counts: their rounding is known


@pytest.mark.parametrize(
    ("measured", "pairs", "margin"),
    [(MEASURED, 5, 0.0025), ([0.31] * 4 + [0.33], 2, 0.05), ([0.31] * 4 + [0.33], 5, 0.05)],
)
def test_the_forecast_is_the_share_of_what_is_shown(
    measured: list[float], pairs: int, margin: float
) -> None:
    """By drawing pairs and testing each: with its Monte Carlo error."""
    rng, repetitions = np.random.default_rng(1), 2_000
    drawn = rng.choice(measured, (2, repetitions, pairs))
    shown = np.mean(
        [equivalence(own, margin, 0).is_shown for own in (drawn[1] - drawn[0]).tolist()]
    )
    error = np.sqrt(shown * (1 - shown) / repetitions + 0.25 / 4_000)
    forecast = chance_of_equivalence([measured], pairs, margin, 0.95, 0)
    print(f"shown {shown:.3f}, forecast {forecast:.3f} ± {error:.3f}")
    assert forecast <= shown + 3 * error  # each run must be plausible too
    assert forecast >= shown - 3 * error - 0.05


def test_two_one_sided_tests_worked_by_hand() -> None:
    # 1, 2, 3: mean 2, standard error 0.5774, t at 95% with 2 degrees of freedom 2.920.
    found = equivalence([1, 2, 3], margin=5)
    assert found.interval is not None
    assert found.interval.high == pytest.approx(2 + 2.920 * 0.57735, rel=1e-3)
    assert found.is_shown
    assert not equivalence([1, 2, 3], margin=3).is_shown
    assert not equivalence([0], margin=5).is_shown
    assert equivalence([], margin=5).mean is None


def test_single_runs_are_adjusted_for_their_number() -> None:
    one, many = (plausible([9_930, 9_940, 9_950], runs, 0.95) for runs in (1, 10))
    assert one is not None
    assert many is not None
    assert many.low < one.low < 9_940 < one.high < many.high
    assert plausible([9_940], 1, 0.95) is None
