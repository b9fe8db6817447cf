"""A study of imported runs from its ledger to its baseline and its gate, which trains nothing."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from longform import frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.baseline import baseline
from reprobench.harness.commands.gate import gate
from reprobench.harness.commands.imports import import_runs
from reprobench.harness.commands.list_options import RunsListOptions
from reprobench.harness.commands.options import GateOptions, VerifyOptions
from reprobench.harness.commands.report import report
from reprobench.harness.commands.report_options import BaselineOptions, ImportOptions, ReportOptions
from reprobench.harness.commands.runs import list_runs
from reprobench.harness.commands.verify import verify
from rich.console import Console

STUDY = """
name = "theirs"

[criterion]
target = 0.35
window = 2

[import]
value = "val_loss"
direction = "lower"

[gate]
margin = 0.02
"""
COUNTS = """
name = "theirs"

[criterion]
target = 0.9
window = 2

[import]

[gate]
margin = 10
epochs = 2
limit = 8
seeds = 2
"""
NAN = float("nan")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with the study of losses in it."""
    monkeypatch.chdir(tmp_path)
    Path("theirs.toml").write_text(STUDY)


def loss(recipe: str, seed: int, epoch: int, worse: float = 0.0) -> float:
    noise = random.Random(f"{recipe} {seed} {epoch} {worse}").uniform(-0.01, 0.01)
    return 0.6 - 0.08 * epoch + noise + worse


def losses(
    file: str, seeds: int = 10, recipes: str = "ab", worse: float = 0.0, epochs: int = 3
) -> Path:
    """Runs whose losses are so much worse, of seeds that are new where they are worse or better."""
    runs = {
        recipe: [
            [loss(recipe, seed, epoch, worse) for epoch in range(1, epochs + 1)]
            for seed in range(1, seeds + 1)
        ]
        for recipe in recipes
    }
    return write(file, runs)


def write(file: str, runs: dict[str, list[list[float]]], name: str = "val_loss") -> Path:
    frame(runs).rename(columns={"value": name}).to_csv(file, index=False, na_rep="nan")
    return Path(file)


def counts(file: str, runs: dict[str, list[list[float]]]) -> Path:
    table = frame(runs, total=1000).rename(columns={"value": "correct"})
    table.to_csv(file, index=False, na_rep="nan")
    return Path(file)


def told(verb: Callable[..., object], options: object, **more: object) -> tuple[object, str]:
    output = io.StringIO()
    return verb(options, Console(file=output, width=200), **more), output.getvalue()


def bring(*files: Path, **options: Any) -> str:
    return told(import_runs, ImportOptions(files=[*files], study="theirs.toml", **options))[1]


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten runs of two recipes, whose report nobody draws."""
    monkeypatch.setattr("reprobench.harness.commands.imports._report", lambda *_: None)
    bring(losses("committed.csv"))
    commit()


def commit() -> None:
    """The records alone."""
    folder = Path("reports/theirs/records")
    folder.mkdir(parents=True, exist_ok=True)
    for path in Path("ledger/imported/theirs").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())


def guard(*files: Path, **options: Any) -> tuple[int, str]:
    code, said = told(gate, GateOptions(study="theirs.toml", imports=[*files], **options))
    assert isinstance(code, int)
    return code, said


def refused(*files: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        guard(*files, **options)
    (line,) = caught.value.lines
    return line


def test_from_the_first_import_to_a_committed_baseline() -> None:
    said = bring(losses("first.csv", seeds=3))
    assert "kept in ledger/imported/theirs: 6 new\n" in said
    assert "0 of 3 runs held" in said or "3 of 3 runs held" in said
    first = json.loads(Path("out/theirs/decision.json").read_text())
    said = bring(losses("more.csv", seeds=4))
    assert "kept in ledger/imported/theirs: 2 new, 6 there already\n" in said
    page = Path("out/theirs/report.md").read_text()
    assert "a and b (8 runs): first.csv (CSV, SHA-256 " in page
    assert "and more.csv (CSV, SHA-256 " in page
    decision = Path("out/theirs/decision.json").read_bytes()
    assert json.loads(decision)["recipes"] != first["recipes"]
    told(report, ReportOptions(study="theirs.toml", out=Path("other")))
    assert Path("other/theirs/decision.json").read_bytes() == decision

    _, said = told(baseline, BaselineOptions(study="theirs.toml"))
    assert said == "baseline: reports/theirs; commit it\n"
    records = {path.name: path.read_bytes() for path in Path("reports/theirs/records").iterdir()}
    assert records == {p.name: p.read_bytes() for p in Path("ledger/imported/theirs").iterdir()}
    assert guard(losses("again.csv", seeds=4))[0] == 0

    bring(losses("worse.csv", seeds=4, worse=0.01), replace=True)
    with pytest.raises(InputError, match="there is no terminal to ask on; give --yes to replace"):
        told(baseline, BaselineOptions(study="theirs.toml"))
    _, said = told(baseline, BaselineOptions(study="theirs.toml", yes=True))
    rows = {line.split()[0]: line for line in said.splitlines() if "→" in line}
    assert "Final val_loss" in said
    assert "4 → 4" in rows["a"]
    assert "+0.0" in rows["a"]
    assert "0 of 4" in rows["a"]
    page = Path("reports/theirs/report.md").read_bytes()
    assert page != Path("other/theirs/report.md").read_bytes()
    told(baseline, BaselineOptions(study="theirs.toml", rebuild=True, ledger=Path("nowhere")))
    assert Path("reports/theirs/report.md").read_bytes() == page


@pytest.mark.usefixtures("committed")
def test_an_import_that_is_refused_leaves_the_ledger_as_it_was() -> None:
    before = {path: path.read_bytes() for path in Path("ledger").rglob("*.json")}
    worse = losses("worse.csv", seeds=2, worse=0.1)
    with pytest.raises(InputError, match=r"worse.csv: recipe a, seed 1 is 0\.\d+ at epoch 1, and"):
        bring(losses("new.csv", seeds=2, recipes="c"), worse)
    assert {path: path.read_bytes() for path in Path("ledger").rglob("*.json")} == before


@pytest.mark.usefixtures("committed")
def test_runs_that_are_not_what_is_declared_are_not_kept() -> None:
    """The study has changed since the first import: what is new must go with what is there."""
    Path("theirs.toml").write_text(STUDY.replace("window = 2", "window = 4\nepochs = 4"))
    before = {*Path("ledger").rglob("*.json")}
    with pytest.raises(InputError, match=r"criterion.window = 4: recipe a, seed 1 has 3 epochs"):
        bring(losses("longer.csv", recipes="c", epochs=4))
    assert {*Path("ledger").rglob("*.json")} == before


@pytest.mark.usefixtures("committed")
def test_a_part_is_no_baseline() -> None:
    Path("theirs.toml").write_text(STUDY.replace('"theirs"', '"theirs"\nseeds = 12'))
    with pytest.raises(InputError, match=r"holds only a part of it \(10 of 12 declared seeds\);"):
        told(baseline, BaselineOptions(study="theirs.toml"))
    next(Path("ledger/imported/theirs").iterdir()).write_text("{")
    Path("theirs.toml").write_text(STUDY.replace('"theirs"', '"theirs"\nseeds = 10'))
    with pytest.raises(InputError, match="harness import"):
        told(baseline, BaselineOptions(study="theirs.toml", yes=True))
    Path("theirs.toml").write_text(STUDY.replace('"theirs"', '"others"'))
    with pytest.raises(InputError, match="the ledger ledger holds no imported runs of study other"):
        told(baseline, BaselineOptions(study="theirs.toml"))
    with pytest.raises(InputError, match="reports/others: holds no committed runs; `harness basel"):
        told(baseline, BaselineOptions(study="theirs.toml", rebuild=True))


@pytest.mark.usefixtures("committed")
def test_imported_runs_cannot_be_verified() -> None:
    with pytest.raises(InputError) as caught:
        told(verify, VerifyOptions(study="theirs.toml"))
    assert caught.value.lines == (
        "theirs.toml: its runs were trained elsewhere and imported: they cannot be verified; "
        "`harness gate theirs.toml --import FILE` holds new ones against them",
    )


@pytest.mark.usefixtures("committed")
def test_they_are_listed() -> None:
    _, said = told(list_runs, RunsListOptions(study="theirs.toml", json=Path("facts")))
    assert said.splitlines()[-1] == "20 imported runs in ledger/imported/theirs"
    rows = [line for line in said.splitlines() if "committed.csv (CSV, SHA-256 " in line]
    assert len(rows) == 20
    assert f"{loss('a', 1, 3):.6g}" in rows[0]
    first = json.loads(Path("facts").read_text())[0]
    assert (first["recipe"], first["seed"], first["epochs"]) == ("a", 1, 3)
    assert first["last"] == pytest.approx(loss("a", 1, 3))
    Path("ledger/imported/theirs/a-seed-1.json").write_text("{")
    _, said = told(list_runs, RunsListOptions(study="theirs.toml"))
    assert "damaged: ledger/imported/theirs/a-seed-1.json: is no imported run" in said
    _, said = told(list_runs, RunsListOptions())
    assert said.endswith("0 runs in ledger\n20 imported runs in ledger/imported/theirs\n")


@pytest.mark.usefixtures("committed")
def test_no_seeds_are_added_to_imported_runs() -> None:
    with pytest.raises(InputError, match="--until-decided: is for runs that are trained here"):
        told(report, ReportOptions(study="theirs.toml", until_decided=True))


@pytest.mark.usefixtures("committed")
def test_nothing_changed() -> None:
    before = {*Path().rglob("*")}
    code, said = guard(losses("new.csv", seeds=5, worse=0.001))
    assert code == 0
    assert said.splitlines()[-1] == "pass: of 2 recipes 2 pass (10 runs of 3 epochs, study theirs)"
    assert "committed from committed.csv (CSV, SHA-256 " in said
    assert "Rise" in said
    assert {*Path().rglob("*")} - before == {Path("new.csv")}


@pytest.mark.usefixtures("committed")
def test_a_loss_that_rose() -> None:
    files = {name: Path(name) for name in ("summary", "junit", "json")}
    code, said = guard(losses("new.csv", seeds=5, worse=0.06), **files)
    assert code == 1
    assert "regression: of 2 recipes 2 rose; " in said
    assert "images" not in said
    summary = files["summary"].read_text()
    assert summary.startswith("### Accuracy gate: regression\n")
    assert "| Recipe | Committed (n) | Here (n) | Rise | Interval | Margin | Outcome |" in summary
    suite = ElementTree.fromstring(files["junit"].read_text())
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "2", "0")
    failure = suite.find("testcase[@name='a']/failure")
    assert failure is not None
    assert str(failure.get("message")).startswith("a: a rise of 0.0")
    facts = json.loads(files["json"].read_text())
    assert (facts["verdict"], facts["exit_code"], facts["epochs"]) == ("regression", 1, 3)
    first = facts["findings"][0]
    assert first["measure"]["direction"] == "lower"
    assert first["committed"][0] == pytest.approx(loss("a", 1, 3))
    assert first["drop"] == pytest.approx(0.06, abs=0.01)
    assert first["interval"]["low"] > 0


@pytest.mark.usefixtures("committed")
def test_a_loss_that_fell_passes() -> None:
    code, said = guard(losses("new.csv", seeds=5, worse=-0.06))
    assert code == 0
    assert "2 pass" in said


@pytest.mark.usefixtures("committed")
def test_too_few_runs_decide_nothing() -> None:
    code, said = guard(losses("new.csv", seeds=1, worse=0.021))
    assert code == 3
    assert said.splitlines()[-1].startswith("inconclusive: of 2 recipes ")


@pytest.mark.usefixtures("committed")
def test_the_margin_is_in_units_of_what_is_measured() -> None:
    """The same runs pass a margin that is larger than the rise, and fail a smaller one."""
    new = losses("new.csv", seeds=8, worse=0.04)
    Path("theirs.toml").write_text(STUDY.replace("margin = 0.02", "margin = 0.1"))
    assert guard(new)[0] == 0
    Path("theirs.toml").write_text(STUDY.replace("margin = 0.02", "margin = 0.03"))
    assert guard(new)[0] == 1


@pytest.mark.usefixtures("committed")
def test_runs_that_diverge_are_a_regression() -> None:
    runs = {
        recipe: [
            [0.5, NAN, NAN] if seed > 2 else [loss(recipe, seed, e) for e in (1, 2, 3)]
            for seed in range(1, 9)
        ]
        for recipe in "ab"
    }
    files = {"junit": Path("junit"), "json": Path("json")}
    code, said = guard(write("new.csv", runs), **files)
    assert code == 1
    assert "6 of 8 runs lost" in said
    assert "(8)" in said
    found = json.loads(files["json"].read_text())["findings"][0]
    assert (found["lost"], found["new"][2:]) == (6, [None] * 6)


@pytest.mark.parametrize("lower", [0, 1, 30, 300])
def test_counts_are_compared_as_an_engine_s_are(
    lower: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reprobench.harness.commands.imports._report", lambda *_: None)
    Path("theirs.toml").write_text(COUNTS)
    old = {"a": [[900, 940 + seed, 970] for seed in range(12)]}
    bring(counts("committed.csv", old))
    commit()
    new = {"a": [[900, 942 + seed - lower, 970] for seed in range(8)]}
    code, said = guard(counts("new.csv", new))
    assert code == {0: 0, 1: 0, 30: 1, 300: 1}[lower]
    assert "(8 runs of 2 epochs, study theirs)" in said
    if lower >= 30:
        assert (
            f"regression: of 1 recipe 1 dropped; a drops by {lower:.1f} examples, by at least "
            in said
        )


@pytest.mark.usefixtures("committed")
def test_only_what_is_watched_is_guarded() -> None:
    Path("theirs.toml").write_text(STUDY + 'recipes = ["b"]\n')
    code, said = guard(losses("new.csv", recipes="bac", seeds=4))
    assert code == 0
    assert "not guarded, and left aside: a and c\n" in said
    assert "of 1 recipe 1 pass" in said


STUDIES = {
    "no gate": (STUDY.partition("[gate]")[0], "theirs.toml: declares no gate; add [gate], for exa"),
    "an unknown recipe": (STUDY + 'recipes = ["c"]\n', "gate.recipes: c is not committed; allowed"),
    "too many runs": (STUDY + "limit = 2\n", "new.csv: holds 3 runs of a, and gate.limit is 2; gi"),
    "more seeds than the limit": (
        STUDY + "limit = 2\nseeds = 3\n", "theirs.toml: gate.seeds = 3: is more than gate.limit (2)"
    ),
    "seeds without a limit": (STUDY + "seeds = 3\n", "gate.seeds = 3: is more than gate.limit"),
    "no margin": (STUDY.replace("margin = 0.02", ""), "theirs.toml: gate.margin: missing"),
    "a margin of 0": (STUDY.replace("0.02", "0"), "gate.margin = 0: should be greater"),
    "a key of an engine's gate": (
        STUDY + "short = 1\n", "theirs.toml: gate.short = 1: unknown; allowed are margin, epochs"
    ),
    "more epochs than there are": (
        STUDY + "epochs = 4\n", "committed.csv: recipe a, seed 1 has 3 epochs, and is to be compar"
    ),
    "more epochs than are declared": (
        STUDY.replace("window = 2", "window = 2\nepochs = 3") + "epochs = 4\n",
        "theirs.toml: gate.epochs = 4: is more than criterion.epochs (3)",
    ),
}  # fmt: skip


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("name", STUDIES)
def test_what_a_gate_cannot_be(name: str) -> None:
    text, said = STUDIES[name]
    Path("theirs.toml").write_text(text)
    assert said in refused(losses("new.csv", seeds=3), json=Path("gate.json"))
    assert not Path("gate.json").exists()


@pytest.mark.usefixtures("committed")
def test_what_cannot_be_compared() -> None:
    new = losses("new.csv", seeds=3)
    assert refused() == ("theirs.toml: its runs are imported; name the new ones with --import FILE")
    assert refused(new, jobs=2) == "--jobs: says nothing of imported runs; leave it out"
    assert refused(new, power=True).startswith("--power: says nothing of imported runs")
    assert "holds no run of b, which is guarded" in refused(losses("a.csv", recipes="a"))
    assert "recipe a, seed 1 has 2 epochs, and is to" in refused(losses("short.csv", epochs=2))
    assert "there is no folder no; make it" in refused(new, summary=Path("no/summary"))
    with pytest.raises(InputError, match=r"--import new\.csv: study tiny trains its runs itself"):
        told(gate, GateOptions(study="tiny", imports=[new]))
    for path in sorted(Path("reports/theirs/records").glob("a-*"))[1:]:
        path.unlink()
    assert "a: 1 committed run, and 2 are needed, in reports/theirs; `harness" in refused(new)
    path = Path("reports/theirs/records/b-seed-1.json")
    path.write_text(path.read_text()[:-10])
    assert "restore it from version control" in refused(new)
    Path("reports").rename("elsewhere")
    assert "no runs are committed, in reports/theirs; `harness baseline theirs" in refused(new)


@pytest.mark.usefixtures("committed")
def test_another_measure_is_not_compared() -> None:
    Path("theirs.toml").write_text(STUDY.replace("val_loss", "test_loss"))
    new = write("new.csv", {"a": [[0.3, 0.3]], "b": [[0.3, 0.3]]}, "test_loss")
    assert refused(new) == (
        "new.csv: is measured by test_loss, lower is better, and the committed runs by val_loss, "
        "lower is better; give runs that are measured alike"
    )


@pytest.mark.usefixtures("committed")
def test_the_facts_for_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    guard(losses("new.csv", seeds=3), json=Path("-"))
    assert json.loads(capsys.readouterr().out)["verdict"] == "pass"


@pytest.mark.usefixtures("committed")
def test_more_runs_may_follow_at_looks_that_were_declared() -> None:
    """The first look's bound is wider than that of a gate with one look."""
    new = losses("new.csv", seeds=3, worse=0.01)
    widths = []
    for looks in ("", "seeds = 3\nlimit = 12\n"):
        Path("theirs.toml").write_text(STUDY + looks)
        guard(new, json=Path("gate.json"))
        interval = json.loads(Path("gate.json").read_text())["findings"][0]["interval"]
        widths.append(interval["high"] - interval["low"])
    assert widths[1] > widths[0]
