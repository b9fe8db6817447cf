"""The ledger: complete records or none, nothing lost, one owner per run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filesystems import bound_by_permissions
from reprobench.harness.base.disk.folders import write_whole
from reprobench.harness.base.errors import InputError, StorageError
from reprobench.harness.results.ledger import Damage, Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Study
from scripted import scripted_record


@pytest.fixture
def record(tiny: Study) -> RunRecord:
    """A sound record of two epochs."""
    return scripted_record(tiny.runs()[0], [300, 400], data_set="digits")


def test_what_is_written_is_found(ledger: Ledger, record: RunRecord) -> None:
    assert ledger.find(record.recipe_key, record.key) is None
    ledger.write(record)
    assert ledger.find(record.recipe_key, record.key) == record
    assert list(ledger.of_recipe(record.recipe_key)) == [record]
    assert list(ledger.of_recipe("0" * 64)) == []


def test_everything_is_of_all_recipes_and_whatever_else_lies_there_is_left(
    ledger: Ledger, tiny: Study
) -> None:
    assert list(ledger.everything()) == []
    records = [scripted_record(run, [300], data_set="digits") for run in tiny.runs()]
    for record in records:
        ledger.write(record)
    (ledger.root / "runs" / "notes.json").touch()
    assert sorted(r.key for r in ledger.everything() if isinstance(r, RunRecord)) == sorted(
        record.key for record in records
    )
    stray = ledger.path(records[0]).with_name(f"{'0' * 64}.json")
    ledger.path(records[0]).rename(stray)
    found = [entry for entry in ledger.everything() if isinstance(entry, Damage)]
    assert found == [Damage(stray, "holds a different run than its name says")]


def test_a_longer_run_replaces_a_shorter_and_never_the_reverse(
    ledger: Ledger, tiny: Study, record: RunRecord
) -> None:
    short = scripted_record(tiny.runs()[0], [300], data_set="digits")
    for written in (short, record, short):
        ledger.write(written)
    assert ledger.find(record.recipe_key, record.key) == record


def test_a_failure_never_replaces_evidence(ledger: Ledger, tiny: Study, record: RunRecord) -> None:
    failed = scripted_record(tiny.runs()[0], [], status="failed", data_set="digits", error="x")
    ledger.write(failed)
    assert ledger.find(record.recipe_key, record.key) == failed
    ledger.write(record)
    ledger.write(failed)
    assert ledger.find(record.recipe_key, record.key) == record


@pytest.mark.parametrize("counts", [[], [300]])
def test_a_run_that_diverged_replaces_a_longer_one(
    ledger: Ledger, tiny: Study, record: RunRecord, counts: list[int]
) -> None:
    diverged = scripted_record(tiny.runs()[0], counts, status="diverged", data_set="digits")
    ledger.write(record)
    ledger.write(diverged)
    assert ledger.find(record.recipe_key, record.key) == diverged


def test_a_damaged_record_is_named_and_set_aside(ledger: Ledger, record: RunRecord) -> None:
    ledger.write(record)
    path = ledger.path(record)
    path.write_text(path.read_text().replace('"correct":300', '"correct":301'))
    damage = ledger.find(record.recipe_key, record.key)
    assert isinstance(damage, Damage)
    assert str(damage) == f"{path}: its content does not match its checksum"
    assert list(ledger.of_recipe(record.recipe_key)) == [damage]
    place = ledger.set_aside(damage)
    assert '"correct":301' in place.read_text()
    assert ledger.find(record.recipe_key, record.key) is None


def test_a_record_under_another_runs_name_is_damage(
    ledger: Ledger, tiny: Study, record: RunRecord
) -> None:
    ledger.write(record)
    other = scripted_record(tiny.runs()[2], [300, 400], data_set="digits")
    ledger.path(record).rename(ledger.path(other))
    damage = ledger.find(other.recipe_key, other.key)
    assert isinstance(damage, Damage)
    assert damage.reason == "holds a different run than its name says"


def test_the_content_is_the_file_as_long_as_its_results_are_the_same(
    ledger: Ledger, tiny: Study, record: RunRecord
) -> None:
    ledger.write(record)
    assert ledger.content(record) == ledger.path(record).read_bytes()
    longer = scripted_record(tiny.runs()[0], [300, 400, 410], data_set="digits")
    ledger.write(longer)
    with pytest.raises(
        StorageError, match="was replaced in the meantime; run the same command again"
    ):
        ledger.content(record)
    ledger.path(record).write_text("{")
    with pytest.raises(StorageError, match="was replaced in the meantime"):
        ledger.content(record)
    ledger.path(record).unlink()
    with pytest.raises(StorageError, match="No such file"):
        ledger.content(record)


def test_the_content_in_another_layout_is_the_record_too(ledger: Ledger, record: RunRecord) -> None:
    ledger.write(record)
    text = json.dumps(json.loads(record.to_json()), indent=2)
    ledger.path(record).write_text(text)
    assert ledger.find(record.recipe_key, record.key) == record
    assert ledger.content(record) == text.encode()


def test_a_newer_record_is_named_and_left(ledger: Ledger, record: RunRecord) -> None:
    ledger.write(record)
    path = ledger.path(record)
    newer = json.dumps({**json.loads(record.to_json()), "format": 2})
    path.write_text(newer)
    said = f"{path}: has format 2"
    with pytest.raises(StorageError, match=said):
        ledger.find(record.recipe_key, record.key)
    with pytest.raises(StorageError, match=said):
        list(ledger.of_recipe(record.recipe_key))
    with pytest.raises(StorageError, match=said):
        ledger.write(record)
    assert path.read_text() == newer


def test_a_damaged_file_in_the_way_is_kept(ledger: Ledger, record: RunRecord) -> None:
    path = ledger.path(record)
    path.mkdir(parents=True)
    (path / "somebody's").touch()
    ledger.write(record)
    assert ledger.find(record.recipe_key, record.key) == record
    assert [found.name for found in (ledger.root / "damaged").glob("*/*/*")] == ["somebody's"]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "is not a regular file"),
        (os.mkdir, "is not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "is not a regular file"),
        (lambda path: path.symlink_to(path), "is a link in a circle"),
    ],
    ids=["pipe", "folder", "device", "circle"],
)
def test_what_is_no_file_is_damage(
    ledger: Ledger, record: RunRecord, make: Callable[[Path], None], reason: str
) -> None:
    ledger.write(record)
    junk = ledger.path(record).with_name("junk.json")
    make(junk)
    found = list(ledger.of_recipe(record.recipe_key))
    assert found == [record, Damage(junk, reason)]
    assert os.path.lexists(ledger.set_aside(Damage(junk, reason)))
    assert list(ledger.of_recipe(record.recipe_key)) == [record]


def test_the_name_of_a_damaged_file_does_nothing_to_a_terminal() -> None:
    assert str(Damage(Path("a/\x1b[31m\n.json"), "is no record")).isprintable()


READ = """
import sys
from pathlib import Path
from reprobench.harness.base.errors import HarnessError
from reprobench.harness.results.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
try:
    ledger.check_exists("harness bench")
    key = sys.argv[2]
    print(*(ledger.of_recipe(key) if key else ledger.everything()), ledger.count(key))
except HarnessError as error:
    print(error.exit_code, error)
"""


@pytest.mark.parametrize("all_recipes", [False, True])
@pytest.mark.parametrize("place", [".", "runs", "runs/{folder}", "runs/{folder}/{file}"])
def test_what_is_unreadable_is_never_taken_for_empty(
    ledger: Ledger, record: RunRecord, place: str, all_recipes: bool
) -> None:
    ledger.write(record)
    path = ledger.path(record)
    forbidden = ledger.root / place.format(folder=path.parent.name, file=path.name)
    key = "" if all_recipes else record.recipe_key
    command = [sys.executable, "-c", READ, str(ledger.root), key]
    forbidden.chmod(0)
    try:
        said = subprocess.run(
            bound_by_permissions(command), capture_output=True, text=True, check=True
        ).stdout
    finally:
        forbidden.chmod(0o755)
    assert said.startswith(f"4 {forbidden}")
    assert "Permission denied; fix that or give another --ledger" in said


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "file", "old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space")))
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_ledger_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("")
    for root in (tmp_path / "ledger", tmp_path / "ledger" / "in it"):
        with pytest.raises(InputError, match=r"^--ledger: .*/ledger is not a folder; name another"):
            Ledger(root).prepare()
        with pytest.raises(InputError, match=r"^--ledger: .*/ledger is not a folder"):
            Ledger(root).find("a" * 16, "b" * 64)


def test_a_file_in_a_ledger_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(StorageError, match=r"runs.*give another --ledger.*finished runs are kept"):
        Ledger(tmp_path).prepare()


CLAIM = """
import sys
from pathlib import Path
from reprobench.harness.results.ledger import Ledger
locks = Ledger(Path(sys.argv[1])).locks()
print(locks.take("a" * 64), locks.take("b" * 64), flush=True)
sys.stdin.read()
"""


def test_locks_exclude_other_processes_and_end_with_them(ledger: Ledger) -> None:
    locks = ledger.locks()
    assert locks.take("a" * 64)
    other = subprocess.Popen(
        [sys.executable, "-c", CLAIM, str(ledger.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "False True\n"
    assert not locks.take("b" * 64)
    other.kill()
    other.communicate()
    assert locks.take("b" * 64)
    locks.release("b" * 64)
    locks.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux locks an open file")
def test_locks_exclude_other_benches_in_the_same_process(ledger: Ledger) -> None:
    ours, theirs = ledger.locks(), ledger.locks()
    assert ours.take("a" * 64)
    assert not theirs.take("a" * 64)
    theirs.close()
    third = ledger.locks()
    assert not third.take("a" * 64)
    ours.close()
    assert third.take("a" * 64)
    third.close()


def test_a_record_that_is_too_large_to_be_read_is_not_written(
    ledger: Ledger, tiny: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would be found damaged, set aside and trained again, for ever."""
    record = scripted_record(tiny.runs()[0], [240, 260], data_set="digits")
    monkeypatch.setattr("reprobench.harness.results.ledger.MOST_BYTES", 100)
    with pytest.raises(StorageError, match=r"at most 100 can be read; declare fewer epochs$"):
        ledger.write(record)
    assert not ledger.path(record).exists()
