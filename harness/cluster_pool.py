"""A dask cluster as a pool: who of its workers can train, and what they train.

The scheduler may go and come back: it has forgotten our runs then, and gets them again.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .data import DataSet, load_data_set
from .environment import DISTRIBUTION, package_version
from .errors import ClusterError
from .pools import PoolLost, Trained
from .records import RunRecord
from .worker import Job, Trainer

if TYPE_CHECKING:
    from distributed import Client

    from .cluster_worker import Needed

AWAY_SECONDS: Final = 10
"""Without its scheduler, a bench waits so long."""
NOBODY_SECONDS: Final = 30
"""Without a worker that can train, likewise."""
POLL_SECONDS: Final = 0.5
AT_ONCE: Final = 256
"""So many runs are with the scheduler at a time, or four a worker, whichever is more: enough for
workers that join late, and few enough that a study of any size costs the parent the same a run."""

Say = Callable[[str], None]


@dataclass
class ClusterPool:
    """The workers of a cluster that can train."""

    client: Client
    needed: Needed
    say: Say
    fit: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    unfit: dict[str, str] = field(default_factory=dict)
    alone_since: float = field(default_factory=time.monotonic)
    away_since: float | None = None
    checked: float = 0.0

    def greeted(self, event: Any) -> None:
        """A worker introduced itself."""
        from .cluster_worker import greeting

        worker, problem = greeting(event)
        if problem is None and worker not in self.fit:
            self.fit.add(worker)
            self.say(f"worker {worker} joined")
        elif problem and worker not in self.unfit:
            self.unfit[worker] = problem
            self.say(f"worker {worker} trains nothing: it has {problem}")

    def alone(self) -> ClusterPool:
        """The same: dask starts what a dead worker had again by itself."""
        return self

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Trained:
        """Records as they come; raises PoolLost after the connection was lost, and ClusterError
        where it does not come back."""
        first = next(jobs, None)
        if first is None:
            return
        self._introduce()
        data = _plain(load_data_set(first.data_set, first.data_directory, first.holdout))
        sent = self._send(data), data.content_digest()
        open_jobs = _Closable(chain([first], jobs))
        results: queue.Queue[Any] = queue.Queue()
        taker = threading.Thread(
            target=self._take, args=(train, sent, open_jobs, results), daemon=True
        )
        taker.start()
        try:
            while True:
                self._check()
                try:
                    found = results.get(timeout=POLL_SECONDS)
                except queue.Empty:
                    continue
                if found is None:
                    return
                if isinstance(found, BaseException):
                    yield from _records_in(results)
                    self._wait_for_scheduler()
                    raise found
                yield found
        finally:
            open_jobs.close()

    def _introduce(self) -> None:
        """Ask every worker, also those that join later, whether it can train.

        After a lost connection again, since the scheduler has forgotten who wanted to know.
        """
        from .cluster_worker import Introduction

        self._wait_for_scheduler()
        self.alone_since = time.monotonic()
        try:
            self.client.subscribe_topic(self.needed.tag, self.greeted)
            self.client.register_plugin(Introduction(self.needed))
        except (OSError, TimeoutError) as error:
            raise PoolLost from error

    def _take(
        self,
        train: Trainer,
        sent: tuple[Any, str],
        jobs: Iterator[Job],
        results: queue.Queue[Any],
    ) -> None:
        """In a thread of its own, since joblib's generator cannot be waited for with a limit."""
        from joblib import Parallel, delayed, parallel_config

        from .cluster_backend import NAME, register
        from .cluster_worker import train_there

        try:
            register()
            wanted = {self.needed.tag: 1}
            with parallel_config(backend=NAME, client=self.client, resources=wanted):
                pool: Any = Parallel(
                    n_jobs=-1,
                    pre_dispatch=max(AT_ONCE, 4 * len(self.fit)),
                    batch_size=1,
                    return_as="generator_unordered",
                )
                for found in pool(delayed(train_there)(train, job, *sent) for job in jobs):
                    results.put(found)
            results.put(None)
        except (OSError, TimeoutError, CancelledError):
            results.put(PoolLost)
        except BaseException as error:
            results.put(error)

    def _wait_for_scheduler(self) -> None:
        while self.client.status != "running":
            self._check()
            time.sleep(POLL_SECONDS)
        self.away_since = None

    def _send(self, data: DataSet) -> Any:
        """Dask's future of the data set, which is with every worker that can train."""
        while True:
            self._check()
            if present := self.fit - self.gone:
                try:
                    return self.client.scatter([data], workers=sorted(present), broadcast=True)[0]
                except Exception as error:  # one of them died meanwhile: dask raises what it will
                    self.say(f"sending the data set again: {type(error).__name__}")
            time.sleep(POLL_SECONDS)

    def _check(self) -> None:
        """Raises ClusterError where the scheduler, or every worker that can train, is gone, and
        PoolLost where the scheduler was away: it has forgotten our runs then.

        Looks twice a second at most.
        """
        now = time.monotonic()
        if now - self.checked < POLL_SECONDS:
            return
        self.checked = now
        if self.client.status == "running":
            if self.away_since is not None:
                self.away_since = None
                raise PoolLost
        else:
            self.away_since = self.away_since or now
            if now - self.away_since > AWAY_SECONDS or self.client.status == "closed":
                raise ClusterError(
                    "the cluster's scheduler is gone: finished runs are kept; start it, and the "
                    "same command goes on from there"
                )
            return
        here = set(self.client.scheduler_info(n_workers=-1)["workers"])
        for worker in self.fit - here - self.gone:
            self.say(f"worker {worker} is gone; what it was training starts again")
        self.gone = self.fit - here
        if self.fit - self.gone:
            self.alone_since = now
        elif now - self.alone_since > NOBODY_SECONDS:
            raise ClusterError(self._nobody(here))

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


def _records_in(results: queue.Queue[Any]) -> Iterator[RunRecord]:
    """What was finished before the connection was lost."""
    while not results.empty():
        if isinstance(found := results.get(), RunRecord):
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


def _plain(data: DataSet) -> DataSet:
    """The data set without files behind it, to be sent."""
    return replace(
        data,
        train_images=np.array(data.train_images),
        train_labels=np.array(data.train_labels),
        test_images=np.array(data.test_images),
        test_labels=np.array(data.test_labels),
    )
