"""Damaged records are set aside, but not what another bench is doing about them."""

from __future__ import annotations

from pathlib import Path

import pytest
from reprobench.harness.results.ledger import Damage, Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Study
from scripted import scripted_record


@pytest.fixture
def record(tiny: Study) -> RunRecord:
    return scripted_record(tiny.runs()[0], [300, 400], data_set="digits")


@pytest.fixture
def damage(ledger: Ledger, record: RunRecord) -> Damage:
    ledger.prepare()
    ledger.write(record)
    ledger.path(record).write_text("{")
    found = ledger.find(record.recipe_key, record.key)
    assert isinstance(found, Damage)
    return found


def aside(ledger: Ledger) -> list[Path]:
    return [*(ledger.root / "damaged").glob("*/*")]


def test_what_is_damaged_is_moved(ledger: Ledger, damage: Damage) -> None:
    place = ledger.set_aside_unless_in_use(damage)
    assert aside(ledger) == [place]
    assert not damage.path.exists()
    assert ledger.set_aside_unless_in_use(damage) is None


def test_what_another_bench_has_trained_again_stays(
    ledger: Ledger, damage: Damage, record: RunRecord
) -> None:
    """It found the damage too, and was faster."""
    ledger.set_aside(damage)
    ledger.write(record)
    before = aside(ledger)
    assert ledger.set_aside_unless_in_use(damage) is None
    assert aside(ledger) == before
    assert ledger.find(record.recipe_key, record.key) == record


def test_a_run_that_another_bench_trains_is_left_to_it(
    ledger: Ledger, damage: Damage, record: RunRecord
) -> None:
    locks = ledger.locks()
    assert locks.take(record.key)
    assert ledger.set_aside_unless_in_use(damage) is None
    assert damage.path.exists()
    locks.close()
    assert ledger.set_aside_unless_in_use(damage)


def test_a_file_that_is_named_like_no_run_is_moved(ledger: Ledger, damage: Damage) -> None:
    junk = damage.path.with_name("junk.json")
    damage.path.rename(junk)
    assert ledger.set_aside_unless_in_use(Damage(junk, "is not a record"))
    assert not junk.exists()
