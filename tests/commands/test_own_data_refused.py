"""Faults of the user's own data are reported in one line, before anything is trained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benching import run
from made import TEST, arrays
from own_study import ARRAYS, written
from reprobench.harness.base.errors import HarnessError, InputError
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.study.loading.file import load_study
from scripted import nothing, trainer

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize(
    ("written_so", "complaint"),
    [
        (
            {"data_set": "nowhere.npz"},
            r"data_set = 'nowhere\.npz': there is no .*nowhere\.npz; put",
        ),
        (
            {"data_set": "broken.npz"},
            r"data_set = 'broken\.npz': std is missing; it has no default",
        ),
        ({"data_set": "nowhere:data"}, "data_set = 'nowhere:data': there is no module nowhere in"),
        ({"data_set": "own_arrays:fails"}, "data_set = .*: fails: ZeroDivisionError"),
        ({"data_set": "a\\nb.npz"}, r"data_set = 'a\\nb\.npz': should be a name on one line"),
        (
            {"data_set": "npz"},
            "data_set = 'npz': unknown; allowed are mnist, .*, FILE.npz, package",
        ),
        ({"holdout": 48}, "holdout = 48: arrays.npz has 48 training images; hold out fewer"),
        ({"target": 0.51}, f"criterion.target = 0.51: is 10.2 of {TEST} test images; give 0.5 or"),
        ({"target": 0.5, "holdout": 7}, "criterion.target = 0.5: is 3.5 of 7 test images; give"),
        (
            {"architecture": "final"},
            "does not take the images of arrays.npz: Conv.* input of 14 x 2 x 4",
        ),
        (
            {"augmentation": "{ translation = 20 }"},
            "translation = 20.0: the images of arrays.npz are 20 pixels wide; give fewer",
        ),
        (
            {"data_set": "two.npz", "augmentation": "{ contrast = 0.1 }"},
            "contrast = 0.1: needs images with 1 or 3 channels; those of two.npz have 2",
        ),
    ],
)
def test_one_line_a_problem(written_so: dict[str, Any], complaint: str, folder: Path) -> None:
    np.savez("arrays.npz", **arrays((3, 20, 24)))
    np.savez("two.npz", **arrays((2, 20, 24)))
    np.savez("broken.npz", **arrays(std=None))
    Path("own_arrays.py").write_text("def fails(): 1 / 0")
    before = sorted(folder.glob("*.*"))
    study = written(**{"data_set": "arrays.npz", **written_so})
    with pytest.raises(InputError) as caught:
        run(BenchOptions(study=study))
    (line,) = caught.value.lines
    assert re.search(complaint, line), line
    assert caught.value.exit_code == 2
    assert sorted(folder.glob("*.*")) in (before, sorted([*before, folder / "study.toml"]))


def test_a_batch_of_one_image_that_cannot_be_normalised() -> None:
    """48 images in batches of 47 leave one, and this network normalises planes of a single
    value."""
    np.savez("arrays.npz", **arrays((20, 20)))
    study = Path(written("arrays.npz"))
    text = study.read_text()
    study.write_text(text.replace("batch_size = 10", "batch_size = 47"))
    with pytest.raises(InputError, match="batch_size = 47: leaves 1 of 48 images for the last"):
        load_study(str(study))
    study.write_text(text.replace("batch_size = 10", "batch_size = 46"))
    assert load_study(str(study)).recipes


@pytest.mark.parametrize("confirmation", ["", "confirmation = 2\n"])
def test_a_batch_of_one_image_where_others_are_held_out(confirmation: str) -> None:
    """What is held out is not trained on, except to confirm the choice."""
    np.savez("arrays.npz", **arrays((20, 20)))
    study = Path(written("arrays.npz", holdout=8))
    text = study.read_text().replace("seeds = 2\n", f"seeds = 2\n{confirmation}")
    study.write_text(text.replace("batch_size = 10", "batch_size = 39"))
    with pytest.raises(InputError, match="batch_size = 39: leaves 1 of 40 images for the last"):
        load_study(str(study))
    study.write_text(text.replace("batch_size = 10", "batch_size = 47"))
    if confirmation:
        with pytest.raises(InputError, match="batch_size = 47: leaves 1 of 48 images for the"):
            load_study(str(study))
    else:
        assert load_study(str(study)).recipes


def test_a_function_that_draws_anew_ends_before_training(folder: Path) -> None:
    np.savez("arrays.npz", **arrays())
    Path("own_arrays.py").write_text(
        ARRAYS.replace("dict(arrays)", "{**arrays, 'mean': np.random.rand(3)}")
    )
    options = BenchOptions(study=written("own_arrays:data"))
    with pytest.raises(HarnessError, match="returns different data at each call") as caught:
        run(options, trainer(nothing))
    assert caught.value.exit_code == 2
    assert not (folder / "ledger").exists()
