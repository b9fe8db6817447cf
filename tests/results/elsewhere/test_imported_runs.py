"""The imported runs of a ledger: what is kept, what is refused, and who waits for whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from filesystems import fail_at
from longform import declared, found_in, frame
from reprobench.harness.base.errors import InputError, StorageError
from reprobench.harness.base.fingerprint import fingerprint
from reprobench.harness.judging.imported import gather_imported
from reprobench.harness.results.elsewhere.joining import Kept, joined
from reprobench.harness.results.elsewhere.parsing import parse_imported
from reprobench.harness.results.elsewhere.record import ImportedRecord
from reprobench.harness.results.elsewhere.runs import ImportedRuns
from reprobench.harness.results.elsewhere.study import study_of
from reprobench.harness.results.ledger import Ledger
from waiting import PATIENCE

NAN = float("nan")


@pytest.fixture
def kept(tmp_path: Path) -> ImportedRuns:
    return ImportedRuns(Ledger(tmp_path / "ledger"), "mine")


def runs(values: dict[str, list[list[float]]], **asked: Any) -> list[ImportedRecord]:
    found = found_in(frame(values), **{"window": 1, **asked})
    return [record for own in found.records.values() for record in own]


def keep(kept: ImportedRuns, new: list[ImportedRecord], *, replace: bool = False) -> Kept:
    with kept.locked():
        _, written, counts = joined(kept.read()[0], new, replace=replace)
        kept.write(written)
    return counts


def files(kept: ImportedRuns) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in kept.folder.iterdir()}


def test_what_is_written_is_read(kept: ImportedRuns) -> None:
    new = runs({"b": [[0.5, 0.7], [0.1, NAN]], "a": [[0.2, 0.3]]})
    assert keep(kept, new) == Kept(new=3)
    found, damaged = kept.read()
    assert [(r.recipe, r.seed, r.values, r.status) for r in found] == [
        ("a", 1, (0.2, 0.3), "completed"),
        ("b", 1, (0.5, 0.7), "completed"),
        ("b", 2, (0.1,), "diverged"),
    ]
    assert damaged == []
    assert {*files(kept)} == {"a-seed-1.json", "b-seed-1.json", "b-seed-2.json"}
    assert (kept.ledger.root / ".gitignore").exists()


def test_the_same_again_changes_nothing(kept: ImportedRuns) -> None:
    keep(kept, runs({"a": [[0.2, 0.3], [0.4, 0.5]]}))
    before = files(kept)
    for replace_ in (False, True):
        again = runs({"a": [[0.2, 0.3], [0.4, 0.5]]})
        assert keep(kept, again, replace=replace_) == Kept(same=2)
    assert files(kept) == before


def test_a_run_may_go_on(kept: ImportedRuns) -> None:
    keep(kept, runs({"a": [[0.2, 0.3], [0.4, 0.5]]}))
    assert keep(kept, runs({"a": [[0.2, 0.3, 0.4], [0.4]]})) == Kept(longer=1, same=1)
    assert keep(kept, runs({"a": [[0.2, 0.3, 0.4, NAN]]})) == Kept(longer=1)
    assert [(r.values, r.status) for r in kept.read()[0]] == [
        ((0.2, 0.3, 0.4), "diverged"),
        ((0.4, 0.5), "completed"),
    ]


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ([0.2, 0.31], "is 0.31 at epoch 2, but 0.3 in the ledger, from runs.csv"),
        ([0.2, NAN], "is not finite at epoch 2, but 0.3 in the ledger, from runs.csv"),
        ([0.9, 0.3, 0.4], "is 0.9 at epoch 1, but 0.2 in the ledger, from runs.csv"),
    ],
)
def test_other_values_are_refused_unless_they_are_to_replace(
    kept: ImportedRuns, run: list[float], said: str
) -> None:
    keep(kept, runs({"a": [[0.2, 0.3]], "b": [[0.4, 0.5]]}))
    before = files(kept)
    new = runs({"new": [[0.1, 0.1]], "a": [run]})
    with pytest.raises(InputError) as caught:
        keep(kept, new)
    assert caught.value.lines == (
        f"runs.csv: recipe a, seed 1 {said}; if the new values are right, give --replace",
    )
    assert files(kept) == before
    assert keep(kept, new, replace=True) == Kept(new=1, replaced=1)
    assert {r.recipe for r in kept.read()[0]} == {"a", "b", "new"}


def test_another_measure_is_refused(kept: ImportedRuns) -> None:
    keep(kept, runs({"a": [[0.2, 0.3]], "b": [[0.4, 0.5]]}))
    lower = runs({"a": [[0.2, 0.3]]}, direction="lower")
    with pytest.raises(InputError, match=r"is measured by value, lower is better, but by value, h"):
        keep(kept, lower)
    everything, _, _ = joined(kept.read()[0], lower, replace=True)
    with pytest.raises(InputError, match=r"recipe b, seed 1 is measured by value, higher is bett"):
        study_of(declared(window=1, direction="lower"), everything)
    both = runs({"a": [[0.2, 0.3]], "b": [[0.4, 0.5]]}, direction="lower")
    assert keep(kept, both, replace=True) == Kept(replaced=2)
    with pytest.raises(InputError, match="judge: import: says value, higher is better, but"):
        gather_imported(declared(window=1), kept)


def test_a_recipe_has_one_size() -> None:
    small, large = (
        found_in(frame({"a": [[0.5]]}, parameters=number), window=1).records["a"]
        for number in (10, 20)
    )
    moved = [record.model_copy(update={"seed": 2}) for record in large]
    with pytest.raises(InputError, match=r"recipe a has 10 parameters in runs\.csv, but 20 param"):
        study_of(declared(window=1), [*small, *moved])


def test_what_runs_say_otherwise_of_a_recipe_is_no_axis(kept: ImportedRuns) -> None:
    for seed, commit in enumerate(("x", "y"), start=1):
        table = frame({"a": [[0.5, 0.6]]}, lr=0.1, commit=commit).assign(seed=seed)
        keep(kept, found_in(table).records["a"])
    evidence = gather_imported(declared(), kept)
    assert [recipe.axes for recipe in evidence.study.recipes] == [{"lr": "0.1"}]  # type: ignore[union-attr]


def test_seeds_that_are_not_declared_are_left_in_the_ledger(kept: ImportedRuns) -> None:
    keep(kept, runs({"a": [[0.5, 0.6]] * 4}))
    evidence = gather_imported(replace(declared(), seeds=(2, 9)), kept)
    assert [record.seed for record in evidence.records["a"]] == [2]
    assert evidence.gaps() == ["1 of 2 declared seeds"]


def test_nothing_was_imported(kept: ImportedRuns) -> None:
    kept.ledger.prepare()
    with pytest.raises(InputError, match=r"holds no imported runs of study mine; `harness import"):
        gather_imported(declared(), kept)


def test_a_window_longer_than_runs_that_were_imported(kept: ImportedRuns) -> None:
    keep(kept, runs({"a": [[0.5, 0.6]]}))
    with pytest.raises(InputError, match=r"criterion.window = 3: recipe a, seed 1 has 2 epochs"):
        gather_imported(declared(window=3), kept)


Change = Callable[[dict[str, Any]], object]

UNSOUND: dict[str, tuple[Change, str]] = {
    "a value": (lambda c: c["values"].append(0.9), "digest: does not match its values"),
    "no number": (
        lambda c: c.update(values=[float("inf")]),
        "values.0.int: Input should be a finite",
    ),
    "a huge number": (
        lambda c: c.update(values=[10**400]),
        "values: hold a number that is far too",
    ),
    "a name": (lambda c: c.update(recipe="../up"), "recipe: is not a valid name"),
    "no source": (lambda c: c.update(sources=[]), "sources: should name at least one"),
    "a count": (lambda c: c.update(total=10), "values: should be counts from 0 to 10"),
    "a seed": (lambda c: c.update(seed=3), "holds a different run than its name says"),
    "a key": (lambda c: c.update(extra=1), "extra: Extra inputs are not permitted"),
    "a format": (lambda c: c.update(format=1), "format: Input should be 'imported-1'"),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_a_record_that_cannot_be_true_is_damaged(kept: ImportedRuns, name: str) -> None:
    """Even if its checksum was computed again after the edit."""
    change, said = UNSOUND[name]
    keep(kept, runs({"a": [[0.2, 0.3]], "b": [[0.4, 0.5]]}))
    path = kept.folder / "a-seed-1.json"
    content = json.loads(path.read_text())
    del content["checksum"]
    change(content)
    try:
        checksum = fingerprint(content)
    except ValueError:  # what is not finite has none
        checksum = "0" * 64
    path.write_text(json.dumps({"checksum": checksum, **content}))
    found, (damage,) = kept.read()
    assert [record.recipe for record in found] == ["b"]
    assert said in str(damage)
    assert gather_imported(declared(), kept).damaged == [damage]


def test_damage_is_set_aside_when_its_run_is_imported_again(kept: ImportedRuns) -> None:
    keep(kept, runs({"a": [[0.2, 0.3]]}))
    path = kept.folder / "a-seed-1.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    assert keep(kept, runs({"a": [[0.2, 0.3]]})) == Kept(new=1)
    assert path.read_bytes() == whole
    (aside,) = (kept.ledger.root / "damaged").rglob("a-seed-1.json")
    assert aside.read_bytes() == whole[:-30]


def test_a_newer_record_is_left_alone(kept: ImportedRuns) -> None:
    keep(kept, runs({"a": [[0.2, 0.3]]}))
    path = kept.folder / "a-seed-1.json"
    path.write_text(path.read_text().replace('"imported-1"', '"imported-2"'))
    before = path.read_bytes()
    with pytest.raises(StorageError, match="has format imported-2, but this version of"):
        keep(kept, runs({"a": [[0.2, 0.3]]}))
    assert path.read_bytes() == before


def test_every_record_is_read_as_it_was_written() -> None:
    for record in runs({"a": [[1, 0.1], [1e-300, NAN]], "b": [[-5.5, 2**53]]}):
        assert parse_imported(record.to_json().encode()) == record


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_all_runs_are_kept_or_none(
    kept: ImportedRuns, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Where the disk is full, new runs leave nothing, and those that they replace stay."""
    keep(kept, runs({"a": [[0.2], [0.3]]}))
    before = files(kept)
    fail_at(monkeypatch, call, 3)
    with pytest.raises(StorageError, match=r"No space left.* again: no run was added or changed"):
        keep(kept, runs({"a": [[0.4], [0.5]], "b": [[0.2], [0.3]]}), replace=True)
    monkeypatch.undo()
    assert files(kept) == before
    assert not [*kept.ledger.root.glob(".imported-*")]
    assert keep(kept, runs({"a": [[0.4], [0.3]]}), replace=True) == Kept(same=1, replaced=1)
    assert [record.values for record in kept.read()[0]] == [(0.4,), (0.3,)]


def test_two_imports_at_once_wait_for_each_other(kept: ImportedRuns) -> None:
    """If two imports contradict each other, the second is refused, whichever it is."""
    ended: list[object] = []
    started = Event()

    def second() -> None:
        started.set()
        try:
            ended.append(keep(kept, runs({"a": [[0.2, 0.9]], "c": [[0.1, 0.1]]})))
        except InputError as error:
            ended.append(error.lines[0])

    thread = Thread(target=second)
    with kept.locked():
        thread.start()
        started.wait()
        thread.join(0.2)
        assert thread.is_alive()
        kept.write(runs({"a": [[0.2, 0.3]]}))
    thread.join(PATIENCE)
    assert ended == [
        "runs.csv: recipe a, seed 1 is 0.9 at epoch 2, but 0.3 in the ledger, from runs.csv; "
        "if the new values are right, give --replace"
    ]
    assert {*files(kept)} == {"a-seed-1.json"}
