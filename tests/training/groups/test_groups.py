"""Groups on the emulated device: each run has the same record as on the native engine."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from group_bench import Bench, assert_same
from reprobench.harness.engines import _cuda
from reprobench.harness.engines.gpu import seeds
from reprobench.harness.engines.gpu.seeds import SeedGroup
from reprobench.harness.training import run
from reprobench.harness.training.checkpoints import Checkpoint
from reprobench.harness.training.groups import run as groups_run
from reprobench.harness.training.groups.run import train_group
from reprobench.harness.training.pools import NoRecord
from reprobench.harness.training.worker import Progress, train_job
from waiting import PATIENCE

WARM = {"name": "OneCycleLR"}


class Stopped(BaseException):
    """Stands in for a kill of the process."""


def stop_at(monkeypatch: pytest.MonkeyPatch, epoch: int, error: BaseException) -> list[int]:
    """Makes the device raise at that epoch, counted from 1; returns the sizes of groups trained."""
    sizes: list[int] = []
    train = SeedGroup.train

    def failing(self: SeedGroup) -> None:
        sizes.append(len(self._numbers))
        if len(sizes) == epoch:
            raise error
        train(self)

    monkeypatch.setattr(SeedGroup, "train", failing)
    return sizes


def test_one_run_alone(bench: Bench) -> None:
    (mine,), (native,) = (bench.jobs(one, ("final", 1), epochs=3) for one in ("cuda", "native"))
    assert_same(train_group([mine]), [train_job(native)])
    assert Progress.read(mine.progress).epoch == 3
    assert mine.checkpoint
    assert mine.checkpoint.exists()  # until its record is written


@pytest.mark.parametrize("streams", [None, 1, 2, 3])
def test_recipes_of_one_architecture_side_by_side(
    bench: Bench, streams: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three seeds with different rates, momentum, dropout and augmentation.

    Where it is not said how many streams there are, a GPU finds the fastest first. An epoch has
    several drawings of dropout's masks.
    """
    monkeypatch.setattr(seeds, "STEPS_AHEAD", 1)
    if streams:
        monkeypatch.setattr(
            seeds, "seeds_in_streams", lambda group, _, device: _cuda.Seeds(group, device, streams)
        )
    runs: list[dict[str, Any]] = [
        {},
        {
            "lr": 0.01,
            "optimiser": {"name": "SGD", "momentum": 0.5, "weight_decay": 1e-3},
            "regulariser": {},
            "augmentation": {"translation": 2, "erasing": 0.5, "until": 0.34},
        },
        {"scheduler": WARM, "augmentation": {}, "regulariser": {"dropout": 0.3}},
    ]
    made = {
        engine: [
            job
            for seed, changes in enumerate(runs, start=1)
            for job in bench.jobs(engine, ("iteration", seed), **changes)
        ]
        for engine in ("cuda", "native")
    }
    assert_same(train_group(made["cuda"]), [train_job(job) for job in made["native"]])


def test_an_epoch_is_written_down_while_the_device_trains_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first epoch's checkpoint waits until the device has begun with the second."""
    happened: list[str] = []
    second = threading.Event()

    def logged(of: type, name: str) -> None:
        function = getattr(of, name)

        def called(*given: Any) -> Any:
            if name == "save":
                assert second.wait(PATIENCE)
            happened.append(name)
            if happened.count("train") == 2:
                second.set()
            return function(*given)

        monkeypatch.setattr(of, name, called)

    for of, name in ((SeedGroup, "train"), (SeedGroup, "wait"), (Checkpoint, "save")):
        logged(of, name)
    (job,) = bench.jobs("cuda", ("final", 1))
    assert job.epochs == 2
    train_group([job])
    assert happened == ["train", "wait", "train", "save", "wait", "save"]


def test_checkpoints_of_an_epoch_wait_for_the_disk_together(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)
    save = Checkpoint.save

    def together(*given: Any) -> None:
        both.wait()
        save(*given)

    monkeypatch.setattr(Checkpoint, "save", together)
    monkeypatch.setattr(groups_run, "physical_cores", lambda: 2)
    runs = [("final", 1), ("final", 2)]
    reference = [train_job(replace(job, checkpoint=None)) for job in bench.jobs("native", *runs)]
    assert_same(train_group(bench.jobs("cuda", *runs)), reference)


def test_a_share_of_the_time_is_each_runs(bench: Bench) -> None:
    both = train_group(bench.jobs("cuda", ("final", 1), ("final", 2)))
    seconds = [[row.seconds for row in record.rows] for record in both if not lost(record)]
    assert seconds[0] == seconds[1]
    assert sum(seconds[0]) > 0


def lost(record: Any) -> bool:
    return isinstance(record, NoRecord)


def test_what_diverges_ends_alone(bench: Bench) -> None:
    sound, wild = [("final", 1)], [("final", 2)]
    jobs = [*bench.jobs("cuda", *wild, lr=1e30), *bench.jobs("cuda", *sound)]
    natives = [*bench.jobs("native", *wild, lr=1e30), *bench.jobs("native", *sound)]
    ended = train_group(jobs)
    assert_same(ended, [train_job(job) for job in natives])
    assert [record.status for record in ended if not lost(record)] == ["diverged", "completed"]


def test_what_cannot_be_trained_ends_alone(bench: Bench) -> None:
    first, second = bench.jobs("cuda", ("final", 1), ("final", 2), epochs=1)
    altered = replace(first, run=replace(first.run, definition="0" * 64))
    ended = {record.key: record for record in train_group([altered, second]) if not lost(record)}
    assert ended[altered.key].status == "failed"
    assert "source was changed" in str(ended[altered.key].error)
    assert ended[second.key].status == "completed"


@pytest.mark.parametrize(("engine", "kept"), [("cuda", 1), ("cuda", 2), ("native", 2)])
def test_a_killed_group_goes_on_from_its_checkpoints(
    engine: str, kept: int, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any epoch, in another group, beside a run that begins there; or on the native
    engine."""
    runs = [("iteration", 1), ("iteration", 2)]
    jobs = bench.jobs("cuda", *runs, epochs=3)
    with monkeypatch.context() as patch:
        stop_at(patch, kept + 1, Stopped())
        with pytest.raises(Stopped):
            train_group(jobs)
    assert all(job.checkpoint and job.checkpoint.exists() for job in jobs)
    reference = [train_job(job) for job in bench.jobs("native", *runs, ("iteration", 3), epochs=3)]
    (third,) = bench.jobs("cuda", ("iteration", 3), epochs=3)
    if engine == "cuda":
        assert_same(train_group([third, *jobs[::-1]]), reference[::-1])
        assert [Progress.read(job.progress).restored for job in (third, *jobs)] == [0, kept, kept]
        return
    natives = [
        replace(there, checkpoint=job.checkpoint)
        for there, job in zip(bench.jobs("native", *runs, epochs=3), jobs, strict=True)
    ]
    assert_same([train_job(job) for job in natives], reference[:2])
    assert Progress.read(natives[0].progress).restored == kept


def test_a_checkpoint_of_the_native_engine_is_gone_on_from(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (native,), (mine,) = (bench.jobs(one, ("final", 1), epochs=3) for one in ("native", "cuda"))
    whole = run.run_epoch

    def failing(*given: Any) -> Any:
        if given[-1] == 2:
            raise Stopped
        return whole(*given)

    with monkeypatch.context() as patch:
        patch.setattr(run, "run_epoch", failing)
        with pytest.raises(Stopped):
            train_job(native)
    assert native.checkpoint
    ended = train_group([replace(mine, checkpoint=native.checkpoint)])
    assert_same(ended, [train_job(replace(native, checkpoint=None))])
    assert Progress.read(mine.progress).restored == 1


def test_runs_of_their_first_epochs_go_on_from_there(bench: Bench) -> None:
    """And those of even fewer lose nothing."""
    runs = [("final", 1), ("final", 2)]
    jobs = bench.jobs("cuda", *runs, epochs=3)
    for epochs in (2, 1):
        train_group([replace(job, epochs=epochs) for job in jobs])
    assert_same(
        train_group(jobs), [train_job(job) for job in bench.jobs("native", *runs, epochs=3)]
    )
    assert [Progress.read(job.progress).restored for job in jobs] == [2, 2]


def test_a_checkpoint_that_is_another_runs_begins_anew(bench: Bench) -> None:
    (job,), (native,) = (bench.jobs(one, ("final", 1), epochs=1) for one in ("cuda", "native"))
    assert job.checkpoint
    job.checkpoint.parent.mkdir()
    job.checkpoint.write_bytes(b"no checkpoint")
    assert_same(train_group([job]), [train_job(native)])


def test_a_lost_device_loses_what_is_in_flight(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [("final", 1), ("final", 2)]
    jobs = bench.jobs("cuda", *runs)
    with monkeypatch.context() as patch:
        stop_at(patch, 2, _cuda.DeviceError("cuLaunchKernel: unspecified launch failure"))
        ended = train_group(jobs)
    reason = "the GPU was lost (cuLaunchKernel: unspecified launch failure)"
    assert ended == [NoRecord(job.key, reason) for job in jobs]
    assert_same(train_group(jobs), [train_job(job) for job in bench.jobs("native", *runs)])
    assert [Progress.read(job.progress).restored for job in jobs] == [1, 1]


@pytest.mark.parametrize("last", [1, 3])
def test_a_run_that_ends_before_its_group_is_not_lost_with_it(
    last: int, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record is passed on at once, and it is not trained again."""
    (short,), (long,) = (bench.jobs("cuda", ("final", n), epochs=last) for n in (1, 2))
    long = replace(long, epochs=3)
    if last == 3:
        train_group([replace(short, epochs=2)])
    told: list[Any] = []
    with monkeypatch.context() as patch:
        stop_at(patch, 2, _cuda.DeviceError("cuLaunchKernel: unspecified launch failure"))
        assert all(map(lost, train_group([short, long], told.append)))
    epochs = stop_at(monkeypatch, 99, Stopped())
    again = train_group([short])
    natives = bench.jobs("native", ("final", 1), epochs=last)
    assert_same(again, [train_job(job) for job in natives])
    assert_same(again, told)
    assert not epochs


@pytest.mark.parametrize("kind", [_cuda.TooLittleMemory, RuntimeError])
def test_a_fault_is_looked_for_in_halves(
    kind: type[Exception], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group of three fails, and so does the half with two runs."""
    jobs = bench.jobs("cuda", ("final", 1), ("final", 2), ("final", 3), epochs=1)
    sizes: list[int] = []
    train = SeedGroup.train

    def failing(self: SeedGroup) -> None:
        sizes.append(len(self._numbers))
        if len(self._numbers) > 1 or self._numbers == [3]:
            raise kind("a fault")
        train(self)

    monkeypatch.setattr(SeedGroup, "train", failing)
    ended = [record for record in train_group(jobs) if not isinstance(record, NoRecord)]
    assert sizes == [3, 1, 2, 1, 1]
    assert [record.status for record in ended] == ["completed", "completed", "failed"]
    assert "a fault" in str(ended[2].error)
