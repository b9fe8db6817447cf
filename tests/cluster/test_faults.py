"""What happens to benches on a real dask cluster when processes and connections die."""

from __future__ import annotations

import io
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benches import many, once_there_is, records, run, wait_for, with_process, worker_of
from conftest import Relay, Start
from reprobench.harness.base.errors import ClusterError
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.cluster import pool as cluster_pool
from reprobench.harness.training.worker import Job, train_job
from scripted import trainer
from waiting import wait_until


def test_a_worker_that_is_killed_costs_its_runs_a_retry(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    dask = start_dask(3)
    wanted = replace(many(options, 20, tmp_path), cluster=dask.address)
    output, killed = io.StringIO(), tmp_path / "killed"
    with killing(dask.workers[0], after=6, of=output, mark=killed):
        text = run(wanted, once_there_is(killed, trainer(), free=6), output)
    assert len(records(wanted)) == 20
    assert "is gone; what it was training starts again" in text
    assert "20/20 one seed" in text


@contextmanager
def killing(
    process: subprocess.Popen[bytes], *, after: int, of: io.StringIO, mark: Path | None = None
) -> Iterator[None]:
    """Kills the process when the bench with that output has `after` runs, within the block.

    Once the bench has noticed, there is the mark.
    """

    def kill() -> None:
        wait_for(of, after)
        process.kill()
        if mark:
            wait_until(lambda: " is gone" in of.getvalue())
            mark.touch()

    killer = threading.Thread(target=kill)
    killer.start()
    yield
    killer.join()


def test_short_runs_that_went_together_start_again_when_their_worker_dies(
    start_dask: Start, options: BenchOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_pool, "AT_ONCE", 8)
    dask = start_dask(2)
    wanted = replace(many(options, 300, tmp_path), cluster=dask.address)
    output = io.StringIO()

    def train(job: Job) -> RunRecord:
        from distributed import get_worker

        time.sleep(0.02)
        record = trainer(seconds=0.01)(job)
        return record.model_copy(update={"environment": {"task": get_worker().get_current_task()}})

    with killing(dask.workers[0], after=100, of=output):
        text = run(wanted, train, output)
    assert "is gone; what it was training starts again" in text
    tasks = Counter(record.environment["task"] for record in records(wanted).values())
    assert tasks.total() == 300
    assert 1 in tasks.values()
    assert max(tasks.values()) == 10


def test_a_run_goes_on_where_its_worker_died(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    """Workers that can reach the ledger's folder keep their runs there after each epoch."""
    here = replace(many(options, 2, tmp_path, epochs=15), ledger=tmp_path / "here")
    run(here)
    dask = start_dask(2)
    wanted = replace(here, ledger=options.ledger, cluster=dask.address)
    starts, killed = tmp_path / "starts", tmp_path / "killed"
    starts.mkdir()

    def train(job: Job) -> RunRecord:
        from reprobench.harness.training.checkpoints import Checkpoint

        assert job.checkpoint
        (starts / f"{job.run.seed}-{job.checkpoint.exists()}").touch()
        save = Checkpoint.save

        def save_and_wait(*given: Any) -> None:
            save(*given)
            wait_until(killed.exists)

        Checkpoint.save = save_and_wait  # type: ignore[method-assign]
        return train_job(job)

    def kill() -> None:
        wait_until(lambda: len(list(options.ledger.rglob("*.safetensors"))) == 2)
        dask.workers[0].kill()
        killed.touch()

    killer = threading.Thread(target=kill)
    killer.start()
    run(wanted, train)
    killer.join()
    digests = [{key: r.digest for key, r in records(o).items()} for o in (here, wanted)]
    assert digests[0] == digests[1]
    began = sorted(path.name for path in starts.iterdir())
    assert began in (["1-False", "1-True", "2-False"], ["1-False", "2-False", "2-True"])
    assert not list(options.ledger.rglob("*.safetensors"))


def test_a_connection_that_is_cut_costs_what_was_in_flight(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    """This happens twice, which makes no run suspicious; a worker that joins later gets work
    too."""
    dask = start_dask(2)
    relay = Relay(dask.address)
    wanted = replace(many(options, 60, tmp_path), cluster=relay.address)
    output, joined = io.StringIO(), tmp_path / "joined"

    def cut() -> None:
        for finished in (5, 20):
            wait_for(output, finished)
            relay.cut()
        dask.start_worker()
        wait_until(lambda: output.getvalue().count(" joined") == 3)
        joined.touch()

    cutter = threading.Thread(target=cut)
    cutter.start()
    text = run(wanted, once_there_is(joined, with_process(0.2), free=40), output)
    cutter.join()
    relay.end()
    assert len(records(wanted)) == 60
    assert text.count("the connection to the cluster was lost; starting again") == 2
    assert text.count(" joined") == 3
    assert len(worker_of(wanted)) == 3


def test_a_scheduler_that_dies_ends_the_bench_and_it_goes_on(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    dask = start_dask(2)
    wanted = replace(many(options, 30, tmp_path), cluster=dask.address)
    output = io.StringIO()
    gone = pytest.raises(ClusterError, match="scheduler is gone: finished runs are kept; start it")
    with killing(dask.scheduler, after=5, of=output), gone:
        run(wanted, once_there_is(tmp_path / "never", trainer(), free=10), output)
    kept = len(records(wanted))
    assert 5 <= kept < 30
    text = run(replace(wanted, cluster=None), trainer())
    assert f"{30 - kept} runs to train on 2 workers, {kept} of 30 in the ledger" in text
    assert len(records(wanted)) == 30
