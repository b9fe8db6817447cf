"""`--cluster local:N`: workers that die or cannot be started, and where they can be reached."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dask
import pytest
from benches import many, records, run
from reprobench.harness.base.errors import ClusterError, InputError
from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.cluster import fleet, local
from reprobench.harness.training.worker import Job
from rich.console import Console
from scripted import trainer

Beginning = Callable[[str], None]

START = """
import os, signal, sys
if "spawn_main" in " ".join(sys.orig_argv):
    {code}
"""
"""Each Python begins with it."""
DIE = "os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def begin_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Beginning:
    """Lets worker processes begin with a line of code. Another is then started without a pause."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(local, "LONGEST_PAUSE_SECONDS", 0.0)
    return lambda code: (folder / "sitecustomize.py").write_text(START.format(code=code)) and None


def test_a_run_that_kills_its_workers_fails_and_the_others_do_not(
    options: BenchOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dask gives up a run after several deaths, and so do we. Workers come back, after however long
    a time: all that might be too short is 0 here."""
    monkeypatch.setattr(fleet, "NOBODY_SECONDS", 0)
    wanted = replace(many(options, 6, tmp_path), cluster="local:2")

    def die(job: Job) -> None:
        if job.run.seed == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    output = io.StringIO()
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "0s"}):
        code = bench(wanted, Console(file=output, width=200), trainer(die))
    assert code == 1, output.getvalue()
    status = {record.seed: record.status for record in records(wanted).values()}
    assert status == {1: "completed", 2: "completed", 3: "failed", 4: "completed",
                      5: "completed", 6: "completed"}  # fmt: skip
    assert "a worker process died, each time that it was tried" in output.getvalue()


def test_a_worker_that_dies_while_it_starts_is_replaced(
    options: BenchOptions, tmp_path: Path, begin_with: Beginning
) -> None:
    died = tmp_path / "died"
    begin_with(f"os.path.exists({str(died)!r}) or (os.mkdir({str(died)!r}), {DIE})")
    text = run(replace(options, cluster="local:1"), trainer())
    assert died.exists()
    assert text.count(" joined") == 1
    assert "4/4 " in text


@pytest.mark.parametrize(("number", "name"), [(9, "SIGKILL"), (40, "signal 40")])
def test_workers_that_cannot_be_started(
    number: int, name: str, options: BenchOptions, begin_with: Beginning
) -> None:
    """A real-time signal has no name."""
    begin_with(f"os.kill(os.getpid(), {number})")
    wanted = (
        rf"^--cluster local:2: no worker can be started \(its process ended: killed by {name}\)"
    )
    with pytest.raises(ClusterError, match=wanted):
        run(replace(options, cluster="local:2"))


@pytest.mark.usefixtures("begin_with")
def test_workers_that_say_why_they_cannot_join(
    options: BenchOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What they say is more than a pipe holds."""
    faulty = tmp_path / "faulty.py"
    faulty.write_text("raise ValueError('too\\nlong' + 'x' * 100_000)")
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__PRELOAD", str(faulty))
    with pytest.raises(ClusterError, match=r"\(ValueError: too longx{900,}\.\.\.\): finished"):
        run(replace(options, cluster="local:1"))
    assert capfd.readouterr().err == ""


def test_only_this_machine_can_reach_it(options: BenchOptions) -> None:
    def train(job: Job) -> RunRecord:
        import psutil

        processes = [psutil.Process(), psutil.Process().parent()]
        sockets = [one for process in processes for one in process.net_connections("tcp")]
        listening = sorted({one.laddr.ip for one in sockets if one.status == "LISTEN"})
        return trainer()(job).model_copy(update={"environment": {"listening": listening}})

    wanted = replace(options, cluster="local:1")
    run(wanted, train)
    where = [record.environment["listening"] for record in records(wanted).values()]
    assert where == [["127.0.0.1"]] * 4


def test_as_many_workers_as_the_machine_can_hold(
    options: BenchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    with pytest.raises(InputError, match=r"^--cluster local:17: too many .* at most 16, 8 for"):
        run(replace(options, cluster="local:17"))
