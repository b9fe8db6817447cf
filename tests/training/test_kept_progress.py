"""A checkpoint is kept until the record of its run is written, and no longer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import pytest
from reprobench.harness.base.errors import StorageError
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.engines.roster import ENGINES
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord, Status
from reprobench.harness.training.pools import LocalPool
from reprobench.harness.training.sweep import sweep
from reprobench.harness.training.worker import Job
from scripted import scripted_record, trainer
from sweep_log import Log

ENGINE = next(engine for engine in ENGINES if not engine.missing())
"""The fastest available engine."""


def placed(job: Job, ledger: Ledger, kind: str = "file") -> Job:
    """The job with a checkpoint: a file, or a folder as of a program."""
    place = ledger.checkpoint(job.key)
    if kind == "file":
        place.parent.mkdir()
        place.touch()
    else:
        place = ledger.checkpoint_folder(job.key)
        place.mkdir(parents=True)
        (place / "epochs.json").touch()
    return replace(job, checkpoint=place)


@pytest.mark.parametrize("kind", ["file", "folder"])
@pytest.mark.parametrize(
    ("counts", "status", "kept"),
    [
        ((300,), "completed", True),
        ((300, 400), "completed", False),
        ((300,), "diverged", False),
        ((), "failed", True),
    ],
)
def test_it_is_removed_unless_epochs_are_left(
    ledger: Ledger,
    jobs: list[Job],
    kind: str,
    counts: Sequence[int],
    status: Status,
    kept: bool,
) -> None:
    """The study declares two epochs."""
    job = placed(jobs[0], ledger, kind)

    def train(job: Job) -> RunRecord:
        return scripted_record(
            job.run, counts, status=status, engine=job.engine, data_set=job.data.name
        )

    sweep([job], ledger=ledger, pool=LocalPool(1), watcher=Log(), train=train)
    assert job.checkpoint
    assert job.checkpoint.exists() == kept


def test_a_run_whose_record_cannot_be_written_goes_on_from_it(
    ledger: Ledger, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trained for real, by a worker that ends without having removed its checkpoint."""
    version = ENGINE.version()
    (job,) = [replace(job, engine=version, data=DIGITS) for job in jobs[:1]]
    job = replace(job, checkpoint=ledger.checkpoint(job.key))

    def full(*_: object) -> None:
        raise StorageError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "write", full)
        with pytest.raises(StorageError, match="no space left"):
            sweep([job], ledger=ledger, pool=LocalPool(1), watcher=Log())
    assert os.listdir(ledger.root / "checkpoints") == [f"{job.key}.safetensors"]
    sweep([job], ledger=ledger, pool=LocalPool(1), watcher=Log())
    assert os.listdir(ledger.root / "checkpoints") == []


def test_one_that_cannot_be_removed_does_not_end_the_sweep(ledger: Ledger, jobs: list[Job]) -> None:
    """A file is in the place of the folder."""
    (ledger.root / "checkpoints").touch()
    log = Log()
    sweep(jobs[:2], ledger=ledger, pool=LocalPool(1), watcher=log, train=trainer())
    assert log.count("finished") == 2
    ledger.forget_finished([jobs[0].key])


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_bench_left_is_removed(ledger: Ledger, jobs: list[Job], kind: str) -> None:
    """But not the checkpoint of another run, or of one that another bench trains."""
    job = placed(jobs[0], ledger, kind)
    assert job.checkpoint
    theirs = ledger.locks()
    assert theirs.take(job.key)
    ledger.forget_finished([job.key])
    theirs.close()
    ledger.forget_finished([jobs[1].key])
    assert job.checkpoint.exists()
    ledger.forget_finished([job.key])
    assert not job.checkpoint.exists()
