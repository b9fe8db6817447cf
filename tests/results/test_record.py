"""Records: what was written is read back, and altered records are refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reprobench.harness.results.parsing import DamagedRecord, read_record
from reprobench.harness.results.record import Status
from reprobench.harness.results.trained import weight_digest
from reprobench.harness.study.declaration import Study
from scripted import scripted_record


@pytest.fixture
def path(tiny: Study, tmp_path: Path) -> Path:
    """The file of a sound record."""
    record = scripted_record(tiny.runs()[0], [300, 400], data_set="digits", python="3")
    (tmp_path / "record.json").write_text(record.to_json())
    return tmp_path / "record.json"


def test_round_trip(path: Path, tiny: Study) -> None:
    record = read_record(path)
    assert record == scripted_record(tiny.runs()[0], [300, 400], data_set="digits", python="3")
    assert record.to_json() == path.read_text()


def test_a_record_of_old_is_read_and_written_byte_for_byte() -> None:
    """As training wrote it when mistakes were tuples instead of arrays."""
    path = Path(__file__).parent / "records" / "native.json"
    assert read_record(path).to_json().encode() == path.read_bytes()


def test_what_was_let_go_is_never_written(path: Path) -> None:
    record = read_record(path).with_last_mistakes()
    assert record.rows[-1] == read_record(path).rows[-1]
    with pytest.raises(ValueError, match="not kept"):
        record.to_json()


@pytest.mark.parametrize("status", ["completed", "diverged"])
def test_the_first_epochs_are_those_of_a_shorter_run(tiny: Study, status: Status) -> None:
    run = tiny.runs()[0]
    longer = scripted_record(run, [300, 400], data_set="digits", status=status)
    assert longer.cut(1) == scripted_record(run, [300], data_set="digits")


@pytest.mark.parametrize(
    "mistakes", ["3", "[[0]]", "[[0,3],[1]]", "[[0.5,3]]", '[["0",3]]', "[[-1,3]]", "null"]
)
def test_mistakes_that_are_none(path: Path, mistakes: str) -> None:
    content = json.loads(path.read_text())
    content["rows"][0]["mistakes"] = json.loads(mistakes)
    path.write_text(json.dumps(content))
    with pytest.raises(DamagedRecord, match=r"^rows\.0\.mistakes: "):
        read_record(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"correct":300', '"correct":301'),
        ('"python":"3"', '"python":"2"'),
        ("[0,3]", "[0,4]"),
        ('"seed":1', '"seed":2'),
        ('"seconds":1.5', '"seconds":0.5'),
    ],
)
def test_any_edit_is_found(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DamagedRecord, match="checksum"):
        read_record(path)


def test_an_edit_with_a_new_checksum_is_still_found_in_the_epochs(path: Path) -> None:
    from reprobench.harness.base.fingerprint import fingerprint

    content = json.loads(path.read_text())
    content["rows"][0]["correct"] += 1
    del content["checksum"]
    path.write_text(json.dumps({"checksum": fingerprint(content), **content}))
    with pytest.raises(DamagedRecord, match="digest"):
        read_record(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b"null", b'{"checksum": 1}', b"\xff\x00", b"[" * 100_000,
     b'{"checksum":"x","format":0}', b'{"checksum": NaN}'],
)  # fmt: skip
def test_what_is_no_record(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DamagedRecord):
        read_record(path)


def test_a_truncated_record(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DamagedRecord):
        read_record(path)


def test_the_digest_leaves_times_out(tiny: Study) -> None:
    run = tiny.runs()[0]
    one = scripted_record(run, [300, 400], data_set="digits")
    slower = replace(one.rows[0], seconds=99.0)
    from reprobench.harness.results.trained import run_digest

    assert run_digest("completed", (slower, one.rows[1])) == one.digest
    assert run_digest("diverged", one.rows) != one.digest


def test_weight_digest_sees_values_and_order() -> None:
    a, b = np.arange(3, dtype=np.float32), np.ones(2, dtype=np.float32)
    assert weight_digest([a, b]) == weight_digest([a.astype(">f4"), b])
    assert len({weight_digest([a, b]), weight_digest([b, a]), weight_digest([a + 1, b])}) == 3
