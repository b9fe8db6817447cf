"""`harness import`: from files of other tools and a study to a report, or to one line of error."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from filesystems import run_on_tmpfs
from longform import frame
from reprobench.harness.base.errors import InputError, StorageError
from reprobench.harness.commands.imports import import_runs
from reprobench.harness.commands.options.lists import RunsListOptions
from reprobench.harness.commands.options.reports import ImportOptions, ReportOptions
from reprobench.harness.commands.report import report
from reprobench.harness.commands.runs import list_runs
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


pytestmark = pytest.mark.usefixtures("no_ledger")


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
        "The recipes come from different sources, but are compared with each other: a and "
        f"b from {options.files[0]}; c from {other}. Whatever else differs between the sources "
    )
    assert whence in heard.getvalue()
    assert report.count("but are compared with each other") == 2  # the choice, comparisons
    assert page.count("but are compared with each other") == 2
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
        "Measured: val_loss (lower is better).",
        "Difference in final val_loss",
        "Probability that it ends higher",
        "would end lower than one of",
        "Left out, since the files do not contain them: mistakes",
        "3 seeds per recipe were declared before the import.",
        "Do the published claims survive?",
        "The claim “as steady as can be” about a is not shown: over 3 seeds, its hold rate is not",
    ):
        assert said in page
        assert said.replace("_", "\\_") in report or said in report
    claims = pd.read_csv(out / "theirs" / "claims.csv")
    assert claims["other"].tolist() == ["b", "c"]
    assert claims[["parameters", "other_parameters"]].isna().all().all()  # nobody says
    for absent in (
        "decomposition of the variance",
        "variance between runs",
        "was published with one run",
    ):
        assert absent not in page
    for word in ("images", "learning rates did", "training images", "None"):
        assert word not in report.partition("How was this measured?")[0], word
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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("window = 2", "criterion.window: missing"),
        ("target = 0.35", "criterion.target: missing"),
        ('value = "val_loss"', "has no column value; allowed are recipe, seed, epoch, val_loss"),
        ("seeds = [1, 2, 3]|seeds = 2", "seeds: 3 has runs but was not declared"),
        ("window = 2|window = 2\nepochs = 2", "criterion.epochs = 2: there are runs of 3 epochs"),
        ("window = 2|window = 2\nepochs = 1", "criterion.window = 2: is longer than criterion"),
        ("window = 2|window = 2\nparameters = 5", "criterion.parameters = 5: means nothing for"),
        ("seeds = [1, 2, 3]|seeds = 'adaptive'",
         "seeds = 'adaptive': should be a number of seeds, or a list of them; leave"),
        ("[import]|[import]\nbounds = [1, nan]", "import.bounds[2] = nan: should be a finite"),
        ("[import]|[import]\nbounds = [0, 1, 2]", "[0, 1, 2]: should have at most 2 entries"),
        ("[import]|[import]\nin_order = 1", "import.in_order = 1: should be true or false"),
        ("[import]|[import]\ntotal = 1000", "import.total = 1000: should be the name of a column; "
         "give the value in a column of that name"),
        ("[import]|[import]\nseed = 1", "import.seed = 1: should be the name of a column"),
        ("[import]|[import]\nrecipe = ['a', 0.1]", "import.recipe[2] = 0.1: should be the name of"),
        ("[import]|[import]\nbounds = [1, 0]", "the lower and the upper bound, in this order"),
        ('[import]|[import]\nrecipe = ["recipe", "seed"]',
         "import.seed = 'seed': is also a column of the recipe: each seed would be a recipe of"),
        ("[import]|[import]\ntag = 1", "import.tag = 1: unknown; allowed are recipe, seed"),
        ("[import]|[imports]", "imports = {'value': 'val_loss', 'direction': 'lower'}: unknown; "
         "allowed are name, seeds, claims, notes, criterion, import, gate; did you mean import?"),
        ("[criterion]|[criteria]", "gate; did you mean criterion?"),
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
        ("", "add it; it says what the columns mean, and may be empty"),
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
    assert line.startswith(f"{study}: has no [import], which a study of runs trained elsewhere")
    assert said in line


def test_a_ledger_that_cannot_be_looked_at(tmp_path: Path, console: Console) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY)
    options = ImportOptions(
        files=[losses(tmp_path)],
        study=str(study),
        out=tmp_path / "out",
        ledger=tmp_path / ("x" * 300),
    )
    with pytest.raises(StorageError, match=r"x: File name too long; fix that or give"):
        import_runs(options, console)


def test_without_a_ledger_an_import_comes_first(tmp_path: Path, console: Console) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY)
    nowhere = tmp_path / "nowhere"
    with pytest.raises(
        InputError, match=r"`harness import FILE... --study \S+study.toml` makes one"
    ):
        report(ReportOptions(study=str(study), out=tmp_path / "out", ledger=nowhere), console)
    with pytest.raises(
        InputError, match=r"`harness import FILE... --study \S+study.toml` makes one"
    ):
        list_runs(RunsListOptions(study=str(study), ledger=nowhere), console)


def test_a_disk_that_fills_up_keeps_all_runs_or_none(tmp_path: Path) -> None:
    """A real file system with room for a few of 20 runs."""
    frame({"a": [GOOD] * 20}).to_csv(tmp_path / "runs.csv", index=False)
    study = "name = 'theirs'\n[criterion]\ntarget = 0.35\nwindow = 2\n[import]\n"
    (tmp_path / "theirs.toml").write_text(study)
    command = [
        sys.executable,
        "-m",
        "reprobench.harness",
        "import",
        "runs.csv",
        "--study",
        "theirs.toml",
    ]
    listed = "find disk/ledger -name '*.json*' | wc -l"
    done = run_on_tmpfs(
        tmp_path / "disk", "size=40k", [*command, "--ledger", "disk/ledger"], after=listed
    )
    assert done.returncode == 4, done.stdout + done.stderr
    assert "No space left on device" in done.stderr
    assert done.stderr.endswith("run the same command again: no run was added or changed\n")
    assert done.stdout.splitlines()[-1].strip() == "0"
