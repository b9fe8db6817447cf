"""Published runs among ours: all are compared after as many epochs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.plots.recipes import final_counts
from reprobench.harness.reporting.words.method import published_sentences
from reprobench.harness.results.ledger import Ledger
from scripted import published_recipes, scripted_record

PUBLISHED = (9_900, 9_941, 9_939, 9_942)


def among(ledger: Ledger, *ours: list[int] | None) -> Bundle:
    """Our runs of `final` by their counts; None for one that diverged in its first epoch."""
    study = published_recipes(len(ours))
    recipes = tuple(recipe for recipe in study.recipes if recipe.name == "final")
    criterion = study.criterion.model_copy(update={"window": 2})
    study = replace(study, recipes=recipes, published={"final": PUBLISHED}, criterion=criterion)
    for run in study.runs():
        counts = ours[run.seed - 1]
        status = "diverged" if counts is None else "completed"
        ledger.write(scripted_record(run, counts or (), status=status))
    return Bundle(gather(study, ledger))


def axes_of(bundle: Bundle) -> Axes:
    """Those of the plot of final counts."""
    evidence = bundle.evidence
    figure = final_counts(
        bundle.runs, ["final"], evidence.threshold, evidence.study.published, evidence.measure, ""
    )
    return figure.axes[0]


def drawn(bundle: Bundle) -> list[float]:
    """The counts of published runs in the plot of final counts."""
    lines = [line for line in axes_of(bundle).get_lines() if line.get_marker() == "D"]
    return [count for line in lines for count in line.get_xdata()]


def test_the_plot_says_how_many_of_all_runs_have_a_final_count(ledger: Ledger) -> None:
    found = among(ledger, [9_930] * 4, None, [9_950] * 4)
    assert [label.get_text() for label in axes_of(found).get_yticklabels()] == [
        "final (2 of 3 runs)"
    ]


def test_runs_that_were_not_trained_as_far_are_left_out(ledger: Ledger) -> None:
    bundle = among(ledger, [9_800, 9_810], [9_800] * 3, [9_800] * 3)
    (row,) = bundle.published
    assert (row.runs, row.final_below, row.hold_rate_below) == (0, 0, 0)
    assert row.prediction is None
    assert published_sentences(bundle) == ["Left out, since not trained as far: 3 runs of final."]
    assert drawn(bundle) == []


def test_runs_that_were_trained_as_far_or_diverged_are_compared(ledger: Ledger) -> None:
    """The last but one is at the threshold in the second of its last two epochs, as published."""
    bundle = among(ledger, [9_800] * 3, None, [9_930, 9_950, 9_939, 9_941], [9_950] * 4)
    (row,) = bundle.published
    assert (row.runs, row.final_below, row.final_equal) == (3, 2, 0)
    assert (row.hold_rate_below, row.hold_rate_equal) == (1, 1)
    assert row.prediction is None
    assert published_sentences(bundle) == ["Left out, since not trained as far: 1 run of final."]


def test_a_run_that_diverges_later_is_compared_as_it_was(ledger: Ledger) -> None:
    study = published_recipes(1)
    (recipe,) = (recipe for recipe in study.recipes if recipe.name == "final")
    study = replace(study, recipes=(recipe,), published={"final": PUBLISHED})
    ledger.write(scripted_record(study.runs()[0], [9_990] * 8, status="diverged"))
    (row,) = Bundle(gather(study, ledger)).published
    assert (row.runs, row.final_below, row.hold_rate_below) == (1, 0, 0)


def test_longer_runs_are_compared_after_as_many_epochs(ledger: Ledger) -> None:
    bundle = among(ledger, [9_930, 9_930, 9_930, 9_950, 9_930], [9_930, 9_930, 9_930, 9_930, 9_950])
    (row,) = bundle.published
    assert (row.runs, row.final_below, row.hold_rate_equal) == (2, 1, 1)
    assert row.prediction is None
    assert published_sentences(bundle) == []
    assert drawn(bundle) == []


@pytest.mark.parametrize("lost", [[], [None]])
def test_runs_of_as_many_epochs_predict_the_published_one(ledger: Ledger, lost: list[None]) -> None:
    bundle = among(ledger, [9_930] * 4, [9_950] * 4, *lost)
    (row,) = bundle.published
    (ours,) = bundle.ranked
    assert row.prediction == ours.over.prediction is not None
    (said,) = published_sentences(bundle)
    assert said.startswith("The published run of final ended inside the prediction interval")
    assert drawn(bundle) == [9_942]


@pytest.mark.usefixtures("no_pictures", "no_images")
@pytest.mark.parametrize("runs", [1, 2])
def test_no_empty_paragraph_stands_for_a_prediction_that_one_run_does_not_give(
    ledger: Ledger, tmp_path: Path, runs: int
) -> None:
    folder = write_report(among(ledger, *[[*PUBLISHED]] * runs).evidence, tmp_path).folder
    text, page = ((folder / name).read_text() for name in ("report.md", "report.html"))
    assert ("the prediction interval for a further run" in text) is (runs == 2)
    assert "<p></p>" not in page
    assert "\n\n\n\n" not in text
