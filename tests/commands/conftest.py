"""What a bench is asked to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from reprobench.harness.commands.options import BenchOptions


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BenchOptions:
    """The tiny study, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARNESS_DATA", raising=False)
    return BenchOptions(study="tiny", jobs=2)
