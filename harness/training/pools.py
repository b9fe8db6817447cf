"""Pools of worker processes that train jobs, and that of this machine; `cluster/` has the other."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Generator, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol, TypeVar

from ..base.errors import StorageError
from ..results.record import RunRecord
from .worker import Job, Trainer, start_worker

Task = TypeVar("Task")
Made = TypeVar("Made")


class PoolBroken(Exception):
    """A worker died, and with it the pool: all that was in flight is to be trained again."""

    reason = "a worker process died"


class PoolLost(PoolBroken):
    """The pool could not be reached for a while, which no run is to blame for."""

    reason = "the connection to the cluster was lost"


@dataclass(frozen=True)
class Lost:
    """In place of a record: workers died under this run, although the pool goes on."""

    key: str
    reason: str


Arrivals = Generator[RunRecord | Lost, None, None]


class WorkerPool(Protocol):
    """What trains jobs side by side."""

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Records as they come; raises PoolBroken. Closing it ends what is being trained here; on
        a cluster nobody waits for it any more."""

    def alone(self) -> WorkerPool:
        """A pool for one run that may have killed its workers, so that no other suffers."""


@dataclass(frozen=True)
class LocalPool:
    """Worker processes of this machine, `workers` of them."""

    workers: int

    def alone(self) -> LocalPool:
        """One worker."""
        return LocalPool(1)

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Each job is a task."""
        return in_processes(self.workers, train, jobs)


def in_processes(
    workers: int, work: Callable[[Task], Made], tasks: Iterator[Task]
) -> Generator[Made, None, None]:
    """What comes of the tasks, as it comes; raises PoolBroken.

    One worker too has a process of its own: with `n_jobs=1` joblib would work in this one, so a
    pool of two is given one task at a time.
    """
    first = next(tasks, None)
    if first is None:
        return
    _check_shared_memory()
    from joblib import Parallel, delayed

    pool: Callable[..., Any] = Parallel(
        n_jobs=max(workers, 2),
        pre_dispatch=workers,
        batch_size=1,
        backend="loky",
        return_as="generator_unordered",
        initializer=start_worker,
        initargs=(os.getpid(), os.getcwd()),
    )
    try:
        yield from pool(delayed(work)(task) for task in chain([first], tasks))
    except BrokenProcessPool as error:
        raise PoolBroken from error


def _check_shared_memory() -> None:
    """Raises StorageError where processes can share no lock, joblib would train in threads then."""
    try:
        multiprocessing.get_context("spawn").Lock()
    except OSError as error:
        raise StorageError(
            f"/dev/shm: {error.strerror}; worker processes need it: mount it so that it can be "
            "written, in a container with --tmpfs /dev/shm"
        ) from error
