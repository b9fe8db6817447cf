"""What happens on a worker of a dask cluster: it says whether it can train, and trains."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from distributed.core import Status
from distributed.diagnostics.plugin import WorkerPlugin

from ...base.fingerprint import fingerprint
from ...results.environment import DISTRIBUTION, package_version
from ..worker import provide

if TYPE_CHECKING:
    from distributed import Worker

    from ...data.spec import DataSet


@dataclass(frozen=True)
class Needed:
    """What a worker must have to train with these bits: versions by name, and the data set."""

    versions: Mapping[str, str]
    data_digest: str | None
    """None where programs train, which have their own."""

    @property
    def tag(self) -> str:
        """The resource that only workers have which can train: benches that need the same share
        them."""
        return f"{DISTRIBUTION}-{fingerprint([dict(self.versions), self.data_digest])[:12]}"

    def missing(self, data: DataSet | None) -> str | None:
        """What is different here, where `data` was sent; None where nothing is."""
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
    """The versions that are here: of Python, of the package, and of engines by their names."""
    from ...engines.roster import engine_named

    here = {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        DISTRIBUTION: str(package_version(DISTRIBUTION)),
    }
    for name in names:
        if name not in here:
            try:
                here[name] = engine_named(name).version().numerics
            except Exception as error:  # whatever a library does that cannot be loaded
                here[name] = f"missing ({error})"
    return here


class Introduction(WorkerPlugin):
    """Set up on every worker, also on those that join later, before they get any task.

    It brings the data set along, and is also the topic under which workers answer.
    """

    def __init__(self, needed: Needed, data: DataSet | None, name: str) -> None:
        self.needed, self.data, self.name = needed, data, name

    async def setup(self, worker: Worker) -> None:
        """Say whether this worker can train, and take the resource that runs ask for if so.

        One run at a time, whatever its threads: torch draws a user's own dropout from one stream.
        """
        problem = self.needed.missing(self.data)
        if problem is None:
            if self.data:
                provide(self.data)
            await worker.set_resources(**{self.needed.tag: 1})
            _ask_for_waiting_tasks(worker)
        worker.log_event(self.name, {"worker": worker.address, "problem": problem})


def _ask_for_waiting_tasks(worker: Worker) -> None:
    """dask hands tasks that no worker could run to one that joins, which this one did before it had
    the resource, or that goes on after a pause."""
    worker.status = Status.paused
    worker.status = Status.running


def greeting(event: Any) -> tuple[str, str | None]:
    """(address, what it lacks) of a worker that introduced itself."""
    _, message = event
    return message["worker"], message["problem"]
