"""Benches on a cluster, and what they leave behind."""

from __future__ import annotations

import io
import os
import time
from dataclasses import replace
from pathlib import Path

from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.results.parsing import read_record
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.worker import Job, Trainer, train_job
from rich.console import Console
from scripted import trainer

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


def slow(seconds: float) -> Trainer:
    def wait(_: Job) -> None:
        time.sleep(seconds)

    return trainer(wait)


def with_process(seconds: float) -> Trainer:
    """Records that say which process made them."""
    inner = slow(seconds)

    def train(job: Job) -> RunRecord:
        return inner(job).model_copy(update={"environment": {"process": os.getpid()}})

    return train


def wait_for(output: io.StringIO, finished: int) -> None:
    while f"{finished}/" not in output.getvalue():
        time.sleep(0.05)
