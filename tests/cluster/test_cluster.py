"""Benches on a real dask cluster: the same bits, and what becomes of them when processes die."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import sysconfig
import threading
import time
import venv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Dask, Relay
from reprobench.harness.bench import Options, bench
from reprobench.harness.cluster_worker import Needed
from reprobench.harness.data import DataSet
from reprobench.harness.engines.choice import native_missing
from reprobench.harness.errors import ClusterError, InputError
from reprobench.harness.ledger import Ledger
from reprobench.harness.plan import Selection
from reprobench.harness.records import RunRecord, read_record
from reprobench.harness.worker import Job, Trainer, train_job
from rich.console import Console
from scripted import trainer

Start = Callable[[int], Dask]

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


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(
        study="tiny", selection=Selection(), workers=2, engine="auto", data=None, data_set=None,
        ledger=tmp_path / "ledger", out=tmp_path / "out", fresh=False, dry_run=False,
    )  # fmt: skip


def many(options: Options, seeds: int, tmp_path: Path, epochs: int = 2) -> Options:
    """A study of so many runs."""
    file = tmp_path / "many.toml"
    file.write_text(STUDY.format(seeds=seeds, epochs=epochs))
    return replace(options, study=str(file))


def run(options: Options, train: Trainer = train_job, output: io.StringIO | None = None) -> str:
    output = output or io.StringIO()
    code = bench(options, Console(file=output, width=200), train)
    assert code == 0, output.getvalue()
    return output.getvalue()


def records(options: Options) -> dict[tuple[str, int], RunRecord]:
    found = [read_record(path) for path in (options.ledger / "runs").rglob("*.json")]
    return {(record.recipe_key, record.seed): record for record in found}


def slow(seconds: float) -> Trainer:
    def wait(_: Job) -> None:
        time.sleep(seconds)

    return trainer(wait)


def worker_of(options: Options) -> set[int]:
    """Processes that made the records."""
    return {record.environment["process"] for record in records(options).values()}


def test_the_same_bits_as_on_one_machine(
    start_dask: Start, options: Options, tmp_path: Path
) -> None:
    here = replace(options, ledger=tmp_path / "here")
    run(here)
    dask = start_dask(3)
    output = run(replace(options, cluster=dask.address))
    assert output.count(" joined") == 3
    digests = [{key: r.digest for key, r in records(o).items()} for o in (here, options)]
    assert digests[0] == digests[1]
    for number in range(3):
        assert {path.name for path in (dask.place / f"worker-{number}").iterdir()} <= {
            "log", "dask-scratch-space",
        }  # fmt: skip


def test_a_worker_that_is_killed_costs_its_runs_a_retry(
    start_dask: Start, options: Options, tmp_path: Path
) -> None:
    dask = start_dask(3)
    wanted = replace(many(options, 20, tmp_path), cluster=dask.address)
    output = io.StringIO()
    killer = threading.Thread(target=_kill_after, args=(output, 6, dask.workers[0].pid))
    killer.start()
    text = run(wanted, slow(0.3), output)
    killer.join()
    assert len(records(wanted)) == 20
    assert "is gone; what it was training starts again" in text
    assert "20/20 one seed" in text


def _kill_after(output: io.StringIO, finished: int, process: int) -> None:
    _wait_for(output, finished)
    os.kill(process, signal.SIGKILL)


def _wait_for(output: io.StringIO, finished: int) -> None:
    while f"{finished}/" not in output.getvalue():
        time.sleep(0.05)


def test_a_run_goes_on_where_its_worker_died(
    start_dask: Start, options: Options, tmp_path: Path
) -> None:
    """Workers that see the ledger's folder keep their runs there after each epoch."""
    here = replace(many(options, 2, tmp_path, epochs=15), ledger=tmp_path / "here")
    run(here)
    dask = start_dask(2)
    wanted = replace(here, ledger=options.ledger, cluster=dask.address)
    starts = tmp_path / "starts"
    starts.mkdir()

    def train(job: Job) -> RunRecord:
        assert job.checkpoint
        (starts / f"{job.run.seed}-{job.checkpoint.exists()}").touch()
        return train_job(job)

    def kill() -> None:
        while len(list(options.ledger.rglob("*.safetensors"))) < 2:
            time.sleep(0.02)
        os.kill(dask.workers[0].pid, signal.SIGKILL)

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
    start_dask: Start, options: Options, tmp_path: Path
) -> None:
    """Twice, which makes no run suspicious; a worker that joins afterwards gets work too."""
    dask = start_dask(2)
    relay = Relay(dask.address)
    wanted = replace(many(options, 60, tmp_path), cluster=relay.address)
    output = io.StringIO()

    def cut() -> None:
        for finished in (5, 20):
            _wait_for(output, finished)
            relay.cut()
        dask.start_worker()

    cutter = threading.Thread(target=cut)
    cutter.start()
    text = run(wanted, _with_process(0.4), output)
    cutter.join()
    relay.end()
    assert len(records(wanted)) == 60
    assert text.count("the connection to the cluster was lost; starting again") == 2
    assert text.count(" joined") == 3
    assert len(worker_of(wanted)) == 3


def test_one_that_joins_late_gets_work(start_dask: Start, options: Options, tmp_path: Path) -> None:
    dask = start_dask(1)
    wanted = replace(many(options, 30, tmp_path), cluster=dask.address)
    output = io.StringIO()

    def join() -> None:
        while "3/30" not in output.getvalue():
            time.sleep(0.05)
        dask.start_worker()

    late = threading.Thread(target=join)
    late.start()
    run(wanted, _with_process(0.4), output)
    late.join()
    assert output.getvalue().count(" joined") == 2
    assert len(worker_of(wanted)) == 2


def _with_process(seconds: float) -> Trainer:
    """Records that say which process made them."""
    inner = slow(seconds)

    def train(job: Job) -> RunRecord:
        from reprobench.harness.records import make_record

        record = inner(job)
        return make_record(
            job.run, record.rows, status="completed", engine=(job.engine, job.numerics),
            data_set=job.data_set, parameters=1, environment={"process": os.getpid()},
        )  # fmt: skip

    return train


def test_a_scheduler_that_dies_ends_the_bench_and_it_goes_on(
    start_dask: Start, options: Options, tmp_path: Path
) -> None:
    dask = start_dask(2)
    wanted = replace(many(options, 30, tmp_path), cluster=dask.address)
    output = io.StringIO()
    killer = threading.Thread(target=_kill_after, args=(output, 5, dask.scheduler.pid))
    killer.start()
    with pytest.raises(ClusterError, match="scheduler is gone: finished runs are kept; start it"):
        run(wanted, slow(0.3), output)
    killer.join()
    kept = len(records(wanted))
    assert 5 <= kept < 30
    text = run(replace(wanted, cluster=None), trainer())
    assert f"{30 - kept} runs to train on 2 workers, {kept} in the ledger" in text
    assert len(records(wanted)) == 30


def test_a_run_that_kills_its_workers_fails_and_the_others_do_not(
    options: Options, tmp_path: Path
) -> None:
    """Workers of `local:` come back; dask gives up a run after some deaths, and so do we."""
    wanted = replace(many(options, 6, tmp_path), cluster="local:2")

    def die(job: Job) -> None:
        if job.run.seed == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    output = io.StringIO()
    assert bench(wanted, Console(file=output, width=200), trainer(die)) == 1
    status = {record.seed: record.status for record in records(wanted).values()}
    assert status == {1: "completed", 2: "completed", 3: "failed", 4: "completed",
                      5: "completed", 6: "completed"}  # fmt: skip
    assert "a worker process died, each time that it was tried" in output.getvalue()


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("module", "function", "lack"),
    [
        ("cluster_worker", "package_version", "reprobench 0.0.7 instead of "),
        ("engines", "numerics", "native 0.0.7 instead of " if not native_missing() else "torch 0"),
    ],
)
def test_other_versions_train_nothing(
    start_dask: Start, options: Options, tmp_path: Path,
    module: str, function: str, lack: str, late: bool,
) -> None:  # fmt: skip
    patch = tmp_path / "patch.py"
    patch.write_text(
        f"import reprobench.harness.{module} as it\nit.{function} = lambda _: '0.0.7'\n"
    )
    dask = start_dask(1)
    wanted = replace(many(options, 20, tmp_path), cluster=dask.address)
    output = io.StringIO()

    def join() -> None:
        if late:
            _wait_for(output, 1)
        dask.start_worker("--preload", str(patch))

    other = threading.Thread(target=join)
    other.start()
    text = run(wanted, _with_process(0.5), output)
    other.join()
    assert f"trains nothing: it has {lack}" in text
    assert worker_of(wanted) == {dask.workers[0].pid}


def test_ctrl_c_keeps_what_is_finished(options: Options, tmp_path: Path) -> None:
    wanted = many(options, 40, tmp_path, epochs=15)
    command = [
        sys.executable, "-m", "reprobench.harness", "bench", str(wanted.study),
        "--cluster", "local:2", "--ledger", str(options.ledger), "--out", str(options.out),
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("2/40"):
                break
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait() == 130, rest
    assert "interrupted: finished runs are kept; the same command goes on from there" in rest
    assert 2 <= len(records(wanted)) < 40


def bench_with_late_worker(options: Options, dask: Dask, python: Path) -> None:
    output = io.StringIO()

    def join() -> None:
        while "4 runs to train" not in output.getvalue():
            time.sleep(0.05)
        dask.start_worker(python=python)

    late = threading.Thread(target=join)
    late.start()
    try:
        run(replace(options, cluster=dask.address), output=output)
    finally:
        late.join()


def bare_python(tmp_path: Path) -> Path:
    """A Python that has dask, but not the package."""
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    (site,) = (bare / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return bare / "bin" / "python"


def test_nobody_can_train(
    start_dask: Start, options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker without the package does not even start: its log says what is not there."""
    monkeypatch.setattr("reprobench.harness.cluster_pool.NOBODY_SECONDS", 8)
    dask = start_dask(0)
    with pytest.raises(ClusterError, match=r"no worker of the cluster can train \(none has joined"):
        bench_with_late_worker(options, dask, bare_python(tmp_path))
    assert (
        "ModuleNotFoundError: No module named 'reprobench"
        in (dask.place / "worker-0" / "log").read_text()
    )
    assert list((options.ledger / "runs").rglob("*.json")) == []


def test_a_worker_without_the_package_leaves_the_work_to_others(
    start_dask: Start, options: Options, tmp_path: Path
) -> None:
    """One that was there before the bench, which asks all of them."""
    dask = start_dask(1)
    dask.start_worker(python=bare_python(tmp_path))
    time.sleep(3)
    wanted = replace(many(options, 3, tmp_path), cluster=dask.address)
    text = run(wanted, _with_process(0.2))
    assert "a worker trains nothing: its reprobench cannot be used (" in text
    assert worker_of(wanted) == {dask.workers[0].pid}


def test_nobody_is_asked_where_nothing_is_to_be_trained(options: Options, tmp_path: Path) -> None:
    wanted = many(options, 2, tmp_path)
    run(wanted, trainer())
    text = run(replace(wanted, cluster="tcp://127.0.0.1:9"), trainer())
    assert "0 runs to train on the cluster" in text


def test_workers_train_on_what_was_sent(
    start_dask: Start, options: Options, tmp_path: Path
) -> None:
    """They could get the digits themselves, so they are kept from it."""
    patch = tmp_path / "patch.py"
    patch.write_text(
        "import reprobench.harness.worker as it\n"
        "def refuse(*_): raise RuntimeError('loaded here')\n"
        "it._load = refuse\n"
    )
    dask = start_dask(0)
    dask.start_worker("--preload", str(patch))
    text = run(replace(many(options, 2, tmp_path), cluster=dask.address))
    assert "loaded here" not in text
    assert {record.status for record in records(options).values()} == {"completed"}


def test_data_that_arrives_altered(digits: DataSet) -> None:
    needed = Needed({}, digits.content_digest())
    assert needed.missing(digits) is None
    flipped = replace(digits, train_labels=digits.train_labels[::-1])
    assert needed.missing(flipped) == "a data set that arrived altered"


def test_wrong_addresses(options: Options) -> None:
    with pytest.raises(InputError, match="--cluster local:0: write local:4 for four workers here"):
        run(replace(options, cluster="local:0"))
    with pytest.raises(InputError, match=r"--cluster tcp://\[::1:80: cannot be used"):
        run(replace(options, cluster="tcp://[::1:80"))
    with pytest.raises(InputError, match=r"--cluster tls://127\.0\.0\.1:9: cannot be used"):
        run(replace(options, cluster="tls://127.0.0.1:9"))
    with pytest.raises(ClusterError, match="nobody answers; start `dask scheduler` there"):
        run(replace(options, cluster="tcp://127.0.0.1:9"))


def test_without_dask_one_line_says_so(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("reprobench.harness.cluster")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setitem(sys.modules, "distributed.diagnostics.plugin", None)
    with pytest.raises(
        InputError, match=r"--cluster: needs dask.*pip install 'reprobench\[dask\]'"
    ):
        run(replace(options, cluster="local:2"))


def test_ledger_is_only_written_here(start_dask: Start, options: Options, tmp_path: Path) -> None:
    """Workers in empty directories leave no file of ours."""
    dask = start_dask(2)
    wanted = replace(many(options, 4, tmp_path), cluster=dask.address)
    run(wanted, trainer())
    assert Ledger(options.ledger).count(next(iter(records(wanted)))[0]) == 4
    assert not list(dask.place.rglob("*.json"))
