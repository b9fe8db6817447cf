"""The sweep with real worker processes: killed for real, shared with other benches, interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from reprobench.harness.engines.choice import choose
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Study
from reprobench.harness.training.pools import LocalPool
from reprobench.harness.training.sweep import sweep
from reprobench.harness.training.worker import Job
from scripted import ENGINE, subprocess_environment, trainer


class Log:
    """Remembers what the sweep says."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.records: dict[str, RunRecord] = {}

    def started(self, job: Job) -> None:
        self.events.append(("started", job.title))

    def finished(self, job: Job, record: RunRecord) -> None:
        self.events.append(("finished", job.title))
        self.records[job.title] = record

    def again(self, jobs: list[Job], reason: str) -> None:
        assert reason == "a worker process died"
        self.events.append(("again", [job.title for job in jobs]))

    def waiting(self, jobs: list[Job]) -> None:
        self.events.append(("waiting", len(jobs)))

    def count(self, event: str) -> int:
        return sum(name == event for name, _ in self.events)


@pytest.fixture
def jobs(tiny: Study, tmp_path: Path) -> list[Job]:
    """Twelve runs: two recipes, six seeds."""
    runs = replace(tiny, seeds=(1, 2, 3, 4, 5, 6)).runs()
    place = tmp_path / "progress"
    return [
        Job(
            run=run,
            data_set="digits",
            data_directory=Path(),
            engine=ENGINE,
            epochs=2,
            progress=place,
        )
        for run in runs
    ]


def in_ledger(ledger: Ledger, jobs: list[Job]) -> int:
    found = [ledger.find(job.run.recipe_key, job.key) for job in jobs]
    return sum(isinstance(entry, RunRecord) and entry.is_evidence for entry in found)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_run_is_trained_once(ledger: Ledger, jobs: list[Job], workers: int) -> None:
    log = Log()
    sweep(jobs, ledger=ledger, pool=LocalPool(workers), watcher=log, train=trainer())
    assert in_ledger(ledger, jobs) == 12
    assert log.count("started") == log.count("finished") == 12


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


def test_training_never_happens_in_this_process(ledger: Ledger, jobs: list[Job]) -> None:
    here = os.getpid()

    def check(_: Job) -> None:
        assert os.getpid() != here

    sweep(jobs[:2], ledger=ledger, pool=LocalPool(1), watcher=Log(), train=trainer(check))
    assert in_ledger(ledger, jobs) == 2


def test_a_killed_worker_loses_nothing_that_was_finished(
    ledger: Ledger, jobs: list[Job], tmp_path: Path
) -> None:
    def die_once(job: Job) -> None:
        marker = tmp_path / "died"
        if job.title == "final seed 2" and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    log = Log()
    sweep(jobs, ledger=ledger, pool=LocalPool(2), watcher=log, train=trainer(die_once))
    assert in_ledger(ledger, jobs) == 12
    assert log.count("again") == 1
    (restarted,) = [titles for event, titles in log.events if event == "again"]
    assert "final seed 2" in restarted
    assert sorted(log.records) == sorted(job.title for job in jobs)
    assert log.count("finished") == 12


def test_a_run_that_always_kills_its_worker_fails_alone(ledger: Ledger, jobs: list[Job]) -> None:
    def die(job: Job) -> None:
        if job.title == "iteration seed 2":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.02)

    log = Log()
    sweep(jobs, ledger=ledger, pool=LocalPool(2), watcher=log, train=trainer(die))
    assert in_ledger(ledger, jobs) == 11
    failed = log.records["iteration seed 2"]
    assert failed.status == "failed"
    assert failed.error == "a worker process died, each time that it was tried"
    assert all(record.is_evidence for title, record in log.records.items()
               if title != "iteration seed 2")  # fmt: skip


def test_what_is_in_the_ledger_is_not_trained_again(ledger: Ledger, jobs: list[Job]) -> None:
    sweep(jobs[:5], ledger=ledger, pool=LocalPool(2), watcher=Log(), train=trainer())
    log = Log()
    sweep(jobs, ledger=ledger, pool=LocalPool(2), watcher=log, train=trainer())
    assert log.count("started") == 7
    assert log.count("finished") == 12
    fresh = Log()
    sweep(jobs[:3], ledger=ledger, pool=LocalPool(2), watcher=fresh, fresh=True, train=trainer())
    assert fresh.count("started") == 3


def test_runs_of_another_bench_are_waited_for(ledger: Ledger, jobs: list[Job]) -> None:
    """Another process holds the lock on one run, finishes it after a second, and lets go."""
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from reprobench.harness.results.ledger import Ledger\n"
        "locks = Ledger(Path(sys.argv[1])).locks()\n"
        "assert locks.take(sys.argv[2])\n"
        "print('held', flush=True)\n"
        "time.sleep(1.5)\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(ledger.root), jobs[0].key],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    other.stdout.readline()
    log = Log()
    sweep(jobs[:3], ledger=ledger, pool=LocalPool(2), watcher=log, train=trainer())
    other.communicate()
    assert ("waiting", 1) in log.events
    assert log.events[0] != ("started", jobs[0].title)
    assert in_ledger(ledger, jobs) == 3


def test_a_full_ledger_stops_the_sweep_and_keeps_what_is_there(
    ledger: Ledger, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    from reprobench.harness.base.errors import StorageError
    from reprobench.harness.results import ledger as module

    written: list[Path] = []

    def full_after_three(path: Path, text: str) -> None:
        if len(written) == 3:
            raise OSError(28, "No space left on device", str(path))
        written.append(path)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    monkeypatch.setattr(module, "write_whole", full_after_three)
    with pytest.raises(StorageError, match="No space left on device"):
        sweep(jobs, ledger=ledger, pool=LocalPool(2), watcher=Log(), train=trainer())
    assert in_ledger(ledger, jobs) == 3


def harness(*arguments: str, cwd: Path, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "reprobench.harness", *arguments],
        cwd=cwd,
        env=subprocess_environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def digests(cwd: Path) -> dict[str, str]:
    import pandas as pd

    table = pd.read_csv(cwd / "out" / "tiny" / "runs.csv")
    return {f"{row.recipe} {row.seed}": str(row.digest) for row in table.itertuples()}


@pytest.fixture(scope="module", params=["auto", pytest.param("torch", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> str:
    """The engines that train: the fastest that is there, and the reference."""
    return str(request.param)


@pytest.fixture(scope="module")
def reference(engine: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests of the tiny study, really trained, one run at a time."""
    cwd = tmp_path_factory.mktemp("reference")
    bench = harness("bench", "tiny", "--engine", engine, "--jobs", "1", cwd=cwd)
    output, _ = bench.communicate(timeout=240)
    assert bench.returncode == 0, output
    return digests(cwd)


@pytest.mark.slow
def test_two_benches_on_one_ledger_share_the_work(
    tmp_path: Path, engine: str, reference: dict[str, str]
) -> None:
    bench = ("bench", "tiny", "--engine", engine, "--jobs", "1")
    benches = [harness(*bench, cwd=tmp_path) for _ in range(2)]
    outputs = [bench.communicate(timeout=240)[0] for bench in benches]
    assert [bench.returncode for bench in benches] == [0, 0], outputs
    started = [line for output in outputs for line in output.splitlines() if "started" in line]
    assert len(started) == 4
    assert len(set(started)) == 4
    assert digests(tmp_path) == reference


@pytest.mark.slow
def test_interrupted_then_resumed_in_parallel(
    tmp_path: Path, engine: str, reference: dict[str, str]
) -> None:
    command = ("bench", "tiny", "--engine", engine, "--jobs")
    bench = harness(*command, "1", cwd=tmp_path)
    assert bench.stdout is not None
    for line in bench.stdout:
        if line.startswith("1/4"):
            break
    os.killpg(bench.pid, signal.SIGINT)  # as a terminal does it: to the workers too
    begin = time.monotonic()
    rest, _ = bench.communicate(timeout=60)
    assert bench.returncode == 130
    assert time.monotonic() - begin < 20
    assert "finished runs are kept; the same command goes on from there" in rest
    assert "Traceback" not in rest
    again = harness(*command, "2", cwd=tmp_path)
    output, _ = again.communicate(timeout=240)
    assert again.returncode == 0, output
    assert "1 in the ledger" in output
    assert digests(tmp_path) == reference


def test_workers_end_with_a_killed_bench(tmp_path: Path) -> None:
    bench = harness("bench", "digits", "--jobs", "2", cwd=tmp_path)
    assert bench.stdout is not None
    for line in bench.stdout:
        if "started" in line:
            break
    children = _wait_for(lambda: _children(bench.pid), lambda found: len(found) >= 2)
    bench.kill()
    bench.wait()
    bench.stdout.close()
    _wait_for(lambda: [pid for pid in children if _alive(pid)], lambda alive: not alive)


def _wait_for(look: Callable[[], list[int]], enough: Callable[[list[int]], bool]) -> list[int]:
    for _ in range(300):
        if enough(found := look()):
            return found
        time.sleep(0.1)
    pytest.fail(f"still {found} after 30 seconds")


def _children(parent: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=True
    )
    return [int(pid) for pid in listed.stdout.split()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
