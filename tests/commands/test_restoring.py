"""Committed runs that are put into a ledger again."""

from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.options.lists import RunsRestoreOptions
from reprobench.harness.commands.restoring import restore_runs
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Run, Study
from scripted import ENGINE, commit_records, scripted_record
from theirs import bring, commit, losses, told
from waiting import PATIENCE

LEDGER = Path("ledger")


def record_of(run: Run) -> RunRecord:
    return scripted_record(run, [240, 250 + run.seed][: run.epochs], data_set="digits")


@pytest.fixture
def committed(guarded: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Commits the runs of a study and of its gate in this directory; their files by name."""
    monkeypatch.chdir(tmp_path)
    assert guarded.short
    first = Ledger(Path("first"))
    first.prepare()
    for study, folder in ((guarded, "records"), (guarded.short, "gate")):
        for run in study.runs():
            first.write(record_of(run))
        commit_records(study, first, Path("reports"), folder=folder)
    return files_in(first.root)


def files_in(ledger: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in ledger.glob("runs/*/*.json")}


def restored(study: Study) -> str:
    return told(restore_runs, RunsRestoreOptions(study=str(study.file), ledger=LEDGER))[1]


def test_the_ledger_then_holds_the_same_files(committed: dict[str, bytes], guarded: Study) -> None:
    assert len(committed) == 24
    assert restored(guarded) == "kept in ledger: 24 new\n"
    assert files_in(LEDGER) == committed
    assert restored(guarded) == "kept in ledger: 24 already there\n"


def test_complete_runs_stay_and_others_are_replaced(
    committed: dict[str, bytes], guarded: Study
) -> None:
    first, second, third, *_ = guarded.runs()
    ledger = Ledger(LEDGER)
    ledger.prepare()
    own = scripted_record(first, [239, 260], data_set="digits")
    ledger.write(own)
    ledger.write(scripted_record(second, [240], data_set="digits"))
    ledger.path(record_of(third)).parent.mkdir(exist_ok=True)
    ledger.path(record_of(third)).write_text("{")
    assert restored(guarded) == "kept in ledger: 23 new, 1 already there\n"
    there = files_in(LEDGER)
    assert there.pop(f"{own.key}.json") == own.to_json().encode()
    assert there.items() <= committed.items()
    assert [path.read_text() for path in LEDGER.glob("damaged/*/*")] == ["{"]


@pytest.mark.usefixtures("committed")
def test_a_checkpoint_that_is_no_longer_needed_goes(guarded: Study) -> None:
    ledger = Ledger(LEDGER)
    ledger.prepare()
    checkpoint = ledger.checkpoint(guarded.runs()[0].key(ENGINE))
    checkpoint.parent.mkdir()
    checkpoint.touch()
    restored(guarded)
    assert not checkpoint.exists()


def hold(key: str, held: Event, done: Event) -> None:
    locks = Ledger(LEDGER).locks()
    assert locks.take(key)
    held.set()
    done.wait(PATIENCE)


@pytest.mark.usefixtures("committed")
def test_a_run_that_is_being_trained_is_left_to_its_bench(guarded: Study) -> None:
    Ledger(LEDGER).prepare()
    key = guarded.runs()[0].key(ENGINE)
    context = multiprocessing.get_context("fork")
    held, done = context.Event(), context.Event()
    bench = context.Process(target=hold, args=(key, held, done))
    bench.start()
    assert held.wait(PATIENCE)
    assert restored(guarded) == "kept in ledger: 23 new, 1 in use by another command\n"
    done.set()
    bench.join()
    assert restored(guarded) == "kept in ledger: 1 new, 23 already there\n"


@pytest.mark.usefixtures("committed")
def test_a_damaged_committed_file_is_named_and_nothing_is_written(guarded: Study) -> None:
    path = max(Path("reports/guarded/gate").iterdir())
    path.write_text("{")
    with pytest.raises(InputError, match=f"{path}: .*restore it from version control"):
        restored(guarded)
    assert not LEDGER.exists()


def test_nothing_committed(guarded: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        InputError, match=r"reports/guarded: holds no committed runs; go to .* `harness bas"
    ):
        restored(guarded)
    assert not LEDGER.exists()


@pytest.mark.usefixtures("theirs", "no_pictures")
def test_imported_runs() -> None:
    options = RunsRestoreOptions(study="theirs.toml", ledger=Path("again"))
    with pytest.raises(
        InputError, match=r"reports/theirs: holds no committed runs; go to .* `harness bas"
    ):
        told(restore_runs, options)
    bring(losses("first.csv", seeds=3))
    commit()
    assert told(restore_runs, options)[1] == "kept in again/imported/theirs: 6 new\n"
    folders = Path("again/imported/theirs"), Path("reports/theirs/records")
    there, before = ({path.name: path.read_bytes() for path in f.iterdir()} for f in folders)
    assert there == before
    assert told(restore_runs, options)[1] == "kept in again/imported/theirs: 6 already there\n"
