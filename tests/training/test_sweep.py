"""The sweep with real worker processes: killed for real, and shared with other benches."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.pools import LocalPool
from reprobench.harness.training.sweep import Queue, sweep
from reprobench.harness.training.worker import Job
from scripted import trainer
from sweep_log import Log


def in_ledger(ledger: Ledger, jobs: list[Job]) -> int:
    found = [ledger.find(job.run.recipe_key, job.key) for job in jobs]
    return sum(isinstance(entry, RunRecord) and entry.is_evidence for entry in found)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_run_is_trained_once(ledger: Ledger, jobs: list[Job], workers: int) -> None:
    log = Log()
    sweep(jobs, ledger=ledger, pool=LocalPool(workers), watcher=log, train=trainer())
    assert in_ledger(ledger, jobs) == 12
    assert log.count("started") == log.count("finished") == 12


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


def test_a_run_that_starts_again_goes_on_from_its_own_progress(
    ledger: Ledger, jobs: list[Job]
) -> None:
    """Trained anew, it does not go on from what an earlier bench left, which would tell nothing."""
    (ledger.root / "checkpoints").mkdir()
    place = ledger.checkpoint(jobs[0].key)
    place.write_text("of an earlier bench")

    def die_once(_: Job) -> None:
        if place.exists():
            assert place.read_text() == "of this one"
            return
        place.write_text("of this one")
        os.kill(os.getpid(), signal.SIGKILL)

    log = Log()
    sweep(
        jobs[:1],
        ledger=ledger,
        pool=LocalPool(1),
        watcher=log,
        fresh=True,
        train=trainer(die_once),
    )
    assert log.count("again") == 1
    assert log.records[jobs[0].title].status == "completed"


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


class LetsGo(Log):
    """Makes the other process release its run once the sweep waits for it."""

    def __init__(self, other: subprocess.Popen[str]) -> None:
        super().__init__()
        self.other = other

    def waiting(self, jobs: list[Job]) -> None:
        super().waiting(jobs)
        self.other.communicate()


def test_runs_of_another_bench_are_waited_for(ledger: Ledger, jobs: list[Job]) -> None:
    """Another process holds the lock on one run."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from reprobench.harness.results.ledger import Ledger\n"
        "locks = Ledger(Path(sys.argv[1])).locks()\n"
        "assert locks.take(sys.argv[2])\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(ledger.root), jobs[0].key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    log = LetsGo(other)
    sweep(jobs[:3], ledger=ledger, pool=LocalPool(2), watcher=log, train=trainer())
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


@pytest.mark.parametrize("held", [True, False])
def test_a_run_is_given_up_under_its_lock(held: bool, ledger: Ledger, jobs: list[Job]) -> None:
    """Another bench that holds it will write the record, and may be reading or moving the file."""
    ours, theirs = ledger.locks(), ledger.locks()
    queue = Queue(jobs[:2], ledger, ours, fresh=False)
    assert len(list(queue.take(Log()))) == 2
    queue.give_up("a worker process died")
    if held:
        assert theirs.take(jobs[0].key)
    record = queue.fail(jobs[0])
    assert (ledger.find(record.recipe_key, record.key) is None) == held
    assert queue.failed == [(jobs[0].run.recipe.name, record)]
    assert list(queue.waiting) == [jobs[1].key]
    assert held or theirs.take(jobs[0].key)
    ours.close()
    theirs.close()
