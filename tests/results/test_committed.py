"""Committed reports: what is moved there, and how new runs compare with them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from filesystems import bound_by_permissions, fail_at
from reprobench.harness.base.errors import InputError, StorageError
from reprobench.harness.commands.imported.gate import committed_for
from reprobench.harness.guarding.agreement import compare_with_committed
from reprobench.harness.judging.gathering import gather
from reprobench.harness.results.committed import (
    REPORTS,
    all_committed,
    check_complete,
    check_writable,
    committed_and_gate_runs,
    committed_ledger,
    committed_records,
    committed_runs,
    store_by_name,
)
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.parsing import read_record
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.study.loading.import_study import Declared
from scripted import commit_records, scripted_record

SECOND = dict.fromkeys(("iteration", "final"), EngineVersion("scripted", "2"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory without reports."""
    monkeypatch.chdir(tmp_path)


def all_of(name: str) -> object:
    """What `runs restore` and `baseline --rebuild` read."""
    return all_committed(load_study(name))


def guarded(name: str) -> object:
    """What `gate` and `verify` read."""
    return committed_runs(load_study(name))


def guarded_import(name: str) -> object:
    """What `gate` reads of imported runs; their name is all that it needs for this."""
    return committed_for(cast(Declared, SimpleNamespace(name=name, argument=name)), REPORTS)


def fill(ledger: Ledger, study: Study, counts: list[int], engine: str = "1") -> None:
    for run in study.runs():
        record = scripted_record(
            run, counts, engine=EngineVersion("scripted", engine), data_set="digits"
        )
        ledger.write(record)


def test_equal_runs_are_identical(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, REPORTS)
    lines = compare_with_committed(gather(tiny, ledger))
    assert lines == [f"compared with {folder}: 4 of 4 runs identical"]


def test_how_far_apart(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, REPORTS)
    fill(ledger, tiny, [240, 257], engine="2")
    new = gather(tiny, ledger, SECOND)
    assert compare_with_committed(new) == [
        f"compared with {folder}: 0 of 4 runs identical; last common counts differ by -3.0 images "
        "on average, by 3 at most (n = 4)"
    ]


def test_a_short_run_is_compared_with_the_beginning(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    commit_records(tiny, ledger, REPORTS)
    fill(ledger, tiny, [240], engine="2")
    new = gather(tiny, ledger, SECOND)
    (line,) = compare_with_committed(new)
    assert line.endswith("4 of 4 runs identical")


def test_a_diverged_run_is_not_identical_to_a_completed_one(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    commit_records(tiny, ledger, REPORTS)
    run, *_ = tiny.runs()
    ledger.path(scripted_record(run, [240], data_set="digits")).unlink()
    ledger.write(scripted_record(run, [240], status="diverged", data_set="digits"))
    (line,) = compare_with_committed(gather(tiny, ledger))
    assert "3 of 4 runs identical" in line


def test_the_committed_reports_are_only_written_by_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="holds the committed reports; name another folder"):
        check_writable(Path("reports"), "tiny")


def test_nothing_committed_nothing_said(ledger: Ledger, tiny: Study) -> None:
    assert compare_with_committed(gather(tiny, ledger)) == []


def test_a_committed_record_that_was_edited(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, REPORTS)
    path = next((folder / "records").iterdir())
    path.write_text(path.read_text().replace('"correct":240', '"correct":241'))
    with pytest.raises(InputError, match="checksum; restore it from version control"):
        compare_with_committed(gather(tiny, ledger))


@pytest.mark.parametrize("read", [all_of, guarded, guarded_import])
def test_a_committed_record_that_is_lost(
    ledger: Ledger, tiny: Study, read: Callable[[str], object]
) -> None:
    """Otherwise a gate would judge fewer runs, and say that they are undecided."""
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, REPORTS)
    names = sorted(path.stem for path in (folder / "records").iterdir())
    rows = "".join(f"{name.replace('-seed-', ',')}\n" for name in names)
    (folder / "runs.csv").write_text(f"recipe,seed\n{rows}")
    check_complete(folder)
    (folder / "records" / f"{names[0]}.json").unlink()
    assert len(committed_records(tiny.name)) == 3, "a bench goes on, and a baseline replaces it"
    with pytest.raises(InputError) as caught:
        read(tiny.name)
    assert caught.value.lines == (
        f"{folder}/records: lacks {names[0]}.json, though {folder}/runs.csv has a row for it; "
        "restore it from version control",
    )


def test_a_committed_record_of_a_newer_format(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, REPORTS)
    path = min((folder / "records").iterdir())
    path.write_text(path.read_text().replace('"format":1', '"format":2'))
    with pytest.raises(InputError, match=f"{path}: has format 2"):
        committed_records(tiny.name)


def test_a_pipe_among_committed_records(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, REPORTS)
    os.mkfifo(folder / "records" / "junk-seed-1.json")
    with pytest.raises(InputError, match=r"junk-seed-1.json: is not a regular file; restore it"):
        committed_and_gate_runs(tiny)


def test_the_committed_ledger_has_the_files_as_they_are(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, REPORTS)
    path = min((folder / "records").iterdir())
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    with committed_ledger(tiny) as committed:
        assert committed.content(read_record(path)) == path.read_bytes()
        assert len(list(committed.root.rglob("*.json"))) == 4


READ = """
from reprobench.harness.base.errors import HarnessError
from reprobench.harness.results.committed import *
from reprobench.harness.study.loading.file import load_study
study = load_study("tiny")
def rebuilt():
    with committed_ledger(study):
        pass
for read in (
    rebuilt,
    lambda: committed_records(study.name),
    lambda: committed_runs(study),
    lambda: committed_and_gate_runs(study),
):
    try:
        read()
        print("read")
    except HarnessError as error:
        print(error.exit_code, error)
"""


@pytest.mark.parametrize("file", [True, False])
def test_what_is_unreadable_is_named(ledger: Ledger, tiny: Study, file: bool) -> None:
    fill(ledger, tiny, [240, 260])
    folder = commit_records(tiny, ledger, REPORTS)
    forbidden = min((folder / "records").iterdir()) if file else folder / "records"
    command = bound_by_permissions([sys.executable, "-c", READ])
    forbidden.chmod(0)
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finally:
        forbidden.chmod(0o755)
    assert said.splitlines() == [f"4 {forbidden}: Permission denied; fix that, then try again"] * 4


def test_what_is_stored_of_one_recipe_leaves_the_others(tmp_path: Path) -> None:
    """One recipe's name may be another's, followed by the mark of a seed."""
    store_by_name(tmp_path, {"a-seed-1-seed-1.json": b"kept", "gone-seed-1.json": b"gone"})
    two = {"a-seed-1.json": b"1", "a-seed-2.json": b"2"}
    store_by_name(tmp_path, two, stays=["a-seed-1", "gone"].__contains__)
    assert len(list(tmp_path.iterdir())) == 4
    store_by_name(tmp_path, {"a-seed-1.json": b"new"}, stays=["a-seed-1"].__contains__)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a-seed-1-seed-1.json": b"kept",
        "a-seed-1.json": b"new",
    }
    store_by_name(tmp_path, {"b-seed-1.json": b"alone"})
    assert [path.name for path in tmp_path.iterdir()] == ["b-seed-1.json"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_what_cannot_be_stored_leaves_what_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store_by_name(tmp_path, {"a-seed-1.json": b"old", "a-seed-2.json": b"old"})
    fail_at(monkeypatch, call, 2)
    with pytest.raises(StorageError, match="No space left"):
        store_by_name(tmp_path, {"a-seed-1.json": b"new", "a-seed-2.json": b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a-seed-1.json": b"old",
        "a-seed-2.json": b"old",
    }


def test_what_a_killed_report_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / ".tiny-a1b2c3d4"
    (left / "old").mkdir(parents=True)
    (left / "old" / "environment.json").touch()
    check_writable(tmp_path, "tiny")
    assert (tmp_path / "tiny" / "environment.json").exists()
    assert not left.exists()


def test_a_name_that_no_folder_can_have() -> None:
    with pytest.raises(StorageError, match="fix that or give another --out"):
        check_writable(Path("a" * 300), "tiny")


@pytest.mark.parametrize(
    ("name", "blocked"),
    [
        ("circle", "circle"), ("nowhere", "nowhere"), ("file", "file"), ("file/out", "file"),
        (".", "tiny"),
    ],
)  # fmt: skip
def test_what_is_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, blocked: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("circle").symlink_to("circle")
    Path("nowhere").symlink_to("missing")
    for file in ("file", "tiny"):
        Path(file).touch()
    with pytest.raises(InputError, match=rf"^--out: {blocked} is not a folder; name another"):
        check_writable(Path(name), "tiny")


def test_a_folder_that_is_not_a_report_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    check_writable(tmp_path, "tiny")
    (tmp_path / "tiny" / "notes.txt").touch()
    with pytest.raises(InputError, match="tiny: is not a report; move it away, or give another"):
        check_writable(tmp_path, "tiny")
    assert os.listdir(tmp_path / "tiny") == ["notes.txt"]


def test_nothing_is_made_before_there_is_a_report(tmp_path: Path) -> None:
    check_writable(tmp_path / "deep" / "out", "tiny")
    assert list(tmp_path.iterdir()) == []
