"""The jobs of a bench on a cluster, shared by workers with and without a GPU."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from ...engines.roster import engine_for_groups
from ..groups.kinds import Waiting, kind_of
from ..worker import Job


class SharedJobs:
    """An iterator over jobs that can be closed, even while another thread reads it."""

    def __init__(self, jobs: Iterator[Job]) -> None:
        self._waiting = Waiting(jobs)
        self._lock, self._closed = threading.Lock(), False

    def __iter__(self) -> Iterator[Job]:
        return self

    def __next__(self) -> Job:
        with self._lock:
            if self._closed:
                raise StopIteration
            return next(self._waiting)

    def close(self) -> None:
        """Wait until no thread is reading, then end the iterator."""
        with self._lock:
            self._closed = True

    def for_groups(self, most: int) -> list[Job]:
        """At most `most` jobs of one kind: that of the next job that can train in a group."""
        with self._lock:
            return [] if self._closed else self._of_one_kind(most)

    def _of_one_kind(self, most: int) -> list[Job]:
        others = list(self._waiting.others(engine_for_groups))
        taken = self._waiting.of_kind(kind_of(self._waiting.first), most) if self._waiting else []
        self._waiting.put_back(others)
        return taken
