"""What 5,000 runs of 20 ms cost the parent of a cluster of four, beside what a thousand cost it
that go one by one, as long ones do, and what a task costs dask alone. Nothing here asserts a time.

make cluster-scale
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import mean

import psutil
import pytest
from distributed import Client, as_completed
from pytest_benchmark.fixture import BenchmarkFixture
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.engines.roster import TORCH
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.loading.file import find_study, load_study
from reprobench.harness.training.cluster.connection import cluster
from reprobench.harness.training.cluster.pool import AT_ONCE
from reprobench.harness.training.sweep import sweep
from reprobench.harness.training.worker import Job
from scripted import trainer

RUNS, EACH, SECONDS, EPOCHS = 5_000, 1_000, 0.02, 2


@dataclass
class Costs:
    """Processor seconds and memory of this process after each thousand runs."""

    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    done: int = 0

    def take(self) -> None:
        self.seconds.append(time.process_time())
        self.megabytes.append(psutil.Process().memory_info().rss / 2**20)

    def milliseconds(self) -> list[float]:
        """Milliseconds of this process per run, by thousands of runs."""
        return [1000 * (after - before) / EACH for before, after in pairwise(self.seconds)]

    def started(self, job: Job) -> None:
        """Part of the sweep's Watcher."""

    def finished(self, job: Job, record: RunRecord) -> None:
        """Part of the sweep's Watcher."""
        del job, record
        self.done += 1
        if self.done % EACH == 0:
            self.take()

    def again(self, jobs: list[Job], reason: str) -> None:
        """Part of the sweep's Watcher."""

    def waiting(self, jobs: list[Job]) -> None:
        """Part of the sweep's Watcher."""


def wait(_: Job) -> None:
    time.sleep(SECONDS)


def short_run(job: Job) -> RunRecord:
    """A function of a module, like `train_job`, so that only its name is sent."""
    return trainer(wait, seconds=SECONDS / EPOCHS)(job)


def as_if_long(job: Job) -> RunRecord:
    """The same, but the record says that it took long: such runs are sent one by one."""
    return trainer(wait)(job)


def by_dask_alone(client: Client) -> float:
    """Milliseconds of this process per wait, for a thousand waits, as many at once as of runs."""
    submit = partial(client.submit, time.sleep, SECONDS, pure=False)
    begin = time.process_time()
    first = [submit() for _ in range(AT_ONCE)]
    running = as_completed(first, loop=client.loop, with_results=True)
    for done, _ in enumerate(running, start=1):
        if done <= EACH - AT_ONCE:
            running.add(submit())
    return 1000 * (time.process_time() - begin) / EACH


def test_many_short_runs(
    benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "many.toml"
    tiny = find_study("tiny").read_text()
    file.write_text(
        tiny.replace("seeds = 2", f"seeds = {(RUNS + EACH) // 2}").replace('"tiny"', '"many"')
    )
    engine = TORCH.version()
    ledger = Ledger(tmp_path / "ledger")
    ledger.prepare()
    jobs = [
        Job(
            run=run,
            data=DIGITS,
            data_directory=tmp_path,
            engine=engine,
            epochs=EPOCHS,
            progress=tmp_path / "progress",
        )
        for run in load_study(str(file)).runs()
    ]
    costs, singly = Costs(), Costs()
    with cluster("local:4", [engine], lambda _: None, gpus=False) as pool:
        pool.fleet.client.wait_for_workers(4)
        costs.take()

        def train() -> None:
            sweep(jobs[:RUNS], ledger=ledger, pool=pool, watcher=costs, train=short_run)

        benchmark.pedantic(train, rounds=1)
        singly.take()
        sweep(jobs[RUNS:], ledger=ledger, pool=pool, watcher=singly, train=as_if_long)
        alone = by_dask_alone(pool.fleet.client)
    assert costs.done == RUNS
    each, (one,) = costs.milliseconds(), singly.milliseconds()
    benchmark.extra_info.update(
        milliseconds_a_run=each,
        megabytes=costs.megabytes,
        milliseconds_one_by_one=one,
        milliseconds_by_dask_alone=alone,
    )
    with capsys.disabled():
        print(f"\nmilliseconds of this process a run: {', '.join(f'{x:.2f}' for x in each)}")
        print(f"one by one: {one:.2f}; by dask alone: {alone:.2f}")
        print(f"ratios to dask alone: {mean(each) / alone:.2f}, one by one {one / alone:.2f}")
        print(f"megabytes: {', '.join(f'{x:.0f}' for x in costs.megabytes)}")
