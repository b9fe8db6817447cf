"""Workers with an emulated GPU on a real dask cluster: they train groups, others single runs."""

from __future__ import annotations

import io
import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benches import many, once_there_is, run
from cloudpickle import register_pickle_by_value
from conftest import Dask, Start
from made import few_of
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines.gpu import device
from reprobench.harness.training import worker
from reprobench.harness.training.cluster import gpus
from reprobench.harness.training.cluster import pool as cluster_pool
from reprobench.harness.training.cluster.dask_worker import Station, train_in_group
from reprobench.harness.training.groups.run import Ended
from reprobench.harness.training.worker import Job, train_job
from scripted import scripted_record, trainer
from waiting import wait_until

register_pickle_by_value(sys.modules[__name__])

TRAIN, TEST = 45, 20
GPU = {device.VARIABLE: device.EMULATED}
GROUP = "a group has begun"
NONE = {device.VARIABLE: device.OFF}
GroupTrainer = Callable[[Sequence[Job], Station], Ended]


@pytest.fixture(autouse=True)
def _few_images(
    digits: DataSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: Any
) -> None:
    """Few images, in this process and on the workers, to which they are sent."""
    request.getfixturevalue("emulated")
    few = few_of(digits, TRAIN, TEST)
    monkeypatch.setattr(cluster_pool, "_load", lambda _: few)
    monkeypatch.setattr(worker, "_provided", {digits.spec.digest: few})
    # The workers agree there on which of them has which GPU.
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bench has no GPU, but could have the emulated one."""
    monkeypatch.setenv(device.VARIABLE, device.EMULATED)
    if reason := device.why_missing():
        pytest.skip(reason)
    monkeypatch.setenv(device.VARIABLE, device.OFF)


def made(options: BenchOptions) -> list[dict[str, Any]]:
    """The records, unchecked, because there are fewer test images than in the data set."""
    return [json.loads(path.read_text()) for path in (options.ledger / "runs").rglob("*.json")]


def natives(seen: list[Job]) -> dict[str, str]:
    """The digests of the native engine, trained in this process."""
    return {job.key: train_job(replace(job, checkpoint=None)).digest for job in seen}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Job]:
    """The jobs that were in groups; a file says whether there are any."""
    jobs: list[Job] = []
    give = gpus.Gpus._give

    def noting(self: gpus.Gpus, worker: str, group: Sequence[Job], station: Station) -> None:
        jobs.extend(group)
        if group:
            (tmp_path / GROUP).touch()
        give(self, worker, group, station)

    monkeypatch.setattr(gpus.Gpus, "_give", noting)
    return jobs


def test_one_with_a_gpu_trains_groups_and_one_without_single_runs(
    start_dask: Start, options: BenchOptions, tmp_path: Path, seen: list[Job]
) -> None:
    dask = start_dask(0)
    dask.start_worker(**NONE)
    dask.start_worker(**GPU)
    dask.wait_for_workers()
    wanted = replace(many(options, 12, tmp_path), cluster=dask.address)
    text = run(wanted, once_there_is(tmp_path / GROUP))
    found = made(wanted)
    by_gpu = {one["key"]: one["digest"] for one in found if "device" in one["environment"]}
    assert text.count(" joined with a GPU (emulated on the CPU)") == 1
    assert f"trains a group of {len(by_gpu)} runs (emulated on the CPU)" in text
    assert len(found) == 12
    assert 6 <= len(by_gpu) < 12
    assert {one["engine"] for one in found} == {"native"}
    assert {one["environment"].get("device") for one in found} == {None, "emulated on the CPU"}
    assert by_gpu == natives(seen)


def test_the_engine_native_leaves_gpus_alone(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    dask = start_dask(0)
    dask.start_worker(**GPU)
    wanted = replace(many(options, 3, tmp_path), cluster=dask.address, engine="native")
    text = run(wanted)
    assert "GPU" not in text
    assert not any("device" in one["environment"] for one in made(wanted))


def killing_the_gpu(dask: Dask, when: Callable[[], bool]) -> threading.Thread:
    """Kills the last worker as soon as the condition is true."""

    def kill() -> None:
        wait_until(when)
        dask.workers[-1].kill()

    killer = threading.Thread(target=kill)
    killer.start()
    return killer


def test_a_killed_workers_group_goes_on_from_its_checkpoints(
    start_dask: Start,
    options: BenchOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seen: list[Job],
) -> None:
    """On a worker with a GPU that joins later."""
    starts = tmp_path / "starts"
    starts.mkdir()

    def train(jobs: Sequence[Job], station: Station) -> Ended:
        from reprobench.harness.training.groups.member import Member

        for job in jobs:
            assert job.checkpoint
            (starts / f"{job.run.seed}-{job.checkpoint.exists()}").touch()
        give = Member.give

        def slow(self: Member, n: int) -> None:
            time.sleep(0.3 * n)
            give(self, n)

        Member.give = slow  # type: ignore[method-assign]
        return train_in_group(jobs, station)

    monkeypatch.setattr(gpus, "train_in_group", train)
    dask = start_dask(0)
    dask.start_worker(**GPU)
    wanted = replace(many(options, 2, tmp_path, epochs=4), cluster=dask.address)
    kept = killing_the_gpu(dask, lambda: len(list(wanted.ledger.rglob("*.safetensors"))) == 2)

    def join() -> None:
        kept.join()
        dask.start_worker(**GPU)

    joining = threading.Thread(target=join)
    joining.start()
    text = run(wanted)
    joining.join()
    assert "is gone; what it was training starts again" in text
    began = sorted(path.name for path in starts.iterdir())
    assert began == ["1-False", "1-True", "2-False", "2-True"]
    assert {one["key"]: one["digest"] for one in made(wanted)} == natives(seen[:2])
    assert not list(options.ledger.rglob("*.safetensors"))


def hanging(place: Path) -> GroupTrainer:
    """Reports the first run and then never ends; each run leaves a mark."""

    def train(jobs: Sequence[Job], station: Station) -> Ended:
        from distributed import get_worker

        for job in jobs:
            (place / f"in a group-{job.run.seed}").touch()
        first = jobs[0]
        record = scripted_record(
            first.run, (300, 400), engine=first.engine, data_set=first.data.name
        )
        get_worker().log_event(station.topic, record.to_json())
        time.sleep(1000)
        raise AssertionError

    return train


def test_a_killed_worker_loses_no_run_that_had_ended(
    start_dask: Start, options: BenchOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of its group start again on a worker without a GPU."""
    place = tmp_path / "trained"
    place.mkdir()
    monkeypatch.setattr(gpus, "train_in_group", hanging(place))

    def note(job: Job) -> None:
        (place / f"alone-{job.run.seed}").touch()
        time.sleep(1)

    dask = start_dask(0)
    dask.start_worker(**NONE)
    dask.start_worker(**GPU)
    dask.wait_for_workers()
    wanted = replace(many(options, 8, tmp_path), cluster=dask.address)
    output = io.StringIO()
    killer = killing_the_gpu(dask, lambda: _told(output, place))
    text = run(wanted, trainer(note), output)
    killer.join()
    assert len(made(wanted)) == 8
    grouped = {path.name[-1] for path in place.glob("in a group-*")}
    alone = {path.name[-1] for path in place.glob("alone-*")}
    assert len(grouped & alone) == len(grouped) - 1
    assert "is gone; what it was training starts again" in text


def _told(output: io.StringIO, place: Path) -> bool:
    """Whether the record of a run of the group has arrived."""
    seeds = [path.name[-1] for path in place.glob("in a group-*")]
    return any(f"one seed {seed}: 400 of" in output.getvalue() for seed in seeds)


def test_a_worker_that_loses_its_gpu_goes_on_with_single_runs(
    start_dask: Start, options: BenchOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(jobs: Sequence[Job], station: Station) -> Ended:
        from reprobench.harness.training.cluster import dask_worker
        from reprobench.harness.training.pools import NoRecord

        dask_worker.train_group = lambda jobs, _: [  # type: ignore[attr-defined]
            NoRecord(job.key, "the GPU was lost (for a test)") for job in jobs
        ]
        return dask_worker.train_in_group(jobs, station)

    monkeypatch.setattr(gpus, "train_in_group", train)
    dask = start_dask(0)
    dask.start_worker(**GPU)
    wanted = replace(many(options, 3, tmp_path), cluster=dask.address)
    text = run(wanted)
    assert "trains single runs from now on: the GPU was lost (for a test)" in text
    assert text.count("trains a group of") == 1
    assert len(made(wanted)) == 3
    assert not any("device" in one["environment"] for one in made(wanted))
