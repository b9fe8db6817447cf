"""What runs on a worker of a dask cluster: it says whether it can train, and on which GPU."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from distributed import get_worker
from distributed.core import Status
from distributed.diagnostics.plugin import WorkerPlugin

from ...base.fingerprint import fingerprint
from ...results.environment import DISTRIBUTION, package_version
from ...results.record import RunRecord
from ..groups.run import Ended, train_group
from ..pools import NoRecord
from ..worker import Job, provide
from .left_behind import remember, remove_ended

if TYPE_CHECKING:
    from distributed import Worker

    from ...data.spec import DataSet


SINGLY: Final = "-singly"
"""Suffix of the resource of workers that train singly even runs that could train in groups."""


@dataclass(frozen=True)
class Gpu:
    """The GPU of a worker."""

    name: str
    free_bytes: int


@dataclass(frozen=True)
class Station:
    """What a worker that trains groups must know: the resource of workers that can train, and the
    topic on which to send records of runs that end before their group."""

    needed: str
    topic: str


@dataclass(frozen=True)
class Needed:
    """What a worker must have to train with these bits: versions by name, and the data set."""

    versions: Mapping[str, str]
    data_digest: str | None
    """None if programs train: they bring their own data."""

    @property
    def tag(self) -> str:
        """The resource that marks workers that can train; benches with the same needs share it."""
        return f"{DISTRIBUTION}-{fingerprint([dict(self.versions), self.data_digest])[:12]}"

    def missing(self, data: DataSet | None) -> str | None:
        """What is different on this worker, to which `data` was sent; None if nothing is."""
        if data and data.content_digest() != self.data_digest:
            return "a data set that was altered on the way"
        here = versions(self.versions)
        different = [
            f"{name} {here[name]} instead of {wanted}"
            for name, wanted in self.versions.items()
            if here[name] != wanted
        ]
        return ", ".join(different) or None


def versions(names: Mapping[str, str]) -> dict[str, str]:
    """The versions on this worker: of Python, of the package, and of engines by name."""
    from ...engines.roster import engine_named

    here = {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        DISTRIBUTION: str(package_version(DISTRIBUTION)),
    }
    for name in names:
        if name not in here:
            try:
                here[name] = engine_named(name).version().numerics
            except Exception as error:  # a library that cannot be loaded may raise anything
                here[name] = f"missing ({error})"
    return here


class Introduction(WorkerPlugin):
    """Set up on every worker, even one that joins later, before it gets any task.

    It carries the data set. Its name is also the topic on which workers answer.
    """

    def __init__(self, needed: Needed, data: DataSet | None, name: str, *, gpus: bool) -> None:
        self.needed, self.data, self.name, self.gpus = needed, data, name, gpus

    async def setup(self, worker: Worker) -> None:
        """Say whether this worker can train and on which GPU; if it can, take the resources that
        runs ask for.

        A worker trains one run or group at a time, however many threads it has: torch draws the
        dropout of a user's own network from one stream, and a group takes all of the GPU.
        """
        problem = self.needed.missing(self.data)
        gpu, unused = gpu_here() if self.gpus and not problem else (None, None)
        if problem is None:
            if self.data:
                provide(self.data)
            tag = self.needed.tag
            await worker.set_resources(**({tag: 1} if gpu else {tag: 1, tag + SINGLY: 1}))
            _ask_for_waiting_tasks(worker)
        found = [gpu.name, gpu.free_bytes] if gpu else None
        said = {"worker": worker.address, "problem": problem, "gpu": found, "unused": unused}
        worker.log_event(self.name, said)


def gpu_here() -> tuple[Gpu | None, str | None]:
    """This worker's GPU, the first one visible to it, or why it cannot use the GPU that it has.

    If several workers see the same GPU, the first to claim it has it.
    """
    from ...engines.gpu import device

    if not device.has_driver():
        return None, None
    try:
        if not claim_gpu(device.uuid()):
            return None, None
        return Gpu(device.name(), device.free_bytes()), None
    except device.NoDevice as error:
        release_gpus()
        return None, str(error)


def claim_gpu(uuid: str) -> bool:
    """Claim a GPU until this process ends or releases it; False if another process has it."""
    if uuid in _claimed:
        return True
    name = f"{DISTRIBUTION}-gpu-{fingerprint([uuid])[:12]}"
    try:
        file = _opened(Path(tempfile.gettempdir()) / name)
    except OSError:  # without a place for the lock, no one can tell
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        return not isinstance(error, BlockingIOError)
    _claimed[uuid] = file
    return True


def release_gpus() -> None:
    """Leave the GPUs that this process has claimed to others."""
    while _claimed:
        os.close(_claimed.popitem()[1])


def _opened(place: Path) -> int:
    """A descriptor of the file, which is made if it is missing; raises OSError.

    All users can read it, whatever the umask. Linux may refuse to open another user's file in /tmp
    with the flag that would make it.
    """
    with contextlib.suppress(FileExistsError):  # or somebody has just made it
        with contextlib.suppress(FileNotFoundError):
            return os.open(place, os.O_RDONLY)
        made = os.open(place, os.O_RDONLY | os.O_CREAT | os.O_EXCL)
        os.fchmod(made, 0o644)
        return made
    return os.open(place, os.O_RDONLY)


_claimed: dict[str, int] = {}
"""Locks that this process holds, by the UUID of the GPU that each is for."""


def train_in_group(jobs: Sequence[Job], station: Station) -> Ended:
    """Train a group on this worker's GPU. After a run was lost, the GPU is not used again."""
    worker = get_worker()
    remove_ended()
    ended = train_group(jobs, lambda record: worker.log_event(station.topic, record.to_json()))
    for job, record in zip(jobs, ended, strict=True):
        if isinstance(record, RunRecord):
            remember(job, record)
    if any(isinstance(one, NoRecord) for one in ended):
        worker.loop.add_callback(_train_singly, worker, station.needed)
    return ended


async def _train_singly(worker: Worker, needed: str) -> None:
    """After a fault, the driver refuses this process everything, so it trains on the CPU."""
    await worker.set_resources(**{needed + SINGLY: 1})
    _ask_for_waiting_tasks(worker)


def _ask_for_waiting_tasks(worker: Worker) -> None:
    """Pause and resume: dask gives tasks that no worker could run only to a worker that joins or
    resumes, and this one joined before it had the resource."""
    worker.status = Status.paused
    worker.status = Status.running


@dataclass(frozen=True)
class Greeting:
    """What a worker has said of itself."""

    worker: str
    problem: str | None
    """What is different there, so that it cannot train; None if it can."""
    gpu: Gpu | None
    unused: str | None
    """Why it cannot use the GPU that it has, if so."""


def greeting(event: Any) -> Greeting:
    """What a worker's event says."""
    _, said = event
    gpu = Gpu(*said["gpu"]) if said["gpu"] else None
    return Greeting(said["worker"], said["problem"], gpu, said["unused"])
