"""Consistency of runs and recipes, worked out by hand."""

import math

import pytest
from reprobench.harness.consistency import NEVER, judge_recipe, judge_run

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


def test_a_recipe() -> None:
    runs = [
        judge_run([9_930, 9_940, 9_942], T, window=2),
        judge_run([9_940, 9_939, 9_941], T, window=2),
        judge_run([9_900, 9_901, 9_910], T, window=2),
    ]
    recipe = judge_recipe(runs, diverged=0)
    assert (recipe.runs, recipe.reached, recipe.holding) == (3, 2, 1)
    assert recipe.pass_rate == pytest.approx(1 / 3)
    assert recipe.hold_rate == pytest.approx(0.5)
    assert recipe.final_mean == 9_931
    assert recipe.final_std == pytest.approx(math.sqrt((121 + 100 + 441) / 2))
    assert (recipe.final_min, recipe.final_max) == (9_910, 9_942)
    assert recipe.first_epoch_median == 2


def test_infinity_takes_part_in_the_median() -> None:
    reached, never = judge_run([T], T, window=1), judge_run([0], T, window=1)
    assert judge_recipe([reached, never, reached], diverged=0).first_epoch_median == 1
    assert judge_recipe([reached, never], diverged=0).first_epoch_median == NEVER


def test_one_run_has_no_spread() -> None:
    recipe = judge_recipe([judge_run([T], T, window=1)], diverged=0)
    assert recipe.final_std is None
    assert recipe.pass_rate == 1


def test_a_diverged_run_stays_in_every_denominator() -> None:
    good = judge_run([T, T], T, window=2)
    recipe = judge_recipe([good, judge_run([T], T, window=2, diverged=True)], diverged=1)
    assert (recipe.runs, recipe.diverged) == (2, 1)
    assert recipe.pass_rate == 0.5
    assert recipe.hold_rate == 0.5
    assert recipe.final_mean == T


def test_no_runs_at_all() -> None:
    recipe = judge_recipe([], diverged=0)
    assert (recipe.runs, recipe.pass_rate, recipe.hold_rate, recipe.final_mean) == (0,) + (
        None,
    ) * 3
