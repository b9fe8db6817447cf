"""A dask cluster as a pool of workers that train.

Workers without a GPU train single runs, through joblib; workers with a GPU train groups: see
`gpus.py`. A scheduler that was restarted has forgotten our runs, and is sent them again.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...data.registry import load_data_set
from ...data.spec import DataSet
from ...results.record import RunRecord
from ..pools import Arrivals, NoRecord, PoolBroken, PoolLost, TakenBack
from ..worker import Job, Trainer
from .fleet import POLL_SECONDS, Fleet
from .left_behind import TidyTrainer
from .shared import SharedJobs

if TYPE_CHECKING:
    from .backend import Backend
    from .dask_worker import Station
    from .gpus import Gpus

AT_ONCE: Final = 256
"""Most tasks that the scheduler has at a time, unless four per worker are more: enough for workers
that join late, and few enough that the parent's cost per run does not grow with the study."""


@dataclass(frozen=True)
class ClusterPool:
    """The workers of a cluster that can train."""

    fleet: Fleet

    @property
    def gpus(self) -> Gpus:
        """What the workers with a GPU train."""
        return self.fleet.gpus

    def alone(self) -> ClusterPool:
        """The same pool: dask itself restarts what a dead worker was training."""
        return self

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        """Records as they come; raises PoolLost after the connection was lost, and ClusterError
        if it does not come back."""
        from .backend import Backend

        first = next(jobs, None)
        if first is None:
            return
        data = None if first.work else _plain(_load(first))
        client = self.fleet.client
        station = self.fleet.introduce(data)
        backend = Backend(client, station.needed, gpus=self.fleet.uses_gpus)
        open_jobs = SharedJobs(chain([first], jobs))
        results: queue.Queue[Any] = queue.Queue()
        self.gpus.begin(results)
        taker = (train, backend, open_jobs, results)
        threading.Thread(target=self._take, args=taker, daemon=True).start()
        try:
            yield from self._records(results, open_jobs, backend, station)
        except PoolBroken as broken:
            open_jobs.close()
            yield from self._finished_before(results)
            if self.fleet.is_away() or not self.fleet.connected:
                raise PoolLost from broken
            raise
        finally:
            open_jobs.close()
            if client.status == "running":
                with suppress(Exception):  # a lost cluster forgets the runs by itself
                    backend.cancel()
                    self.gpus.cancel()

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
                    pre_dispatch=max(AT_ONCE, 4 * len(self.fleet.here())),
                    return_as="generator_unordered",
                )
                for found in pool(delayed(TidyTrainer(train))(job) for job in jobs):
                    results.put(found)
            results.put(None)
        except (CommClosedError, TimeoutError, CancelledError):
            results.put(PoolBroken())
        except BaseException as error:
            results.put(error)

    def _records(
        self, results: queue.Queue[Any], jobs: SharedJobs, backend: Backend, station: Station
    ) -> Iterator[RunRecord | NoRecord]:
        """The results that `_take` puts into the queue, and those of groups; raises what `_take`
        and `newly_gone` raise."""
        singles_end = False
        while not (singles_end and not self.gpus.has_work):
            for worker in self.fleet.newly_gone():
                yield from self.gpus.gone(worker)
            if self.fleet.uses_gpus:
                self.gpus.hand_out(jobs, backend, station, self.fleet.without_gpu)
                yield from self.gpus.given_up()
            try:
                found = results.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            singles_end = singles_end or found is None
            yield from self._meant(found)

    def _meant(self, found: Any) -> Iterator[RunRecord | NoRecord]:
        """What the sweep is told of an item in the queue; an exception in it is raised."""
        from .gpus import GroupEnded, RunEnded

        match found:
            case None:
                return
            case BaseException():
                raise found
            case RunEnded():
                yield from self.gpus.run_ended(found)
            case GroupEnded():
                yield from self.gpus.ended(found)
            case TakenBack():
                self.gpus.taken_back(found.job)
            case _:
                self.gpus.arrived(found.key)
                yield found

    def _finished_before(self, results: queue.Queue[Any]) -> Iterator[RunRecord]:
        """The records still in the queue that were finished before the pool broke."""
        with suppress(queue.Empty):
            while (found := results.get(timeout=POLL_SECONDS)) is not None:
                if isinstance(found, BaseException):
                    continue
                yield from (one for one in self._meant(found) if isinstance(one, RunRecord))


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
