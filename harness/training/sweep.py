"""Training many runs side by side in worker processes, even if workers die."""

from __future__ import annotations

import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, Protocol

from ..base.errors import StorageError
from ..base.interrupts import Check, remembered_interrupts
from ..results.ledger import Ledger
from ..results.locks import RunLocks
from ..results.record import RunRecord
from .pools import Arrivals, NoRecord, PoolBroken, PoolLost, WorkerPool
from .worker import Job, Trainer, failed_record, train_job

BREAKS_BEFORE_ALONE: Final = 2
"""A run that was in flight this many times when the pool broke is then tried alone."""
WAIT_SECONDS: Final = 1.0

Failure = tuple[str, RunRecord]
"""Recipe and record of a run that failed; the ledger may have kept an earlier record instead."""


class Watcher(Protocol):
    """Follows what the sweep does: a display, or a test."""

    def started(self, job: Job) -> None:
        """The pool now has the job; a worker will begin it soon."""

    def finished(self, job: Job, record: RunRecord) -> None:
        """The job's record is in the ledger."""

    def again(self, jobs: list[Job], reason: str) -> None:
        """These jobs were in flight and start again."""

    def waiting(self, jobs: list[Job]) -> None:
        """Another bench is training these jobs."""


class Queue:
    """The jobs not yet done: claims each one as it is handed out, and keeps those in flight.

    `waiting` and `flying` hold the jobs by their keys. `breaks` counts how often the pool broke
    while a run was in flight, and `reasons` says why it was last given up. `failed` holds the runs
    that failed. `idle` says whether the last call of `take` handed out nothing. A cluster takes
    jobs in a thread of its own: hence the lock, and hence an error in that thread ends the handing
    out and is raised by `check`.
    """

    def __init__(self, jobs: list[Job], ledger: Ledger, locks: RunLocks, fresh: bool) -> None:
        self.waiting = {job.key: job for job in jobs}
        self.flying: dict[str, Job] = {}
        self.breaks: Counter[str] = Counter()
        self.reasons: dict[str, str] = {}
        self.failed: list[Failure] = []
        self.idle = False
        self._failure: StorageError | None = None
        self._ledger, self._locks, self._fresh = ledger, locks, fresh
        self._lock = threading.Lock()

    def take(self, watcher: Watcher, only: list[Job] | None = None) -> Iterator[Job]:
        """Jobs that no other bench is training, each claimed as it is handed out."""
        self.idle = True
        for job in list(self.waiting.values()) if only is None else only:
            try:
                started = self._start(job, watcher)
            except StorageError as error:
                self._failure = error
                return
            if started:
                self.idle = False
                yield job

    def check(self) -> None:
        """Raises the StorageError that ended the handing out of jobs, if there was one."""
        if self._failure:
            raise self._failure

    def finish(self, record: RunRecord) -> Job:
        """Write the record to the ledger, remove the checkpoint if no epoch is left to train, and
        release the claim."""
        job = self.flying[record.key]
        self._ledger.write(record)
        if not record.is_evidence:
            self.failed.append((job.run.recipe.name, record))
        if record.spans(job.run.epochs):
            with suppress(StorageError):  # the record is safe
                self._ledger.forget_progress(record.key)
        with self._lock:
            del self.flying[record.key]
            self._locks.release(record.key)
        return job

    def give_up(
        self, reason: str, only: str | None = None, *, blameless: bool = False
    ) -> list[Job]:
        """Let the jobs in flight, or `only` the one with this key, wait again; returns them."""
        with self._lock:
            keys = list(self.flying) if only is None else [only]
            jobs = [self.flying.pop(key) for key in keys]
            for job in jobs:
                if not blameless:
                    self.breaks[job.key] += 1
                self.reasons[job.key] = reason
                self.waiting[job.key] = job
                self._locks.release(job.key)
        return jobs

    def fail(self, job: Job) -> RunRecord:
        """Give up a waiting job for good: its record says that it failed.

        If another bench trains the run now, that bench writes the record.
        """
        record = failed_record(job, f"{self.reasons[job.key]}, each time that it was tried")
        with self._lock:
            if self._locks.take(job.key):
                self._ledger.write(record)
                self._locks.release(job.key)
            del self.waiting[job.key]
        self.failed.append((job.run.recipe.name, record))
        return record

    def suspects(self) -> list[Job]:
        """Waiting jobs that were in flight at so many breaks that they may have caused them."""
        return [job for job in self.waiting.values() if self.breaks[job.key] >= BREAKS_BEFORE_ALONE]

    def _start(self, job: Job, watcher: Watcher) -> bool:
        with self._lock:
            if not self._locks.take(job.key):
                return False
            if self._fresh and job.key not in self.reasons:  # that of an earlier bench
                self._ledger.forget_progress(job.key)
            del self.waiting[job.key]
            known = None if self._fresh else self._ledger.find(job.run.recipe_key, job.key)
            if isinstance(known, RunRecord) and known.leaves_nothing(job.epochs):
                self._locks.release(job.key)
                watcher.finished(job, known)
                return False
            self.flying[job.key] = job
        watcher.started(job)
        return True


def sweep(
    jobs: list[Job],
    *,
    ledger: Ledger,
    pool: WorkerPool,
    watcher: Watcher,
    fresh: bool = False,
    train: Trainer = train_job,
) -> list[Failure]:
    """Train the jobs on the pool; returns those that failed.

    Each record goes into the ledger as soon as it arrives. Raises StorageError if the ledger
    fails, and KeyboardInterrupt; both stop the workers at once, and only runs in flight are lost.
    """
    locks = ledger.locks()
    queue = Queue(jobs, ledger, locks, fresh)
    try:
        with remembered_interrupts() as check:
            while queue.waiting:
                _train(queue, queue.take(watcher), pool, watcher, train, check)
                for job in queue.suspects():
                    _train_alone(queue, job, pool.alone(), watcher, train, check)
                if queue.waiting and queue.idle:
                    watcher.waiting(list(queue.waiting.values()))
                    time.sleep(WAIT_SECONDS)
    finally:
        locks.close()
    return queue.failed


def _train(
    queue: Queue,
    jobs: Iterator[Job],
    pool: WorkerPool,
    watcher: Watcher,
    train: Trainer,
    check_interrupts: Check,
) -> None:
    """Train the jobs that are handed out until there are no more, or the pool breaks."""
    records = pool.train(train, jobs)
    try:
        for record in records:
            if isinstance(record, NoRecord):
                reason, blameless = record.reason, record.blameless
                watcher.again(queue.give_up(reason, record.key, blameless=blameless), reason)
            else:
                watcher.finished(queue.finish(record), record)
            check_interrupts()
            queue.check()
    except PoolBroken as broken:
        blameless = isinstance(broken, PoolLost)
        watcher.again(queue.give_up(broken.reason, blameless=blameless), broken.reason)
    finally:
        _stop(records)
    queue.check()


def _stop(records: Arrivals) -> None:
    """Kill what is still being trained, without joblib's warning about results not fetched."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        records.close()


def _train_alone(
    queue: Queue,
    job: Job,
    pool: WorkerPool,
    watcher: Watcher,
    train: Trainer,
    check_interrupts: Check,
) -> None:
    """Try a run during which workers died more than once: if they die again, it is to blame."""
    before = queue.breaks[job.key]
    _train(queue, queue.take(watcher, [job]), pool, watcher, train, check_interrupts)
    if queue.breaks[job.key] > before:
        watcher.finished(job, queue.fail(job))
