"""What happens in a worker process: one run trained, its progress left for the display."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..results.record import EpochRow, RunRecord, make_record
from ..study.declaration import Run
from .made_with import made_with

if TYPE_CHECKING:
    from ..data.spec import DataSet

PARENT_CHECK_SECONDS = 1.0


@dataclass(frozen=True)
class Job:
    """A run, and what a worker needs to train it."""

    run: Run
    data_set: str
    data_directory: Path
    engine: str
    numerics: str
    epochs: int
    """Stop after so many of the declared epochs."""
    progress: Path
    """File that holds the last epoch and its count while the run is being trained."""
    holdout: int = 0
    """Training images held out to test on."""
    checkpoint: Path | None = None
    """Where the run is kept after each epoch, to go on from; None for nowhere."""

    @property
    def key(self) -> str:
        """The run's key on this engine."""
        return self.run.key(self.engine, self.numerics)

    @property
    def title(self) -> str:
        """How the run is called in the display."""
        return f"{self.run.recipe.name} seed {self.run.seed}"


Trainer = Callable[[Job], RunRecord]


def train_job(job: Job) -> RunRecord:
    """Train the job's run. Whatever goes wrong with it becomes a record with status `failed`."""
    from ..engines import numerics
    from ..study.architectures import definition_digest
    from .checkpoints import Checkpoint
    from .run import train_run

    def show(row: EpochRow | None) -> None:
        with contextlib.suppress(OSError):  # only the display reads it
            job.progress.write_text(f"{row.epoch} {row.correct}" if row else "0 0")

    show(None)
    try:
        if numerics(job.engine) != job.numerics:
            raise RuntimeError(f"worker has {numerics(job.engine)}, bench has {job.numerics}")
        if definition_digest(job.run.recipe.architecture) != job.run.definition:
            raise RuntimeError("the architecture's source was changed while the bench ran")
        data = _data(job)
        checkpoint = Checkpoint(job.checkpoint, job.key) if job.checkpoint else None
        return train_run(
            job.run, data, job.engine, epochs=job.epochs, on_epoch=show, checkpoint=checkpoint
        )
    except (Exception, SystemExit) as error:  # a module of the user's may exit
        return failed_record(job, f"{type(error).__name__}: {error}")


def failed_record(job: Job, error: str) -> RunRecord:
    """The record of a run that could not be trained, through no fault of its recipe."""
    return make_record(
        job.run,
        (),
        status="failed",
        engine=(job.engine, job.numerics),
        data_set=job.data_set,
        parameters=0,
        environment=made_with(),
        error=error,
    )


def start_worker(parent: int, engine: str | None) -> None:
    """Leave Ctrl-C to the bench, end with it however it ends, and have its engine ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if engine:
        from ..engines import warm_up

        warm_up(engine)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(1)


def provide(data: DataSet) -> None:
    """Train on this data set from now on, without looking for it on this machine."""
    _provided[data.spec.digest] = data


_provided: dict[str, DataSet] = {}
"""Data sets that were sent, by their digests."""


def _data(job: Job) -> DataSet:
    sent = _provided.get(job.run.data_digest)
    return sent or _load(job.data_set, job.data_directory, job.holdout)


@cache
def _load(name: str, directory: Path, holdout: int) -> DataSet:
    from ..data.registry import load_data_set

    return load_data_set(name, directory, holdout)
