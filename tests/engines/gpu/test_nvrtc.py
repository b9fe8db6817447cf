"""Where NVRTC is looked for."""

from __future__ import annotations

import sys

import pytest
from reprobench.harness.engines.gpu import nvrtc


def test_a_folder_that_cannot_be_looked_into_holds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's loader is asked next."""
    asked = []

    def opened(place: str) -> None:
        asked.append(place)
        raise OSError("not there")

    monkeypatch.setattr(nvrtc, "_opened", opened)
    monkeypatch.setattr(sys, "path", ["a" * 300])
    assert nvrtc.find_nvrtc(13) is None
    assert asked == ["libnvrtc.so.13", "libnvrtc.so.12"]
