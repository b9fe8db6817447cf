"""Pools of worker processes that train jobs, and that of this machine; `cluster/` has the other."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final, Protocol

from ..base.errors import StorageError
from ..results.record import RunRecord
from .worker import Job, Trainer, start_worker

IDLE_SECONDS: Final = 300
"""After which a worker without a run ends."""
THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What libraries take their number of threads from: a run has one."""


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
        """A job is handed out as soon as a worker is free for it. Workers are kept for the next."""
        first = next(jobs, None)
        if first is None:
            return
        _check_shared_memory()
        executor, waiting = _executor(self.workers), chain([first], jobs)
        flying: set[Future[RunRecord]] = set()
        try:
            while True:
                for job in islice(waiting, self.workers - len(flying)):
                    flying.add(executor.submit(train, job))
                if not flying:
                    return
                ended, flying = wait(flying, return_when=FIRST_COMPLETED)
                for one in sorted(ended, key=_is_broken):
                    yield one.result()
        except BrokenProcessPool as error:
            raise PoolBroken from error
        finally:
            if flying:
                executor.shutdown(kill_workers=True)


def _executor(workers: int) -> Any:
    """Worker processes: those that are there already, if they are, and work in this directory."""
    from joblib.externals.loky import get_reusable_executor

    return get_reusable_executor(
        workers,
        timeout=IDLE_SECONDS,
        initializer=start_worker,
        initargs=(os.getpid(), os.getcwd()),
        env=dict.fromkeys(THREADS, "1"),
    )


def _is_broken(ended: Future[RunRecord]) -> bool:
    """What ended well is handed on before the pool is given up."""
    return ended.exception() is not None


def _check_shared_memory() -> None:
    """Raises StorageError where processes can share no lock, without which there is no pool."""
    try:
        multiprocessing.get_context("spawn").Lock()
    except OSError as error:
        raise StorageError(
            f"/dev/shm: {error.strerror}; worker processes need it: mount it so that it can be "
            "written, in a container with --tmpfs /dev/shm"
        ) from error
