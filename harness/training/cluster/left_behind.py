"""Checkpoints that a worker keeps in a folder of its own, where the bench cannot remove them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ...base.errors import StorageError
from ...results.ledger import Ledger
from ...results.record import RunRecord
from ..worker import Job, Trainer

_ended: Final[list[Job]] = []
"""What this process has trained to the end since it last removed any."""


@dataclass(frozen=True)
class TidyTrainer:
    """Trains a run as the trainer does, after the checkpoints of those before it are removed."""

    train: Trainer

    def __call__(self, job: Job) -> RunRecord:
        """The record of the job's run."""
        remove_ended()
        record = self.train(job)
        remember(job, record)
        return record


def remember(job: Job, record: RunRecord) -> None:
    """Have the job's checkpoint removed later, if no epoch of its run is left to train."""
    if job.checkpoint and record.spans(job.run.epochs):
        _ended.append(job)


def remove_ended() -> None:
    """Remove the checkpoints of runs that ended in this process: before the next run begins, when
    the bench has had time to write their records."""
    while _ended:
        job = _ended.pop()
        assert job.checkpoint
        with suppress(StorageError):
            Ledger(job.checkpoint.parents[1]).forget_progress(job.key)
