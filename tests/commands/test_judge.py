"""`harness judge` and `reprobench.judge`: runs of others without a study, in files or a frame."""

from __future__ import annotations

import inspect
import io
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd
import pytest
import reprobench
from longform import committed_frame, frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.imports import judge
from reprobench.harness.commands.report_options import JudgeOptions
from reprobench.harness.study.imported import ImportTable
from rich.console import Console

pytestmark = pytest.mark.usefixtures("no_ledger")

GOOD, BAD = [0.5, 0.3, 0.2], [0.5, 0.3, 0.4]


def test_judging_needs_no_study(tmp_path: Path, console: Console, heard: io.StringIO) -> None:
    path = tmp_path / "our runs.csv"
    committed_frame().to_csv(path, index=False)
    judge(JudgeOptions(files=[path], target=0.994, window=5, out=tmp_path / "out"), console)
    said = heard.getvalue()
    assert "Study our-runs: which recipe stays at 99.4%?" in said
    assert "requires a pass rate, the share of runs that hold, of 0.800 (the default); " in said
    last = "Take padded-9010 for now: 24 of 24 runs held 99.4%, which is reliable enough.\n"
    assert said.endswith(last)
    report = (tmp_path / "out" / "our-runs" / "report.md").read_text()
    assert "Measured: correct, a count of 10,000 test examples." in report
    assert "How many parameters does it take?" in report
    assert "9,940 of 10,000 test examples (99.40%)" in report
    assert "different sources" not in report + said
    assert "our runs.csv (CSV, SHA-256 " in report


def test_a_seed_is_no_part_of_a_recipe(tmp_path: Path, console: Console) -> None:
    path = tmp_path / "runs.csv"
    frame({"a": [GOOD] * 3}).to_csv(path, index=False)
    options = JudgeOptions(files=[path], target=0.35, window=2, recipe="recipe,seed")
    with pytest.raises(InputError) as caught:
        judge(options, console)
    (line,) = caught.value.lines
    assert line.startswith("judge: seed = 'seed': ")
    assert "is also a column of the recipe: each seed would be a recipe of its own" in line


def test_judging_can_be_told_all_that_a_study_says() -> None:
    keys = {*ImportTable.model_fields}
    assert keys - {option.name for option in fields(JudgeOptions)} == {"direction"}  # --lower
    parameters = inspect.signature(reprobench.judge).parameters
    assert keys - {*parameters} == {"folders"}  # a frame has none


def test_only_some_rows_are_judged(
    tmp_path: Path, console: Console, heard: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reprobench.harness.commands.imports._report", lambda *_: None)
    table = pd.concat(
        [
            frame({"a": [GOOD] * 3, "b": [GOOD] * 3}, split="test"),
            frame({"a": [[9.0] * 3] * 3}, split="train"),
        ]
    )
    path = tmp_path / "runs.csv"
    table.to_csv(path, index=False)
    options = JudgeOptions(files=[path], target=0.35, window=2, lower=True, only=["split=test"])
    judge(options, console)
    assert heard.getvalue().startswith("found 6 runs of 2 recipes by recipe")
    judged = reprobench.judge(
        table, target=0.35, window=2, direction="lower", only={"split": "test"}, bounds=(0, 1)
    )
    assert judged.consistency["hold_rate"].tolist() == [1, 1]
    with pytest.raises(reprobench.HarnessError, match="row 1, column value: 9 is beyond the bound"):
        reprobench.judge(table.iloc[18:], target=1, window=1, bounds=(0, 1))
    with pytest.raises(InputError, match="--only split: write COLUMN=TEXT"):
        judge(replace(options, only=["split"]), console)
    with pytest.raises(InputError, match="has no column part for `only`; allowed are"):
        judge(replace(options, only=["part=test"]), console)
    with pytest.raises(InputError, match="holds no row with split = all; mend `only`"):
        judge(replace(options, only=["split=all"]), console)
    with pytest.raises(InputError, match=r"judge: folders = 'x': .*should have fields in braces"):
        judge(replace(options, folders="x"), console)


@pytest.mark.usefixtures("no_pictures")
def test_a_frame_is_judged_in_a_notebook(tmp_path: Path) -> None:
    judged = reprobench.judge(committed_frame(), target=0.994, window=5)
    assert judged.decision.chosen.name == "padded-9010"
    assert judged.consistency["final_min"].dtype == "Int64"
    folder = reprobench.write_report(judged.evidence, out=tmp_path)
    assert (folder / "report.html").exists()
    values = frame({"a": [GOOD] * 3, "b": [BAD] * 3})
    judged = reprobench.judge(values, target=0.35, window=2, direction="lower")
    assert judged.consistency["final_min"].tolist() == [0.2, 0.4]
    assert judged.comparisons["final_difference"].tolist() == [pytest.approx(-0.2)]
    with pytest.raises(reprobench.HarnessError, match="frame: is a list; give a pandas DataFrame"):
        reprobench.judge([1], target=1, window=1)  # type: ignore[arg-type]
    with pytest.raises(reprobench.HarnessError, match="judge: window = 0: "):
        reprobench.judge(values, target=1, window=0)
