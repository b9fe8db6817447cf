"""Consistency of runs and recipes, worked out by hand."""

import math

import numpy as np
import pytest
from reprobench.harness.judging.consistency import (
    NEVER,
    RecipeConsistency,
    RunConsistency,
    judge_recipe,
    judge_run,
)

T = 9_940


def test_a_run_that_holds() -> None:
    run = judge_run([9_900, 9_940, 9_938, 9_941, 9_940, 9_945], T, window=3)
    assert run.holds
    assert run.hold_rate == 1
    assert run.first_epoch == 2
    assert run.dip == 2
    assert (run.final, run.best) == (9_945, 9_945)


def test_a_run_that_falls_back() -> None:
    run = judge_run([9_945, 9_930, 9_941, 9_939], T, window=4)
    assert not run.holds
    assert run.hold_rate == 0.5
    assert run.first_epoch == 1
    assert run.dip == 10
    assert (run.final, run.best) == (9_939, 9_945)


def test_a_run_that_never_arrives() -> None:
    run = judge_run([9_900, 9_939], T, window=1)
    assert (run.reached, run.first_epoch, run.dip, run.hold_rate) == (False, NEVER, 0, 0)


def test_a_run_cut_short_has_its_window_clipped() -> None:
    run = judge_run([9_940, 9_941], T, window=5)
    assert run.holds
    assert run.hold_rate == 1


@pytest.mark.parametrize("counts", [[], [9_950, 9_950]])
def test_a_diverged_run_counts_as_nothing_reached(counts: list[int]) -> None:
    run = judge_run(counts, T, window=2, diverged=True)
    assert (run.reached, run.holds, run.hold_rate, run.final) == (False, False, 0, None)
    assert run.first_epoch == NEVER


def recipe_of(*runs: RunConsistency, diverged: int = 0) -> RecipeConsistency:
    return judge_recipe(runs, diverged, T, 0.95, "declared")


def test_a_recipe() -> None:
    recipe = recipe_of(
        judge_run([9_930, 9_940, 9_942], T, window=2),
        judge_run([9_940, 9_939, 9_941], T, window=2),
        judge_run([9_900, 9_901, 9_910], T, window=2),
    )
    assert (recipe.runs, recipe.reached, recipe.holding) == (3, 2, 1)
    assert recipe.pass_rate == pytest.approx(1 / 3)
    # One of three at least: 1 - (1 - p)^3 is 5%; two of three at most: p^3 is 95%.
    assert recipe.pass_bounds
    assert recipe.reached_bounds
    assert recipe.pass_bounds.low == pytest.approx(1 - 0.95 ** (1 / 3))
    assert recipe.reached_bounds.high == pytest.approx(0.95 ** (1 / 3))
    assert recipe.hold_rate == pytest.approx(0.5)
    assert recipe.first_epoch_median == 2
    deviation = math.sqrt((121 + 100 + 441) / 2)
    assert recipe.final.mean == 9_931
    assert recipe.final.deviation == pytest.approx(deviation)
    assert (recipe.final.least, recipe.final.most) == (9_910, 9_942)
    assert recipe.final.mean_needed == pytest.approx(9_939.5 + 1.6449 * deviation, rel=1e-6)


def test_the_interquartile_mean_is_rliables() -> None:
    finals = [9_931, 9_940, 9_942, 9_938, 9_935, 9_701, 9_944, 9_939]
    recipe = recipe_of(*(judge_run([final], T, window=1) for final in finals))
    metrics = pytest.importorskip("rliable.metrics")
    assert recipe.final.interquartile_mean == metrics.aggregate_iqm(np.array(finals)[:, None])
    assert recipe.final.interquartile_mean == (9_935 + 9_938 + 9_939 + 9_940) / 4


def test_when_a_run_stays() -> None:
    found = [
        judge_run(counts, T, window=2).staying_from
        for counts in ([T, T, T], [T, 0, T], [0, T, T], [T, T, 0])
    ]
    assert found == [1, 3, 2, NEVER]


def test_infinity_takes_part_in_the_median() -> None:
    reached, never = judge_run([T], T, window=1), judge_run([0], T, window=1)
    assert recipe_of(reached, never, reached).first_epoch_median == 1
    assert recipe_of(reached, never).first_epoch_median == NEVER


def test_one_run_has_no_spread() -> None:
    recipe = recipe_of(judge_run([T], T, window=1))
    assert recipe.pass_rate == 1
    assert recipe.final.deviation is None
    assert recipe.final.interval is None
    assert recipe.final.prediction is None
    assert recipe.pass_interval is not None
    assert recipe.pass_interval.low == pytest.approx(0.025)  # 1 of 1: p^1 = 2.5%
    assert recipe.hold_interval is not None
    assert recipe.hold_interval.low < 0.1


def test_all_runs_equal() -> None:
    recipe = recipe_of(*[judge_run([T], T, window=1)] * 10)
    assert recipe.final.deviation == 0
    assert recipe.final.interval is not None
    assert recipe.final.interval.low < T < recipe.final.interval.high  # rounding hides some spread
    assert recipe.hold_interval is not None
    assert recipe.hold_interval.low < 0.75


def test_a_diverged_run_stays_in_every_denominator() -> None:
    good, bad = judge_run([T, T], T, window=2), judge_run([T], T, window=2, diverged=True)
    recipe = recipe_of(good, bad, diverged=1)
    assert (recipe.runs, recipe.diverged) == (2, 1)
    assert recipe.pass_rate == 0.5
    assert recipe.hold_rate == 0.5
    assert recipe.final.mean == T
    assert recipe.final.runs == 1


def test_no_runs_at_all() -> None:
    recipe = recipe_of()
    assert (recipe.runs, recipe.pass_rate, recipe.hold_rate, recipe.hold_interval) == (0,) + (
        None,
    ) * 3
    assert recipe.final.mean is None
