"""Committed runs that are trained again in a ledger that holds earlier ones."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.commands.telling import silent
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.retraining import own_ledger, train_anew
from reprobench.harness.training.worker import Job, failed_record
from scripted import trainer

pytestmark = pytest.mark.usefixtures("in_process")


def _fail(job: Job) -> RunRecord:
    return failed_record(job, "MemoryError: none left")


def test_a_named_ledger_needs_no_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with own_ledger(tmp_path / "kept") as ledger:
        assert ledger.root == tmp_path / "kept"
    assert (tmp_path / "kept" / "runs").is_dir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with own_ledger(None) as ledger:
        assert ledger.root.parent == tmp_path
    assert not ledger.root.exists()


def test_a_run_that_fails_now_is_not_the_shorter_one_of_before(
    jobs: list[Job], ledger: Ledger
) -> None:
    """The ledger keeps the shorter record, which says more than a failure; it is not this run's."""
    short, other = replace(jobs[0], epochs=1), jobs[1]
    train_anew([short], ledger, 1, silent(), trainer())
    made = train_anew([jobs[0], other], ledger, 1, silent(), _fail)
    assert {key: (record.status, record.error) for key, record in made.items()} == dict.fromkeys(
        (short.key, other.key), ("failed", "MemoryError: none left")
    )
    kept = ledger.find(short.run.recipe_key, short.key)
    assert isinstance(kept, RunRecord)
    assert (kept.status, len(kept.rows)) == ("completed", 1)
    again = train_anew([jobs[0]], ledger, 1, silent(), trainer())
    assert [(record.status, len(record.rows)) for record in again.values()] == [("completed", 2)]
