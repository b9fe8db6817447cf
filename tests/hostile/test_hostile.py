"""Fifteen thousand broken study files and records: a line each, no traceback, nothing written.

make hostile
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutated, mutated_content
from reprobench.harness.base.errors import InputError
from reprobench.harness.results.parsing import DamagedRecord, NewerRecord, read_record
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.loading.file import find_study, load_study
from scripted import scripted_record
from waiting import PATIENCE

EXAMPLES = 5_000
"""Examples of studies, of records, and of records with correct checksums."""
SETTINGS = settings(
    max_examples=EXAMPLES, deadline=1_000 * PATIENCE, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
STUDIES = [find_study(name).read_bytes() for name in ("mnist", "mnist-grid", "tiny")]


def files(place: Path) -> set[Path]:
    """All files, from two levels up."""
    return {path for path in place.parent.parent.rglob("*") if not path.is_dir()}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory: nothing may appear except the file under test, in it or beside it."""
    inner = tmp_path / "beside" / "inner"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    return inner


def problems(load: Callable[[], object], *errors: type[Exception]) -> list[str]:
    """The lines of an allowed error; none if the content is sound after all."""
    try:
        load()
    except errors as found:
        return list(getattr(found, "lines", [str(found)]))
    return []


@SETTINGS
@given(content=st.sampled_from(STUDIES).flatmap(mutated))
def test_study_files(place: Path, content: bytes) -> None:
    file = place / "study.toml"
    file.write_bytes(content)
    for line in problems(lambda: load_study(str(file)), InputError):
        assert line.startswith("/")  # of this file, or of a file that it names
        assert "\n" not in line
        assert len(line) < 1_000
    assert files(place) == {file}


def sound_record() -> bytes:
    run = load_study("tiny").runs()[0]
    return scripted_record(run, [480, 490], data_set="digits").to_json().encode()


@SETTINGS
@given(content=mutated(sound_record()))
def test_records(place: Path, content: bytes) -> None:
    file = place / "record.json"
    file.write_bytes(content)
    found = problems(lambda: read_record(file), DamagedRecord, NewerRecord)
    assert found or json.loads(read_record(file).to_json()) == json.loads(content)
    assert all(line.isprintable() and len(line) < 1_000 for line in found)
    assert files(place) == {file}


@SETTINGS
@given(content=mutated_content(sound_record().decode()))
def test_records_with_right_checksums(place: Path, content: str) -> None:
    file = place / "record.json"
    file.write_text(content)
    found = problems(lambda: read_record(file), DamagedRecord, NewerRecord)
    if found:
        assert all(line.isprintable() and len(line) < 1_000 for line in found)
    else:
        check(read_record(file))


def check(record: RunRecord) -> None:
    """Check all that a report relies on, independently of the code under test."""
    assert 0 <= record.seed < 2**63
    assert len(record.rows) <= record.epochs
    assert record.rows or record.status != "completed"
    for number, row in enumerate(record.rows):
        indices = [index for index, _ in row.mistakes]
        assert row.epoch == number + 1
        assert indices == sorted(set(indices) & set(range(row.total)))
        assert row.correct + len(indices) == row.total
        assert all(0 <= taken_for <= 2**31 for _, taken_for in row.mistakes)
        assert all(abs(x) < 1e101 for x in (row.lr, row.train_loss, row.test_loss, row.seconds))
    texts = (record.key, record.engine, record.numerics, record.data_set, str(record.environment))
    assert all(text.isprintable() for text in texts)
