"""Main effects of a grid, worked out by hand."""

from dataclasses import replace

import pytest
from reprobench.harness.judging.effects import main_effects
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.words import answers
from reprobench.harness.reporting.words.questions import questions
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.axes import grid_levels
from reprobench.harness.study.loading.file import load_study
from scripted import published_recipes, scripted_record


def test_the_axes_of_the_shipped_grid() -> None:
    found = grid_levels(load_study("mnist-grid").recipes)
    levels = {axis: list(dict.fromkeys(own.values())) for axis, own in found.items()}
    assert levels == {
        "architecture": ["iteration", "final"],
        "lr": ["lr0.1", "lr0.05", "lr0.01"],
        "scheduler": ["none", "StepLR-6-0.5", "CosineAnnealingLR", "OneCycleLR"],
    }


def test_recipes_that_are_no_grid() -> None:
    assert grid_levels(published_recipes().recipes) == {}
    assert grid_levels(load_study("mnist-grid").recipes[:-1]) == {}


def test_means_over_the_recipes_of_a_level(ledger: Ledger) -> None:
    study = replace(load_study("mnist-grid"), seeds=(1, 2, 3))
    for run in study.runs():
        if (run.recipe.name, run.seed) == ("iteration-lr0.1-none", 3):
            continue  # so seed 3 is left out of every comparison with this recipe
        holds = run.recipe.architecture == "final" or run.seed == 1
        ledger.write(scripted_record(run, [9_945 if holds else 9_930] * 15))
    found = {(e.axis, e.level): e for e in main_effects(gather(study, ledger))}
    iteration, final = found["architecture", "iteration"], found["architecture", "final"]
    assert (iteration.recipes, iteration.runs, iteration.hold_rate) == (12, 24, 0.5)
    assert (final.recipes, final.runs, final.hold_rate) == (12, 36, 1)
    assert final.hold_interval is not None
    assert final.hold_interval.low < 0.7
    # lr0.01: six recipes hold always, six with seed 1 only.
    assert found["lr", "lr0.01"].hold_rate == pytest.approx((1 + 0.5 + 0.5) / 3)


@pytest.mark.parametrize(
    ("trained", "found"),
    [
        (
            ["lr0.1-none", "lr0.1-StepLR-6-0.5"],
            [("scheduler", "none", 1), ("scheduler", "StepLR-6-0.5", 1)],
        ),
        (
            ["lr0.1-none", "lr0.1-StepLR-6-0.5", "lr0.05-none"],
            [("lr", "lr0.1", 1), ("lr", "lr0.05", 1)],
        ),
        (
            ["lr0.1-none", "lr0.01-none", "lr0.1-OneCycleLR", "lr0.01-OneCycleLR", "lr0.05-none"],
            [
                *(("lr", "lr0.1", 2), ("lr", "lr0.01", 2)),
                *(("scheduler", "none", 2), ("scheduler", "OneCycleLR", 2)),
            ],
        ),
        (["lr0.1-none", "lr0.05-OneCycleLR"], []),
        (["lr0.1-none"], []),
    ],
)
def test_a_grid_that_is_partly_trained(
    trained: list[str], found: list[tuple[str, str, int]], ledger: Ledger
) -> None:
    """No axis has a single level, and all levels of an axis are compared over the others."""
    whole = load_study("mnist-grid")
    finals = tuple(one for one in whole.own_recipes if one.architecture == "final")
    study = replace(whole, seeds=(1, 2), recipes=finals)
    for run in study.runs():
        if run.recipe.name.removeprefix("final-") in trained:
            ledger.write(scripted_record(run, [9_945] * 15))
    bundle = Bundle(gather(study, ledger))
    assert [(row.axis, row.level, row.recipes) for row in bundle.effects] == found
    asked = [one.title for one in questions(bundle)]
    assert ("What does each setting do to the hold rate?" in asked) == bool(found)
    if found:
        count = sum(recipes for axis, _, recipes in found if axis == found[0][0])
        said = f"Only {count} of the 12 recipes count: those with runs in every combination."
        assert answers.effects(bundle)[0] == said


def test_no_runs_no_effects(ledger: Ledger) -> None:
    assert list(main_effects(gather(load_study("mnist-grid"), ledger))) == []
