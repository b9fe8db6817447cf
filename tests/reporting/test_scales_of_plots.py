"""The scales of plots: marks for variances and learning rates of any size, and their labels."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from reprobench.harness.reporting.plots import epochs, grounds
from reprobench.harness.reporting.plots.style import MOST_COLOURS, style
from reprobench.harness.reporting.tables.columns import Row, Rows
from reprobench.harness.reporting.tables.grounds import NoiseRow
from reprobench.harness.statistics.intervals import Interval

MINUS = "\N{MINUS SIGN}"


def noise(name: str, low: float, high: float) -> Axes:
    """The plot of one recipe with this interval of the remaining variance."""
    style()
    rows = (NoiseRow(name, 2, 3.0, 1.0, (low + high) / 2, Interval(low, high), 1, 1),)
    return grounds.noise(Rows(NoiseRow, rows), [name]).axes[0]


def marks(axes: Axes, along: str) -> list[str]:
    """The labels of the ticks that are within the axes."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    axis = getattr(axes, f"{along}axis")
    low, high = sorted(axis.get_view_interval())
    labels = [label.get_text() for label in axis.get_majorticklabels()]
    ticks = sorted(zip(axis.get_majorticklocs(), labels, strict=True))
    return [label for place, label in ticks if low <= place <= high]


def test_small_variances_have_marks_too() -> None:
    assert marks(noise("a", -0.1, 3.7), "x") == [f"{MINUS}0.05", "0", "0.05", "0.2", "1"]


def test_marks_of_large_variances_are_whole() -> None:
    assert marks(noise("a", -14.0, 480.0), "x") == [
        *(f"{MINUS}20", f"{MINUS}5", "0", "5", "20", "50", "100", "200", "500"),
    ]


@pytest.mark.parametrize(("name", "lines"), [("a", 1), ("very-long-name-" * 5, 2)])
def test_beside_long_names_the_label_has_two_lines(name: str, lines: int) -> None:
    axes = noise(name, -5.0, 300.0)
    assert axes.get_xlabel().count("\n") == lines - 1
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    assert figure.get_tightbbox().x1 <= figure.bbox_inches.x1


@pytest.mark.parametrize("recipes", [3, MOST_COLOURS + 1])
@pytest.mark.parametrize(
    ("rates", "least"), [((0.01, 0.011), 2), ((0.1, 0.12), 2), ((0.001, 0.1), 2), ((0.01,), 1)]
)
def test_learning_rates_that_are_near_have_marks(
    recipes: int, rates: tuple[float, ...], least: int
) -> None:
    style()
    names = [f"recipe{number}" for number in range(recipes)]
    rows = [
        SimpleNamespace(recipe=name, epoch=epoch, lr=rates[place % len(rates)])
        for place, name in enumerate(names)
        for epoch in (1, 2)
    ]
    figure = epochs.learning_rates(Rows[Any](Row, tuple(rows)), names)
    shown = marks(figure.axes[0], "y")
    assert (least if recipes == 3 else 1) <= len(shown) <= 8
    assert all(float(text) > 0 for text in shown)
