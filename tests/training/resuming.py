"""Runs of a few epochs that are stopped, and continue from their checkpoints."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines import State
from reprobench.harness.results.record import RunRecord
from reprobench.harness.results.trained import TrainedEpoch
from reprobench.harness.study.identity import Run
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.checkpoints import EPOCHS as EPOCHS_SO_FAR
from reprobench.harness.training.checkpoints import Checkpoint, checksum
from reprobench.harness.training.run import train_run
from safetensors import safe_open
from safetensors.numpy import save

EPOCHS = 3
MOMENTUM = '{ name = "SGD", momentum = 0.9 }'
REGULARISER = {"iteration": "dropout = 0.1", "final": "l2 = 0.0001"}


class Stopped(Exception):
    """Stands in for whatever ends a process between two epochs."""


OWN = """
import torch
from torch import nn

class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(784, 10)
        self.scale = nn.Parameter(torch.tensor(1.0))
        {more}

    def forward(self, images):
        return self.last(images.flatten(1)) * self.scale

def build():
    return Scaled()
"""
"""A module with a parameter of no dimensions, and room for more."""


def run_of_own(source: str, optimiser: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of a module of the user's own: what `build` in the source returns."""
    module = f"of_{tmp_path.name}"
    (tmp_path / f"{module}.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    run = run_with(optimiser, "iteration", tmp_path)
    return replace(run, recipe=run.own.model_copy(update={"architecture": f"{module}:build"}))


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
    def stop(row: TrainedEpoch) -> None:
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


def resealed(checkpoint: Checkpoint, change: Callable[[State, list[dict[str, Any]]], None]) -> None:
    """Change what the checkpoint holds, and give it the right checksum."""
    with safe_open(checkpoint.path, framework="numpy") as file:
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    rows = json.loads(state.pop(EPOCHS_SO_FAR).tobytes())
    change(state, rows)
    state[EPOCHS_SO_FAR] = np.frombuffer(json.dumps(rows).encode(), dtype=np.uint8)
    header = {"checksum": checksum(checkpoint.key, state)}
    checkpoint.path.write_bytes(save(state, metadata=header))
