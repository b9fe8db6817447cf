"""What happens on a worker of a dask cluster: it says whether it can train, and trains."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from distributed.diagnostics.plugin import WorkerPlugin

from .environment import DISTRIBUTION, package_version
from .recipe import fingerprint
from .records import RunRecord
from .worker import Job, Trainer, failed_record, provide

if TYPE_CHECKING:
    from distributed import Worker

    from .data import DataSet

_checked: set[str] = set()
"""Digests of the data that this process has received and checked."""


@dataclass(frozen=True)
class Needed:
    """What a worker must have to train with these bits: versions by name."""

    versions: Mapping[str, str]

    @property
    def tag(self) -> str:
        """The resource that only workers have which can train, and the topic under which workers
        say whether they can: benches that need the same share it."""
        return f"{DISTRIBUTION}-{fingerprint(dict(self.versions))[:12]}"

    def missing(self) -> str | None:
        """What is different here; None where nothing is."""
        here = versions(self.versions)
        different = [
            f"{name} {here[name]} instead of {wanted}"
            for name, wanted in self.versions.items()
            if here[name] != wanted
        ]
        return ", ".join(different) or None


def versions(names: Mapping[str, str]) -> dict[str, str]:
    """The versions that are here: of Python, of the package, and of engines by their names."""
    from .engines import numerics

    here = {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        DISTRIBUTION: str(package_version(DISTRIBUTION)),
    }
    for name in names:
        if name not in here:
            try:
                here[name] = numerics(name)
            except ImportError as error:
                here[name] = f"missing ({error})"
    return here


class Introduction(WorkerPlugin):
    """Set up on every worker, also on those that join later, before they get any task."""

    def __init__(self, needed: Needed) -> None:
        self.needed, self.name = needed, needed.tag

    async def setup(self, worker: Worker) -> None:
        """Say whether this worker can train, and take the resource that runs ask for if so.

        One run at a time, whatever its threads: torch draws a user's own dropout from one stream.
        """
        problem = self.needed.missing()
        if problem is None:
            await worker.set_resources(**{self.needed.tag: 1})
        worker.log_event(self.needed.tag, {"worker": worker.address, "problem": problem})


def train_there(train: Trainer, job: Job, data: DataSet, digest: str) -> RunRecord:
    """Train on the data that was sent, once its digest is found to be right."""
    if digest not in _checked:
        if data.content_digest() != digest:
            return failed_record(job, "the data set arrived altered")
        provide(data)
        _checked.add(digest)
    return train(job)


def greeting(event: Any) -> tuple[str, str | None]:
    """(address, what it lacks) of a worker that introduced itself."""
    _, message = event
    return message["worker"], message["problem"]
