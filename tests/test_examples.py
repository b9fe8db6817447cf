"""The example programs: each from its study file to its report."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.judging.gathering import gather
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.loading.file import load_study
from rich.console import Console
from scripted import ROOT

EXAMPLES = ROOT / "examples"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, no data, and the Python that has the libraries."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "nowhere"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize(
    ("name", "seeds"),
    [("shell", 10), ("numpy", 1), pytest.param("torch", 1, marks=pytest.mark.slow)],
)
def test_it_is_trained_and_reported(name: str, seeds: int) -> None:
    file = EXAMPLES / name / "study.toml"
    assert bench(BenchOptions(study=str(file), seeds=seeds, jobs=2), Console(quiet=True)) == 0
    study = load_study(str(file))
    found = gather(study, Ledger(Path("ledger")))
    for recipe in study.recipes:
        records = found.records[recipe.name]
        assert [record.status for record in records] == ["completed"] * seeds
        assert {len(record.values) for record in records} == {study.criterion.epochs}
    assert Path("out", study.name, "report.html").exists()
    assert {path.name for path in (EXAMPLES / name).iterdir()} == {"study.toml", *_program(name)}


def _program(name: str) -> set[str]:
    return {"train.sh"} if name == "shell" else {"train.py"}


def test_every_example_is_run_here() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {"shell", "numpy", "torch"}
