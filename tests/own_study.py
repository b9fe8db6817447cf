"""A study of the user's own data, to be filled in, and a module that has such data."""

from __future__ import annotations

from pathlib import Path

STUDY = """
name = "own"
data_set = "{data_set}"
seeds = 2
holdout = {holdout}

[criterion]
target = 0.5
epochs = 2
parameters = 20_000
window = 1

[defaults]
batch_size = 10
lr = 0.05
optimiser = {{ name = "SGD", momentum = 0.9 }}
augmentation = {augmentation}

[[recipes]]
name = "small"
architecture = "{architecture}"
"""
ARRAYS = """
import numpy as np

def data():
    with np.load("arrays.npz") as arrays:
        return dict(arrays)
"""


def written(
    data_set: str,
    architecture: str = "padded-3202",
    augmentation: str = "{}",
    holdout: int = 0,
    target: float = 0.5,
) -> str:
    """Write the study file; returns its name."""
    text = STUDY.format(
        data_set=data_set, architecture=architecture, augmentation=augmentation, holdout=holdout
    )
    Path("study.toml").write_text(text.replace("target = 0.5", f"target = {target}"))
    return "study.toml"
