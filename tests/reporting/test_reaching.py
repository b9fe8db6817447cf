"""Whether runs stay at the threshold, if some diverge or end before others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.plots.epochs import share_by_epoch
from reprobench.harness.reporting.tables.survival import SurvivalRow
from reprobench.harness.reporting.words.reaching import first_epochs, reached, staying
from reprobench.harness.results.ledger import Ledger
from scripted import published_recipes, scripted_record

AT, BELOW = 9_945, 9_930
LOST = "diverged"


def of_runs(ledger: Ledger, window: int, **ends: list[tuple[int, int | str]]) -> Bundle:
    """Each recipe's runs by their number of epochs, and the count at all of them; `LOST` for runs
    that diverged after that number of good epochs."""
    study = published_recipes(max(map(len, ends.values())))
    recipes = tuple(recipe for recipe in study.recipes if recipe.name in ends)
    criterion = study.criterion.model_copy(update={"window": window})
    study = replace(study, recipes=recipes, criterion=criterion)
    for run in study.runs():
        for epochs, end in ends[run.recipe.name][run.seed - 1 : run.seed]:
            lost = end == LOST
            ledger.write(
                scripted_record(
                    run, [AT if lost else end] * epochs, status=LOST if lost else "completed"
                )
            )
    return Bundle(gather(study, ledger))


def shares(bundle: Bundle, recipe: str) -> list[tuple[int, float, float, int]]:
    rows = [row for row in bundle.survival if row.recipe == recipe]
    return [(row.epoch, row.reached, row.staying, row.runs) for row in rows]


def test_a_recipe_whose_runs_all_diverged_stays_in_the_denominator(ledger: Ledger) -> None:
    bundle = of_runs(ledger, 2, final=[(6, AT)] * 3, iteration1=[(2, LOST), (2, LOST), (0, LOST)])
    assert reached(bundle)[0] == "3 of 6 runs reached 9,940 of 10,000 at some epoch."
    assert staying(bundle) == [
        "At epoch 6, 3 of 6 runs were at the threshold.",
        "3 of 6 runs were at it from epoch 5 on.",
    ]
    assert shares(bundle, "iteration1") == [(epoch, 0, 0, 3) for epoch in range(1, 7)]
    assert shares(bundle, "final") == [(epoch, 1, 1, 3) for epoch in range(1, 7)]


def test_a_run_that_ended_earlier_is_judged_at_its_last_epoch(ledger: Ledger) -> None:
    """Nothing is said of an epoch that two of three runs do not have."""
    bundle = of_runs(ledger, 3, final=[(10, BELOW)], iteration1=[(3, AT)], iteration2=[(3, AT)])
    assert staying(bundle) == [
        "2 of 3 runs were at the threshold at their last epoch.",
        "2 of 3 runs were at it throughout their last 3 epochs.",
        "Runs that did not diverge have 3 to 10 epochs; at later ones, the plot shows them as at "
        "their last.",
    ]
    assert shares(bundle, "iteration1") == [(epoch, 1, 1, 1) for epoch in range(1, 11)]
    assert shares(bundle, "final") == [(epoch, 0, 0, 1) for epoch in range(1, 11)]
    assert first_epochs(bundle)[1] == (
        "The largest share of runs that had reached it by their last epoch is 1.000, for "
        "iteration1 and iteration2."
    )


def test_ends_before_that_of_a_run_that_diverged_and_shorter_than_the_window(
    ledger: Ledger,
) -> None:
    assert staying(of_runs(ledger, 5, final=[(4, AT), (4, BELOW), (7, LOST)])) == [
        "1 of 3 runs was at the threshold at its last epoch.",
        "1 of 3 runs was at it throughout its last 5 epochs, or all if there are fewer.",
        "Runs that did not diverge have 4 epochs; at later ones, the plot shows them as at their "
        "last.",
    ]


def test_runs_that_all_diverged(ledger: Ledger) -> None:
    assert staying(of_runs(ledger, 2, final=[(4, LOST), (2, LOST)])) == [
        "At epoch 4, 0 of 2 runs were at the threshold.",
        "0 of 2 runs were at it from epoch 3 on.",
    ]


@pytest.mark.parametrize("epoch", [2, 6])
def test_the_plot_goes_as_far_for_every_recipe(ledger: Ledger, epoch: int) -> None:
    bundle = of_runs(ledger, 2, final=[(6, AT)], iteration1=[(epoch, LOST)])

    def share(row: SurvivalRow) -> float:
        return row.staying

    (axes,) = share_by_epoch(bundle.survival, ["final", "iteration1"], share, "share").axes
    assert [list(line.get_xdata()) for line in axes.get_lines()] == [[1, 2, 3, 4, 5, 6]] * 2


def test_equal_medians_of_different_numbers_of_runs(ledger: Ledger) -> None:
    bundle = of_runs(ledger, 3, final=[(3, AT), (3, AT)], iteration1=[(3, AT)])
    assert first_epochs(bundle)[0] == (
        "The first to reach it are iteration1 and final, at epoch 1, the median over 1 to 2 runs "
        "(runs that never reach it count as infinitely late)."
    )


def test_equal_medians_of_one_run_each(ledger: Ledger) -> None:
    bundle = of_runs(ledger, 3, final=[(3, AT)], iteration1=[(3, AT)])
    assert first_epochs(bundle)[0] == (
        "The first to reach it are iteration1 and final, at epoch 1, in the only run of each."
    )
