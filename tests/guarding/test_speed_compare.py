"""Comparing measured ratios with the committed ones."""

from __future__ import annotations

import json
from pathlib import Path

import compare
import pytest

ONE = {"brand_raw": "AN EPYC", "family": 26, "model": 2}


def measured(path: Path, torch: float, **cpu: object) -> Path:
    """Write pytest-benchmark's file, reduced to what is read of it."""
    ratios = {"native": 1.0, "torch": torch}
    race = {"name": "test_training_step[final]", "extra_info": {"ratios": ratios}}
    path.write_text(
        json.dumps(
            {"machine_info": {"node": "a-host", "cpu": {**ONE, **cpu}}, "benchmarks": [race]}
        )
    )
    return path


@pytest.fixture
def baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "baseline.json"
    monkeypatch.setattr(compare, "BASELINE", path)
    files = [str(measured(tmp_path / f"{ratio}.json", ratio)) for ratio in (4.0, 4.2, 4.1)]
    assert compare.main(["--write", *files]) == 0
    return path


def test_the_baseline_holds_ratios_and_whose_they_are(baseline: Path) -> None:
    assert json.loads(baseline.read_text()) == {
        "processor": "AN EPYC family 26 model 2",
        "races": {"test_training_step[final]": {"torch": [4.0, 4.2, 4.1]}},
    }


@pytest.mark.usefixtures("baseline")
def test_nothing_moves_from_one_processor_to_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert compare.main([str(measured(tmp_path / "here.json", 9.0, family=25, model=17))]) == 0
    line, last = capsys.readouterr().out.splitlines()
    assert line.endswith("9.00 x   was     4.10 x ± 0.20 (n = 3)")
    assert last == (
        "the baseline is of AN EPYC family 26 model 2, this machine has AN EPYC family 25 model "
        "17: processors differ in their ratios, so that none is said to have moved"
    )


def test_measurements_of_several_processors_are_no_baseline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(measured(tmp_path / f"{n}.json", 4.0, model=min(n, 1))) for n in range(3)]
    assert compare.main(["--write", *files]) == 2
    assert "several processors: AN EPYC family 26 model 0, AN" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [(4.25, "(n = 3)"), (3.95, "(n = 3)"), (4.4, "moved UP"), (3.8, "moved DOWN")],
)
@pytest.mark.usefixtures("baseline")
def test_what_moved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ratio: float, verdict: str
) -> None:
    capsys.readouterr()
    assert compare.main([str(measured(tmp_path / "here.json", ratio))]) == 0
    line, last = capsys.readouterr().out.splitlines()
    assert line.endswith(verdict)
    assert "was     4.10 x ± 0.20" in line
    assert last.startswith("1 of 1" if verdict.startswith("moved") else "0 of 1")


@pytest.mark.usefixtures("baseline")
def test_a_race_that_was_not_run_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text(json.dumps({"machine_info": {"cpu": ONE}, "benchmarks": []}))
    compare.main([str(empty)])
    assert "test_training_step[final]: not measured here" in capsys.readouterr().out


@pytest.mark.usefixtures("baseline")
def test_a_race_that_is_new_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = measured(tmp_path / "here.json", 4.1)
    path.write_text(path.read_text().replace("final", "other"))
    compare.main([str(path)])
    assert "test_training_step[other]: not in the baseline" in capsys.readouterr().out


@pytest.mark.usefixtures("baseline")
def test_a_contestant_that_was_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = measured(tmp_path / "here.json", 4.1)
    path.write_text(path.read_text().replace('"torch": 4.1', '"other": 4.1'))
    compare.main([str(path)])
    assert "test_training_step[final] torch: not measured here" in capsys.readouterr().out


def test_one_measurement_has_no_spread(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main(["--write", str(measured(tmp_path / "one.json", 4.0))]) == 2
    assert "at least 3 measurements" in capsys.readouterr().out
