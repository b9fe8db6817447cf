"""Benches with adaptive seeds as processes: side by side on one ledger, and killed."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from adaptive import found, seeds_of, write_study
from benching import run
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.engines.choice import choose
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.parsing import read_record
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.worker import train_job
from scripted import subprocess_environment
from unpictured import SCRIPT
from waiting import PATIENCE, held, processes, wait_until

BENCH = [*SCRIPT, "bench", "open.toml", "--jobs", "1"]


@pytest.fixture
def options(options: BenchOptions) -> BenchOptions:
    """The study that each test writes."""
    return replace(options, study="open.toml")


@pytest.mark.slow
@pytest.mark.usefixtures("options")
def test_two_benches_on_one_ledger_train_every_run_once() -> None:
    """Each waits for the runs that the other trains, and both end with the same result."""
    write_study(10)
    benches = [
        subprocess.Popen(BENCH, env=subprocess_environment(), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=PATIENCE)[0] for process in benches]
    assert [process.returncode for process in benches] == [0, 0]
    finished = [line for text in outputs for line in text.splitlines() if "started " in line]
    assert len(finished) == len(set(finished)) == sum(map(len, seeds_of().values()))
    assert found()["adaptive"]["seeds"] == {n: len(own) for n, own in seeds_of().items()}


@pytest.mark.slow
@pytest.mark.usefixtures("no_pictures")
def test_killed_in_the_middle_it_comes_to_the_same_end(
    options: BenchOptions, tmp_path: Path
) -> None:
    """Really trained: a recipe that hardly learns is dropped for the larger one that does."""
    write_study(20, required=0.3)
    text = Path("open.toml").read_text()
    Path("open.toml").write_text(text + "lr = 1e-5\n")  # of the last recipe, `final`
    whole = replace(options, ledger=Path("whole"), out=Path("whole-out"))
    assert run(whole, train_job)[0] == 0
    study = load_study("open.toml")
    # One of the first ten; locked, so that the bench does not finish before the kill.
    last = study.runs()[9]
    version = choose("auto", study.recipes, study.data)[last.recipe.name]
    environment = subprocess_environment(MARK=f"mark-{tmp_path}")
    with held(Ledger(Path("ledger")), last, version):
        process = subprocess.Popen(BENCH, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("3/10 "):
                break
        process.kill()
        process.communicate(timeout=PATIENCE)
        wait_until(lambda: not processes(environment["MARK"]))
    there = sum(map(len, seeds_of().values()))
    assert 3 <= there < 10
    code, output = run(options, train_job)
    assert code == 0
    assert f"{10 - there} runs to train on 2 workers, 0 of {10 - there} in the ledger" in output
    told = found()
    assert (told["chosen"], told["provisional"], told["verdict"]) == ("iteration", False, "meets")
    assert told["adaptive"]["dropped"] == {"final": "iteration"}
    courses = [pd.read_csv(Path(out) / "tiny" / "course.csv") for out in ("out", "whole-out")]
    pd.testing.assert_frame_equal(*courses)
    assert seeds_of() == seeds_of(Path("whole"))
    digests = [
        sorted(read_record(path).digest for path in Path(ledger).glob("runs/*/*.json"))
        for ledger in ("ledger", "whole")
    ]
    assert digests[0] == digests[1]
