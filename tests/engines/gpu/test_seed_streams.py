"""The number of a group's streams: measured once, kept, and never used if it is damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import few_of
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines import _cuda
from reprobench.harness.engines.gpu import streams
from reprobench.harness.engines.gpu.seeds import Epoch, SeedGroup, group_of
from reprobench.harness.engines.gpu.streams import seeds_in_streams
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.recipe import Recipe

FASTEST = 2


class Seeds:
    """Seeds that find the fastest number of streams if they are given none."""

    measured = 0

    def __init__(self, group: object, device: object, streams: int | None = None) -> None:
        del group, device
        Seeds.measured += streams is None
        self.streams = streams or FASTEST


@pytest.fixture
def gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretends that there is a GPU."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(streams, "identity", lambda: "A GPU and its kernels")
    monkeypatch.setattr(_cuda, "Seeds", Seeds)
    Seeds.measured = 0


def streams_of(kind: str = "sixteen seeds") -> int:
    nothing: Any = None
    return seeds_in_streams(nothing, kind, nothing).streams


def kept_in(folder: Path) -> list[Path]:
    return list((folder / "reprobench").iterdir())


@pytest.mark.usefixtures("gpu")
def test_measured_once_for_each_kind_and_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (streams_of(), streams_of(), Seeds.measured) == (FASTEST, FASTEST, 1)
    streams_of("one seed")
    monkeypatch.setattr(streams, "identity", lambda: "Another GPU")
    streams_of()
    assert Seeds.measured == len(kept_in(tmp_path)) == 3


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("damage", [b"", b"2", b"\0" * 100, None])
def test_what_is_damaged_is_measured_again(tmp_path: Path, damage: bytes | None) -> None:
    streams_of()
    (place,) = kept_in(tmp_path)
    place.write_bytes(place.read_bytes()[:-1] if damage is None else damage)
    assert (streams_of(), Seeds.measured) == (FASTEST, 2)
    assert (streams_of(), Seeds.measured) == (FASTEST, 2)


@pytest.mark.usefixtures("gpu")
def test_a_folder_that_cannot_be_used_is_let_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert (streams_of(), Seeds.measured) == (FASTEST, 1)


def test_kinds_of_groups(digits: DataSet, tiny: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[str] = []

    def seen(group: _cuda.Group, kind: str, device: _cuda.Device) -> _cuda.Seeds:
        kinds.append(kind)
        return _cuda.Seeds(group, device)

    monkeypatch.setattr("reprobench.harness.engines.gpu.seeds.seeds_in_streams", seen)
    iteration, final = tiny.recipes
    plain = iteration.model_copy(
        update={"augmentation": iteration.augmentation.model_copy(update={"rotation": 0})}
    )
    small = iteration.model_copy(update={"batch_size": 8})
    slower = iteration.model_copy(update={"lr": 0.001})
    groups = [[iteration], [iteration, iteration], [final], [plain], [small], [slower]]
    for recipes in groups:
        SeedGroup(recipes, range(len(recipes)), digits, _cuda.EmulatedDevice(), steps=1)
    assert len(set(kinds[:-1])) == len(groups) - 1
    assert kinds[-1] == kinds[0]


@pytest.mark.slow
def test_many_launches_are_several_graphs(digits: DataSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """72 kernels in each of 18 streams: the 16 steps whose masks are drawn at once are 20,736."""
    few = few_of(digits, 33, 130)
    wanted = {
        "name": "a",
        "architecture": "iteration",
        "batch_size": 2,
        "lr": 0.01,
        "optimiser": {"name": "SGD", "momentum": 0.9},
    }
    recipe = Recipe.model_validate({**wanted, "regulariser": {"dropout": 0.1}})
    lr = np.full(17, 0.01)

    def trained(streams: int) -> list[bytes]:
        monkeypatch.setattr(
            "reprobench.harness.engines.gpu.seeds.seeds_in_streams",
            lambda group, _, device: _cuda.Seeds(group, device, streams),
        )
        group = SeedGroup([recipe] * 18, range(18), few, _cuda.EmulatedDevice())
        for number in (1, 2):
            epoch = Epoch(number, recipe.augmentation, lr, None)
            for seat in range(18):
                group.give(seat, group.epoch_given(seat, epoch))
            group.take_given()
            group.train()
        group.evaluate()
        return [
            group.numbers(seat, "values").tobytes() + group.evaluation_of(seat).predicted.tobytes()
            for seat in range(18)
        ]

    assert trained(18) == trained(1)


def test_an_emulated_device_measures_nothing(
    digits: DataSet, tiny: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    SeedGroup(tiny.recipes[:1] * 2, (1, 2), digits, _cuda.EmulatedDevice(), steps=1)
    assert not (tmp_path / "reprobench").exists()


def test_seeds_keep_the_number_of_streams_that_they_are_given(digits: DataSet, tiny: Study) -> None:
    group = group_of(tiny.recipes[:1], digits.spec, steps=1)
    assert _cuda.Seeds(group, _cuda.EmulatedDevice(), FASTEST).streams == FASTEST
    with pytest.raises(ValueError, match="there is no stream"):
        _cuda.Seeds(group, _cuda.EmulatedDevice(), 0)
