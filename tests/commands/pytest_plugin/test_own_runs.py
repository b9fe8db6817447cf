"""Runs that a test has trained itself: what is stored of them, and what is said if they pass."""

from __future__ import annotations

import json

import numpy as np
import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.pytest_plugin.accuracy import _gate, _table
from reprobench.harness.study.declaration import Gate
from reprobench.harness.study.loading.file import load_study

STUDY = """
name = "own"

[criterion]
target = 0.5
window = 1

[import]

[gate]
margin = 0.05
"""
TEST = """
import os
from pathlib import Path

import pandas

SCALE = float(os.environ["SCALE"])


def test_a_file(accuracy, request):
    rows = [("a", seed, 1, SCALE * (0.6 + seed / 100)) for seed in range(5)]
    table = pandas.DataFrame(rows, columns=["recipe", "seed", "epoch", "value"])
    table.to_csv(request.path.parent / "runs.csv", index=False)
    accuracy.of_runs(Path("own.toml"), "runs.csv")
"""


@pytest.mark.slow
def test_what_is_stored_and_what_passes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another scale, too: percentages, where shares were stored."""
    pytester.makepyfile(TEST)
    pytester.path.joinpath("own.toml").write_text(STUDY)
    monkeypatch.setenv("SCALE", "1")
    pytester.runpytest_subprocess("--accuracy-save").assert_outcomes(passed=1)
    stored = pytester.path / ".accuracy/baseline/own/a-seed-0.json"
    (source,) = json.loads(stored.read_text())["sources"]
    assert source["file"] == "runs.csv"

    same = pytester.runpytest_subprocess()
    same.assert_outcomes(passed=1)
    same.stdout.no_fnmatch_line("*committed from*")
    monkeypatch.setenv("SCALE", "100")
    for workers in ("0", "1"):
        result = pytester.runpytest_subprocess("-n", workers)
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["a: every value here, *, is better than all *; are they on *"])


def test_numbers_of_numpy_are_numbers() -> None:
    numbers = {"epochs": np.int64(2), "margin": np.float32(0.1), "seeds": np.uint8(2)}
    table = _table({**numbers, "limit": np.array(4), "alpha": np.float64(0.05)})
    assert _gate(table, "a", load_study("tiny")) == Gate(2, 4, 2, 0.05, {"a": 0.1})
    with pytest.raises(InputError, match="accuracy: epochs = true: should be a valid integer"):
        _table({**numbers, "epochs": np.True_})


@pytest.mark.parametrize(("limit", "expected"), [(None, (2, 16)), (1, (1, 1)), (4, (2, 4))])
def test_numbers_of_seeds_may_be_left_out(limit: int | None, expected: tuple[int, int]) -> None:
    table = _table({"epochs": 2, "margin": 0.1, "seeds": None, "limit": limit})
    gate = _gate(table, "a", load_study("tiny"))
    assert (gate.seeds, gate.limit) == expected


def test_paths_are_paths_or_texts(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from pathlib import Path

        def test_a_study_that_is_not_there(accuracy):
            accuracy(Path("nowhere.toml"), "final", epochs=1, margin=20)

        def test_data_that_is_not_there(accuracy):
            accuracy("mnist", "final", epochs=1, margin=20, data="nowhere")
        """
    )
    pytester.path.joinpath("nowhere").touch()
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["study nowhere.toml: neither a file nor a shipped study*", "--data: *nowhere is not a*"]
    )
