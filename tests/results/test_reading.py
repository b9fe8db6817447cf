"""Reading many records: the same in several processes as in one, damage and failures included."""

from __future__ import annotations

import errno
import os

import joblib
import pytest
from joblib.externals.loky import process_executor, reusable_executor
from reprobench.harness.judging.gathering import gather
from reprobench.harness.results import reading
from reprobench.harness.results.ledger import Damage, Ledger
from reprobench.harness.results.reading import read_recipes
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Study
from reprobench.harness.training.pools import in_processes
from scripted import scripted_record


def test_processes_find_what_one_finds(
    ledger: Ledger, tiny: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [scripted_record(run, [240, 260], data_set="digits") for run in tiny.runs()]
    for record in records:
        ledger.write(record)
    ledger.path(records[0]).write_text("{")
    keys = list(dict.fromkeys(record.recipe_key for record in records))
    alone = list(read_recipes(ledger, keys, (1, 2)))
    monkeypatch.setattr(reading, "MANY", 1)
    together = list(read_recipes(ledger, keys, (1, 2)))
    assert [len(found) for found in together] == [2, 2]
    assert [[_seen(entry) for entry in found] for found in together] == [
        [_seen(entry) for entry in found] for found in alone
    ]


def test_without_shared_memory_one_process_reads(
    ledger: Ledger, tiny: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    records = [scripted_record(run, [240, 260], data_set="digits") for run in tiny.runs()]
    for record in records:
        ledger.write(record)
    monkeypatch.setattr(reading, "MANY", 1)
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    monkeypatch.setattr(process_executor, "ProcessPoolExecutor", fail)
    keys = list(dict.fromkeys(record.recipe_key for record in records))
    assert [len(found) for found in read_recipes(ledger, keys, (1, 2))] == [2, 2]


def test_readers_leave_the_processes_that_train(
    ledger: Ledger, tiny: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither do they stay, nor is the pool of joblib theirs."""
    records = [scripted_record(run, [240, 260], data_set="digits") for run in tiny.runs()]
    for record in records:
        ledger.write(record)
    assert sorted(in_processes(2, len, iter(["a", "bb"]))) == [1, 2]
    trainers = set(reusable_executor._executor._processes)
    monkeypatch.setattr(reading, "MANY", 1)
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    keys = list(dict.fromkeys(record.recipe_key for record in records))
    assert [len(found) for found in read_recipes(ledger, keys, (1, 2))] == [2, 2]
    assert sorted(in_processes(2, len, iter(["a", "bb"]))) == [1, 2]
    assert set(reusable_executor._executor._processes) == trainers


def _seen(entry: RunRecord | Damage) -> tuple[object, ...]:
    if isinstance(entry, Damage):
        return entry.path, entry.reason
    rows = [(row.epoch, row.correct, row.weight_digest) for row in entry.rows]
    return entry.key, rows, list(entry.rows[-1].mistakes)


def test_other_seeds_are_left_but_damage_is_named(ledger: Ledger, tiny: Study) -> None:
    records = [scripted_record(run, [240, 260], data_set="digits") for run in tiny.runs()]
    for record in records:
        ledger.write(record)
    ledger.path(records[-1]).write_text("{")
    (found,) = read_recipes(ledger, [records[-1].recipe_key], [2])
    assert [type(entry) for entry in found] == [Damage]


def test_evidence_keeps_the_last_mistakes_only(ledger: Ledger, tiny: Study) -> None:
    for run in tiny.runs():
        ledger.write(scripted_record(run, [240, 260], data_set="digits"))
    record, *_ = gather(tiny, ledger).records["final"]
    assert len(record.rows[1].mistakes) == 500 - 260
    with pytest.raises(ValueError, match="not kept"):
        len(record.rows[0].mistakes)
