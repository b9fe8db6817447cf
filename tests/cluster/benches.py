"""Benches on a cluster, and what they left."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options import BenchOptions
from reprobench.harness.results.parsing import read_record
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.worker import Job, Trainer, train_job
from rich.console import Console
from scripted import nothing, trainer
from waiting import wait_until

STUDY = """
name = "many"
data_set = "digits"
seeds = {seeds}
[criterion]
target = 0.5
epochs = {epochs}
parameters = 10_000
window = 1
[[recipes]]
name = "one"
architecture = "final"
batch_size = 64
lr = 0.05
optimiser = "SGD"
"""


def many(options: BenchOptions, seeds: int, tmp_path: Path, epochs: int = 2) -> BenchOptions:
    """A study of `seeds` runs."""
    file = tmp_path / "many.toml"
    file.write_text(STUDY.format(seeds=seeds, epochs=epochs))
    return replace(options, study=str(file))


def run(
    options: BenchOptions, train: Trainer = train_job, output: io.StringIO | None = None
) -> str:
    output = output or io.StringIO()
    code = bench(options, Console(file=output, width=200), train)
    assert code == 0, output.getvalue()
    return output.getvalue()


def records(options: BenchOptions) -> dict[tuple[str, int], RunRecord]:
    found = [read_record(path) for path in (options.ledger / "runs").rglob("*.json")]
    return {(record.recipe_key, record.seed): record for record in found}


def worker_of(options: BenchOptions) -> set[int]:
    """Processes that made the records."""
    return {record.environment["process"] for record in records(options).values()}


Behaviour = Callable[[Job], None]


def no_sooner_than(mark: Path, first: int) -> Behaviour:
    """Of runs that wait for the mark, but for those of so many seeds, which come first.

    `waiting_for` says which processes have one that waits.
    """

    def wait(job: Job) -> None:
        if job.run.seed > first:
            mark.with_name(f"{mark.name}-{os.getpid()}").touch()
            wait_until(mark.exists)

    return wait


def waiting_for(mark: Path) -> set[int]:
    return {int(path.name.rpartition("-")[2]) for path in mark.parent.glob(f"{mark.name}-*")}


def together(folder: Path, processes: int, first: int) -> Behaviour:
    """Of runs that wait until so many processes have had one, but for those of the first seeds."""
    folder.mkdir()

    def meet(job: Job) -> None:
        time.sleep(DASK_NOTICES)
        if job.run.seed > first:
            (folder / str(os.getpid())).touch()
            wait_until(lambda: len(list(folder.iterdir())) >= processes)

    return meet


DASK_NOTICES = 0.2
"""Seconds of a run that is worth it for dask to take from one worker and give to another."""


def with_process(behave: Behaviour = nothing) -> Trainer:
    """Records that say which process made them."""
    inner = trainer(behave)

    def train(job: Job) -> RunRecord:
        return inner(job).model_copy(update={"environment": {"process": os.getpid()}})

    return train


def wait_for(output: io.StringIO, finished: int) -> None:
    wait_until(lambda: f"{finished}/" in output.getvalue())
