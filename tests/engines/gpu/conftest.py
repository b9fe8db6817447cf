"""The emulated device, and few images, because its kernels are loops."""

from __future__ import annotations

import os

import pytest
from reprobench.harness.engines.gpu import device


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups train on the emulated device, or on the one that is named."""
    monkeypatch.setenv(device.VARIABLE, os.environ.get("DEVICE_OF_TESTS", device.EMULATED))
    if reason := device.why_missing():
        pytest.skip(reason)
