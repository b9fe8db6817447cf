"""Which recipes plots show, if there are more than fit."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.page import document
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.tables import shown as tables
from reprobench.harness.reporting.words import selection
from reprobench.harness.reporting.words.questions import picture, questions
from reprobench.harness.results.ledger import Ledger
from scripted import evidence, evidence_of, published_recipes

SEEDS = 40
"""So many that recipes whose runs all hold are shown to tie."""


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """No plot shows more than two recipes."""
    monkeypatch.setattr(selection, "MOST_RECIPES", 2)


def ending(**counts: int) -> Evidence:
    """Every run of a recipe ends at the same count."""
    ends = {name: dict.fromkeys(range(1, SEEDS + 1), count) for name, count in counts.items()}
    return evidence_of(published_recipes(SEEDS), **ends)


def labels(found: Evidence, plot: str) -> list[str]:
    """The rows of a plot, each without the number of its runs."""
    (figure,) = [q.figure for q in questions(Bundle(found)) if q.plot == plot]
    return [text.get_text().partition(" (")[0] for text in figure.axes[0].get_yticklabels()]


def said(found: Evidence, plot: str) -> str:
    return next(q.sentences[-1] for q in questions(Bundle(found)) if q.plot == plot)


def test_what_all_others_are_compared_with_is_not_counted_among_them() -> None:
    found = ending(iteration1=9_945, iteration2=9_944, iteration3=9_930, final=9_930)
    leader = "iteration1"
    assert selection.selected(Bundle(found)) == [leader, "iteration2"]
    assert labels(found, "deficits") == ["iteration2: ties"]
    assert said(found, "deficits") == (
        "The plot shows the 1 of 3 recipes with the highest hold rates; all are in comparisons.csv."
    )
    assert said(found, "final_counts") == (
        "The plot shows the 2 of 4 recipes with the highest hold rates; all are in runs.csv."
    )


def test_the_choice_is_shown_even_if_its_rank_is_low() -> None:
    """All tie, and the smallest is chosen, whose mean final count is the lowest."""
    found = ending(iteration1=9_945, iteration2=9_944, iteration3=9_943, final=9_942)
    shown = picture(Bundle(found))
    assert shown is not None
    assert [text.get_text() for text in shown.figure.axes[0].get_yticklabels()] == [
        "iteration1 (n = 40)",
        "chosen: final (n = 40)",
    ]
    assert shown.sentences == [
        "The plot shows final and the 1 of 4 recipes with the highest hold rates; all are in "
        "consistency.csv."
    ]


@pytest.mark.usefixtures("no_images")
def test_markdown_says_so_below_the_first_plot_too(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "questions", lambda _: iter(()))
    holding = {"iteration1": 2, "iteration2": 1, "iteration3": 0, "final": 0}
    folder = write_report(evidence(published_recipes(2), ledger, holding), tmp_path).folder
    below = (folder / "report.md").read_text().partition("(plots/hold_rate.png)\n\n")[2]
    assert below.startswith("The plot shows the 2 of 4 recipes with the highest hold rates; all ")


@pytest.mark.usefixtures("no_images")
@pytest.mark.parametrize(
    ("chosen", "rows", "said"),
    [
        ("iteration1", ["**iteration1**", "iteration2"], "The first 2 of 4 rows; all are"),
        ("final", ["iteration1", "**final**"], "The first 1 of 4 rows, and the choice; all are"),
    ],
)
def test_the_table_in_markdown_has_the_choice_whatever_its_rank(
    ledger: Ledger,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    chosen: str,
    rows: list[str],
    said: str,
) -> None:
    """If all tie, the smallest is chosen, whose mean final count is the lowest."""
    monkeypatch.setattr(document, "questions", lambda _: iter(()))
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    low = 9_930 if chosen == "iteration1" else 9_942
    found = ending(iteration1=9_945, iteration2=9_944, iteration3=9_943, final=low)
    for record in itertools.chain(*found.records.values()):
        ledger.write(record)
    found = replace(found, ledger=ledger)
    lines = (write_report(found, tmp_path).folder / "report.md").read_text().splitlines()
    (at,) = [place for place, line in enumerate(lines) if line.startswith("| Recipe | Hold rate")]
    assert [line.split()[1] for line in lines[at + 2 : at + 4]] == rows
    assert lines[at + 5].startswith(said)
