"""How long a report of many runs takes and the next round of seeds, and how much memory.

Nothing here asserts a time.

make scale
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from reprobench.harness.judging.seeds.allocation import Allocation, allocate
from reprobench.harness.judging.seeds.pair_evidence import AdaptiveRule, PairEvidence
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.loading.file import load_study
from synthetic import GRIDS, fill, make_study


@dataclass(frozen=True)
class Cost:
    """What a finished command cost: time, processor time including its workers, and memory."""

    seconds: float
    processor_seconds: float
    peak_megabytes: float
    """Peak memory of the largest of its processes."""


@pytest.mark.parametrize("runs", list(GRIDS))
def test_report(
    runs: int, benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, ledger, out = make_study(runs, tmp_path), tmp_path / "ledger", tmp_path / "out"
    study = load_study(str(file))
    fill(Ledger(ledger), study)
    command = ["report", str(file), "--ledger", str(ledger), "--out", str(out)]
    cost = benchmark.pedantic(harness, args=command, rounds=1)
    benchmark.extra_info.update(runs=runs, **vars(cost))
    assert len(list((out / study.name / "records").iterdir())) == runs
    with capsys.disabled():
        print(
            f"\nreport of {runs:,} runs: {cost.seconds:.1f} s, {cost.processor_seconds:.1f} s of "
            f"processor time, {cost.peak_megabytes:,.0f} MB"
        )


def test_next_round(benchmark: BenchmarkFixture) -> None:
    """Deciding which seeds come next, over 24 recipes of 200 runs."""
    rates = np.random.default_rng(1).binomial(5, 0.5, (24, 200)) / 5
    names = [f"recipe{number}" for number in range(24)]
    parameters = {name: 9_000 + number for number, name in enumerate(names)}

    def decide() -> Allocation:
        found = dict(zip(names, rates.tolist(), strict=True))
        return allocate(
            PairEvidence.of(found, parameters, AdaptiveRule(0.1, 0.05, 640)), workers=16
        )

    assert benchmark(decide).next


def harness(*arguments: str) -> Cost:
    """Run the command to its end; returns its cost."""
    command = [sys.executable, "-m", "reprobench.harness", *arguments]
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    seconds = time.perf_counter() - begin
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
