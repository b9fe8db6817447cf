"""What a sweep says while it trains."""

from __future__ import annotations

from typing import Any

from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.worker import Job


class Log:
    """Remembers what the sweep says."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.records: dict[str, RunRecord] = {}

    def started(self, job: Job) -> None:
        self.events.append(("started", job.title))

    def finished(self, job: Job, record: RunRecord) -> None:
        self.events.append(("finished", job.title))
        self.records[job.title] = record

    def again(self, jobs: list[Job], reason: str) -> None:
        assert reason == "a worker process died"
        self.events.append(("again", [job.title for job in jobs]))

    def waiting(self, jobs: list[Job]) -> None:
        self.events.append(("waiting", len(jobs)))

    def count(self, event: str) -> int:
        return sum(name == event for name, _ in self.events)
