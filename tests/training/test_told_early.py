"""What a cluster's worker tells of a run that ends before its group."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from reprobench.harness.training.cluster.gpus import Flight, Gpus, RunEnded
from reprobench.harness.training.worker import Job
from scripted import scripted_record


@pytest.mark.parametrize(("counts", "kept"), [((300,), True), ((300, 400), False)])
def test_its_checkpoint_is_removed_unless_epochs_are_left(
    counts: tuple[int, ...], kept: bool, jobs: list[Job], tmp_path: Path
) -> None:
    """The worker may not live to do so; the study declares two epochs."""
    checkpoint = tmp_path / "checkpoint"
    checkpoint.touch()
    job = replace(jobs[0], checkpoint=checkpoint, epochs=len(counts))
    record = scripted_record(job.run, counts, engine=job.engine, data_set=job.data.name)
    nothing: Any = None
    bench = Gpus(client=nothing, say=nothing, flying={"worker": Flight(None, {job.key: job})})
    assert list(bench.run_ended(RunEnded(record.to_json()))) == [record]
    assert checkpoint.exists() == kept
    assert not bench.flying["worker"].jobs
