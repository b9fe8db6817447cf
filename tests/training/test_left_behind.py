"""On a cluster, a worker may have a folder of its own where the bench has its ledger."""

from __future__ import annotations

from dataclasses import replace

from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.cluster.left_behind import TidyTrainer, remove_ended
from reprobench.harness.training.worker import Job
from scripted import scripted_record


def test_a_worker_removes_the_checkpoint_of_an_ended_run_before_the_next_begins(
    ledger: Ledger, jobs: list[Job]
) -> None:
    """Not at once, since the bench has its record only then; that of the program is a folder."""
    first, second, third = (replace(job, checkpoint=ledger.checkpoint(job.key)) for job in jobs[:3])
    second = replace(second, checkpoint=ledger.checkpoint_folder(second.key))

    def train(job: Job) -> RunRecord:
        assert job.checkpoint
        if job is second:
            job.checkpoint.mkdir()
        else:
            job.checkpoint.touch()
        counts = [300] if job is third else [300, 400]
        return scripted_record(job.run, counts, engine=job.engine, data_set="digits")

    assert first.checkpoint
    assert second.checkpoint
    assert third.checkpoint
    first.checkpoint.parent.mkdir()
    trainer = TidyTrainer(train)
    trainer(first)
    assert first.checkpoint.exists()
    trainer(second)
    assert second.checkpoint.exists()
    assert not first.checkpoint.exists()
    trainer(third)
    assert not second.checkpoint.exists()
    remove_ended()
    assert third.checkpoint.exists(), "an epoch of it is left to train"
