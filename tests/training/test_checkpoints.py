"""Runs that are stopped continue from their last complete epoch, and end with the same bits."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made import few_of
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines import State
from reprobench.harness.engines.roster import ENGINES, engine_named
from reprobench.harness.results.record import RunRecord
from reprobench.harness.results.trained import TrainedEpoch
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.identity import Run
from reprobench.harness.training import run as runs
from reprobench.harness.training.checkpoints import Checkpoint, UnusableCheckpoint
from reprobench.harness.training.run import train_run
from resuming import EPOCHS, MOMENTUM, resealed, resume, run_of_own, run_with, stop_after

ENGINE = next(engine.name for engine in ENGINES if not engine.missing())
"""The fastest available engine."""


@pytest.fixture(scope="module")
def digits(digits: DataSet) -> DataSet:
    """A few digits: how a stopped run continues does not depend on how many there are."""
    return few_of(digits, 300, 100)


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
        assert shown == list(range(epoch + 1, EPOCHS + 1))
        assert list((tmp_path / "kept").iterdir()) == [checkpoint.path]
        checkpoint.remove()


CENTRED = """
import torch
from torch import nn

class Centred(nn.Module):
    '''Subtracts a running mean that is in no state_dict, and is there under two names.'''

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(784, 10)
        self.register_buffer("mean", torch.zeros(784), persistent=False)
        self.register_buffer("grown", torch.zeros(0, dtype=torch.int64), persistent=False)
        self.register_buffer("none", None, persistent=False)
        self.last.register_buffer("same", self.mean, persistent=False)

    def forward(self, images):
        flat = images.flatten(1)
        if self.training:
            self.mean += 0.01 * (flat.detach().mean(0) - self.mean)
            self.grown = torch.arange(len(self.grown) + 1)
        return self.last(flat - self.last.same) * (1 + len(self.grown) / 100)

def build():
    return Centred()
"""


def test_buffers_that_are_in_no_state_dict_are_kept(
    digits: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of_own(CENTRED, MOMENTUM, tmp_path, monkeypatch)
    checkpoint = Checkpoint(tmp_path / "run.safetensors", "key")
    undisturbed = train_run(run, digits, "torch")
    stop_after(2, run, digits, "torch", checkpoint)
    record, shown = resume(run, digits, "torch", checkpoint)
    assert (shown, record.digest) == ([3], undisturbed.digest)

    resealed(checkpoint, lambda state, _: state.pop("buffer.mean"))
    record, shown = resume(run, digits, "torch", checkpoint)
    assert (shown, record.digest) == ([1, 2, 3], undisturbed.digest)


@pytest.fixture(scope="module")
def undisturbed(tiny: Study, digits: DataSet) -> RunRecord:
    """The record of the same run if nothing stops it."""
    return train_run(tiny.runs()[1], digits, ENGINE)


@pytest.fixture
def stopped(tiny: Study, digits: DataSet, tmp_path: Path) -> tuple[Run, Checkpoint]:
    """A run of two epochs that was stopped after the first."""
    run = tiny.runs()[1]
    checkpoint = Checkpoint(tmp_path / "run.safetensors", "key")
    stop_after(1, run, digits, ENGINE, checkpoint)
    return run, checkpoint


def tensors(dtype: str) -> bytes:
    """A file with one tensor of a type that NumPy may not have."""
    head = json.dumps({"a": {"dtype": dtype, "shape": [1], "data_offsets": [0, 1]}}).encode()
    return len(head).to_bytes(8, "little") + head + b"0"


CONTENTS: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[:-5],
    "empty": lambda _: b"",
    "flipped": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "not safetensors": lambda _: b"{}",
    "eight-bit floats": lambda _: tensors("F8_E4M3"),
    "no such type": lambda _: tensors("F3"),
    "a header without end": lambda content: (2**62).to_bytes(8, "little") + content[8:],
}
RESEALED: dict[str, Callable[[State, list[dict[str, Any]]], object]] = {
    "wrong shapes": lambda state, _: state.update({n: v[None] for n, v in state.items()}),
    "wrong types": lambda state, _: state.update({n: v.astype("i2") for n, v in state.items()}),
    "nothing in it": lambda state, _: state.clear(),
    "no epochs": lambda _, rows: rows.clear(),
    "a negative count": lambda _, rows: rows[0].update(correct=-5),
    "an epoch twice": lambda _, rows: rows.append(rows[0]),
    "more correct than mistakes allow": lambda _, rows: rows[0].update(correct=500),
    "columns of another version": lambda _, rows: rows[0].pop("lr"),
}
OTHERS: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "folder": os.mkdir,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "circle": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("damage", [*CONTENTS, *RESEALED, *OTHERS, "another run's"])
def test_an_unusable_checkpoint_begins_anew(
    stopped: tuple[Run, Checkpoint], undisturbed: RunRecord, digits: DataSet, damage: str
) -> None:
    run, checkpoint = stopped
    if damage == "another run's":
        checkpoint = replace(checkpoint, key="another")
    elif damage in RESEALED:
        resealed(checkpoint, RESEALED[damage])
    elif damage in CONTENTS:
        checkpoint.path.write_bytes(CONTENTS[damage](checkpoint.path.read_bytes()))
    else:
        checkpoint.path.unlink()
        OTHERS[damage](checkpoint.path)
    with pytest.raises(UnusableCheckpoint):
        checkpoint.resume(engine_named(ENGINE).create(run.recipe, digits, run.seed))
    record, shown = resume(run, digits, ENGINE, checkpoint)
    assert shown == [1, 2]
    assert record.digest == undisturbed.digest


def test_what_only_the_next_step_finds_unusable(digits: DataSet, tmp_path: Path) -> None:
    """The weights are right, but the optimiser's state has a wrong shape."""
    run = run_with('"Adam"', "iteration", tmp_path)
    checkpoint = Checkpoint(tmp_path / "run.safetensors", "key")
    stop_after(1, run, digits, "torch", checkpoint)

    def misshapen(state: State, _: object) -> None:
        state.update({n: v[None, None] for n, v in state.items() if n.endswith("exp_avg")})

    resealed(checkpoint, misshapen)
    record, shown = resume(run, digits, "torch", checkpoint)
    assert shown == [1, 2, 3]
    assert record.digest == train_run(run, digits, "torch").digest


def test_what_fails_later_loses_nothing(
    digits: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its checkpoint has proved to be usable: a run that fails goes on from there."""
    run = run_with(MOMENTUM, "iteration", tmp_path)
    checkpoint = Checkpoint(tmp_path / "run.safetensors", "key")
    stop_after(1, run, digits, ENGINE, checkpoint)
    train, faults = runs.run_epoch, [MemoryError("none left")]

    def lacking_memory_once(*given: Any) -> TrainedEpoch:
        if given[-1] == 3 and faults:
            raise faults.pop()
        return train(*given)

    monkeypatch.setattr(runs, "run_epoch", lacking_memory_once)
    with pytest.raises(MemoryError, match="none left"):
        resume(run, digits, ENGINE, checkpoint)
    record, shown = resume(run, digits, ENGINE, checkpoint)
    assert shown == [3]
    assert record.digest == train_run(run, digits, ENGINE).digest


def test_fewer_epochs_need_no_training_and_lose_nothing(
    stopped: tuple[Run, Checkpoint], undisturbed: RunRecord, digits: DataSet
) -> None:
    run, checkpoint = stopped
    record = train_run(run, digits, ENGINE, epochs=1, checkpoint=checkpoint)
    assert len(record.rows) == 1
    rest, shown = resume(run, digits, ENGINE, checkpoint)
    assert shown == [2]
    assert rest.digest == undisturbed.digest


def test_a_run_of_its_first_epochs_goes_on_from_there(
    tiny: Study, undisturbed: RunRecord, digits: DataSet, tmp_path: Path
) -> None:
    run, checkpoint = tiny.runs()[1], Checkpoint(tmp_path / "run.safetensors", "key")
    train_run(run, digits, ENGINE, epochs=1, checkpoint=checkpoint)
    rest, shown = resume(run, digits, ENGINE, checkpoint)
    assert shown == [2]
    assert rest.digest == undisturbed.digest


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
    """A file is in the place of the folder."""
    (tmp_path / "taken").touch()
    checkpoint = Checkpoint(tmp_path / "taken" / "run.safetensors", "key")
    record = train_run(tiny.runs()[1], digits, ENGINE, checkpoint=checkpoint)
    assert record.status == "completed"
