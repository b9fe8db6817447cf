"""The workers of a cluster that have a GPU: each trains one group at a time on it.

They come first: runs that wait for workers without a GPU are taken back for them, except those that
keep the other workers busy. All of this happens in the bench's main thread; other threads only add
the GPUs of workers that join to `here`, and put messages into `results`.
"""

from __future__ import annotations

import math
import queue
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from ...base.words import plural
from ...data.registry import Say
from ...engines.roster import engine_for_groups
from ...results.parsing import parse_record
from ...results.record import RunRecord
from ..groups.kinds import MOST_TOGETHER, kind_of, together
from ..groups.run import Ended
from ..pools import NoRecord, PoolBroken
from ..worker import Job
from .dask_worker import Gpu, Station, train_in_group

if TYPE_CHECKING:
    from distributed import Client

    from .backend import Backend
    from .shared import SharedJobs

KEPT_BUSY: Final = 2
"""Tasks per worker without a GPU that are not taken back: one is trained, one waits."""
DEATHS_TOLERATED: Final = 3
"""A run is not blamed for this many dead workers; dask's own limit is the same."""


@dataclass(frozen=True)
class GroupEnded:
    """A worker's group has ended; `results` is None if it brought no results."""

    worker: str
    future: Any
    results: Ended | None


@dataclass(frozen=True)
class RunEnded:
    """The record, as JSON, of a run that ended before its group did."""

    record: str


@dataclass
class Flight:
    """A group that a worker trains: its jobs that have no record yet, by their keys."""

    future: Any
    jobs: dict[str, Job]


@dataclass
class Gpus:
    """What the workers with a GPU train, over all benches of the same client."""

    client: Client
    say: Say
    here: dict[str, Gpu] = field(default_factory=dict)
    """The GPUs, by the addresses of their workers; dask's thread adds those that join."""
    results: queue.Queue[Any] = field(default_factory=queue.Queue)
    flying: dict[str, Flight] = field(default_factory=dict)
    coming: set[str] = field(default_factory=set)
    """Keys of runs that are being taken back."""
    backlog: deque[Job] = field(default_factory=deque)
    """Runs that were taken back."""
    deaths: Counter[str] = field(default_factory=Counter)

    def begin(self, results: queue.Queue[Any]) -> None:
        """Begin a sweep, whose results go into this queue, with nothing in flight."""
        self.results, self.flying, self.coming = results, {}, set()
        self.backlog.clear()

    @property
    def has_work(self) -> bool:
        """Whether anything is in flight or waiting here."""
        return bool(self.flying or self.coming or self.backlog)

    def heard(self, event: tuple[float, str]) -> None:
        """Take a worker's message about a run; called by dask."""
        self.results.put(RunEnded(event[1]))

    def hand_out(self, jobs: SharedJobs, backend: Backend, station: Station, others: int) -> None:
        """Give every idle worker a group; `others` is how many workers have no GPU."""
        idle = [worker for worker in list(self.here) if worker not in self.flying]
        if not idle or self.coming or not backend.begun:
            return
        wanted = MOST_TOGETHER * len(idle)
        if len(self.backlog) < wanted:
            self.coming = backend.take_back(KEPT_BUSY * others, wanted - len(self.backlog))
        if not self.coming:
            for left, worker in zip(range(len(idle), 0, -1), idle, strict=True):
                self._give(worker, self._next(jobs, left, self.here[worker].free_bytes), station)

    def taken_back(self, job: Job) -> None:
        """A job was taken from the workers without a GPU."""
        self.coming.discard(job.key)
        self.backlog.append(job)

    def arrived(self, key: str) -> None:
        """A run ended before it could be taken back."""
        self.coming.discard(key)

    def run_ended(self, run: RunEnded) -> Iterator[RunRecord]:
        """The record of a run that ended before its group, if nobody else has brought it."""
        record = parse_record(run.record.encode())
        for flight in self.flying.values():
            if flight.jobs.pop(record.key, None):
                yield record

    def ended(self, group: GroupEnded) -> Iterator[RunRecord | NoRecord]:
        """The results of a group that has ended, or its runs as lost."""
        flight = self.flying.get(group.worker)
        if flight is None or flight.future is not group.future:
            return
        del self.flying[group.worker]
        if group.results is None:
            yield from self._lost(flight)
            return
        for lost in [one for one in group.results if isinstance(one, NoRecord)][:1]:
            self.here.pop(group.worker, None)
            self.say(f"worker {group.worker} trains single runs from now on: {lost.reason}")
        for one in group.results:
            if flight.jobs.pop(one.key, None):
                yield one

    def gone(self, worker: str) -> Iterator[NoRecord]:
        """The runs that were lost with a worker that is gone."""
        self.here.pop(worker, None)
        if flight := self.flying.pop(worker, None):
            self.client.cancel([flight.future])
            yield from self._lost(flight)

    def given_up(self) -> Iterator[NoRecord]:
        """The runs that wait for a GPU, as lost, once there is no GPU any more."""
        while self.backlog and not self.here:
            key = self.backlog.popleft().key
            yield NoRecord(key, "no worker with a GPU is left", blameless=True)

    def cancel(self) -> None:
        """Let the cluster forget the groups that have not ended."""
        self.client.cancel([flight.future for flight in self.flying.values()])

    def _lost(self, flight: Flight) -> Iterator[NoRecord]:
        self.deaths.update(list(flight.jobs))
        for key in flight.jobs:
            blameless = self.deaths[key] <= DEATHS_TOLERATED
            yield NoRecord(key, PoolBroken.reason, blameless=blameless)

    def _next(self, jobs: SharedJobs, idle: int, free: int) -> Sequence[Job]:
        """The next group; `idle` workers are waiting for one, and share the runs equally."""
        most = MOST_TOGETHER * idle
        waiting = list(self.backlog)
        alike = [job for job in waiting if kind_of(job) == kind_of(waiting[0])][:most]
        taken = {job.key for job in alike}
        self.backlog = deque(job for job in waiting if job.key not in taken)
        if not alike:
            alike = jobs.for_groups(most)
        if not alike:
            return []
        group = together(alike, free, math.ceil(len(alike) / idle))
        self.backlog.extendleft(reversed(alike[len(group) :]))
        return group

    def _give(self, worker: str, group: Sequence[Job], station: Station) -> None:
        if not group:
            return
        gpu = self.here[worker]
        self.say(f"worker {worker} trains a group of {plural(len(group), 'run')} ({gpu.name})")
        device = f"the GPU of {worker}"
        engine = engine_for_groups(group[0].engine)
        assert engine
        placed = [replace(job, engine=engine, device=device) for job in group]
        future = self.client.submit(
            train_in_group,
            placed,
            station,
            key=f"group-{uuid4().hex}",
            workers=[worker],
            resources={station.needed: 1},
            pure=False,
        )
        self.flying[worker] = Flight(future, {job.key: job for job in group})
        results = self.results
        future.add_done_callback(lambda done: results.put(_end_of(worker, done)))


def _end_of(worker: str, future: Any) -> GroupEnded:
    """Called by dask in a thread of its own, which may wait for the results."""
    try:
        return GroupEnded(worker, future, future.result())
    except (Exception, CancelledError):
        return GroupEnded(worker, future, None)
