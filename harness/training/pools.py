"""What a pool of workers is, and the pool of this machine; `cluster/` has the other one."""

from __future__ import annotations

import multiprocessing
import os
import warnings
from collections.abc import Callable, Generator, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol, TypeVar

from ..base.errors import StorageError
from ..results.record import RunRecord
from .worker import Job, Trainer, start_worker

Piece = TypeVar("Piece")
Result = TypeVar("Result")


class PoolBroken(Exception):
    """A worker died, and with it the pool: all that was in flight is to be trained again."""

    reason = "a worker process died"


class PoolLost(PoolBroken):
    """The pool could not be reached for a while, for which no run is to blame."""

    reason = "the connection to the cluster was lost"


@dataclass(frozen=True)
class NoRecord:
    """In place of a record: workers died while training this run, but the pool goes on."""

    key: str
    reason: str
    blameless: bool = False
    """Whether the run has certainly not caused it."""


@dataclass(frozen=True)
class TakenBack:
    """In place of a record within a pool: this one is to be trained elsewhere in it."""

    job: Job


Arrivals = Generator[RunRecord | NoRecord, None, None]


class WorkerPool(Protocol):
    """What trains jobs side by side."""

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Records as they come; raises PoolBroken. Closing it ends the training on this machine; on
        a cluster it goes on, but nobody waits for it."""

    def alone(self) -> WorkerPool:
        """A pool for a single run that may have killed its workers, so that no other suffers."""


@dataclass(frozen=True)
class LocalPool:
    """Worker processes of this machine, `workers` of them."""

    workers: int

    def alone(self) -> LocalPool:
        """The same with one worker."""
        return LocalPool(1)

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Train each job as a task of its own."""
        return in_processes(self.workers, train, jobs)


def in_processes(
    workers: int, work: Callable[[Piece], Result], tasks: Iterator[Piece]
) -> Generator[Result, None, None]:
    """The results of the tasks as they come; raises PoolBroken.

    Even a single worker has a process of its own: with `n_jobs=1` joblib would work in this one, so
    a pool of two is given one task at a time.
    """
    first = next(tasks, None)
    if first is None:
        return
    check_shared_memory()
    _expect_replaced_workers()
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


def _expect_replaced_workers() -> None:
    """loky replaces a worker that has grown, as by importing torch for its second run, and warns.

    It does so in the thread that hands out tasks: where warnings are errors, that thread would end,
    and the pool would wait for it for ever.
    """
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given to the executor")


def check_shared_memory() -> None:
    """Raises StorageError where processes cannot share a lock: joblib would train in threads."""
    try:
        multiprocessing.get_context("spawn").Lock()
    except OSError as error:
        raise StorageError(
            f"/dev/shm: {error.strerror}; worker processes need it: mount it so that it can be "
            "written, in a container with --tmpfs /dev/shm"
        ) from error
