"""The intervals' coverage: simulated again, and as the report's note on method quotes it."""

import math

import pandas as pd
import pytest
from reprobench.harness.reporting.words.method import INTERVALS
from reprobench.harness.statistics.coverage import (
    CONFIDENCE,
    COVERAGE_TABLE,
    RECIPES,
    REPETITIONS,
    RUNS,
    simulate_coverage,
)

FEW = 200


def error(share: float, repetitions: int) -> float:
    """Monte Carlo standard error of a share."""
    return math.sqrt(max(share * (1 - share), 0.25 / repetitions) / repetitions)


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return pd.read_csv(COVERAGE_TABLE).set_index("runs")


def test_every_interval_covers_what_it_promises(shipped: pd.DataFrame) -> None:
    assert tuple(shipped.index) == RUNS
    assert set(shipped["repetitions"]) == {REPETITIONS}
    for name in [name for words in INTERVALS.values() for name in words]:
        promised = CONFIDENCE - 3 * error(CONFIDENCE, REPETITIONS)
        assert shipped[name].min() >= promised, name


def test_few_false_alarms(shipped: pd.DataFrame) -> None:
    alpha = 1 - CONFIDENCE
    for recipes in RECIPES:
        alarms = shipped[f"family_wise_{recipes}"]
        assert alarms.max() <= alpha + 3 * error(alpha, REPETITIONS), recipes


@pytest.mark.parametrize(
    "runs", [RUNS[0], *(pytest.param(runs, marks=pytest.mark.slow) for runs in RUNS[1:])]
)
def test_the_shipped_figures_are_what_the_simulation_gives(
    shipped: pd.DataFrame, runs: int
) -> None:
    anew = simulate_coverage(runs, FEW, seed=2)
    for name, share in anew.items():
        expected = shipped.loc[runs, name]
        assert share == pytest.approx(expected, abs=4.5 * error(expected, FEW)), name
