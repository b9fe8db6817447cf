"""What a terminal shows of a report, however wide the terminal is."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.page.terminal import WrittenReport, show_report
from reprobench.harness.reporting.tables.shown import MOST_ROWS, Cell
from reprobench.harness.results.ledger import Ledger
from rich.console import Console
from scripted import evidence, published_recipes
from unpictured import leave_out_pictures


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> WrittenReport:
    """A report on four seeds of three of the published recipes."""
    place = tmp_path_factory.mktemp("terminal")
    ledger = Ledger(place / "ledger")
    ledger.prepare()
    found = evidence(published_recipes(4), ledger, {"iteration1": 0, "iteration2": 3, "final": 1})
    with pytest.MonkeyPatch.context() as patch:
        leave_out_pictures(patch.setattr)
        return write_report(found, place / "out", data=place / "nowhere")


def shown(report: WrittenReport, width: int) -> list[str]:
    output = io.StringIO()
    show_report(report, Console(file=output, width=width))
    return output.getvalue().splitlines()


def test_the_answer_comes_last_and_the_chosen_row_is_marked(report: WrittenReport) -> None:
    lines = shown(report, 200)
    assert lines[-1] == report.headline.advice
    assert lines[-1].startswith("No recipe is shown to be reliable; iteration2 is the best guess: ")
    assert lines[-2] == f"report: {report.folder / 'report.html'}"
    assert [line.split()[1] for line in lines if line.lstrip().startswith(">")] == ["iteration2"]
    assert any("not enough runs to say whether iteration2 meets this" in line for line in lines)


def test_recipes_of_another_engine_are_not_left_out_in_silence(report: WrittenReport) -> None:
    said = "trained by another engine, and not compared with these: final and iteration1"
    assert not [line for line in shown(report, 200) if "another engine" in line]
    assert said in shown(replace(report, apart=("final", "iteration1")), 200)


def test_recipes_without_runs_have_no_row(report: WrittenReport) -> None:
    lines = shown(report, 200)
    assert not any(line.split()[:1] == ["iteration3"] for line in lines)
    assert "Left out of all tables, for lack of runs: iteration3." in lines


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_no_number_is_cut(report: WrittenReport, width: int) -> None:
    lines = shown(report, width)
    table = lines[lines.index(report.title) + 1 : lines.index(report.headline.biased[0])]
    assert all(len(line.rstrip()) <= width for line in table)
    assert "…" not in "".join(table)
    text = " ".join(" ".join(table).split())
    for part in ("0.750", "3 of 4: 0.750", "Hold rate", "Pass rate"):
        assert part in text
    assert ("Std. dev." in text) == (width > 120)


def test_a_table_too_wide_for_one_line_a_row_has_intervals_on_a_second(
    report: WrittenReport,
) -> None:
    row = next(line for line in shown(report, 60) if line.lstrip().startswith(">"))
    assert "(" not in row
    assert row.split() == [">", "iteration2", "0.750", "3", "of", "4:", "0.750"]


def test_the_mark_stands_before_a_name_that_goes_on_in_the_next_line(report: WrittenReport) -> None:
    (first, *cells), *rows = report.summary.rows
    name = Cell(f"a-name-that-is-rather-long-{first.text}", first.key)
    many = replace(report.summary, rows=[[name, *cells], *rows])
    lines = shown(replace(report, summary=many, chosen=name.text), 60)
    marked = next(line for line in lines if line.lstrip().startswith(">"))
    assert name.text.startswith(marked.split()[1])


def test_of_many_recipes_the_first_are_shown_and_the_rest_counted(report: WrittenReport) -> None:
    many = replace(report.summary, rows=report.summary.rows * MOST_ROWS)
    lines = shown(replace(report, summary=many), 200)
    assert f"and {2 * MOST_ROWS} more, in consistency.csv" in lines


def test_the_choice_has_a_row_even_below_so_many_others(report: WrittenReport) -> None:
    *_, last = report.summary.rows
    many = replace(report.summary, rows=[*report.summary.rows[:1] * MOST_ROWS, last])
    lines = shown(replace(report, summary=many, chosen=last[0].text), 200)
    marked = [line.split()[1] for line in lines if line.lstrip().startswith(">")]
    assert marked == [last[0].text] == ["iteration1"]
    assert sum(line.lstrip().startswith("iteration2") for line in lines) == MOST_ROWS - 1
