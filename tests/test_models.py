"""The declared architectures compared with the published layer tables, row by row."""

from pathlib import Path

import pytest
from reprobench.models import ARCHITECTURES
from reprobench.models.layers import AvgPool, BatchNorm, Conv, GlobalAvgPool, MaxPool, ReLU
from reprobench.models.padded import PADDED, padded
from reprobench.models.summary import layer_table, parameter_count, receptive_field

SHAPE = (1, 28, 28)
PUBLISHED = Path(__file__).parent / "published"


@pytest.mark.parametrize(("name", "parameters"), [("iteration", 9_770), ("final", 8_546)])
def test_layer_table_is_the_published_one(name: str, parameters: int) -> None:
    published = (PUBLISHED / f"{name}.txt").read_text().rstrip("\n")
    ours = layer_table(ARCHITECTURES[name], SHAPE)
    assert [line.split() for line in ours.splitlines()] == [
        line.split() for line in published.splitlines()
    ]
    assert parameter_count(ARCHITECTURES[name], SHAPE) == parameters


def test_a_padded_network_written_out() -> None:
    assert padded("8p m 12") == (
        *(Conv(8, 3, padding=1), ReLU(), BatchNorm(), MaxPool()),
        *(Conv(12, 3), ReLU(), BatchNorm(), GlobalAvgPool(), Conv(10, 1)),
    )


def test_a_padded_network_may_normalise_before_relu() -> None:
    assert padded("8", normalised_first=True)[:3] == (Conv(8, 3), BatchNorm(), ReLU())


@pytest.mark.parametrize("name", PADDED)
def test_the_names_of_padded_networks_give_their_parameters(name: str) -> None:
    assert parameter_count(ARCHITECTURES[name], SHAPE) == int(name.split("-")[1])


def test_receptive_field_by_hand() -> None:
    # 3x3, 3x3: 5. Pooling by two: 6, neighbours 2 apart. 3x3: 6 + 2 * 2.
    assert receptive_field((Conv(4, 3), ReLU(), Conv(4, 3), MaxPool(), Conv(4, 3)), SHAPE) == 10
    # The mean over the remaining 10 x 10 positions, 2 apart.
    assert (
        receptive_field((Conv(4, 3), Conv(4, 3), MaxPool(), Conv(4, 3), GlobalAvgPool()), SHAPE)
        == 28
    )
    assert receptive_field((AvgPool(4), Conv(1, 1)), SHAPE) == 4


def test_a_layer_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"Conv\(channels=1, kernel=29, padding=0\).*1 x 28 x 28"):
        parameter_count((Conv(1, 29),), SHAPE)
