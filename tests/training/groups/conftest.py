"""The emulated device, and few images, because its kernels are loops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from group_bench import Bench
from made import few_of
from reprobench.harness.data.spec import DataSet
from reprobench.harness.study.declaration import Study
from reprobench.harness.training import worker

TRAIN, TEST = 45, 20


@pytest.fixture
def _few_images(digits: DataSet, monkeypatch: pytest.MonkeyPatch) -> None:
    few = few_of(digits, TRAIN, TEST)
    monkeypatch.setattr(worker, "_provided", {digits.spec.digest: few})


@pytest.fixture
def bench(tiny: Study, tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    """A bench of the tiny study."""
    for needed in ("emulated", "_few_images"):
        request.getfixturevalue(needed)
    criterion = tiny.criterion.model_copy(update={"epochs": 3})
    return Bench(replace(tiny, criterion=criterion), tmp_path)
