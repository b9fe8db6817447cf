"""The record of a program's run: read as it was written, and refused if it cannot be true."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from programs import program
from reprobench.harness.base.fingerprint import fingerprint
from reprobench.harness.results.commanded import CommandRecord, command_record
from reprobench.harness.results.elsewhere.record import ImportedRecord
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.measured import measured_digest
from reprobench.harness.results.parsing import DamagedRecord, NewerRecord, parse_record
from reprobench.harness.results.record import same_epochs
from reprobench.harness.study.inputs import find_inputs
from reprobench.harness.study.loading.file import load_study


@pytest.fixture
def record(tmp_path: Path) -> CommandRecord:
    return made(tmp_path, 3)


def made(folder: Path, epochs: int) -> CommandRecord:
    study = load_study(str(program(folder)))
    return command_record(
        study.run_of(study.recipes[0], 1),
        study.measure,
        (81, 82, 83)[:epochs],
        (0.5, 0.25, 0.25)[:epochs],
        status="completed",
        inputs=find_inputs(folder, ["train.sh"]),
        environment={"processor": "here"},
    )


def resealed(record: CommandRecord, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The record's file after a change, with correct digests."""
    content = json.loads(record.to_json())
    del content["checksum"]
    change(content)
    parts = ("status", "measure", "total", "values")
    content["digest"] = measured_digest(*(content.get(name) for name in parts))  # type: ignore[arg-type]
    return json.dumps({"checksum": fingerprint(content), **content}).encode()


def test_it_is_read_as_it_was_written(record: CommandRecord, ledger: Ledger) -> None:
    ledger.write(record)
    assert ledger.find(record.recipe_key, record.key) == record
    assert ledger.content(record) == record.to_json().encode()
    assert [(row.epoch, row.value, row.total, row.seconds) for row in record.rows] == [
        (1, 81, 100, 0.5),
        (2, 82, 100, 0.25),
        (3, 83, 100, 0.25),
    ]
    assert (record.engine, record.repeats) == ("command", False)


def test_the_first_epochs_are_those_of_a_shorter_run(record: CommandRecord, tmp_path: Path) -> None:
    assert record.cut(2) == made(tmp_path, 2)


def test_it_has_the_form_of_an_imported_one() -> None:
    shared = {"measure", "total", "direction", "values", "parameters", "seed", "status", "digest"}
    assert shared <= CommandRecord.model_fields.keys() & ImportedRecord.model_fields.keys()


def test_times_are_no_results(record: CommandRecord) -> None:
    other = record.model_copy(update={"seconds": (9.0, 9.0, 9.0)})
    assert same_epochs(record, other, 3)
    assert record.digest == other.digest
    assert not same_epochs(record, record.model_copy(update={"values": (81, 82, 84)}), 3)
    assert same_epochs(record, record.model_copy(update={"values": (81, 82, 84)}), 2)


NONSENSE: dict[str, tuple[dict[str, Any], str]] = {
    "no values": ({"values": [], "seconds": []}, "rows: missing from a completed run"),
    "too many": ({"values": [1] * 4, "seconds": [1.0] * 4}, "values: there are 4, but 3 epochs"),
    "other times": ({"seconds": [1.0]}, "seconds: should have as many entries as values"),
    "above the total": ({"values": [81, 82, 101]}, "values: 101 is not a count out of 100"),
    "half a count": ({"values": [81, 82, 82.5]}, "values: 82.5 is not a count out of 100"),
    "a text": ({"values": [81, 82, "83"]}, "values.2"),
    "far too large": ({"values": [81, 82, 1e200]}, "values.2"),
    "a total of something else": ({"measure": "loss"}, "measure: has a total but is not a count"),
    "other inputs": ({"inputs": {"a": "0" * 64}}, "definition: does not match its inputs"),
    "another seed": ({"seed": 2}, "key: does not match its recipe, seed and engine"),
    "another command": ({"recipe": {"command": "x"}}, "recipe_key: does not match its recipe"),
    "an escape": ({"measure": "\x1b[31m"}, "measure: "),
    "an unknown field": ({"rows": []}, "rows: "),
    "a direction": ({"direction": "up"}, "direction: "),
    "failed with values": (
        {"status": "failed", "error": "x"},
        "rows: a failed run should",
    ),
    "diverged at the end": ({"status": "diverged"}, "rows: a diverged run has all declared"),
    "no format": ({"format": "command"}, "format: "),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_what_cannot_be_is_damaged(name: str, record: CommandRecord) -> None:
    change, said = NONSENSE[name]
    with pytest.raises(DamagedRecord) as caught:
        parse_record(resealed(record, lambda content: content.update(change)))
    assert str(caught.value).startswith(said)


def test_an_altered_one_is_damaged(record: CommandRecord) -> None:
    text = record.to_json().replace("[81,82,83]", "[81,82,84]")
    with pytest.raises(DamagedRecord, match="does not match its checksum"):
        parse_record(text.encode())


def test_a_newer_format_is_left_alone(record: CommandRecord) -> None:
    text = resealed(record, lambda content: content.update(format="command-2"))
    with pytest.raises(NewerRecord, match="has format command-2, but this version"):
        parse_record(text)
