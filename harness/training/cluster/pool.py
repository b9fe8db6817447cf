"""A dask cluster as a pool: which of its workers can train, and what they train.

Workers without a GPU train single runs, through joblib; those with one groups: see `gpus.py`.

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
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import numpy as np

from ...base.errors import ClusterError
from ...data.registry import Say, load_data_set
from ...data.spec import DataSet
from ...results.environment import DISTRIBUTION, package_version
from ...results.record import RunRecord
from ..pools import Arrivals, Lost, PoolBroken, PoolLost, TakenBack
from ..worker import Job, Trainer
from .shared import SharedJobs

if TYPE_CHECKING:
    from distributed import Client

    from .backend import Backend
    from .dask_worker import Greeting
    from .gpus import Gpus

AWAY_SECONDS: Final = 10
"""How long a bench waits for a scheduler that cannot be reached."""
NOBODY_SECONDS: Final = 30
"""How long it waits while no worker can train."""
POLL_SECONDS: Final = 0.5
AT_ONCE: Final = 256
"""Most tasks with the scheduler at a time, unless four for each worker are more: enough for workers
that join late, and few enough that the parent's cost per run does not grow with the study."""


@dataclass
class ClusterPool:
    """The workers of a cluster that can train."""

    client: Client
    versions: Mapping[str, str]
    say: Say
    uses_gpus: bool
    fit: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    unfit: dict[str, str] = field(default_factory=dict)
    alone_since: float = 0.0
    away_since: float | None = None
    checked: float = 0.0
    connection: Any = None
    introductions: dict[str, str] = field(default_factory=dict)
    """By the resource that they ask for: this bench's names, which the scheduler knows."""

    @cached_property
    def gpus(self) -> Gpus:
        """What the workers with a GPU train."""
        from .gpus import Gpus

        return Gpus(self.client, self.say)

    def greeted(self, event: Any) -> None:
        """A worker has introduced itself."""
        from .dask_worker import greeting

        said = greeting(event)
        if said.gpu:
            self.gpus.here[said.worker] = said.gpu
        if said.problem is None and said.worker not in self.fit:
            self.fit.add(said.worker)
            self.unfit.pop(said.worker, None)
            self._joined(said)
        elif said.problem and said.worker not in self.unfit:
            self.unfit[said.worker] = said.problem
            self.fit.discard(said.worker)
            self.say(f"worker {said.worker} trains nothing: it has {said.problem}")

    def _joined(self, said: Greeting) -> None:
        gpu, why = "", ""
        if said.gpu:
            gpu = f" with a GPU ({said.gpu.name})"
        elif said.unused:
            why = f", but cannot use its GPU: {said.unused}"
        self.say(f"worker {said.worker} joined{gpu}{why}")

    def alone(self) -> ClusterPool:
        """The same pool: dask itself restarts what a dead worker had."""
        return self

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Records as they come; raises PoolLost after the connection was lost, and ClusterError
        where it does not come back."""
        from .backend import Backend

        first = next(jobs, None)
        if first is None:
            return
        data = None if first.work else _plain(_load(first))
        needed = self._introduce(data)
        backend = Backend(self.client, needed, gpus=self.uses_gpus)
        open_jobs = SharedJobs(chain([first], jobs))
        results: queue.Queue[Any] = queue.Queue()
        self.gpus.begin(results)
        taker = (train, backend, open_jobs, results)
        threading.Thread(target=self._take, args=taker, daemon=True).start()
        try:
            yield from self._records(results, open_jobs, backend, needed)
        except PoolBroken as broken:
            open_jobs.close()
            yield from self._finished_before(results)
            if self._is_away() or self.client.scheduler_comm is not self.connection:
                raise PoolLost from broken
            raise
        finally:
            open_jobs.close()
            if self.client.status == "running":
                with suppress(Exception):  # a cluster that is lost forgets them by itself
                    backend.cancel()
                    self.gpus.cancel()

    def leave(self) -> None:
        """Have the scheduler forget what this bench asks of workers."""
        for name in self.introductions.values():
            if self.client.status == "running":
                with suppress(Exception):
                    self.client.unregister_worker_plugin(name)

    def _introduce(self, data: DataSet | None) -> str:
        """Ask every worker, even one that joins later, whether it can train; the data goes along.

        Done again after a lost connection, since the scheduler may have forgotten. Returns the
        resource that those that can train have.
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
            self.gpus.here.clear()
        name = self.introductions[needed.tag]
        try:
            self.client.subscribe_topic(name, self.greeted)
            self.client.subscribe_topic(_early(name), self.gpus.heard)
            self.client.register_plugin(Introduction(needed, data, name, gpus=self.uses_gpus))
        except (CommClosedError, TimeoutError, CancelledError) as error:
            raise PoolLost from error
        except Exception as error:  # a worker's, handed on by dask: the others were asked too
            self.say(f"a worker trains nothing: its {DISTRIBUTION} cannot be used ({error})")
        return needed.tag

    def _take(
        self,
        train: Trainer,
        backend: Backend,
        jobs: Iterator[Job],
        results: queue.Queue[Any],
    ) -> None:
        """Put results into the queue, in a thread of its own: joblib's generator has no timeout."""
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

    def _records(
        self, results: queue.Queue[Any], jobs: SharedJobs, backend: Backend, needed: str
    ) -> Iterator[RunRecord | Lost]:
        """The results that `_take` puts there, and those of groups; raises what it raised, and what
        `_check` raises."""
        from .dask_worker import Station

        station = Station(needed, _early(self.introductions[needed]))
        singles_end = False
        while not (singles_end and not self.gpus.has_work):
            yield from self._check()
            if self.uses_gpus:
                others = len(self.fit - self.gone - set(self.gpus.here))
                self.gpus.hand_out(jobs, backend, station, others)
                yield from self.gpus.given_up()
            try:
                found = results.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            singles_end = singles_end or found is None
            yield from self._meant(found)

    def _meant(self, found: Any) -> Iterator[RunRecord | Lost]:
        """What the sweep is told of something found among the results; raises an exception."""
        from .gpus import GroupEnded, Told

        match found:
            case None:
                return
            case BaseException():
                raise found
            case Told():
                yield from self.gpus.told(found)
            case GroupEnded():
                yield from self.gpus.ended(found)
            case TakenBack():
                self.gpus.taken_back(found.job)
            case _:
                self.gpus.arrived(found.key)
                yield found

    def _finished_before(self, results: queue.Queue[Any]) -> Iterator[RunRecord]:
        """The records that were finished before the pool broke and are still in the queue."""
        with suppress(queue.Empty):
            while (found := results.get(timeout=POLL_SECONDS)) is not None:
                if isinstance(found, BaseException):
                    continue
                yield from (one for one in self._meant(found) if isinstance(one, RunRecord))

    def _check(self) -> Iterator[Lost]:
        """What workers were training that are gone. Raises ClusterError where the scheduler, or
        every worker that can train, is gone, and PoolLost after a reconnection, when the scheduler
        has forgotten our runs.

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
            yield from self.gpus.gone(worker)
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
        """Addresses of all workers.

        Asked of the scheduler: what the client knows of them it forgets from time to time.
        """
        try:
            scheduler: Any = self.client.scheduler
            found = self.client.sync(scheduler.identity, n_workers=-1)
        except OSError:  # the connection is lost, which is looked for elsewhere
            return set(self.fit)
        return set(found["workers"])

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


def _early(name: str) -> str:
    """The topic of records of runs that end before their group does."""
    return f"{name}-early"


def _load(job: Job) -> DataSet:
    return load_data_set(job.data, job.data_directory)


def _plain(data: DataSet) -> DataSet:
    """The data set as plain arrays without files behind them, to be sent."""
    return replace(
        data,
        train_images=np.array(data.train_images),
        train_labels=np.array(data.train_labels),
        test_images=np.array(data.test_images),
        test_labels=np.array(data.test_labels),
    )
