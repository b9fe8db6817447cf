"""`harness judge` and `reprobench.judge`: runs without a study, in files or in a frame."""

from __future__ import annotations

import inspect
import io
import shutil
from dataclasses import fields, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
import reprobench
from longform import committed_frame, frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.imports import judge
from reprobench.harness.commands.options.reports import JudgeOptions
from reprobench.harness.study.loading.import_table import ImportTable
from rich.console import Console

pytestmark = pytest.mark.usefixtures("no_ledger")

GOOD, BAD = [0.5, 0.3, 0.2], [0.5, 0.3, 0.4]


def test_judging_needs_no_study(tmp_path: Path, console: Console, heard: io.StringIO) -> None:
    path = tmp_path / "our runs.csv"
    committed_frame().to_csv(path, index=False)
    judge(JudgeOptions(files=[path], target=0.994, window=5, out=tmp_path / "out"), console)
    said = heard.getvalue()
    assert "Study our-runs: which recipe stays at 99.4%?" in said
    assert "requires a pass rate (the share of runs that hold) of 0.800 (the default); " in said
    last = "Take padded-9010 for now: 24 of 24 runs held 99.4%, which is reliable enough.\n"
    assert said.endswith(last)
    report = (tmp_path / "out" / "our-runs" / "report.md").read_text()
    assert "Measured: correct, a count of 10,000 test examples." in report
    assert "How many parameters does it take?" in report
    assert "9,940 of 10,000 test examples (99.40%)" in report
    assert "different sources" not in report + said
    assert "our runs.csv (CSV, SHA-256 " in report


def test_a_report_on_another_measure_is_not_replaced(tmp_path: Path, console: Console) -> None:
    path = tmp_path / "runs.csv"
    frame({"a": [GOOD] * 3}).assign(loss=0.1).to_csv(path, index=False)
    options = JudgeOptions(files=[path], target=0.35, window=2, out=tmp_path / "out")
    judge(options, console)
    judge(replace(options, target=0.45), console)
    with pytest.raises(InputError) as caught:
        judge(replace(options, value="loss"), console)
    assert caught.value.lines == (
        f"{tmp_path}/out/runs: is a report on value, which one on loss would replace; give another "
        "--name or --out, or move it away",
    )
    judge(replace(options, value="loss", name="runs-loss"), console)
    assert {folder.name for folder in (tmp_path / "out").iterdir()} >= {"runs", "runs-loss"}


def test_a_report_on_runs_that_were_trained_is_not_replaced(
    tmp_path: Path, console: Console
) -> None:
    """`harness init` and the tutorial call a study `mine`, and a file may be called that too."""
    path, trained = tmp_path / "mine.csv", Path(__file__).parents[2] / "reports" / "steady-4884"
    frame({"a": [GOOD] * 3}).to_csv(path, index=False)
    shutil.copytree(trained, tmp_path / "out" / "mine")
    options = JudgeOptions(files=[path], target=0.35, window=2, out=tmp_path / "out")
    with pytest.raises(InputError) as caught:
        judge(options, console)
    assert caught.value.lines == (
        f"{tmp_path}/out/mine: is a report on runs that were trained here, which this one would "
        "replace; give another --name or --out, or move it away",
    )


@pytest.mark.parametrize("name", ["runs.csv", "link", "~nobody-of-that-name/data"])
def test_no_data_set_is_looked_for(
    name: str, tmp_path: Path, console: Console, heard: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no images to show of runs that were trained elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_DATA", name)
    Path("link").symlink_to("a" * 300)
    frame({"a": [GOOD] * 3}).to_csv("runs.csv", index=False)
    judge(JudgeOptions(files=[Path("runs.csv")], target=0.35, window=2), console)
    assert "report: out/runs/report.html" in heard.getvalue()


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
    with pytest.raises(reprobench.HarnessError, match=r"judge: only = \['split'\]: should be a"):
        reprobench.judge(table, target=1, window=1, only=["split"])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="--only split: write COLUMN=TEXT"):
        judge(replace(options, only=["split"]), console)
    with pytest.raises(InputError, match="--only split=train: no row has both test and that in"):
        judge(replace(options, only=["split=test", "split=train"]), console)
    with pytest.raises(InputError, match="has no column part for `only`; allowed are"):
        judge(replace(options, only=["part=test"]), console)
    with pytest.raises(InputError, match="holds no row with split = all, but"):
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
    with pytest.raises(
        reprobench.HarnessError, match="judge: window = 0: should be greater than 0"
    ):
        reprobench.judge(values, target=1, window=0)


def test_what_a_notebook_shows_is_short() -> None:
    """Of a judgement, its evidence and its decision: a cell often ends with one of them."""
    values = frame({"a": [GOOD] * 30, "b": [BAD] * 30})
    judged = reprobench.judge(values, target=0.35, window=2, direction="lower")
    assert repr(judged).splitlines() == [
        judged.advice,
        "  recipe  runs  holding  pass_rate  hold_rate  final_mean",
        "0      a    30       30        1.0        1.0         0.2",
        "1      b    30        0        0.0        0.5         0.4",
    ]
    assert judged.remarks == (
        "found 60 runs of 2 recipes by recipe; seed: seed; epoch: epoch; measured: value from 0.2 "
        "to 0.5, lower is better",
    )
    assert repr(judged.evidence) == "<Evidence on study frame: runs: 30 of a and 30 of b>"
    assert repr(judged.decision) == "<Decision for a; verdict: meets; b falls>"
    assert len(repr(judged.decision.chosen)) < 2_000


def test_the_columns_of_a_frame_may_be_its_index_or_numbers() -> None:
    values = frame({"a": [GOOD] * 3})
    plain = reprobench.judge(values, target=0.35, window=2, direction="lower")
    indexed = values.set_index(["recipe", "seed", "epoch"])
    again = reprobench.judge(indexed, target=0.35, window=2, direction="lower")
    assert again.runs.equals(plain.runs)
    numbered = values.assign(fold=1).rename(columns={"value": 7})
    found = reprobench.judge(
        numbered, target=0.35, window=2, direction="lower", value="7", only={"fold": 1}
    )
    assert found.consistency["holding"].tolist() == [3]
    with pytest.raises(reprobench.HarnessError) as caught:
        reprobench.judge(values, target=1, window=1, recipe=0, seed=1)  # type: ignore[arg-type]
    assert caught.value.lines == (
        "judge: recipe = 0: should be a column, or a list of columns",
        "judge: seed = 1: should be the name of a column; give the value in a column of that name",
    )


def test_of_many_columns_some_are_named() -> None:
    wide = pd.DataFrame({f"run{number}": [0.5] for number in range(300)})
    with pytest.raises(reprobench.HarnessError) as caught:
        reprobench.judge(wide, target=1, window=1)
    (line,) = caught.value.lines
    assert line.startswith("frame: has no column recipe; allowed are run0, run1, ")
    assert line.endswith('run39, 260 more; to use another, say `recipe="..."`')


@pytest.mark.parametrize(
    ("target", "said"), [(20.0, "every value of every run is there"), (0.1, "no value of any run")]
)
def test_a_target_on_another_scale_is_doubted(
    target: float, said: str, tmp_path: Path, console: Console, heard: io.StringIO
) -> None:
    values = frame({"a": [GOOD] * 3, "b": [BAD] * 3})
    with pytest.warns(UserWarning, match=rf"^target {target:g}: {said}.*from 0.2 to 0.5; is it on"):
        reprobench.judge(values, target=target, window=2, direction="lower")
    path = tmp_path / "runs.csv"
    values.to_csv(path, index=False)
    judge(JudgeOptions(files=[path], target=target, window=2, lower=True, out=tmp_path), console)
    assert f"target {target:g}: {said}" in heard.getvalue()


def test_a_target_that_every_epoch_of_the_window_reaches_is_not() -> None:
    """Runs of which only the last epochs are known; a warning would be an error here."""
    judged = reprobench.judge(frame({"a": [GOOD] * 3}), target=0.6, window=3, direction="lower")
    assert judged.consistency["holding"].tolist() == [3]


PERCENT, SHARE = [41.0, 91.0, 94.3], [0.45, 0.81, 0.843]


@pytest.mark.parametrize(
    ("runs", "direction"),
    [
        ({"a": PERCENT, "b": SHARE}, "higher"),
        ({"a": [94.3], "b": [0.843]}, "higher"),
        ({"a": [61.0, 12.0, 6.0], "b": [0.55, 0.19, 0.16]}, "lower"),
    ],
)
def test_recipes_on_different_scales_are_doubted(
    runs: dict[str, list[float]], direction: Literal["higher", "lower"]
) -> None:
    values = frame({name: [run] * 3 for name, run in runs.items()})
    said = "^recipe b, from .* to .*: the values are about a hundredth of those of a, from "
    with pytest.warns(UserWarning, match=said):
        reprobench.judge(values, target=0.5, window=1, direction=direction)


@pytest.mark.parametrize(
    ("runs", "target", "direction"),
    [
        ({"a": [2.1, 0.4, 0.02], "b": [2.3, 2.3, 2.3]}, 0.1, "lower"),  # one that does not learn
        ({"a": [0.02], "b": [2.3]}, 0.1, "lower"),
        ({"a": [0.5, 0.9, 0.94], "b": [0.01, 0.01, 0.01]}, 0.92, "higher"),
        ({"a": [50.0, 90.0, 94.0], "b": [10.0, 10.0, 11.0]}, 92.0, "higher"),
        ({"a": [300.0, 2_000.0, 5_000.0], "b": [4.0, 20.0, 50.0]}, 1_000.0, "higher"),
        ({"a": [-300.0, -20.0, 50.0], "b": [-1.0, 0.2, 0.5]}, 40.0, "higher"),
    ],
)
def test_recipes_that_are_not_equally_good_are_not(
    runs: dict[str, list[float]], target: float, direction: Literal["higher", "lower"]
) -> None:
    """A warning would be an error here."""
    values = frame({name: [run] * 3 for name, run in runs.items()})
    reprobench.judge(values, target=target, window=1, direction=direction)


def test_numbers_of_numpy_are_numbers() -> None:
    values = frame({"a": [GOOD] * 3})
    asked = {"target": np.float32(0.35), "window": np.int64(2), "bounds": (np.int64(0), 1.0)}
    judged = reprobench.judge(values, direction="lower", **asked)
    assert (judged.evidence.threshold, judged.consistency["holding"].tolist()) == (0.35, [3])

    again = reprobench.judge(
        values, direction="lower", in_order=np.True_, resumed=np.False_,
        target=np.array(0.35), window=np.uint8(2), bounds=np.array([0, 1]),
    )  # type: ignore[call-overload]  # fmt: skip
    assert again.runs.equals(judged.runs)


def test_what_the_command_prints_of_the_rows_is_there_too() -> None:
    """Rows that were left out, since their run was resumed, and columns that say nothing."""
    values = frame({"a": [GOOD] * 3}).assign(note=range(9))
    resumed = pd.concat([values, values[1:3]], ignore_index=True)
    judged = reprobench.judge(resumed, target=0.35, window=2, direction="lower", resumed=True)
    _, left_out, ignored = judged.remarks
    assert left_out == "left out, since resumed runs logged these epochs again: 2 rows"
    assert ignored == "columns that differ within a recipe, or are too many, hence ignored: note"
    assert repr(judged).startswith(f"{left_out}\n{ignored}\n{judged.advice}\n")


def test_the_imaginary_part_of_a_value_is_not_dropped() -> None:
    values = frame({"a": [GOOD] * 3})
    for dtype in ("complex128", "complex64", object):
        imaginary = (values["value"] + 0.1j).astype(dtype)
        with pytest.raises(InputError, match=r"row 1, column value: .* is not a real number; give"):
            reprobench.judge(values.assign(value=imaginary), target=0.4, window=1)
