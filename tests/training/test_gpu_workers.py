"""Which of a cluster's workers gets which runs if some have a GPU, without a real cluster."""

from __future__ import annotations

import errno
import fcntl
import os
import queue
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.engines.gpu import device
from reprobench.harness.engines.roster import NATIVE
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.training.cluster import dask_worker
from reprobench.harness.training.cluster.dask_worker import Gpu, Station
from reprobench.harness.training.cluster.gpus import DEATHS_TOLERATED, Gpus, GroupEnded
from reprobench.harness.training.cluster.shared import SharedJobs
from reprobench.harness.training.pools import NoRecord
from reprobench.harness.training.worker import Job

PLENTY = 2**40
STATION = Station("needed", "topic")
UUID = "a GPU's"


@pytest.fixture
def jobs(tiny: Study, tmp_path: Path) -> list[Job]:
    """Ten seeds of `iteration`, then ten of `final`."""
    if reason := NATIVE.missing():
        pytest.skip(reason)
    return [
        Job(
            run=tiny.run_of(recipe, seed),
            data=DIGITS,
            data_directory=Path(),
            engine=NATIVE.version(),
            epochs=2,
            progress=tmp_path / f"{recipe.name}-{seed}",
        )
        for recipe in tiny.recipes
        for seed in range(1, 11)
    ]


class Backend:
    """The runs that wait for workers without a GPU: none, or the jobs that it is made with."""

    begun = True

    def __init__(self, waiting: Sequence[Job] = ()) -> None:
        self.waiting = list(waiting)

    def take_back(self, kept: int, most: int) -> set[str]:
        return {job.key for job in self.waiting[kept:][-most:]}


class Client:
    """Remembers which jobs went to which worker."""

    def __init__(self) -> None:
        self.groups: list[tuple[str, list[int]]] = []

    def submit(self, _: Any, jobs: list[Job], __: Station, **given: Any) -> Any:
        assert {job.engine.trainer for job in jobs} == {"cuda"}
        self.groups.append((given["workers"][0], [job.run.seed for job in jobs]))
        return SimpleNamespace(add_done_callback=lambda _: None)

    def cancel(self, _: Any) -> None:
        """Nothing trains here."""


def made(workers: int) -> tuple[Any, Any]:
    client: Any = Client()
    gpus = Gpus(client, lambda _: None, {f"w{n}": Gpu("a GPU", PLENTY) for n in range(workers)})
    gpus.begin(queue.Queue())
    return gpus, client


def test_every_idle_worker_gets_as_many_of_one_kind(jobs: list[Job]) -> None:
    gpus, client = made(3)
    shared = SharedJobs(iter(jobs))
    gpus.hand_out(shared, Backend(), STATION, 1)
    assert [worker for worker, _ in client.groups] == ["w0", "w1", "w2"]
    assert [seeds for _, seeds in client.groups] == [[1, 2, 3, 4], [5, 6, 7], [8, 9, 10]]
    gpus.hand_out(shared, Backend(), STATION, 1)
    assert len(client.groups) == 3
    assert [job.run.recipe.name for job in shared] == ["final"] * 10


def test_a_worker_may_join_while_the_idle_ones_are_looked_for(jobs: list[Job]) -> None:
    """dask says so in a thread of its own."""
    gpus, client = made(2)

    class Joining(dict[str, Any]):
        def __contains__(self, _: object) -> bool:
            gpus.here["late"] = Gpu("a GPU", PLENTY)
            return False

    gpus.flying = Joining()
    gpus.hand_out(SharedJobs(iter(jobs)), Backend(), STATION, 1)
    assert [worker for worker, _ in client.groups] == ["w0", "w1"]


def test_what_waits_for_others_is_taken_back_but_for_what_keeps_them_busy(jobs: list[Job]) -> None:
    gpus, client = made(1)
    backend = Backend(jobs[:10])
    gpus.hand_out(SharedJobs(iter(())), backend, STATION, 2)
    assert gpus.coming == {job.key for job in jobs[4:10]}
    assert not client.groups
    gpus.arrived(jobs[4].key)  # that one had already ended
    for job in jobs[5:10]:
        gpus.taken_back(job)
    gpus.hand_out(SharedJobs(iter(())), Backend(), STATION, 2)
    assert client.groups == [("w0", [6, 7, 8, 9, 10])]
    assert not gpus.backlog


def test_a_worker_may_join_while_groups_are_handed_out(jobs: list[Job]) -> None:
    gpus, client = made(1)

    class Joining(dict[str, Any]):
        """Asked who trains what, as another joins."""

        def __contains__(self, worker: object) -> bool:
            gpus.here["late"] = Gpu("a GPU", PLENTY)
            return super().__contains__(worker)

    gpus.flying = Joining()
    gpus.hand_out(SharedJobs(iter(jobs[:1])), Backend(), STATION, 0)
    assert client.groups == [("w0", [1])]


def test_what_cannot_go_in_groups_is_passed_on(jobs: list[Job]) -> None:
    torch = [replace(job, engine=EngineVersion("torch", "1")) for job in jobs[:2]]
    gpus, client = made(1)
    shared = SharedJobs(iter([torch[0], jobs[0], torch[1], jobs[1]]))
    gpus.hand_out(shared, Backend(), STATION, 0)
    assert client.groups == [("w0", [1])]
    assert list(shared) == [*torch, jobs[1]]


def test_what_waits_for_a_gpu_starts_again_where_none_is_left(jobs: list[Job]) -> None:
    gpus, _ = made(1)
    gpus.taken_back(jobs[0])
    assert not list(gpus.given_up())
    assert not list(gpus.gone("w0"))
    reason = "no worker with a GPU is left"
    assert list(gpus.given_up()) == [NoRecord(jobs[0].key, reason, blameless=True)]
    assert not gpus.has_work


def test_a_run_is_suspected_after_so_many_workers_as_dask_allows(jobs: list[Job]) -> None:
    gpus, _ = made(1)
    blameless = []
    for _ in range(DEATHS_TOLERATED + 1):
        gpus.here["w0"] = Gpu("a GPU", PLENTY)
        gpus.hand_out(SharedJobs(iter(jobs[:1])), Backend(), STATION, 0)
        blameless += [lost.blameless for lost in gpus.gone("w0")]
    assert blameless == [True] * DEATHS_TOLERATED + [False]


def test_what_ends_after_its_worker_was_given_up_is_not_heard(jobs: list[Job]) -> None:
    gpus, _ = made(1)
    gpus.hand_out(SharedJobs(iter(jobs[:1])), Backend(), STATION, 0)
    future = gpus.flying["w0"].future
    assert len(list(gpus.gone("w0"))) == 1
    assert not list(gpus.ended(GroupEnded("w0", future, [NoRecord(jobs[0].key, "late")])))


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the GPU's lock is, of which this process has none yet."""
    monkeypatch.setattr(dask_worker.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(dask_worker, "_claimed", {})
    return tmp_path


def test_of_several_workers_on_a_machine_one_has_the_gpu(locks: Path) -> None:
    assert dask_worker.claim_gpu(UUID)
    assert dask_worker.claim_gpu(UUID)
    dask_worker._claimed.clear()  # as another process, while this one holds the lock
    assert not dask_worker.claim_gpu(UUID)
    assert dask_worker.claim_gpu("another's")
    (held, *_) = sorted(locks.iterdir())
    with held.open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.fixture
def gpu(locks: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A GPU that can be used; returns where its lock is."""
    answers = {"has_driver": True, "uuid": UUID, "name": "a GPU", "free_bytes": PLENTY}
    for name, answer in answers.items():
        monkeypatch.setattr(device, name, lambda answer=answer: answer)
    return locks


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("shown", [None, "0", "GPU-0123"])
def test_a_gpu_is_one_workers_whatever_it_is_called(
    shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(device.SHOWN, raising=False)
    assert dask_worker.gpu_here() == (Gpu("a GPU", PLENTY), None)
    dask_worker._claimed.clear()  # as another process, while this one holds the lock
    if shown:
        monkeypatch.setenv(device.SHOWN, shown)
    assert dask_worker.gpu_here() == (None, None)


def test_a_gpu_that_cannot_be_used_is_left_to_others(
    gpu: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise device.NoDevice("NVRTC is not installed")

    with monkeypatch.context() as here:
        here.setattr(device, "name", fail)
        assert dask_worker.gpu_here() == (None, "NVRTC is not installed")
    assert not dask_worker._claimed
    assert len(list(gpu.iterdir())) == 1
    assert dask_worker.gpu_here() == (Gpu("a GPU", PLENTY), None)


@pytest.mark.parametrize("shown", ["", "-1"])
def test_a_worker_for_the_processor_claims_no_gpu(
    shown: str, locks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(device.VARIABLE)
    monkeypatch.setattr(device, "CDLL", lambda _: "the driver")
    monkeypatch.setenv(device.SHOWN, shown)
    assert dask_worker.gpu_here() == (None, None)
    assert not list(locks.iterdir())


@pytest.mark.usefixtures("locks")
def test_the_lock_may_be_another_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the kernel's `fs.protected_regular`, it cannot be opened with O_CREAT in /tmp."""
    open_really = os.open

    def refused(place: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT and place.exists() and not flags & os.O_EXCL:
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_really(place, flags, mode)

    monkeypatch.setattr(os, "open", refused)
    assert dask_worker.claim_gpu(UUID)
    dask_worker._claimed.clear()
    assert not dask_worker.claim_gpu(UUID)


def test_other_users_can_read_the_lock(locks: Path) -> None:
    before = os.umask(0o077)
    try:
        assert dask_worker.claim_gpu(UUID)
    finally:
        os.umask(before)
    (lock,) = locks.iterdir()
    assert stat.filemode(lock.stat().st_mode) == "-rw-r--r--"


@pytest.mark.usefixtures("locks")
def test_another_worker_may_make_the_lock_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    open_really = os.open

    def made_before(place: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            os.close(open_really(place, os.O_CREAT))
        return open_really(place, flags, mode)

    monkeypatch.setattr(os, "open", made_before)
    assert dask_worker.claim_gpu(UUID)
    assert [*dask_worker._claimed] == [UUID]


@pytest.mark.usefixtures("locks")
@pytest.mark.parametrize(
    ("number", "claimed"), [(errno.EWOULDBLOCK, False), (errno.ENOLCK, True), (errno.EINTR, True)]
)
def test_nothing_stays_open_without_the_lock(
    number: int, claimed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where locks do not work, no one can tell whether another has the GPU."""

    def fail(*_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", fail)
    before = os.listdir("/dev/fd")
    assert dask_worker.claim_gpu(UUID) == claimed
    assert os.listdir("/dev/fd") == before
    assert not dask_worker._claimed
