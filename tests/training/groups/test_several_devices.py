"""Groups side by side on two emulated devices, each in a process that may die."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from group_bench import Bench, InThisProcess, assert_same, in_a_worker
from reprobench.harness.base.errors import DeviceGone
from reprobench.harness.engines.gpu import device
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.groups import processes
from reprobench.harness.training.groups.pool import GroupPool, groups_first, pool_for, where_trained
from reprobench.harness.training.groups.run import Ended
from reprobench.harness.training.pools import LocalPool, NoRecord, PoolBroken
from reprobench.harness.training.sweep import sweep
from reprobench.harness.training.worker import Job, train_job
from scripted import scripted_record, trainer
from sweep_log import Log
from waiting import wait_until

pytestmark = pytest.mark.usefixtures("_two_devices")


@pytest.fixture
def _two_devices(emulated: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each with a process that ends with the test."""
    assert emulated is None
    monkeypatch.setenv(device.VARIABLE, "emulated:2")
    monkeypatch.setattr(processes, "_processes", {})
    yield
    for number in list(processes._processes):
        processes.end_process(number)


def with_meeting(folder: Path, train: Callable[[Sequence[Job]], Ended]) -> Any:
    """Trains a group once another device has one too, and notes process and device."""

    def meet(jobs: Sequence[Job]) -> Ended:
        from reprobench.harness.engines.gpu import device

        (folder / f"{device._used}-{os.getpid()}").write_text(" ".join(job.device for job in jobs))
        wait_until(lambda: len(list(folder.iterdir())) == 2)
        return train(jobs)

    return meet


@pytest.mark.slow
def test_they_train_side_by_side_and_give_the_same_bits(
    bench: Bench, ledger: Ledger, tmp_path: Path
) -> None:
    runs = [("final", seed) for seed in (1, 2, 3)]
    jobs = bench.jobs("cuda", *runs, epochs=1)
    pool = pool_for(jobs, None)
    assert isinstance(pool, GroupPool)
    assert (pool.devices, pool.most) == ({0, 1}, 2)
    assert where_trained(jobs, 1) == "2 GPUs (emulated on the CPU)"
    met = tmp_path / "met"
    met.mkdir()
    log = Log()
    both = GroupPool(pool.local, pool.most, with_meeting(met, in_a_worker()), pool.devices)
    sweep(jobs, ledger=ledger, pool=both, watcher=log, train=trainer())
    places = {path.name.partition("-")[0]: path.read_text() for path in met.iterdir()}
    assert places == {"0": "GPU 0 GPU 0", "1": "GPU 1"}
    assert_same(
        [log.records[job.title] for job in jobs],
        [train_job(job) for job in bench.jobs("native", *runs, epochs=1)],
    )


def records_of(jobs: Sequence[Job]) -> Ended:
    return [
        scripted_record(job.run, (300, 400), engine=job.engine, data_set=job.data.name)
        for job in jobs
    ]


def dying_once(mark: Path) -> Any:
    """Kills the process of the first group that comes; others train nothing."""

    def train(jobs: Sequence[Job]) -> Ended:
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            return records_of(jobs)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    return train


@pytest.mark.slow
def test_a_process_that_is_killed_costs_its_group_alone(
    bench: Bench, ledger: Ledger, tmp_path: Path
) -> None:
    jobs = groups_first(bench.jobs("cuda", *(("final", seed) for seed in range(1, 5))))
    log = Log()
    pool = GroupPool(LocalPool(1), 2, dying_once(tmp_path / "mark"), {0, 1})
    sweep(jobs, ledger=ledger, pool=pool, watcher=log, train=trainer())
    again = [title for event, titles in log.events if event == "again" for title in titles]
    assert again in (
        ["final seed 1", "final seed 2"],
        ["final seed 3", "final seed 4"],
    )
    assert log.count("finished") == 4


def test_the_others_go_on_without_a_device_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def free_bytes(number: int) -> int:
        if number == 1:
            raise device.NoDevice("there is no NVIDIA GPU 1")
        return 1

    monkeypatch.setattr(device, "free_bytes", free_bytes)
    devices = processes.Devices(lambda _: [], {0, 1})
    devices._renew(0)
    assert devices.idle == [0, 1]
    devices._renew(1)
    assert devices.idle == [0]
    with pytest.raises(DeviceGone, match="there is no NVIDIA GPU 1"):
        processes.Devices(lambda _: [], {1})._renew(1)


class Mortal:
    """Devices that die under their first group, trained in this process, or are dead already."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, dying: set[int], dead: set[int]) -> None:
        self.dying, self.dead, self.used = dying, dead, list[int]()
        monkeypatch.setattr(device, "free_bytes", self.free_bytes)
        monkeypatch.setattr(device, "_used", 0)
        monkeypatch.setattr(processes, "new_process", InThisProcess)

    def free_bytes(self, number: int) -> int:
        if number in self.dead:
            raise device.NoDevice(f"there is no NVIDIA GPU {number}")
        return 2**40

    def train_group(self, jobs: Sequence[Job]) -> Ended:
        number = device._used
        assert number not in self.dead
        self.used.append(number)
        if number not in self.dying:
            return records_of(jobs)
        self.dead.add(number)
        return [NoRecord(job.key, PoolBroken.reason) for job in jobs]


@pytest.mark.parametrize(("dying", "dead"), [({0}, set()), (set(), {0}), ({1}, set())])
def test_a_bench_goes_on_without_a_device_that_dies(
    dying: set[int],
    dead: set[int],
    bench: Bench,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not tried again, not even for a run that is tried alone."""
    jobs = bench.jobs("cuda", *(("final", seed) for seed in range(1, 8)))
    mortal, log = Mortal(monkeypatch, dying, dead), Log()
    pool = GroupPool(LocalPool(1), 2, mortal.train_group, {0, 1})
    sweep(jobs[:6], ledger=ledger, pool=pool, watcher=log, train=trainer())
    assert (log.count("finished"), log.count("again")) == (6, 2 * len(dying))
    assert pool.devices == {0, 1} - mortal.dead
    (alone,) = pool.alone().train(trainer(), iter(jobs[6:]))
    assert isinstance(alone, RunRecord)


def test_a_bench_ends_when_the_last_device_has_died(
    bench: Bench, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = bench.jobs("cuda", *(("final", seed) for seed in range(1, 7)))
    mortal = Mortal(monkeypatch, {0, 1}, set())
    pool = GroupPool(LocalPool(1), 2, mortal.train_group, {0, 1})
    with pytest.raises(DeviceGone, match=r"the GPU is gone .*: finished runs are kept"):
        sweep(jobs, ledger=ledger, pool=pool, watcher=Log(), train=trainer())
    assert sorted(mortal.used) == [0, 1]
