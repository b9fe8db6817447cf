"""What a pool of workers is, and the pool of this machine; `cluster/` has another."""

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
from ..base.workers import start_worker, starting_workers
from ..results.record import RunRecord
from .worker import Job, Trainer

Piece = TypeVar("Piece")
Result = TypeVar("Result")


class PoolBroken(Exception):
    """A worker died, and with it the pool: all runs in flight must be trained again."""

    reason = "a worker process died"


class PoolLost(PoolBroken):
    """The pool could not be reached for a while; no run is to blame."""

    reason = "the connection to the cluster was lost"


@dataclass(frozen=True)
class NoRecord:
    """Instead of a record: workers died while training this run, but the pool goes on."""

    key: str
    reason: str
    blameless: bool = False
    """Whether the run certainly did not cause it."""


@dataclass(frozen=True)
class TakenBack:
    """Instead of a record, within a pool: this run will be trained elsewhere in the pool."""

    job: Job


Arrivals = Generator[RunRecord | NoRecord, None, None]


class WorkerPool(Protocol):
    """Workers that train jobs side by side."""

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Records as they come; raises PoolBroken. Closing the generator ends the training on this
        machine; on a cluster training goes on, but nobody waits for it."""

    def alone(self) -> WorkerPool:
        """A pool for a run that may have killed its workers, in which no other run trains."""


@dataclass(frozen=True)
class LocalPool:
    """Worker processes of this machine, `workers` of them."""

    workers: int

    def alone(self) -> LocalPool:
        """The same pool with one worker."""
        return LocalPool(1)

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Train each job as a separate task."""
        return in_processes(self.workers, train, jobs)


def in_processes(
    workers: int, work: Callable[[Piece], Result], tasks: Iterator[Piece]
) -> Generator[Result, None, None]:
    """The results of the tasks as they come; raises PoolBroken, StorageError without shared memory.

    Even a single worker has a process of its own. With `n_jobs=1` joblib would work in this
    process, so a single worker is a pool of two that is given one task at a time.
    """
    first = next(tasks, None)
    if first is None:
        return
    check_shared_memory()
    _ignore_warnings()
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
        with starting_workers():
            results = pool(delayed(work)(task) for task in chain([first], tasks))
        yield from results
    except BrokenProcessPool as error:
        raise PoolBroken from error


def _ignore_warnings() -> None:
    """Ignore loky's warning that it replaces a worker whose memory has grown, as with torch, and
    joblib's of an interrupt that comes before the first result is waited for.

    Loky warns in the thread that hands out tasks. If warnings were errors, that thread would end,
    and the pool would wait for it for ever.
    """
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given to the executor")
    warnings.filterwarnings("ignore", r"\d+ tasks which were still being processed")


def check_shared_memory() -> None:
    """Raises StorageError if processes cannot share a lock: joblib would train in threads."""
    try:
        with starting_workers():  # the first lock starts the process that keeps track of all
            multiprocessing.get_context("spawn").Lock()
    except OSError as error:
        raise StorageError(
            f"/dev/shm: {error.strerror}; worker processes need it: mount it so that it can be "
            "written, in a container with --tmpfs /dev/shm"
        ) from error
