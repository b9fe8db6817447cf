"""Which runs go together in a group, and how many of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from ...engines.roster import trains_in_groups
from ...study.command import CommandRecipe
from ...study.engine_version import EngineVersion
from ..worker import Job

MOST_TOGETHER: Final = 128
"""Most runs of a group: beyond this, time grows with their number even on the largest GPUs."""
SHARE: Final = 0.9
"""Share of the free memory that a group may take."""

Kind = tuple[object, ...]


def kind_of(job: Job) -> Kind:
    """The kind of a job: jobs of one kind can train as one group."""
    run = job.run
    recipe = run.recipe
    if isinstance(recipe, CommandRecipe):
        return job.engine, run.recipe_key
    return job.engine, recipe.architecture, run.definition, recipe.batch_size, run.data_digest


def together(jobs: Sequence[Job], free: int, most: int = MOST_TOGETHER) -> Sequence[Job]:
    """The first group of these jobs of one kind, on a device with `free` bytes: at least one job.

    If there is no memory even for one, its training will say so.
    """
    return jobs[: max(_fitting(jobs[:most], SHARE * free), 1)]


def _fitting(jobs: Sequence[Job], room: float) -> int:
    """How many of the jobs, from the first on, fit together into `room` bytes."""
    from ...engines.gpu.seeds import group_of

    spec = jobs[0].data
    recipes = [job.run.own for job in jobs]
    fewest, most = 0, len(jobs)
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if group_of(recipes[:middle], spec).bytes <= room:
            fewest = middle
        else:
            most = middle - 1
    return fewest


class Waiting:
    """Jobs not yet handed out, with a look at the first; false when there are none left."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs, self._seen = iter(jobs), deque[Job]()

    def __iter__(self) -> Iterator[Job]:
        return self

    def __next__(self) -> Job:
        if not self:
            raise StopIteration
        return self._seen.popleft()

    def __bool__(self) -> bool:
        if not self._seen and (job := next(self._jobs, None)):
            self._seen.append(job)
        return bool(self._seen)

    @property
    def first(self) -> Job:
        """The next job, which is not taken; there must be one."""
        assert self
        return self._seen[0]

    def of_kind(self, kind: Kind, most: int) -> list[Job]:
        """Take at most `most` jobs, up to the first of another kind."""
        taken: list[Job] = []
        while len(taken) < most and self and kind_of(self.first) == kind:
            taken.append(next(self))
        return taken

    def others(
        self, for_groups: Callable[[EngineVersion], object] = trains_in_groups
    ) -> Iterator[Job]:
        """Take the jobs up to the first one whose engine is for groups."""
        while self and not for_groups(self.first.engine):
            yield next(self)

    def put_back(self, jobs: Sequence[Job]) -> None:
        """Put jobs back at the front, in their order."""
        self._seen.extendleft(reversed(jobs))
