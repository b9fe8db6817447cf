"""What happens on a worker of a dask cluster: it says whether it can train, and on what."""

from __future__ import annotations

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
from ..groups.run import Ended, train_group
from ..pools import NoRecord
from ..worker import Job, provide

if TYPE_CHECKING:
    from distributed import Worker

    from ...data.spec import DataSet


SINGLY: Final = "-singly"
"""Ends a resource's name: that of workers where single runs train of what could go in groups."""


@dataclass(frozen=True)
class Gpu:
    """The GPU of a worker."""

    name: str
    free_bytes: int


@dataclass(frozen=True)
class Station:
    """What a worker that trains groups goes by: the resource of those that can train, and the topic
    under which it tells of runs that end before their group."""

    needed: str
    topic: str


@dataclass(frozen=True)
class Needed:
    """What a worker must have to train with these bits: versions by name, and the data set."""

    versions: Mapping[str, str]
    data_digest: str | None
    """None where programs train, which bring their own data."""

    @property
    def tag(self) -> str:
        """The resource that only workers that can train have; benches with the same needs share
        it."""
        return f"{DISTRIBUTION}-{fingerprint([dict(self.versions), self.data_digest])[:12]}"

    def missing(self, data: DataSet | None) -> str | None:
        """What is different on this worker, to which `data` was sent; None where nothing is."""
        if data and data.content_digest() != self.data_digest:
            return "a data set that arrived altered"
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
            except Exception as error:  # whatever a library that cannot be loaded raises
                here[name] = f"missing ({error})"
    return here


class Introduction(WorkerPlugin):
    """Set up on every worker, even one that joins later, before it gets any task.

    It brings the data set along, and is also the topic under which workers answer.
    """

    def __init__(self, needed: Needed, data: DataSet | None, name: str, *, gpus: bool) -> None:
        self.needed, self.data, self.name, self.gpus = needed, data, name, gpus

    async def setup(self, worker: Worker) -> None:
        """Say whether this worker can train and on which GPU, and take the resources that runs ask
        for if so.

        One run or group at a time, whatever its threads: torch draws a user's own dropout from one
        stream, and a group takes all of the GPU.
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
    """This worker's GPU, the first that it is shown; or else why it cannot use one that it has.

    Of several workers that are shown the same one, the first has it.
    """
    from ...engines.gpu import device

    if not device.has_driver() or not claim_gpu():
        return None, None
    try:
        return Gpu(device.name(), device.free_bytes()), None
    except device.NoDevice as error:
        return None, str(error)


def claim_gpu() -> bool:
    """Take the first GPU that this process is shown, until it ends; False where another has it."""
    shown = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"
    if shown in _claimed:
        return True
    name = f"{DISTRIBUTION}-gpu-{fingerprint([shown])[:12]}"
    try:
        file = os.open(Path(tempfile.gettempdir()) / name, os.O_RDONLY | os.O_CREAT, 0o666)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    except OSError:  # nobody can say: there is no place for the lock
        return True
    _claimed[shown] = file
    return True


_claimed: dict[str, int] = {}
"""Locks that this process holds, by what it is shown."""


def train_in_group(jobs: Sequence[Job], station: Station) -> Ended:
    """Train a group on this worker's GPU; one that was lost is left alone from then on."""
    worker = get_worker()
    ended = train_group(jobs, lambda record: worker.log_event(station.topic, record.to_json()))
    if any(isinstance(one, NoRecord) for one in ended):
        worker.loop.add_callback(_train_singly, worker, station.needed)
    return ended


async def _train_singly(worker: Worker, needed: str) -> None:
    """After a fault the driver refuses everything else to this process; its processors go on."""
    await worker.set_resources(**{needed + SINGLY: 1})
    _ask_for_waiting_tasks(worker)


def _ask_for_waiting_tasks(worker: Worker) -> None:
    """dask hands tasks that no worker could run to one that joins, which this one did before it had
    the resource, or that goes on after a pause."""
    worker.status = Status.paused
    worker.status = Status.running


@dataclass(frozen=True)
class Greeting:
    """What a worker has said of itself."""

    worker: str
    problem: str | None
    """What it lacks."""
    gpu: Gpu | None
    unused: str | None
    """Why it cannot use the GPU that it has."""


def greeting(event: Any) -> Greeting:
    """What a worker's event says."""
    _, said = event
    gpu = Gpu(*said["gpu"]) if said["gpu"] else None
    return Greeting(said["worker"], said["problem"], gpu, said["unused"])
