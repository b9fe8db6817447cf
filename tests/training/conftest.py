"""Jobs for sweeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.study.declaration import Study
from reprobench.harness.training.worker import Job
from scripted import ENGINE


@pytest.fixture
def jobs(tiny: Study, tmp_path: Path) -> list[Job]:
    """Twelve runs: two recipes, six seeds."""
    runs = replace(tiny, seeds=(1, 2, 3, 4, 5, 6)).runs()
    place = tmp_path / "progress"
    return [
        Job(
            run=run,
            data=DIGITS,
            data_directory=Path(),
            engine=ENGINE,
            epochs=2,
            progress=place,
        )
        for run in runs
    ]
