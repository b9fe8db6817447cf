"""What happens in a worker process: it trains one run, and writes its progress for the display."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..results.commanded import command_record
from ..results.measured import MeasuredEpoch
from ..results.record import Blame, RunRecord
from ..results.trained import TrainedEpoch, make_record
from ..study.engine_version import EngineVersion
from ..study.identity import Run
from .made_with import finished_now, made_with, run_with

if TYPE_CHECKING:
    from ..data.spec import DataSet, DataSpec
    from .programs.run import Work

OnEpoch = Callable[[TrainedEpoch | MeasuredEpoch], None]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run, and what a worker needs to train it."""

    run: Run
    data: DataSpec
    data_directory: Path
    engine: EngineVersion
    epochs: int
    """Stop after this many of the declared epochs."""
    progress: Path
    """File with the progress of the run while it is being trained; see `Progress`."""
    checkpoint: Path | None = None
    """Where the run's state is kept after each epoch, to continue from; None to keep none."""
    work: Work | None = None
    """Where and how the user's program runs; None if an engine trains."""
    device: str = ""
    """The device that its group trains on; empty if there is only one."""

    @property
    def key(self) -> str:
        """The run's key on this engine."""
        return self.run.key(self.engine)

    @property
    def title(self) -> str:
        """What the run is called in the display."""
        return f"{self.run.recipe.name} seed {self.run.seed}"


@dataclass(frozen=True)
class Progress:
    """How far a run is: its last epoch and what was measured after it, both 0 before the first."""

    epoch: int = 0
    value: float = 0
    restored: int = 0
    """Epochs from a checkpoint, which took no time now."""
    device: str = ""
    """The device that its group trains on: see `Job`."""

    def write(self, path: Path) -> None:
        """Write it for the display; a failing disk is ignored, since nothing else reads it."""
        with contextlib.suppress(OSError):
            path.write_text(f"{self.epoch} {self.value} {self.restored} {self.device}")

    @classmethod
    def read(cls, path: Path) -> Progress:
        """What was last written; no progress if the file is missing or incomplete."""
        try:
            epoch, value, restored, *device = path.read_text().split(maxsplit=3)
            return cls(int(epoch), float(value), int(restored), " ".join(device).strip())
        except (OSError, ValueError):
            return cls()


Trainer = Callable[[Job], RunRecord]


def train_job(job: Job) -> RunRecord:
    """Train the job's run. Whatever goes wrong, the record says so, with status `failed`."""
    from ..engines import RecipeFault
    from .programs.run import CommandFailed

    progress = Progress()

    def show(row: TrainedEpoch | MeasuredEpoch) -> None:
        nonlocal progress
        progress = replace(progress, epoch=row.epoch, value=row.value)
        progress.write(job.progress)

    def restored(row: TrainedEpoch | MeasuredEpoch) -> None:
        nonlocal progress
        progress = Progress(row.epoch, row.value, restored=row.epoch)
        progress.write(job.progress)

    progress.write(job.progress)
    try:
        return _by_command(job, show, restored) if job.work else _by_engine(job, show, restored)
    except RecipeFault as fault:
        return failed_record(job, str(fault), blame="recipe")
    except CommandFailed as failure:
        return failed_record(job, str(failure))
    except (Exception, SystemExit) as error:  # a module of the user's may exit
        return failed_record(job, f"{type(error).__name__}: {error}")


def _by_engine(job: Job, show: OnEpoch, restored: OnEpoch) -> RunRecord:
    from .checkpoints import Checkpoint
    from .run import train_run

    check(job)
    data = data_of(job)
    checkpoint = Checkpoint(job.checkpoint, job.key) if job.checkpoint else None
    return train_run(
        job.run,
        data,
        job.engine.trainer,
        epochs=job.epochs,
        on_epoch=show,
        on_restored=restored,
        checkpoint=checkpoint,
    )


def _by_command(job: Job, show: OnEpoch, restored: OnEpoch) -> RunRecord:
    from .programs.run import train_command

    assert job.work is not None
    return train_command(
        job.run,
        job.work,
        epochs=job.epochs,
        checkpoint=job.checkpoint,
        progress=job.progress,
        on_epoch=show,
        on_restored=restored,
    )


def check(job: Job) -> None:
    """Raises RuntimeError if training here would not give the job's bits."""
    from ..engines.roster import engine_named
    from ..study.architectures import definition_digest

    engine = engine_named(job.engine.trainer)
    engine.warm_up()
    here = engine.version()
    if here != job.engine:
        raise RuntimeError(f"worker has {here.numerics}, bench has {job.engine.numerics}")
    if definition_digest(job.run.own.architecture) != job.run.definition:
        raise RuntimeError("the architecture's source was changed while the bench ran")


def failed_record(job: Job, error: str, blame: Blame | None = None) -> RunRecord:
    """The record of a run that could not be trained."""
    if job.work:
        here = run_with(job.work.folder) | finished_now()
        measure = job.work.printed.measure
        return command_record(
            job.run, measure, (), (), status="failed", inputs={}, environment=here, error=error
        )
    return make_record(
        job.run,
        (),
        status="failed",
        engine=job.engine,
        data_set=job.data.name,
        parameters=0,
        environment=made_with(),
        error=error,
        blame=blame,
    )


def provide(data: DataSet) -> None:
    """Use this data set from now on, without looking for its files on this machine."""
    _provided[data.spec.digest] = data


_provided: dict[str, DataSet] = {}
"""Data sets that were sent to this process, by their digests."""


def data_of(job: Job) -> DataSet:
    """The data that the job trains on: as it was sent, or else from this machine."""
    sent = _provided.get(job.run.data_digest)
    return sent or _load(job.data, job.data_directory)


@cache
def _load(spec: DataSpec, directory: Path) -> DataSet:
    from ..data.registry import load_data_set

    return load_data_set(spec, directory)
