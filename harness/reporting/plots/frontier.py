"""The plot of a frontier: what networks with each number of parameters reach."""

from __future__ import annotations

import math
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...statistics.intervals import Interval
from ..tables.columns import Rows
from ..tables.consistency import ConsistencyRow
from .style import COUNTS, PALETTE, PAPER, THRESHOLD_LINE, legend_above, single

FEWEST_NETWORKS: Final = 5
"""With at least this many networks, an axis of parameters says more than a heading for each."""
SHIFT: Final = 0.004
"""Distance between the marks of the two rates, as a share of the axis."""
HOLD: Final[dict[str, Any]] = {"color": PALETTE[0], "marker": "o"}
ABOVE: Final[dict[str, Any]] = {
    "ha": "center", "va": "bottom", "fontsize": "small", "annotation_clip": False,
}  # fmt: skip
PASS: Final[dict[str, Any]] = {"color": PALETTE[1], "marker": "s", "markerfacecolor": PAPER}


def is_frontier(ranked: Rows[ConsistencyRow]) -> bool:
    """Whether the recipes are networks of many sizes, one of each."""
    counts = [row.parameters for row in ranked]
    return len(counts) >= FEWEST_NETWORKS and len(set(counts)) == len(counts)


def rates_by_parameters(ranked: Rows[ConsistencyRow], required: float) -> Figure:
    """Hold rate and pass rate by number of parameters, with intervals and n."""
    figure, axes = single()
    rows = sorted(ranked, key=_size)
    apart = SHIFT * (_size(rows[-1]) - _size(rows[0]))
    held = [(row.over.hold_rate, row.over.hold_interval) for row in rows]
    passed = [(row.over.pass_rate, row.over.pass_interval) for row in rows]
    _rates(axes, "hold rate", [_size(row) - apart for row in rows], held, HOLD)
    _rates(axes, "pass rate", [_size(row) + apart for row in rows], passed, PASS)
    axes.axhline(required, label="required pass rate", **THRESHOLD_LINE)
    for row in rows:
        axes.annotate(f"{row.over.runs}", (_size(row), 1.03), **ABOVE)
    axes.annotate("n", (-0.02, 1.03), xycoords=("axes fraction", "data"), ha="right", va="bottom")
    axes.xaxis.set_major_formatter(COUNTS)
    axes.set(xlabel="parameters", ylabel="rate", ylim=(-0.03, 1.03))
    legend_above(figure, axes)
    return figure


def _size(row: ConsistencyRow) -> int:
    return row.parameters or 0


def _rates(
    axes: Axes,
    label: str,
    places: list[float],
    rates: list[tuple[float | None, Interval | None]],
    mark: dict[str, Any],
) -> None:
    """Marks joined by a line, each with its interval as a vertical line."""
    for place, (_, interval) in zip(places, rates, strict=True):
        if interval is not None:
            axes.plot([place, place], [interval.low, interval.high], color=mark["color"], alpha=0.5)
    values = [math.nan if rate is None else rate for rate, _ in rates]
    axes.plot(places, values, label=label, linewidth=1, **mark)
