"""The pool of a machine with a GPU: runs that go together train there, a group at a time.

What else there is to train goes to the worker processes of its local pool, after the groups.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ...base.errors import DeviceGone
from ...base.words import listed, plural
from ...engines.choice import default_workers
from ...engines.roster import trains_in_groups
from ...study.command import CommandRecipe
from ..pools import Arrivals, LocalPool, Lost, in_processes
from ..worker import Job, Trainer
from .run import Ended, train_group

MOST_TOGETHER: Final = 128
"""Runs of a group: more of them take as much longer as they are more, on the largest GPUs too."""
SHARE: Final = 0.9
"""Of the memory that is free, that a group may take."""

GroupTrainer = Callable[[Sequence[Job]], Ended]
Kind = tuple[object, ...]


def kind_of(job: Job) -> Kind:
    """Jobs of one kind train as one group."""
    run = job.run
    recipe = run.recipe
    if isinstance(recipe, CommandRecipe):
        return job.engine, run.recipe_key
    return job.engine, recipe.architecture, run.definition, recipe.batch_size, run.data_digest


def groups_first(jobs: Sequence[Job]) -> list[Job]:
    """The jobs, those for groups first and those of a kind together, else in their order."""
    kinds = {kind: place for place, kind in enumerate(dict.fromkeys(map(kind_of, jobs)))}
    return sorted(jobs, key=lambda job: (not trains_in_groups(job.engine), kinds[kind_of(job)]))


def pool_for(jobs: Sequence[Job], at_once: int | None) -> LocalPool | GroupPool:
    """What trains the jobs on this machine, so many at once; None for as many as suit it."""
    workers = at_once or default_workers(job.engine for job in jobs)
    local = LocalPool(min(workers, len(jobs)))
    if any(trains_in_groups(job.engine) for job in jobs):
        return GroupPool(local, at_once or MOST_TOGETHER)
    return local


def where_trained(jobs: Sequence[Job], workers: int) -> str:
    """What `pool_for` trains them on, in words."""
    from ...engines.gpu.device import name

    others = [job for job in jobs if not trains_in_groups(job.engine)]
    places = [plural(min(workers, len(others)), "worker")] if others else []
    if len(others) < len(jobs):
        places.insert(0, f"the GPU ({name()})")
    return listed(places)


@dataclass(frozen=True)
class GroupPool:
    """Groups in a process of their own, of `most` runs or as many as the device has memory for."""

    local: LocalPool
    most: int = MOST_TOGETHER
    train_group: GroupTrainer = train_group

    def alone(self) -> GroupPool:
        """Groups of one."""
        return replace(self, local=self.local.alone(), most=1)

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Groups of neighbours of one kind, and the others as the local pool trains them.

        Raises DeviceGone where the device went and cannot be used any more.
        """
        waiting = _Waiting(jobs)
        while waiting:
            if trains_in_groups(waiting.first.engine):
                yield from self._train_next(waiting)
            else:
                yield from self.local.train(train, waiting.others())

    def _train_next(self, waiting: _Waiting) -> Arrivals:
        group = self._next_group(waiting)
        for ended in in_processes(1, self.train_group, iter([group])):
            yield from ended
            if all(isinstance(one, Lost) for one in ended):
                _free_bytes()  # is there still a device?

    def _next_group(self, waiting: _Waiting) -> Sequence[Job]:
        """At least one job: where there is no memory for that either, its training says so."""
        jobs = waiting.of_kind(kind_of(waiting.first), self.most)
        group = together(jobs)
        waiting.put_back(jobs[len(group) :])
        return group


def together(jobs: Sequence[Job], most: int = MOST_TOGETHER) -> Sequence[Job]:
    """Of jobs of one kind, those that train as the first group: one at least."""
    return jobs[: max(_fitting(jobs[:most]), 1)]


def _fitting(jobs: Sequence[Job]) -> int:
    """How many of the jobs, from the first, the device has memory for."""
    from ...engines.gpu.seeds import group_of

    spec = jobs[0].data
    recipes = [job.run.own for job in jobs]
    room = SHARE * _free_bytes()
    fewest, most = 0, len(jobs)
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if group_of(recipes[:middle], spec).bytes <= room:
            fewest = middle
        else:
            most = middle - 1
    return fewest


def _free_bytes() -> int:
    from ...engines.gpu.device import NoDevice, free_bytes

    try:
        return free_bytes()
    except NoDevice as error:
        raise DeviceGone(
            f"the GPU is gone ({error}): finished runs are kept; when it is there again, the same "
            "command goes on from there, and with --engine native it does so without it"
        ) from error


class _Waiting:
    """Jobs not yet handed on, with a look at the first; there are some where it is true."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs, self._seen = iter(jobs), deque[Job]()

    def __bool__(self) -> bool:
        if not self._seen:
            self._seen.extend(job for job in [next(self._jobs, None)] if job)
        return bool(self._seen)

    @property
    def first(self) -> Job:
        """The next."""
        assert self
        return self._seen[0]

    def of_kind(self, kind: Kind, most: int) -> list[Job]:
        """So many at most, up to the first of another kind."""
        taken: list[Job] = []
        while len(taken) < most and self and kind_of(self.first) == kind:
            taken.append(self._seen.popleft())
        return taken

    def others(self) -> Iterator[Job]:
        """Those up to the first that trains in a group."""
        while self and not trains_in_groups(self.first.engine):
            yield self._seen.popleft()

    def put_back(self, jobs: Sequence[Job]) -> None:
        """They come first again, in their order."""
        self._seen.extendleft(reversed(jobs))
