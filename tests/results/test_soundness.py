"""A record must not contradict itself: a correct checksum does not make nonsense a result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.data.registry import DATA_SETS
from reprobench.harness.results.parsing import DamagedRecord, NewerRecord, read_record
from reprobench.harness.results.record import RunRecord
from reprobench.harness.results.soundness import known_data
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.identity import Run
from resealed import ESCAPE, NONSENSE, resealed
from scripted import scripted_record


@pytest.fixture
def record(tiny: Study) -> RunRecord:
    """A sound record."""
    return scripted_record(tiny.runs()[0], [480, 490], data_set="digits", python="3")


def test_resealing_alone_changes_nothing(record: RunRecord, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(resealed(record.to_json(), lambda _: None, keys=True))
    assert read_record(tmp_path / "record.json") == record


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_named_in_a_line(record: RunRecord, tmp_path: Path, name: str) -> None:
    change, expected = NONSENSE[name]
    (tmp_path / "record.json").write_text(resealed(record.to_json(), change))
    with pytest.raises(DamagedRecord) as caught:
        read_record(tmp_path / "record.json")
    reason = str(caught.value)
    assert reason.startswith(expected)
    assert reason.isprintable()
    assert len(reason) <= 300


def test_a_newer_format_is_no_damage(record: RunRecord, tmp_path: Path) -> None:
    """Whatever else it contains, and however its checksum is computed."""
    path = tmp_path / "record.json"
    path.write_text(json.dumps({**json.loads(record.to_json()), "format": 2, "new": 1}))
    with pytest.raises(NewerRecord, match=r"has format 2, but this version of reprobench reads"):
        read_record(path)


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "2", None, 10**30])
def test_what_is_no_format(record: RunRecord, tmp_path: Path, number: object) -> None:
    path = tmp_path / "record.json"
    content = json.loads(record.to_json())
    path.write_text(json.dumps({**content, "format": number}))
    with pytest.raises(DamagedRecord):
        read_record(path)


def test_the_same_content_in_another_layout(record: RunRecord, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(json.loads(record.to_json()), indent=2, sort_keys=True))
    assert read_record(path) == record


def test_totals_of_images_held_out() -> None:
    whole = DATA_SETS["digits"]
    assert known_data("digits", whole.digest, 7) is whole
    held_out = DIGITS.held_out(200)
    assert known_data("digits", held_out.digest, 200) == held_out
    assert known_data("digits", held_out.digest, 100) is None
    assert known_data("elsewhere", whole.digest, whole.test) is None


def test_data_of_another_place_is_held_against_itself_alone(tiny: Study, tmp_path: Path) -> None:
    own = tiny.runs()[0]
    run = Run(own.recipe, own.seed, own.epochs, "f" * 64, own.definition)
    record = scripted_record(run, [480, 490], data_set="digits")
    path = tmp_path / "record.json"

    path.write_text(record.to_json())
    assert read_record(path) == record
    change, expected = NONSENSE["another total"]
    path.write_text(resealed(record.to_json(), change))
    with pytest.raises(DamagedRecord, match=expected):
        read_record(path)


def test_what_this_machine_says_is_tamed_before_it_is_kept(tiny: Study, tmp_path: Path) -> None:
    record = scripted_record(
        tiny.runs()[0], [], status="failed", data_set="digits", error=f"two\nlines {ESCAPE}",
        processor=f"a  b\n{ESCAPE}", packages={"numpy": "2\n"},
    )  # fmt: skip
    assert record.error == "two\nlines  [31mred "
    assert record.environment == {"processor": "a b [31mred", "packages": {"numpy": "2"}}
    (tmp_path / "record.json").write_text(record.to_json())
    assert read_record(tmp_path / "record.json") == record
