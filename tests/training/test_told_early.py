"""What a cluster's worker tells of a run that ends before its group."""

from __future__ import annotations

from typing import Any

from reprobench.harness.training.cluster.gpus import Flight, Gpus, RunEnded
from reprobench.harness.training.worker import Job
from scripted import scripted_record


def test_its_record_is_passed_on_once(jobs: list[Job]) -> None:
    (job, *_), nothing = jobs, Any
    record = scripted_record(job.run, (300, 400), engine=job.engine, data_set=job.data.name)
    bench = Gpus(client=nothing, say=nothing, flying={"worker": Flight(None, {job.key: job})})
    assert list(bench.run_ended(RunEnded(record.to_json()))) == [record]
    assert list(bench.run_ended(RunEnded(record.to_json()))) == []
