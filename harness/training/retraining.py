"""Training committed runs again, in a ledger of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ..base.console import say
from ..base.words import plural
from ..results.ledger import Ledger
from ..results.record import RunRecord
from ..study.declaration import Study
from ..study.engine_version import EngineVersion
from ..study.identity import Run
from .display import Display
from .groups.pool import groups_first, pool_for
from .programs.run import work_of
from .sweep import sweep
from .worker import Job, Trainer


@contextmanager
def own_ledger(kept: Path | None) -> Iterator[Ledger]:
    """The ledger in the named folder, or else a temporary one; raises StorageError."""
    with nullcontext(kept) if kept else tempfile.TemporaryDirectory(prefix="harness-") as folder:
        ledger = Ledger(Path(folder))
        ledger.prepare()
        yield ledger


def job_of(study: Study, run: Run, engine: EngineVersion, data: Path, epochs: int) -> Job:
    """A job for `train_anew`, which sets where its progress and log are written."""
    return Job(
        run=run,
        data=study.data,
        data_directory=data,
        engine=engine,
        epochs=epochs,
        progress=Path(),
        work=work_of(study, None),
    )


def train_anew(
    jobs: Sequence[Job], ledger: Ledger, at_once: int | None, console: Console, train: Trainer
) -> Mapping[str, RunRecord]:
    """The records of the jobs, by key; runs that the ledger holds are not trained again.

    A run that fails now is a failed one, even if the ledger keeps an earlier, shorter record of it.
    `at_once` of them train at a time; None for as many as suit the machine.
    """
    known = sum(_leaves_nothing(job, ledger) for job in jobs)
    if known:
        say(
            console,
            f"{plural(known, 'run')} of these found in {ledger.root} and not trained again; "
            "name another --ledger if the code has changed since",
        )
    with tempfile.TemporaryDirectory(prefix="harness-") as progress:
        placed = [_placed(job, Path(progress), ledger) for job in jobs]
        display = Display(console, placed)
        with display.showing():
            pool, ordered = pool_for(placed, at_once), groups_first(placed)
            failures = sweep(ordered, ledger=ledger, pool=pool, watcher=display, train=train)
    found = {job.key: ledger.find(job.run.recipe_key, job.key) for job in jobs}
    records = {key: record for key, record in found.items() if isinstance(record, RunRecord)}
    return records | {record.key: record for _, record in failures}


def _leaves_nothing(job: Job, ledger: Ledger) -> bool:
    found = ledger.find(job.run.recipe_key, job.key)
    return isinstance(found, RunRecord) and found.leaves_nothing(job.epochs)


def _placed(job: Job, progress: Path, ledger: Ledger) -> Job:
    work = job.work and replace(job.work, log=ledger.log(job.key).absolute())
    return replace(job, progress=progress / job.key, work=work)
