"""The code that talks to NVIDIA's driver, on an imitation of it: the same bits through graphs and
copies."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from reprobench.harness.engines.gpu.nvrtc import find_nvrtc
from scripted import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.skipif(not shutil.which("g++") or not shutil.which("make"), reason="no g++ or make")
def test_groups_through_a_driver() -> None:
    if find_nvrtc(99) is None:
        pytest.skip("NVRTC is not installed")
    command = ["make", "-C", str(ROOT / "tests" / "cuda"), "driven", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
    assert "skipped" not in done.stdout
