"""Committed reports: what moves there, and how new runs compare with them."""

from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.guarding.agreement import compare_with_committed
from reprobench.harness.judging.evidence import gather
from reprobench.harness.results.committed import check_writable
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.engine_version import EngineVersion
from scripted import commit_records, scripted_record

SECOND = dict.fromkeys(("iteration", "final"), EngineVersion("scripted", "2"))


def fill(ledger: Ledger, study: Study, counts: list[int], engine: str = "1") -> None:
    for run in study.runs():
        record = scripted_record(
            run, counts, engine=EngineVersion("scripted", engine), data_set="digits"
        )
        ledger.write(record)


def test_equal_runs_are_identical(ledger: Ledger, tiny: Study, tmp_path: Path) -> None:
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, tmp_path / "reports")
    lines = compare_with_committed(gather(tiny, ledger), tmp_path / "reports")
    assert lines == [f"compared with {folder}: 4 of 4 runs identical"]


def test_how_far_apart(ledger: Ledger, tiny: Study, tmp_path: Path) -> None:
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, tmp_path / "reports")
    fill(ledger, tiny, [240, 257], engine="2")
    new = gather(tiny, ledger, SECOND)
    assert compare_with_committed(new, tmp_path / "reports") == [
        f"compared with {folder}: 0 of 4 runs identical; last common counts differ by -3.0 images "
        "on average, by 3 at most (n = 4)"
    ]


def test_a_short_run_is_compared_with_the_beginning(
    ledger: Ledger, tiny: Study, tmp_path: Path
) -> None:
    fill(ledger, tiny, [240, 260])
    commit_records(tiny, ledger, tmp_path / "reports")
    fill(ledger, tiny, [240], engine="2")
    new = gather(tiny, ledger, SECOND)
    (line,) = compare_with_committed(new, tmp_path / "reports")
    assert line.endswith("4 of 4 runs identical")


def test_a_diverged_run_is_not_identical_to_a_completed_one(
    ledger: Ledger, tiny: Study, tmp_path: Path
) -> None:
    fill(ledger, tiny, [240, 260])
    commit_records(tiny, ledger, tmp_path / "reports")
    run, *_ = tiny.runs()
    ledger.path(scripted_record(run, [240], data_set="digits")).unlink()
    ledger.write(scripted_record(run, [240], status="diverged", data_set="digits"))
    (line,) = compare_with_committed(gather(tiny, ledger), tmp_path / "reports")
    assert "3 of 4 runs identical" in line


def test_the_committed_reports_are_only_written_by_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="holds the committed reports; name another folder"):
        check_writable(Path("reports"))


def test_nothing_committed_nothing_said(ledger: Ledger, tiny: Study, tmp_path: Path) -> None:
    assert compare_with_committed(gather(tiny, ledger), tmp_path / "reports") == []


def test_a_committed_record_that_was_edited(ledger: Ledger, tiny: Study, tmp_path: Path) -> None:
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, tmp_path / "reports")
    path = next((folder / "records").iterdir())
    path.write_text(path.read_text().replace('"correct":240', '"correct":241'))
    with pytest.raises(InputError, match="checksum; restore it from version control"):
        compare_with_committed(gather(tiny, ledger), tmp_path / "reports")
