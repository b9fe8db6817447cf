"""Checkpoints of the user's own modules with unusual state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made import few_of
from reprobench.harness.data.spec import DataSet
from reprobench.harness.results.trained import TrainedEpoch
from reprobench.harness.training.checkpoints import Checkpoint
from reprobench.harness.training.run import train_run
from resuming import MOMENTUM, OWN, resume, run_of_own, stop_after
from scripted import published_recipes, scripted_record


@pytest.fixture(scope="module")
def digits(digits: DataSet) -> DataSet:
    """A few digits: what can be kept does not depend on how many there are."""
    return few_of(digits, 300, 100)


@pytest.mark.parametrize("optimiser", [MOMENTUM, '"Adam"'])
def test_a_parameter_without_dimensions(
    optimiser: str, digits: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is what the optimiser keeps for it."""
    run = run_of_own(OWN.format(more=""), optimiser, tmp_path, monkeypatch)
    checkpoint = Checkpoint(tmp_path / "run.safetensors", "key")
    undisturbed = train_run(run, digits, "torch")
    stop_after(2, run, digits, "torch", checkpoint)
    record, shown = resume(run, digits, "torch", checkpoint)
    assert (shown, record.digest) == ([3], undisturbed.digest)


COMPLEX = 'self.register_buffer("filter", torch.ones(3, dtype=torch.complex128))'


def test_what_no_checkpoint_can_hold_is_trained_without_one(
    digits: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file's format has no complex numbers of this size."""
    run = run_of_own(OWN.format(more=COMPLEX), MOMENTUM, tmp_path, monkeypatch)
    checkpoint = Checkpoint(tmp_path / "run.safetensors", "key")
    record = train_run(run, digits, "torch", checkpoint=checkpoint)
    assert record.status == "completed"
    assert not checkpoint.path.exists()


def test_epochs_are_not_in_the_header(tmp_path: Path) -> None:
    """It could hold 100 MB: 15 epochs of half a million mistakes would be more."""
    (row,) = scripted_record(published_recipes().runs()[0], [0]).rows
    assert isinstance(row, TrainedEpoch)
    checkpoint = Checkpoint(tmp_path / "run.safetensors", "key")
    checkpoint.save({"values": np.zeros(1)}, [row])
    content = checkpoint.path.read_bytes()
    assert int.from_bytes(content[:8], "little") < 1_000 < len(content)
    rows, state = checkpoint._read()
    assert (rows, list(state)) == ([row], ["values"])
