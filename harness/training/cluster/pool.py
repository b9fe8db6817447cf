"""A dask cluster as a pool: who of its workers can train, and what they train.

The scheduler may go and come back: it has forgotten our runs then, and gets them again.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import numpy as np

from ...base.errors import ClusterError
from ...data.registry import Say, load_data_set
from ...data.spec import DataSet
from ...results.environment import DISTRIBUTION, package_version
from ...results.record import RunRecord
from ..pools import Arrivals, Lost, PoolBroken, PoolLost
from ..worker import Job, Trainer

if TYPE_CHECKING:
    from distributed import Client

    from .backend import Backend

AWAY_SECONDS: Final = 10
"""Without its scheduler, a bench waits so long."""
NOBODY_SECONDS: Final = 30
"""Without a worker that can train, likewise."""
POLL_SECONDS: Final = 0.5
AT_ONCE: Final = 256
"""So many tasks are with the scheduler at a time, or four a worker, whichever is more: enough for
workers that join late, and few enough that a study of any size costs the parent the same a run."""


@dataclass
class ClusterPool:
    """The workers of a cluster that can train."""

    client: Client
    versions: Mapping[str, str]
    say: Say
    fit: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    unfit: dict[str, str] = field(default_factory=dict)
    alone_since: float = 0.0
    away_since: float | None = None
    checked: float = 0.0
    connection: Any = None
    introductions: dict[str, str] = field(default_factory=dict)
    """By the tag of what they ask for: this bench's names for them, which the scheduler knows."""

    def greeted(self, event: Any) -> None:
        """A worker introduced itself."""
        from .dask_worker import greeting

        worker, problem = greeting(event)
        if problem is None and worker not in self.fit:
            self.fit.add(worker)
            self.unfit.pop(worker, None)
            self.say(f"worker {worker} joined")
        elif problem and worker not in self.unfit:
            self.unfit[worker] = problem
            self.fit.discard(worker)
            self.say(f"worker {worker} trains nothing: it has {problem}")

    def alone(self) -> ClusterPool:
        """The same: dask starts what a dead worker had again by itself."""
        return self

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Records as they come; raises PoolLost after the connection was lost, and ClusterError
        where it does not come back."""
        from .backend import Backend

        first = next(jobs, None)
        if first is None:
            return
        data = None if first.work else _plain(_load(first))
        wanted = {self._introduce(data): 1}
        backend = Backend(client=self.client, resources=wanted)
        open_jobs = _Closable(chain([first], jobs))
        results: queue.Queue[Any] = queue.Queue()
        taker = (train, backend, open_jobs, results)
        threading.Thread(target=self._take, args=taker, daemon=True).start()
        try:
            yield from self._records(results)
        except PoolBroken as broken:
            open_jobs.close()
            yield from _finished_before(results)
            if self._is_away() or self.client.scheduler_comm is not self.connection:
                raise PoolLost from broken
            raise
        finally:
            open_jobs.close()
            if self.client.status == "running":
                with suppress(Exception):  # a cluster that is lost forgets them by itself
                    backend.cancel()

    def leave(self) -> None:
        """Let the scheduler forget what this bench asks workers for; those that are gone have."""
        for name in self.introductions.values():
            if self.client.status == "running":
                with suppress(Exception):
                    self.client.unregister_worker_plugin(name)

    def _introduce(self, data: DataSet | None) -> str:
        """Ask every worker, also those that join later, whether it can train; the data goes along.

        After a lost connection again, since the scheduler may have forgotten. Returns the resource
        that those have who can.
        """
        from distributed.comm.core import CommClosedError

        from .dask_worker import Introduction, Needed

        needed = Needed(self.versions, data.content_digest() if data else None)
        known = needed.tag in self.introductions
        if known and self.client.scheduler_comm is self.connection:
            return needed.tag
        while self._is_away():
            time.sleep(POLL_SECONDS)
        self.connection, self.alone_since = self.client.scheduler_comm, time.monotonic()
        if not known:
            self.introductions[needed.tag] = f"{needed.tag}-{uuid4().hex[:12]}"
            self.fit, self.gone, self.unfit = set(), set(), {}
        name = self.introductions[needed.tag]
        try:
            self.client.subscribe_topic(name, self.greeted)
            self.client.register_plugin(Introduction(needed, data, name))
        except (CommClosedError, TimeoutError, CancelledError) as error:
            raise PoolLost from error
        except Exception as error:  # a worker's, which dask hands on: the others were asked too
            self.say(f"a worker trains nothing: its {DISTRIBUTION} cannot be used ({error})")
        return needed.tag

    def _take(
        self,
        train: Trainer,
        backend: Backend,
        jobs: Iterator[Job],
        results: queue.Queue[Any],
    ) -> None:
        """In a thread of its own, since joblib's generator cannot be waited for with a limit."""
        from distributed.comm.core import CommClosedError
        from joblib import Parallel, delayed, parallel_config

        try:
            with parallel_config(backend=backend):
                pool: Any = Parallel(
                    n_jobs=-1,
                    pre_dispatch=max(AT_ONCE, 4 * len(self._here())),
                    return_as="generator_unordered",
                )
                for found in pool(delayed(train)(job) for job in jobs):
                    results.put(found)
            results.put(None)
        except (CommClosedError, TimeoutError, CancelledError):
            results.put(PoolBroken())
        except BaseException as error:
            results.put(error)

    def _records(self, results: queue.Queue[Any]) -> Iterator[RunRecord | Lost]:
        """What `_take` puts there; raises what it raised, and what `_check` raises."""
        while True:
            self._check()
            try:
                found = results.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found
            yield found

    def _check(self) -> None:
        """Raises ClusterError where the scheduler, or every worker that can train, is gone, and
        PoolLost where the connection is another: the scheduler has forgotten our runs then.

        Looks twice a second at most.
        """
        now = time.monotonic()
        if now - self.checked < POLL_SECONDS:
            return
        self.checked = now
        if self._is_away():
            return
        if self.client.scheduler_comm is not self.connection:
            raise PoolLost
        here = self._here()
        for worker in self.fit - here - self.gone:
            self.say(f"worker {worker} is gone; what it was training starts again")
        self.gone = self.fit - here
        if self.fit - self.gone:
            self.alone_since = now
        elif now - self.alone_since > NOBODY_SECONDS:
            raise ClusterError(self._nobody(here))

    def _is_away(self) -> bool:
        """Whether the scheduler cannot be reached; raises ClusterError where that lasts."""
        if self.client.status == "running":
            self.away_since = None
            return False
        now = time.monotonic()
        self.away_since = self.away_since or now
        if now - self.away_since > AWAY_SECONDS or self.client.status == "closed":
            raise ClusterError(
                "the cluster's scheduler is gone: finished runs are kept; start it, and the "
                "same command goes on from there"
            )
        return True

    def _here(self) -> set[str]:
        """Addresses of all workers."""
        return set(self.client.scheduler_info(n_workers=-1)["workers"])

    def _nobody(self, here: set[str]) -> str:
        silent = len(here - self.fit - set(self.unfit))
        reasons = [f"{worker} has {problem}" for worker, problem in self.unfit.items()]
        if silent:
            reasons.append(f"{silent} did not say that {DISTRIBUTION} is installed there")
        why = "; ".join(reasons) or "none has joined"
        version = package_version(DISTRIBUTION)
        return (
            f"no worker of the cluster can train ({why}): start workers with {DISTRIBUTION} "
            f"{version}, and the same command goes on from there"
        )


def _finished_before(results: queue.Queue[Any]) -> Iterator[RunRecord]:
    """What was finished before the pool broke, and is still on its way through the queue."""
    with suppress(queue.Empty):
        while (found := results.get(timeout=POLL_SECONDS)) is not None:
            if isinstance(found, RunRecord):
                yield found


class _Closable:
    """An iterator that ends when it is told to, whoever is still reading it."""

    def __init__(self, jobs: Iterator[Job]) -> None:
        self._jobs, self._lock, self._closed = jobs, threading.Lock(), False

    def __iter__(self) -> Iterator[Job]:
        return self

    def __next__(self) -> Job:
        with self._lock:
            if self._closed:
                raise StopIteration
            return next(self._jobs)

    def close(self) -> None:
        """Wait for whoever is reading, and let nobody read any more."""
        with self._lock:
            self._closed = True


def _load(job: Job) -> DataSet:
    return load_data_set(job.data, job.data_directory)


def _plain(data: DataSet) -> DataSet:
    """The data set without files behind it, to be sent."""
    return replace(
        data,
        train_images=np.array(data.train_images),
        train_labels=np.array(data.train_labels),
        test_images=np.array(data.test_images),
        test_labels=np.array(data.test_labels),
    )
