"""`harness import` and `harness judge`: from the files of others to a report, or one line."""

from __future__ import annotations

import inspect
import io
import json
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd
import pytest
import reprobench
from longform import committed_frame, frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.imports import import_runs, judge
from reprobench.harness.commands.list_options import RunsListOptions
from reprobench.harness.commands.report import report
from reprobench.harness.commands.report_options import ImportOptions, JudgeOptions, ReportOptions
from reprobench.harness.commands.runs import list_runs
from reprobench.harness.study.imported import ImportTable
from reprobench.harness.study.loading.file import load_study
from rich.console import Console

GOOD, BAD = [0.5, 0.3, 0.2], [0.5, 0.3, 0.4]
STUDY = """
name = "theirs"
seeds = [1, 2, 3]
notes = "What our tracker had."

[criterion]
target = 0.35
window = 2

[import]
value = "val_loss"
direction = "lower"
"""

CLAIM = """
[[claims]]
recipe = "a"
words = "as steady as can be"
about = "hold rate"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with no ledger in it."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def heard() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(heard: io.StringIO) -> Console:
    return Console(file=heard, width=200)


def losses(tmp_path: Path) -> Path:
    table = frame({"a": [GOOD] * 3, "b": [BAD, GOOD, [0.5, float("nan"), float("nan")]]})
    path = tmp_path / "losses.csv"
    table.rename(columns={"value": "val_loss"}).to_csv(path, index=False, na_rep="nan")
    return path


def test_a_study_of_losses_has_a_report(
    tmp_path: Path, console: Console, heard: io.StringIO
) -> None:
    study, out = tmp_path / "study.toml", tmp_path / "out"
    study.write_text(STUDY + CLAIM)
    facts = tmp_path / "facts.json"
    other = tmp_path / "other.csv"
    frame({"c": [BAD] * 3}).rename(columns={"value": "val_loss"}).to_csv(other, index=False)
    options = ImportOptions(files=[losses(tmp_path), other], study=str(study), out=out, json=facts)
    import_runs(options, console)
    assert heard.getvalue().startswith(
        "found 9 runs of 3 recipes by recipe; seed: seed; epoch: epoch; measured: val_loss from "
        "0.2 to 0.5, lower is better\n"
    )
    assert "3 of 3 runs held val_loss ≤ 0.35" in heard.getvalue()
    told = json.loads(facts.read_text())
    assert (told["chosen"], told["threshold"], told["test_images"]) == ("a", 0.35, None)
    report = (out / "theirs" / "report.md").read_text()
    page = (out / "theirs" / "report.html").read_text()
    whence = (
        "Recipes come from different sources and are compared with each other all the same: a and "
        f"b from {options.files[0]}; c from {other}. Whatever else differs between the sources "
    )
    assert whence in heard.getvalue()
    assert report.count("are compared with each other all the same") == 2  # the choice, comparisons
    assert page.count("are compared with each other all the same") == 2
    assert page.count("Recipes from different sources</text>") + page.count(
        "<!-- Recipes from different sources -->"
    ) >= len(list((out / "theirs" / "plots").iterdir()))
    sources = told["sources"]
    assert (told["across_sources"], {*sources}) == (True, {"a", "b", "c"})
    assert {*sources["a"]} == {str(options.files[0])}
    assert sources["c"][str(other)]["reader"] == "CSV"
    runs = pd.read_csv(out / "theirs" / "runs.csv").set_index("recipe")
    assert {*runs["engine"]} == {"imported"}
    assert runs.loc["c", "numerics"].str.contains("other.csv (CSV, SHA-256", regex=False).all()
    for said in (
        "which recipe stays at val_loss ≤ 0.35?",
        "What our tracker had.",
        "All runs were trained elsewhere and imported",
        "other.csv (CSV, SHA-256 ",
        "Measured: val_loss, of which lower is better.",
        "Difference in final val_loss",
        "Leader ends lower",
        "would end lower than one of",
        "Left out, since the files do not have them: mistakes",
        "3 seeds a recipe were declared before the import.",
        "Do the published claims survive?",
        "“as steady as can be”, said of a, is not shown: over 3 seeds, its hold rate is not signif",
    ):
        assert said in page
        assert said.replace("_", "\\_") in report or said in report
    claims = pd.read_csv(out / "theirs" / "claims.csv")
    assert claims["other"].tolist() == ["b", "c"]
    assert claims[["parameters", "other_parameters"]].isna().all().all()  # nobody says
    for absent in ("split of the variance", "variance between runs", "was published with one run"):
        assert absent not in page
    for word in ("images", "learning rates did", "training images", "None"):
        assert word not in report.partition("How was this measured?")[0].replace("None is", ""), (
            word
        )
    written = {path.name for path in (out / "theirs").iterdir()}
    assert not {"noise.csv", "gallery.csv"} & written
    epochs = pd.read_csv(out / "theirs" / "epochs.csv")
    assert epochs["correct"].tolist()[:3] == GOOD
    assert epochs["at_threshold"].tolist()[:3] == [False, True, True]
    record = json.loads((out / "theirs" / "records" / "b-seed-3.json").read_text())
    assert (record["status"], record["values"]) == ("diverged", [0.5])
    environment = json.loads((out / "theirs" / "environment.json").read_text())
    assert {Path(run["imported"][0]["file"]).name for run in environment["runs"]} == {
        "losses.csv",
        "other.csv",
    }


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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("window = 2", "criterion.window: missing"),
        ("target = 0.35", "criterion.target: missing"),
        ('value = "val_loss"', "has no column value; allowed are recipe, seed, epoch, val_loss"),
        ("seeds = [1, 2, 3]|seeds = 2", "seeds: 3 was not declared, and has runs"),
        ("window = 2|window = 2\nepochs = 2", "criterion.epochs = 2: there are runs of 3 epochs"),
        ("window = 2|window = 2\nepochs = 1", "criterion.window = 2: is longer than criterion"),
        ("window = 2|window = 2\nparameters = 5", "criterion.parameters = 5: means nothing for"),
        ("[import]|[import]\nbounds = [1, 0]", "the lower and the upper bound, in this order"),
        ('[import]|[import]\nrecipe = ["recipe", "seed"]',
         "import.seed = 'seed': is also a column of the recipe: each seed would be a recipe of"),
        ("[import]|[import]\ntag = 1", "import.tag = 1: unknown; allowed are recipe, seed"),
        ('name = "theirs"|name = "../up"', "name = '../up': "),
        ('[import]|[[claims]]\nrecipe = "c"\nwords = "x"\nabout = "hold rate"\n[import]',
         "claims[1].recipe = 'c': unknown; allowed are a, b"),
        ('[import]|[[claims]]\nrecipe = "a"\nwords = "x"\nabout = "parameters"\n[import]',
         "claims[1].about = 'parameters': the files have no column"),
    ],
)  # fmt: skip
def test_what_a_study_cannot_say_is_one_line(
    line: str, said: str, tmp_path: Path, console: Console
) -> None:
    old, _, new = line.partition("|")
    assert old in STUDY
    study = tmp_path / "study.toml"
    study.write_text(STUDY.replace(old, new))
    with pytest.raises(InputError) as caught:
        import_runs(
            ImportOptions(files=[losses(tmp_path)], study=str(study), out=tmp_path / "out"), console
        )
    (found,) = caught.value.lines
    assert said in found
    assert {path.name for path in tmp_path.iterdir()} == {"losses.csv", "study.toml"}


def test_a_seed_is_no_part_of_a_recipe(tmp_path: Path, console: Console) -> None:
    options = JudgeOptions(
        files=[losses(tmp_path)], target=0.35, window=2, value="val_loss", recipe="recipe,seed"
    )
    with pytest.raises(InputError) as caught:
        judge(options, console)
    (line,) = caught.value.lines
    assert line.startswith("judge: seed = 'seed': ")
    assert "is also a column of the recipe: each seed would be a recipe of its own" in line


def test_a_study_of_imported_runs_is_not_trained(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY)
    with pytest.raises(InputError) as caught:
        load_study(str(study))
    assert caught.value.lines == (
        f"{study}: import: declares runs trained elsewhere; `harness import FILE... --study "
        f"{study}` keeps and reports them",
    )


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (
            '[[recipes]]\nname = "a"\ncommand = "train {seed}"\ninputs = ["train"]\n',
            "its recipes are trained here: `harness bench ",
        ),
        ("", "add it; it says which columns are what, and may be empty"),
    ],
)
def test_only_a_study_of_imported_runs_takes_them(
    added: str, said: str, tmp_path: Path, console: Console
) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY.partition("[import]")[0] + added)
    with pytest.raises(InputError) as caught:
        import_runs(ImportOptions(files=[losses(tmp_path)], study=str(study)), console)
    (line,) = caught.value.lines
    assert line.startswith(f"{study}: has no [import], which a study of runs that others trained")
    assert said in line


def test_without_a_ledger_an_import_comes_first(tmp_path: Path, console: Console) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY)
    nowhere = tmp_path / "nowhere"
    with pytest.raises(InputError, match="or run `harness import` first"):
        report(ReportOptions(study=str(study), out=tmp_path / "out", ledger=nowhere), console)
    with pytest.raises(InputError, match="or run `harness import` first"):
        list_runs(RunsListOptions(study=str(study), ledger=nowhere), console)


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
