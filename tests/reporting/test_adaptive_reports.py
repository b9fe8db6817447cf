"""What a report says, and does not say, if one may look after every run."""

from __future__ import annotations

from pathlib import Path

import pytest
from reprobench.harness.judging import comparison
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.plots.course import evidence_by_runs
from reprobench.harness.reporting.plots.style import style
from reprobench.harness.reporting.tables.columns import Rows
from reprobench.harness.reporting.tables.course import CourseRow, course_table
from reprobench.harness.reporting.words import course
from reprobench.harness.reporting.words.headline import headline
from reprobench.harness.reporting.words.method import (
    claim_sentences,
    method_sentences,
    published_sentences,
)
from reprobench.harness.reporting.words.questions import picture, questions
from reprobench.harness.reporting.words.steps import steps
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.statistics import bounded, intervals
from reprobench.harness.study.declaration import Study
from scripted import adaptive, evidence, published_recipes

HOLDING = {"iteration1": 2, "iteration2": 10, "iteration3": 8, "final": 6}
FIXED = ("Gaffke", "Clopper", "Student)", "Newcombe", "sign-flip", "declared number")
"""Words for methods that are valid only for a declared number of runs."""
FIXED_INTERVALS = ("of_mean", "one_further", "variance_interval", "of_superiority")


def declared(seeds: int) -> Study:
    """The four published recipes with this number of declared seeds."""
    return published_recipes(seeds)


@pytest.fixture
def no_fixed_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every method fail that is valid only for a declared number of runs."""

    def refuse(*_: object) -> None:
        raise AssertionError("asked for what looking again makes false")

    for room, name in (
        *((bounded, name) for name in ("gaffke", "share_interval", "share_bounds")),
        *((intervals, name) for name in FIXED_INTERVALS),
        *((comparison, name) for name in ("sign_flip", "sign_flip_of_reals")),
    ):
        monkeypatch.setattr(room, name, refuse)


def everything(found: Evidence) -> str:
    """All tables of the report and all its sentences; all plots are drawn too."""
    style()
    bundle = Bundle(found)
    drawn = picture(bundle)
    asked = list(questions(bundle))
    said = headline(bundle)
    lines = [said.advice, *said.grounds, *said.biased, *steps(bundle), *method_sentences(bundle)]
    lines += [line for question in asked for line in question.sentences]
    lines += [*claim_sentences(bundle), *published_sentences(bundle)]
    tables = [table.csv() for table in bundle.csv_files()]
    assert drawn is not None
    return "\n".join([*lines, *tables, *drawn.sentences])


@pytest.mark.usefixtures("no_fixed_numbers")
@pytest.mark.parametrize(
    ("study", "holding"),
    [
        (adaptive(20), HOLDING),
        (adaptive(10), {"iteration2": 3, "final": 2}),
    ],
    ids=["all recipes", "some recipes"],
)
def test_an_adaptive_report_asks_for_nothing_that_looks_make_false(
    study: Study, holding: dict[str, int], ledger: Ledger
) -> None:
    text = everything(evidence(study, ledger, holding))
    assert not [word for word in FIXED if word in text]
    assert "hedged capital" in text


@pytest.mark.usefixtures("no_fixed_numbers")
def test_nor_does_a_look_ahead(ledger: Ledger) -> None:
    """After 8 of 20 declared seeds."""
    evidence(declared(8), ledger, HOLDING)
    found = gather(declared(20), ledger)
    assert found.look_ahead
    text = everything(found)
    assert not [word for word in FIXED if word in text.replace("declared number of runs: this", "")]
    assert "this is a look ahead" in text


@pytest.mark.usefixtures("no_fixed_numbers")
def test_a_declared_number_does(ledger: Ledger) -> None:
    """Otherwise the tests above could not fail."""
    with pytest.raises(AssertionError, match="looking again makes false"):
        everything(evidence(declared(8), ledger, HOLDING))


def test_a_declared_number_says_so(ledger: Ledger) -> None:
    text = everything(evidence(declared(8), ledger, HOLDING))
    assert [word for word in FIXED if word not in text] == []
    assert "edged capital" not in text


@pytest.mark.usefixtures("no_images", "no_fixed_numbers")
def test_the_page_of_an_adaptive_report(ledger: Ledger, tmp_path: Path) -> None:
    """Also the templates: a leader is only mentioned in the names of columns."""
    report = write_report(evidence(adaptive(20), ledger, HOLDING), tmp_path)
    for name in ("report.md", "report.html"):
        text = (report.folder / name).read_text()
        assert not [word for word in FIXED if word in text]
        assert "up to 20 each" in text
        assert "declared seeds each" not in text
        assert "most such studies" not in text
        assert "How far is each recipe behind the choice?" in text
        assert "against the leader" not in text
        assert course.TWO_SIDED in text
    assert (report.folder / "course.csv").exists()


def test_the_evidence_that_drops_a_recipe_is_in_the_table_and_the_plot(ledger: Ledger) -> None:
    """iteration2 leads `final`, the smaller one, whose last line ends where that is shown."""
    held = {"iteration1": 0, "iteration2": 25, "iteration3": 0, "final": 0}
    table = course_table(evidence(adaptive(25), ledger, held))
    drop = next(row for row in table if row.recipe == "final" and row.place == "dropped")
    before = [row for row in table if row.recipe == "iteration2" and row.runs < drop.runs]
    assert drop.behind == "iteration2"
    assert drop.behind_evidence is not None
    assert before[-1].ahead is not None
    assert before[-1].ahead < drop.required_evidence <= drop.behind_evidence
    assert all((row.behind is None) == (row.place != "dropped") for row in table)
    axes = evidence_by_runs(table, list(held)).axes[0]
    dotted = [line for line in axes.get_lines() if line.get_linestyle() == ":"]
    ends = [
        [float(value[-1]) for value in line.get_data()]
        for line in dotted
        if len(line.get_data()[0])
    ]
    assert [drop.runs, drop.behind_evidence] in ends


def test_each_time_that_a_recipe_is_under_test_has_lines_of_its_own() -> None:
    """`a`, then `b`, which is as small, then `a` again, until `b` is shown to lead it."""

    def round_of(runs: int, tested: str, other: str, ahead: float) -> list[CourseRow]:
        return [
            CourseRow(runs, tested, 5, tested, "tested", None, None, None, None, 3.0),
            CourseRow(runs, other, 5, tested, "open", 1.0, ahead, None, None, 3.0),
        ]

    rows = [
        *round_of(10, "a", "b", 0.5),
        *round_of(20, "b", "a", 0.1),
        *round_of(30, "a", "b", 2.0),
        CourseRow(40, "a", 5, "b", "dropped", None, None, "b", 3.5, 3.0),
        CourseRow(40, "b", 5, "b", "tested", None, None, None, None, 3.0),
    ]
    axes = evidence_by_runs(Rows(CourseRow, rows), ["a", "b"]).axes[0]
    drawn = [(line.get_linestyle(), line.get_xydata().tolist()) for line in axes.get_lines()]
    assert [points for style, points in drawn if style == "-"] == [
        *([[20, 1.0]], [[10, 1.0]], [[30, 1.0]])
    ]
    dotted = [points for style, points in drawn if style == ":" and points]
    assert dotted[:3] == [[[20, 0.1]], [[10, 0.5]], [[30, 2.0], [40, 3.5]]]


@pytest.mark.parametrize(
    ("seeds", "of_final", "place"),
    [(10, 5, "final: under test (n = 10)"), (25, 25, "final: chosen (n = 25)")],
)
def test_where_the_seeds_went(ledger: Ledger, seeds: int, of_final: int, place: str) -> None:
    holding = {"iteration1": 0, "iteration2": 0, "iteration3": 0, "final": of_final}
    found = Bundle(evidence(adaptive(seeds), ledger, holding))
    about = [q for q in questions(found) if "seeds" in q.plot or "evidence" in q.plot]
    assert [question.plot for question in about] == ["evidence_by_runs", "seeds_by_recipe"]
    (axes,) = about[-1].figure.axes
    assert place in [label.get_text() for label in axes.get_yticklabels()]


def test_after_the_first_round_all_have_the_same_seeds_and_nothing_grew(ledger: Ledger) -> None:
    found = Bundle(evidence(adaptive(5), ledger, HOLDING))
    assert not [q for q in questions(found) if "seeds" in q.plot or "evidence" in q.plot]
