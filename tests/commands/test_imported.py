"""Imported runs from the ledger to a committed baseline."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.baseline import baseline
from reprobench.harness.commands.imports import import_runs
from reprobench.harness.commands.options.lists import RunsListOptions
from reprobench.harness.commands.options.reports import (
    BaselineOptions,
    ImportOptions,
    ReportOptions,
)
from reprobench.harness.commands.options.training import VerifyOptions
from reprobench.harness.commands.report import report
from reprobench.harness.commands.runs import list_runs
from reprobench.harness.commands.verify import verify
from theirs import STUDY, bring, guard, loss, losses, told

pytestmark = pytest.mark.usefixtures("theirs", "no_pictures")


def test_from_the_first_import_to_a_committed_baseline() -> None:
    said = bring(losses("first.csv", seeds=3))
    assert "kept in ledger/imported/theirs: 6 new\n" in said
    assert "although none of its 3 runs held" in said or "3 of 3 runs held" in said
    first = json.loads(Path("out/theirs/decision.json").read_text())
    said = bring(losses("more.csv", seeds=4))
    assert "kept in ledger/imported/theirs: 2 new, 6 already there\n" in said
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


@pytest.mark.usefixtures("committed_theirs")
def test_an_import_that_is_refused_leaves_the_ledger_as_it_was() -> None:
    before = {path: path.read_bytes() for path in Path("ledger").rglob("*.json")}
    worse = losses("worse.csv", seeds=2, worse=0.1)
    with pytest.raises(InputError, match=r"worse.csv: recipe a, seed 1 is 0\.\d+ at epoch 1, but"):
        bring(losses("new.csv", seeds=2, recipes="c"), worse)
    assert {path: path.read_bytes() for path in Path("ledger").rglob("*.json")} == before


@pytest.mark.usefixtures("committed_theirs")
def test_runs_that_are_not_what_is_declared_are_not_kept() -> None:
    """The study has changed since the first import: new runs must fit the runs that are there."""
    Path("theirs.toml").write_text(STUDY.replace("window = 2", "window = 4\nepochs = 4"))
    before = {*Path("ledger").rglob("*.json")}
    with pytest.raises(InputError, match=r"criterion.window = 4: recipe a, seed 1 has 3 epochs"):
        bring(losses("longer.csv", recipes="c", epochs=4))
    assert {*Path("ledger").rglob("*.json")} == before


@pytest.mark.usefixtures("committed_theirs")
def test_a_part_is_no_baseline() -> None:
    Path("theirs.toml").write_text(STUDY.replace('"theirs"', '"theirs"\nseeds = 12'))
    with pytest.raises(InputError, match=r": ledger holds only a part of its runs \(10 of 12 "):
        told(baseline, BaselineOptions(study="theirs.toml"))
    next(Path("ledger/imported/theirs").iterdir()).write_text("{")
    Path("theirs.toml").write_text(STUDY.replace('"theirs"', '"theirs"\nseeds = 10'))
    with pytest.raises(InputError, match="harness import"):
        told(baseline, BaselineOptions(study="theirs.toml", yes=True))
    Path("theirs.toml").write_text(STUDY.replace('"theirs"', '"others"'))
    with pytest.raises(InputError, match="toml: ledger holds no imported runs of study other"):
        told(baseline, BaselineOptions(study="theirs.toml"))
    with pytest.raises(
        InputError, match=r"reports/others: holds no committed runs; go to .* `harness bas"
    ):
        told(baseline, BaselineOptions(study="theirs.toml", rebuild=True))


@pytest.mark.usefixtures("committed_theirs")
def test_imported_runs_cannot_be_verified() -> None:
    with pytest.raises(InputError) as caught:
        told(verify, VerifyOptions(study="theirs.toml"))
    assert caught.value.lines == (
        "theirs.toml: its runs were trained elsewhere and imported: they cannot be verified; "
        "`harness gate theirs.toml --import FILE` compares new ones with them",
    )


@pytest.mark.usefixtures("committed_theirs")
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
    assert "damaged: ledger/imported/theirs/a-seed-1.json: is not an imported run" in said
    _, said = told(list_runs, RunsListOptions())
    assert said.endswith("0 runs in ledger\n20 imported runs in ledger/imported/theirs\n")


@pytest.mark.usefixtures("committed_theirs")
def test_no_seeds_are_added_to_imported_runs() -> None:
    with pytest.raises(InputError, match="--until-decided: does not apply to imported runs"):
        told(report, ReportOptions(study="theirs.toml", until_decided=True))


@pytest.mark.usefixtures("committed_theirs")
def test_the_same_file_again_changes_nothing() -> None:
    def kept() -> dict[Path, tuple[int, int]]:
        there = [(path, path.stat()) for path in Path("ledger").rglob("*.json")]
        return {path: (found.st_ino, found.st_mtime_ns) for path, found in there}

    before = kept()
    assert "kept in ledger/imported/theirs: 20 already there\n" in bring(Path("committed.csv"))
    assert kept() == before


@pytest.mark.usefixtures("committed_theirs")
def test_two_studies_share_a_ledger() -> None:
    """With the same names and seeds but other values: each has its own runs."""
    Path("others.toml").write_text(STUDY.replace('"theirs"', '"others"'))
    options = ImportOptions(files=[losses("worse.csv", worse=0.1)], study="others.toml")
    _, said = told(import_runs, options)
    assert "kept in ledger/imported/others: 20 new\n" in said
    for study, file, worse in (("theirs", "committed.csv", 0.0), ("others", "worse.csv", 0.1)):
        _, said = told(list_runs, RunsListOptions(study=f"{study}.toml"))
        assert said.splitlines()[-1] == f"20 imported runs in ledger/imported/{study}"
        rows = [line for line in said.splitlines() if f"{file} (CSV, SHA-256 " in line]
        assert len(rows) == 20
        assert f"{loss('a', 1, 3, worse):.6g}" in rows[0]


def test_a_later_file_that_writes_numbers_otherwise() -> None:
    """Otherwise it would add recipes of its own to the intended ones."""
    Path("theirs.toml").write_text(STUDY.replace("[import]", '[import]\nrecipe = "lr"'))
    for file, lr in (("first.csv", "1e-3"), ("second.csv", "0.001")):
        table = pd.read_csv(losses(file, recipes="a"), dtype=str).assign(lr=lr)
        table.drop(columns="recipe").to_csv(file, index=False)
    bring(Path("first.csv"))
    with pytest.raises(InputError, match=r"recipe 1e-3 is 0\.001 in second\.csv, with its numb"):
        bring(Path("second.csv"))
    assert len([*Path("ledger").rglob("*.json")]) == 10
