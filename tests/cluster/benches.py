"""Benches on a cluster, and what they leave behind."""

from __future__ import annotations

import io
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from cloudpickle import register_pickle_by_value
from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.results.parsing import read_record
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.worker import Job, Trainer, train_job
from rich.console import Console
from scripted import trainer
from waiting import wait_until

# Workers cannot import it.
register_pickle_by_value(sys.modules[__name__])

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
    """The processes that made the records."""
    return {record.environment["process"] for record in records(options).values()}


def with_process(seconds: float) -> Trainer:
    """Records that say which process made them."""
    inner = trainer(lambda _: time.sleep(seconds))

    def train(job: Job) -> RunRecord:
        return inner(job).model_copy(update={"environment": {"process": os.getpid()}})

    return train


def once_there_is(mark: Path, train: Trainer = train_job, *, free: int = 0) -> Trainer:
    """A trainer of runs that wait for the mark, except the first `free` ones that begin."""

    def begin(job: Job) -> RunRecord:
        if not any(is_first_at(mark.with_name(f"{mark.name}-{place}")) for place in range(free)):
            wait_until(mark.exists)
        return train(job)

    return begin


def is_first_at(place: Path) -> bool:
    try:
        place.mkdir()
    except FileExistsError:
        return False
    return True


def wait_for(output: io.StringIO, finished: int) -> None:
    wait_until(lambda: f"{finished}/" in output.getvalue())
