"""The arrangement of a group's kernels: measured once, kept, and never used if it is damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from reprobench.harness.engines import _cuda
from reprobench.harness.engines.gpu import arrangements
from reprobench.harness.engines.gpu.arrangements import Arrangement, arranged_seeds

FASTEST = (2, 1 << 24)


class Seeds:
    """Seeds that find the fastest arrangement if they are given none."""

    measured = 0

    def __init__(self, group: object, device: object, arrangement: Arrangement | None = None):
        del group, device
        Seeds.measured += arrangement is None
        self.arrangement = arrangement or FASTEST


@pytest.fixture(autouse=True)
def gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretends that there is a GPU."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(arrangements, "identity", lambda: "A GPU and its kernels")
    monkeypatch.setattr(_cuda, "Seeds", Seeds)
    Seeds.measured = 0


def arrangement(kind: str = "sixteen seeds") -> Arrangement:
    nothing: Any = None
    return arranged_seeds(nothing, kind, nothing).arrangement


def kept_in(folder: Path) -> list[Path]:
    return list((folder / "reprobench").iterdir())


def test_measured_once_for_each_kind_and_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (arrangement(), arrangement(), Seeds.measured) == (FASTEST, FASTEST, 1)
    (place,) = kept_in(tmp_path)
    assert json.loads(place.read_text()) == {"streams": 2, "cache": 1 << 24}
    arrangement("one seed")
    monkeypatch.setattr(arrangements, "identity", lambda: "Another GPU")
    arrangement()
    assert Seeds.measured == len(kept_in(tmp_path)) == 3


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"streams": 0, "cache": 0}',
        '{"streams": 2, "cache": -1}',
        '{"streams": true, "cache": 0}',
        '{"streams": 2, "cache": 1.5}',
        "\0" * 9,
    ],
)
def test_what_is_damaged_is_measured_again(tmp_path: Path, damage: str) -> None:
    arrangement()
    (place,) = kept_in(tmp_path)
    place.write_text(damage)
    assert (arrangement(), Seeds.measured) == (FASTEST, 2)
    assert (arrangement(), Seeds.measured) == (FASTEST, 2)


def test_a_folder_that_cannot_be_used_is_let_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert (arrangement(), Seeds.measured) == (FASTEST, 1)


def test_an_emulated_device_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrangements, "identity", lambda: None)
    arrangement()
    assert not (tmp_path / "reprobench").exists()
