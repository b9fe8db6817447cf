"""The parts of the check on a GPU, without one: on the emulated device or the native engine."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import parts
import pytest
from codes import DIFFERS, SKIPPED
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.engines.gpu import device
from reprobench.harness.engines.roster import NATIVE
from reprobench.harness.training.worker import train_job
from scripted import ROOT

pytestmark = pytest.mark.skipif(
    NATIVE.missing() is not None, reason="the native engine is not built"
)


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    """A folder with a committed report of the tiny study: one run of two epochs."""
    (job,) = parts.jobs_of("tiny", [("iteration", 1)], "native", tmp_path, Path())
    records = tmp_path / "reports" / "tiny" / "records"
    records.mkdir(parents=True)
    (records / "iteration-seed-1.json").write_text(train_job(job).to_json())
    return tmp_path


@pytest.mark.slow
def test_verify_trains_committed_runs_again(committed: Path, tmp_path: Path) -> None:
    found = parts.verify("tiny", engine="native", runs=1, root=committed, place=tmp_path)
    assert found == parts.Finding("1 runs: identical")


def test_verify_finds_the_committed_reports_from_wherever_it_is_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`make` calls it in tests/cuda. Data are looked for after the reports were found."""
    monkeypatch.chdir(ROOT / "tests" / "cuda")
    monkeypatch.setenv(device.VARIABLE, device.EMULATED)
    no_folder = tmp_path / "file"
    no_folder.touch()
    with pytest.raises(RuntimeError, match=f"--data: {no_folder} is not a folder"):
        parts.verify(place=no_folder)


@pytest.mark.parametrize("folder", ["tests/cuda", "."])
def test_data_are_looked_for_from_the_checkouts_root(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[Any, Path]] = []
    monkeypatch.chdir(ROOT / folder)
    monkeypatch.setenv("HARNESS_DATA", "data")
    monkeypatch.setattr(parts, "load_data_set", lambda *given: looked.append(given))
    assert parts.mnist_directory() == ROOT / "data"
    assert looked == [(MNIST, ROOT / "data")]


@pytest.mark.parametrize("part", [("mnist",), ("verify",), ("speed", "iteration2", "2")])
def test_without_mnist_a_part_is_skipped(
    part: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path))
    assert parts.main(*part) == SKIPPED
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("no MNIST (HARNESS_DATA): ")


def test_a_middle_epoch_is_timed_with_checkpoints(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [SimpleNamespace(seconds=seconds) for seconds in (9.0, 0.5, 7.0)]
    jobs: list[Any] = []

    def train(given: Any) -> list[Any]:
        jobs.extend(given)
        return [SimpleNamespace(rows=rows)] * len(given)

    monkeypatch.setattr(parts, "train_group", train)
    monkeypatch.setattr(parts, "mnist_directory", lambda: tmp_path)
    found = parts.speed("iteration2", "4")
    assert found.words == "  2.00 s an epoch,    8.0 runs of 15 epochs a minute"
    assert [job.epochs for job in jobs] == [3] * 4
    assert len({job.checkpoint for job in jobs}) == 4


def test_runs_that_fail_say_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failed = SimpleNamespace(key="a", error="RuntimeError: too little memory", rows=[])
    monkeypatch.setattr(parts, "train_group", lambda _: [failed])
    monkeypatch.setattr(parts, "mnist_directory", lambda: tmp_path)
    with pytest.raises(RuntimeError, match="too little memory"):
        parts.speed("iteration2", "1")
    assert parts.compared({"a": "why"}, {"a": "digest"}) == parts.Finding("DIFFERS: why", DIFFERS)


@pytest.mark.slow
@pytest.mark.usefixtures("emulated")
def test_steps_on_the_emulated_device(capsys: pytest.CaptureFixture[str]) -> None:
    assert parts.main("steps", "final") == 0
    assert capsys.readouterr().out == "the committed bits\n"


def test_the_committed_values_are_of_these_numerics() -> None:
    expected = json.loads(parts.EXPECTED.read_text())
    assert expected["numerics"] == parts.NATIVE.version().numerics
    assert parts.steps_of("final", "native") == expected["steps"]["final"]
