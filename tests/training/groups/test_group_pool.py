"""Which runs go together, how many, and how they end in a sweep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from group_bench import Bench, InThisProcess, in_a_worker
from reprobench.harness.base.errors import DeviceGone
from reprobench.harness.engines.gpu import device
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.training.groups import processes
from reprobench.harness.training.groups.pool import (
    GroupPool,
    groups_first,
    pool_for,
    where_trained,
)
from reprobench.harness.training.groups.run import Ended
from reprobench.harness.training.pools import LocalPool, NoRecord
from reprobench.harness.training.sweep import sweep
from reprobench.harness.training.worker import Job
from scripted import scripted_record, trainer
from sweep_log import Log

TORCH = EngineVersion("torch", "1")
PLENTY = 2**40


@pytest.fixture(autouse=True)
def _own_processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test has its own processes, which end with it."""
    monkeypatch.setattr(processes, "_processes", {})
    yield
    for number in list(processes._processes):
        processes.end_process(number)


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups are trained in this process."""
    monkeypatch.setattr(processes, "new_process", InThisProcess)


class Groups:
    """Trains nothing, but remembers which runs came together."""

    def __init__(self) -> None:
        self.sizes: list[list[str]] = []

    def __call__(self, jobs: Sequence[Job]) -> Ended:
        self.sizes.append([job.title for job in jobs])
        return [
            scripted_record(job.run, (300, 400), engine=job.engine, data_set=job.data.name)
            for job in jobs
        ]


def grouped(
    jobs: Sequence[Job], monkeypatch: pytest.MonkeyPatch, *, most: int = 128, free: int = PLENTY
) -> list[list[str]]:
    """The groups in which the jobs are trained on a device with this much memory."""
    groups = Groups()
    monkeypatch.setattr(processes, "new_process", InThisProcess)
    monkeypatch.setattr(device, "free_bytes", lambda _: free)
    pool = GroupPool(LocalPool(2), most, groups)
    list(pool.train(trainer(), iter(groups_first(jobs))))
    return groups.sizes


def test_runs_of_one_kind_go_together(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other recipes too, but not other architectures or batch sizes."""
    jobs = [
        *bench.jobs("cuda", ("final", 1), ("iteration", 1), ("final", 2)),
        *bench.jobs("cuda", ("iteration", 2), lr=0.1),
        *bench.jobs("cuda", ("iteration", 3), batch_size=21),
    ]
    assert grouped(jobs, monkeypatch) == [
        ["final seed 1", "final seed 2"],
        ["iteration seed 1", "iteration seed 2"],
        ["iteration seed 3"],
    ]


def test_no_more_than_wanted_or_than_there_is_memory_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reprobench.harness.engines.gpu.seeds import group_of

    jobs = bench.jobs("cuda", *(("final", seed) for seed in range(1, 6)))
    recipe, data = jobs[0].run.recipe, jobs[0].data
    two, three = (group_of([recipe] * n, data).bytes for n in (2, 3))

    def sizes(**limits: int) -> list[int]:
        return [len(group) for group in grouped(jobs, monkeypatch, **limits)]

    assert sizes(most=3) == [3, 2]
    assert sizes(free=round(three / 0.9) - 9) == [2, 2, 1]
    assert sizes(free=round(two / 0.9) + 9) == [2, 2, 1]
    assert sizes(free=0) == [1] * 5


def test_what_trains_elsewhere_comes_last_in_its_order(bench: Bench) -> None:
    a, b = bench.jobs("cuda", ("final", 1), ("iteration", 1))
    others = [replace(job, engine=TORCH) for job in bench.jobs("cuda", ("final", 2), ("final", 3))]
    jobs = [others[0], a, others[1], b]
    assert groups_first(jobs) == [a, b, *others]
    assert where_trained(others, 4) == "2 workers"
    assert where_trained([a], 4) == "the GPU (emulated on the CPU)"
    assert where_trained(jobs, 1) == "the GPU (emulated on the CPU) and 1 worker"
    assert isinstance(pool_for([a], 5), GroupPool)
    assert isinstance(pool_for(bench.jobs("native", ("final", 2)), 5), LocalPool)


@pytest.mark.slow
def test_a_sweep_of_groups_and_others(bench: Bench, ledger: Ledger) -> None:
    """Real processes: two runs on the device, with the native engine's keys, and one of torch."""
    jobs = [
        *bench.jobs("cuda", ("final", 1), ("final", 2), epochs=1),
        replace(bench.jobs("cuda", ("iteration", 1))[0], engine=TORCH),
    ]
    log, pool = Log(), GroupPool(LocalPool(1), train_group=in_a_worker())
    sweep(groups_first(jobs), ledger=ledger, pool=pool, watcher=log, train=trainer())
    assert log.count("finished") == 3
    for job in jobs:
        found = log.records[job.title]
        assert ledger.path(found).exists()
        assert (found.status, found.engine) == ("completed", job.engine.name)
        assert ("device" in found.environment) == (job.engine is not TORCH)


class LoseOnce:
    """A device that is lost under the first group."""

    def __init__(self, mark: Path, *, always: bool = False) -> None:
        self.mark, self.always = mark, always

    def __call__(self, jobs: Sequence[Job]) -> Ended:
        if self.always or not self.mark.exists():
            self.mark.touch()
            return [NoRecord(job.key, "the GPU was lost (for a test)") for job in jobs]
        return Groups()(jobs)


class Told(Log):
    """Remembers that the GPU was lost."""

    def again(self, jobs: list[Job], reason: str) -> None:
        assert reason == "the GPU was lost (for a test)"
        self.events.append(("again", [job.title for job in jobs]))


@pytest.mark.usefixtures("_at_once")
def test_runs_in_flight_start_again(bench: Bench, ledger: Ledger, tmp_path: Path) -> None:
    jobs = bench.jobs("cuda", ("final", 1), ("final", 2), ("final", 3))
    pool, log = GroupPool(LocalPool(1), 2, LoseOnce(tmp_path / "mark")), Told()
    sweep(jobs, ledger=ledger, pool=pool, watcher=log, train=trainer())
    assert (log.count("again"), log.count("finished")) == (2, 3)


@pytest.mark.usefixtures("_at_once")
def test_a_device_that_does_not_come_back_ends_the_bench(
    bench: Bench, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([PLENTY, PLENTY])

    def free_bytes(_: int) -> int:
        for free in answers:
            return free
        raise device.NoDevice("there is no NVIDIA GPU")

    monkeypatch.setattr(device, "free_bytes", free_bytes)
    first, second = bench.jobs("cuda", ("final", 1)), bench.jobs("cuda", ("final", 2))
    sound = GroupPool(LocalPool(1), train_group=Groups())
    sweep(first, ledger=ledger, pool=sound, watcher=Told(), train=trainer())
    gone = GroupPool(LocalPool(1), train_group=LoseOnce(tmp_path / "mark", always=True))
    with pytest.raises(DeviceGone, match=r"the GPU is gone .*: finished runs are kept"):
        sweep(second, ledger=ledger, pool=gone, watcher=Told(), train=trainer())
    assert ledger.find(first[0].run.recipe_key, first[0].key)
