"""Runs that are stopped go on from their last complete epoch, and end in the same bits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines.roster import ENGINES, engine_named
from reprobench.harness.results.record import EpochRow, RunRecord
from reprobench.harness.study.declaration import Run, Study
from reprobench.harness.study.file import load_study
from reprobench.harness.training.checkpoints import Checkpoint, UnusableCheckpoint
from reprobench.harness.training.run import train_run

EPOCHS = 3
MOMENTUM = '{ name = "SGD", momentum = 0.9 }'
ENGINE = next(engine.name for engine in ENGINES if not engine.missing())
"""The fastest that is here."""
"""The faster one that is here, where either would do."""


REGULARISER = {"iteration": "dropout = 0.1", "final": "l2 = 0.0001"}


class Stopped(Exception):
    """Stands for whatever ends a process between two epochs."""


def run_with(optimiser: str, architecture: str, tmp_path: Path) -> Run:
    text = f"""
        name = "resumed"
        data_set = "digits"
        seeds = 1
        [criterion]
        target = 0.5
        epochs = {EPOCHS}
        parameters = 10_000
        window = 1
        [[recipes]]
        name = "one"
        architecture = "{architecture}"
        batch_size = 128
        lr = 0.02
        optimiser = {optimiser}
        scheduler = "OneCycleLR"
        augmentation = {{ rotation = 7 }}
        regulariser = {{ {REGULARISER[architecture]} }}
    """
    file = tmp_path / "resumed.toml"
    file.write_text(text)
    (run,) = load_study(str(file)).runs()
    return run


def stop_after(epoch: int, run: Run, data: DataSet, engine: str, checkpoint: Checkpoint) -> None:
    def stop(row: EpochRow) -> None:
        if row.epoch == epoch:
            raise Stopped

    with pytest.raises(Stopped):
        train_run(run, data, engine, on_epoch=stop, checkpoint=checkpoint)


def resume(
    run: Run, data: DataSet, engine: str, checkpoint: Checkpoint
) -> tuple[RunRecord, list[int]]:
    """The record, and the epochs that were shown."""
    shown: list[int] = []
    record = train_run(
        run, data, engine, on_epoch=lambda row: shown.append(row.epoch), checkpoint=checkpoint
    )
    return record, shown


@pytest.mark.parametrize(
    ("engine", "optimiser", "architecture"),
    [
        ("native", MOMENTUM, "iteration"),
        ("native", MOMENTUM, "final"),
        ("torch", MOMENTUM, "iteration"),
        ("torch", '"Adam"', "iteration"),
    ],
)
def test_resumed_at_any_epoch(
    engine: str, optimiser: str, architecture: str, digits: DataSet, tmp_path: Path
) -> None:
    if reason := engine_named(engine).missing():
        pytest.skip(reason)
    run = run_with(optimiser, architecture, tmp_path)
    undisturbed = train_run(run, digits, engine)
    checkpoint = Checkpoint(tmp_path / "kept" / "run.safetensors", "key")
    for epoch in range(1, EPOCHS):
        stop_after(epoch, run, digits, engine, checkpoint)
        assert checkpoint.path.exists()
        record, shown = resume(run, digits, engine, checkpoint)
        assert record.digest == undisturbed.digest
        assert shown[0] == epoch
        assert list((tmp_path / "kept").iterdir()) == []


@pytest.fixture
def stopped(tiny: Study, digits: DataSet, tmp_path: Path) -> tuple[Run, Checkpoint]:
    """A run of two epochs that was stopped after the first."""
    run = tiny.runs()[1]
    checkpoint = Checkpoint(tmp_path / "run.safetensors", "key")
    stop_after(1, run, digits, ENGINE, checkpoint)
    return run, checkpoint


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "another run's", "not safetensors"])
def test_an_unusable_checkpoint_begins_anew(
    stopped: tuple[Run, Checkpoint], digits: DataSet, damage: str
) -> None:
    run, checkpoint = stopped
    content = bytearray(checkpoint.path.read_bytes())
    if damage == "flipped":
        content[-1] ^= 1
    elif damage == "another run's":
        checkpoint = replace(checkpoint, key="another")
    else:
        content = {"cut": content[:-5], "empty": b"", "not safetensors": b"{}"}[damage]
    checkpoint.path.write_bytes(content)
    with pytest.raises(UnusableCheckpoint):
        checkpoint.resume(engine_named(ENGINE).create(run.recipe, digits, run.seed))
    record, shown = resume(run, digits, ENGINE, checkpoint)
    assert shown == [1, 2]
    assert record.digest == train_run(run, digits, ENGINE).digest


def test_the_last_epoch_alone_needs_no_training(
    stopped: tuple[Run, Checkpoint], digits: DataSet
) -> None:
    run, checkpoint = stopped
    record = train_run(run, digits, ENGINE, epochs=1, checkpoint=checkpoint)
    assert len(record.rows) == 1
    assert not checkpoint.path.exists()


def test_nothing_is_kept_without_a_checkpoint(tiny: Study, digits: DataSet, tmp_path: Path) -> None:
    train_run(tiny.runs()[1], digits, ENGINE, epochs=1)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_made_where_there_is_no_ledger(
    tiny: Study, digits: DataSet, tmp_path: Path
) -> None:
    checkpoint = Checkpoint(tmp_path / "ledger" / "checkpoints" / "run.safetensors", "key")
    train_run(tiny.runs()[1], digits, ENGINE, checkpoint=checkpoint)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_does_not_end_the_run(tiny: Study, digits: DataSet, tmp_path: Path) -> None:
    """The folder's place is taken by a file."""
    (tmp_path / "taken").touch()
    checkpoint = Checkpoint(tmp_path / "taken" / "run.safetensors", "key")
    record = train_run(tiny.runs()[1], digits, ENGINE, checkpoint=checkpoint)
    assert record.status == "completed"
