"""Gaffke's interval never misses more often than it promises, as far as enumeration shows."""

import numpy as np
import pandas as pd
import pytest
from reprobench.harness.statistics.gaffke import gaffke
from reprobench.harness.statistics.worst_cases import (
    ALPHA,
    CASES,
    HOLD_RATES,
    WORST_CASES_TABLE,
    worst_miss,
)

ROOM = 1e-6


def test_the_shipped_worst_cases_are_within_what_is_allowed() -> None:
    shipped = pd.read_csv(WORST_CASES_TABLE)
    assert [*zip(shipped["values"], shipped["runs"], strict=True)] == [
        (name, runs) for name, _, runs in CASES
    ]
    assert (shipped["worst"] <= shipped["allowed"] + ROOM).all()
    assert (shipped["worst"] > 0.99 * shipped["allowed"]).all()  # which two points reach


@pytest.mark.parametrize("alpha", [ALPHA, 0.005])
def test_the_search_finds_the_two_points_at_which_it_is_exact(alpha: float) -> None:
    miss, chances = worst_miss(HOLD_RATES, 3, alpha)
    assert miss == pytest.approx(alpha, rel=1e-4)
    assert miss <= alpha + ROOM
    assert np.count_nonzero(chances > 1e-9) == 2


def test_a_miss_counted_run_by_run() -> None:
    """With values 0 and 1 and this probability of 1, three ones of three are the only miss."""
    miss, chances = worst_miss(HOLD_RATES, 3)
    low = gaffke(np.ones(3), 1 - 2 * ALPHA).low
    assert low == pytest.approx(ALPHA ** (1 / 3))
    assert chances[-1] == pytest.approx(low, abs=1e-6)
    assert miss == pytest.approx(chances[-1] ** 3)
