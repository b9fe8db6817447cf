"""Whatever is killed, whenever: nothing finished is lost, and the report is as if undisturbed.

make chaos
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from havoc import Havoc
from reprobench.harness.engines.choice import choose
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.parsing import read_record
from reprobench.harness.study.loading.file import find_study, load_study
from scripted import ROOT
from waiting import held

RUNS = 320
SEED = 1


def scripted(tmp_path: Path, name: str) -> tuple[list[str], Path, Path]:
    """The command, its ledger, and its report's folder."""
    study = tmp_path / "many.toml"
    tiny = find_study("tiny").read_text()
    study.write_text(tiny.replace("seeds = 2", f"seeds = {RUNS // 2}").replace('"tiny"', '"many"'))
    ledger, out = tmp_path / name / "ledger", tmp_path / name / "out"
    script = str(Path(__file__).parent / "scripted_bench.py")
    return [sys.executable, script, str(study), str(ledger), str(out)], ledger, out / "many"


def last_held(
    argument: str, engine: str, ledger: Path, *recipes: str
) -> AbstractContextManager[None]:
    """Keeps a bench of the study from finishing, so that it finishes only after all kills."""
    study = load_study(argument)
    last = (study.part(recipes) if recipes else study).runs()[-1]
    version = choose(engine, study.recipes, study.data)[last.recipe.name]
    return held(Ledger(ledger), last, version)


def files(report: Path) -> dict[str, bytes]:
    """The files of a report, except for what it was made with."""
    return {
        str(path.relative_to(report)): path.read_bytes()
        for path in sorted(report.rglob("*"))
        if path.is_file() and path.name != "environment.json"
    }


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests"))


def test_a_hundred_kills_over_scripted_runs(tmp_path: Path) -> None:
    command, _, undisturbed = scripted(tmp_path, "undisturbed")
    assert subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0
    command, ledger, report = scripted(tmp_path, "disturbed")
    havoc = Havoc(command, ledger, tmp_path, 100, random.Random(SEED))
    with last_held(command[2], "torch", ledger):
        havoc.wreak()
    havoc.end()
    print(f"kills: {havoc.done}")
    assert sum(havoc.done.values()) == 100
    assert havoc.done["bench"] >= 5
    paths = list((ledger / "runs").rglob("*.json"))
    assert len(paths) == RUNS
    assert len({(r.recipe_key, r.seed) for r in map(read_record, paths)}) == RUNS
    assert not list((ledger / "damaged").rglob("*.json"))
    assert files(report) == files(undisturbed)


def test_ten_kills_over_real_training(tmp_path: Path) -> None:
    """Runs of the digits that take seconds, and continue from their last complete epoch."""
    harness = [sys.executable, "-m", "reprobench.harness", "bench", "digits", "--recipes", "final"]
    ledgers = tmp_path / "undisturbed", tmp_path / "disturbed"
    commands = [
        [*harness, "--jobs", "2", "--ledger", str(ledger), "--out", str(tmp_path / "out")]
        for ledger in ledgers
    ]
    subprocess.run(commands[0], check=True, cwd=tmp_path, stdout=subprocess.DEVNULL)
    havoc = Havoc(commands[1], ledgers[1], tmp_path, 10, random.Random(SEED))
    with last_held("digits", "auto", ledgers[1], "final"):
        havoc.wreak()
    havoc.end()
    print(f"kills: {havoc.done}")
    assert sum(havoc.done.values()) == 10
    digests = [
        {
            record.seed: record.digest
            for record in map(read_record, (ledger / "runs").rglob("*.json"))
        }
        for ledger in ledgers
    ]
    assert digests[0] == digests[1]
    assert not os.listdir(ledgers[1] / "checkpoints")
