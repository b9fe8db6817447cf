"""The pool of a machine with GPUs: runs that go together train there, one group at a time per GPU.

All other runs are trained after the groups, by the worker processes of its local pool.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ...base.words import listed, plural
from ...engines.roster import trains_in_groups
from ...results.environment import physical_cores
from ..pools import Arrivals, LocalPool
from ..worker import Job, Trainer
from .kinds import MOST_TOGETHER, Waiting, kind_of, together
from .processes import Devices, GroupTrainer, count
from .run import train_group


def groups_first(jobs: Sequence[Job]) -> list[Job]:
    """The jobs in order, except that those for groups come first, sorted by kind."""
    kinds = {kind: place for place, kind in enumerate(dict.fromkeys(map(kind_of, jobs)))}
    return sorted(jobs, key=lambda job: (not trains_in_groups(job.engine), kinds[kind_of(job)]))


def pool_for(jobs: Sequence[Job], at_once: int | None) -> LocalPool | GroupPool:
    """The pool that trains the jobs on this machine, `at_once` at a time; None for the default.

    Raises DeviceGone if the GPUs that the jobs need are gone.
    """
    workers = at_once or physical_cores()
    local = LocalPool(min(workers, len(jobs)))
    grouped = sum(trains_in_groups(job.engine) for job in jobs)
    if not grouped:
        return local
    devices = count()
    even = math.ceil(grouped / devices)
    return GroupPool(local, min(at_once or MOST_TOGETHER, even), devices=set(range(devices)))


def where_trained(jobs: Sequence[Job], workers: int) -> str:
    """Where `pool_for` trains the jobs, in words."""
    others = [job for job in jobs if not trains_in_groups(job.engine)]
    places = [plural(min(workers, len(others)), "worker")] if others else []
    if len(others) < len(jobs):
        places.insert(0, _devices())
    return listed(places)


def _devices() -> str:
    from ...engines.gpu.device import name

    devices = count()
    names = listed(list(dict.fromkeys(name(number) for number in range(devices))))
    return f"the GPU ({names})" if devices == 1 else f"{devices} GPUs ({names})"


@dataclass(frozen=True)
class GroupPool:
    """One process per device, which trains groups of at most `most` runs, as far as its memory
    allows."""

    local: LocalPool
    most: int = MOST_TOGETHER
    train_group: GroupTrainer = train_group
    devices: set[int] = field(default_factory=lambda: {0})
    """Numbers of the devices that can be used; one that is gone is not tried again."""

    def alone(self) -> GroupPool:
        """For a single run: a group of its own, on the first device that can be used."""
        return replace(self, local=self.local.alone(), most=1)

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Train neighbouring jobs of one kind in groups, and the others in the local pool.

        Raises DeviceGone if no device can be used any more.
        """
        waiting = Waiting(jobs)
        while waiting:
            if trains_in_groups(waiting.first.engine):
                yield from self._train_groups(waiting)
            else:
                yield from self.local.train(train, waiting.others())

    def _train_groups(self, waiting: Waiting) -> Arrivals:
        """Give every idle device a group, until there are no more."""
        devices = Devices(self.train_group, self.devices)
        try:
            while True:
                for number in devices.idle:
                    if not waiting or not trains_in_groups(waiting.first.engine):
                        break
                    if (free := devices.free(number)) is not None:
                        devices.begin(number, self._next_group(waiting, free))
                if not devices.busy:
                    return
                for ended in devices.ended():
                    yield from ended
        finally:
            devices.leave()

    def _next_group(self, waiting: Waiting, free: int) -> Sequence[Job]:
        jobs = waiting.of_kind(kind_of(waiting.first), self.most)
        group = together(jobs, free)
        waiting.put_back(jobs[len(group) :])
        return group
