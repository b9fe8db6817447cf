"""Benches with worker processes: the whole job, and workers that die."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest
from benching import run, title
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.training.worker import Job
from scripted import trainer


@pytest.mark.usefixtures("no_pictures")
def test_the_whole_job(options: BenchOptions) -> None:
    code, output = run(options)
    assert code == 0
    assert "4 runs to train on 2 workers, 0 of 4 in the ledger" in output
    assert "4/4 " in output
    assert title("tiny") == "# Study tiny: which recipe stays at 50%?"
    code, output = run(options)
    assert "0 runs to train, 4 of 4 in the ledger" in output


@pytest.mark.usefixtures("no_pictures")
def test_failed_runs_are_named_and_trained_at_the_next_bench(options: BenchOptions) -> None:
    def broken(job: Job) -> None:
        if job.title == "final seed 2":
            os.kill(os.getpid(), signal.SIGKILL)

    code, output = run(options, trainer(broken))
    assert code == 1
    assert "a worker process died, each time that it was tried" in output
    assert "1 failed run" in title("tiny")
    code, output = run(options)
    assert code == 0
    assert "1 run to train on 1 worker, 3 of 4 in the ledger" in output


@pytest.mark.usefixtures("no_pictures")
def test_failures_of_other_recipes_are_not_ours(options: BenchOptions) -> None:
    def broken(job: Job) -> None:
        if job.run.recipe.name == "final":
            os.kill(os.getpid(), signal.SIGKILL)

    assert run(options, trainer(broken))[0] == 1
    code, output = run(replace(options, recipes="iteration"))
    assert code == 0
    assert "failed: " not in output
