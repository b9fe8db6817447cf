"""Whole benches as processes: side by side on one ledger, interrupted and resumed, killed."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines.choice import choose
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.training.pools import LocalPool
from reprobench.harness.training.run import train_run
from reprobench.harness.training.sweep import sweep
from reprobench.harness.training.worker import Job
from scripted import begin
from sweep_log import Log
from unpictured import SCRIPT
from waiting import PATIENCE, held, processes, wait_until, words


def harness(*arguments: str, cwd: Path, **variables: str) -> subprocess.Popen[str]:
    return begin([*SCRIPT[1:], *arguments], cwd, stderr=subprocess.STDOUT, **variables)


def digests(cwd: Path) -> dict[str, str]:
    import pandas as pd

    table = pd.read_csv(cwd / "out" / "tiny" / "runs.csv")
    return {f"{row.recipe} {row.seed}": str(row.digest) for row in table.itertuples()}


@pytest.fixture(scope="module", params=["auto", pytest.param("torch", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> str:
    """The engines that train: the fastest available one, and the reference."""
    return str(request.param)


@pytest.fixture(scope="module")
def reference(engine: str, tiny: Study, digits: DataSet) -> dict[str, str]:
    """Digests of the tiny study, really trained, one run at a time, in this process."""
    engines = choose(engine, tiny.recipes, tiny.data)
    return {
        f"{run.recipe.name} {run.seed}": train_run(
            run, digits, engines[run.recipe.name].trainer
        ).digest
        for run in tiny.runs()
    }


def test_order_has_no_part_in_the_bits(
    ledger: Ledger,
    jobs: list[Job],
    tiny: Study,
    reference: dict[str, str],
    engine: str,
) -> None:
    engines = choose(engine, tiny.recipes, tiny.data)
    real = [
        replace(job, run=run, engine=engines[run.recipe.name])
        for job, run in zip(jobs, reversed(tiny.runs()), strict=False)
    ]
    log = Log()
    sweep(real, ledger=ledger, pool=LocalPool(2), watcher=log)
    found = {title.replace(" seed", ""): record.digest for title, record in log.records.items()}
    assert found == reference


@pytest.mark.slow
def test_two_benches_on_one_ledger_share_the_work(
    tmp_path: Path, engine: str, reference: dict[str, str]
) -> None:
    bench = ("bench", "tiny", "--engine", engine, "--jobs", "1")
    benches = [harness(*bench, cwd=tmp_path) for _ in range(2)]
    outputs = [bench.communicate(timeout=PATIENCE)[0] for bench in benches]
    assert [bench.returncode for bench in benches] == [0, 0], outputs
    started = [line for output in outputs for line in output.splitlines() if "started" in line]
    assert len(started) == 4
    assert len(set(started)) == 4
    assert digests(tmp_path) == reference


@pytest.mark.slow
def test_interrupted_then_resumed_in_parallel(
    tmp_path: Path, tiny: Study, engine: str, reference: dict[str, str]
) -> None:
    command = ("bench", "tiny", "--engine", engine, "--jobs")
    ledger = Ledger(tmp_path / "ledger")
    last = tiny.runs()[-1]
    version = choose(engine, tiny.recipes, tiny.data)[last.recipe.name]
    with held(ledger, last, version):  # so that the bench is not faster than the signal
        bench = harness(*command, "1", cwd=tmp_path)
        assert bench.stdout is not None
        for line in bench.stdout:
            if line.startswith("1/4"):
                break
        os.killpg(bench.pid, signal.SIGINT)  # as a terminal does: also to the workers
        rest, _ = bench.communicate(timeout=PATIENCE)
    kept = len(list((ledger.root / "runs").rglob("*.json")))
    assert 1 <= kept < 4
    assert bench.returncode == 130
    assert "finished runs are kept; the same command goes on from there" in rest
    assert "Traceback" not in rest
    again = harness(*command, "2", cwd=tmp_path)
    output, _ = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, output
    assert f"{kept} of 4 in the ledger" in output
    assert digests(tmp_path) == reference


@pytest.mark.slow
def test_workers_end_with_a_killed_bench(tmp_path: Path) -> None:
    mark = f"mark-{tmp_path}"
    bench = harness("bench", "digits", "--jobs", "2", cwd=tmp_path, MARK=mark)
    wait_until(lambda: sum("popen_loky" in words(pid) for pid in processes(mark)) == 2)
    bench.kill()
    bench.communicate(timeout=PATIENCE)
    wait_until(lambda: not processes(mark))
