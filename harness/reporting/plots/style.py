"""The look of all plots, and how a figure becomes a file.

A figure is drawn once and saved twice: as PNG on white, and as SVG for the page (`svg.py`).
Neither contains anything that depends on the time.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Literal

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ...statistics.intervals import Interval
from .labels import FONT, LETTERS, SMALL, in_lines

DPI: Final = 144
WIDTH: Final = 7.0
INK: Final = "#1d2126"
LINE: Final = "#d5d9df"
PAPER: Final = "#ffffff"
PALETTE: Final = (
    *("#0b6cb5", "#b85600", "#00805c", "#a8328c"),
    *("#7a5f00", "#5b55c9", "#b3261e", "#59616b"),
)
"""Colours of recipes: each is visible on white, and its counterpart in the stylesheet on dark."""
MOST_COLOURS: Final = len(PALETTE)
"""If there are more recipes than this, they share a colour, since they could not be told apart."""
TITLE_SIZE: Final = 9.5
TITLE_WIDTH: Final = 290
"""Titles of panels: their size in points, and the number of letters times points that fits."""
TITLE_LETTERS: Final = 44
TITLE_LINE: Final = 33
"""Most letters of a title in a single line, and of each of several lines."""
LEGEND_LETTERS: Final = 100
HANDLE_LETTERS: Final = 6
"""The number of letters that fit above a figure, and that of letters as wide as a legend's mark."""
LABEL_GAP: Final = 0.06
"""Distance between names at the ends of lines, as a share of the axes' height."""
THRESHOLD_LINE: Final[dict[str, Any]] = {"color": INK, "linestyle": (0, (4, 3)), "linewidth": 1}
COUNTS: Final = FuncFormatter(lambda value, _: f"{value:,.0f}")


def style() -> None:
    """Set the look."""
    mpl.use("Agg")
    sns.set_theme(context="notebook", style="whitegrid", palette=PALETTE, font=FONT, font_scale=0.8)
    mpl.rcParams.update(
        {
            **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor"), INK),
            **dict.fromkeys(("xtick.labelcolor", "ytick.labelcolor"), INK),
            **dict.fromkeys(("axes.edgecolor", "grid.color", "xtick.color", "ytick.color"), LINE),
            "grid.linewidth": 0.6,
            "axes.linewidth": 0.8,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": "medium",
            "axes.titley": 1.0,  # otherwise each drawing measures all labels to place titles
            "figure.labelsize": "medium",
            "legend.frameon": False,
            "svg.fonttype": "none",
            "svg.hashsalt": "reprobench",
            "text.parse_math": False,  # a dollar sign in a name is no formula
        }
    )


def note(figure: Figure, text: str) -> None:
    """Add a note in the corner of the figure, below the axes, which make room for it."""
    look: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": 6.5, "style": "italic"}
    if figure.get_supxlabel():
        figure.text(0.995, 0.005, text, **look)
    else:
        figure.supxlabel(text, x=0.995, **look)


def to_png(figure: Figure) -> bytes:
    """The figure as PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, facecolor=PAPER, metadata={"Software": None})
    return buffer.getvalue()


def single(height: float = 3.6) -> tuple[Figure, Axes]:
    """A figure with a single axes, `height` inches high."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def panels(titles: list[str], height: float = 2.3) -> tuple[Figure, list[Axes]]:
    """Axes with these titles and common scales, in rows of up to four, as equal as possible.

    Long titles are set smaller, and very long ones in several lines.
    """
    titles = [in_lines(title, TITLE_LETTERS, TITLE_LINE) for title in titles]
    longest = min(TITLE_LETTERS, max(map(len, titles)))
    rows = math.ceil(len(titles) / 4) if len(titles) != 4 else 2
    columns = math.ceil(len(titles) / rows)
    size = (max(WIDTH, 2.4 * columns), height * rows + 0.4)
    figure = Figure(figsize=size, layout="constrained")
    axes = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    fontsize = min(TITLE_SIZE, TITLE_WIDTH / longest)
    for panel, title in zip(axes, titles, strict=False):
        panel.set_title(title, fontsize=fontsize)
    for unused in axes[len(titles) :]:
        unused.set_visible(False)
    for lowest in axes[len(titles) - columns : len(titles)]:
        lowest.tick_params(labelbottom=True)
    return figure, axes


def colours(recipes: list[str]) -> dict[str, str]:
    """Each recipe's colour, which is the same in every plot of a report."""
    few = len(recipes) <= MOST_COLOURS
    return {name: PALETTE[place if few else 0] for place, name in enumerate(recipes)}


def recipe_axis(axes: Axes, labels: list[str]) -> None:
    """A row for each recipe, the first at the top, and grid lines for the other axis only."""
    axes.set_yticks(range(len(labels)), [in_lines(label) for label in labels])
    for label in axes.get_yticklabels():
        if "\n" in label.get_text():
            label.set_fontsize(SMALL)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")


def count_axis(axis: Axis) -> None:
    """Whole counts along the axis, with separators."""
    axis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    axis.set_major_formatter(COUNTS)


def epoch_axis(axes: Axes) -> None:
    """Whole epochs along the axis."""
    axes.set(xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def name_ends(axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Names to the right of lines, instead of a legend; `ends` are (last value, name, colour).

    Call it after the axes have their scale. A name that would overlap a lower one moves up, and one
    that would leave the axes moves down.
    """
    placed = [(value, _name(name), colour) for value, name, colour in ends]
    long = any(len(text) > LETTERS for _, names, _ in ends for text in names.split("\n"))
    look: dict[str, Any] = {"fontsize": SMALL} if long else {}
    for share, name, colour in _apart(axes, sorted(placed, key=lambda end: end[0])):
        axes.annotate(
            name, (1, share), (6, 0), xycoords="axes fraction", textcoords="offset points",
            color=colour, va="center", annotation_clip=False,
            **look,
        )  # fmt: skip


def _name(names: str) -> str:
    """Names, one below the other, each broken into lines by itself."""
    return "\n".join(map(in_lines, names.split("\n")))


def _apart(axes: Axes, ends: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """The ends, the highest first, with heights (shares of the axes') at which none overlap."""
    axes.get_ylim()  # applies limits that are still pending
    to_share = axes.transData + axes.transAxes.inverted()
    placed, lowest = [], -1.0
    for value, name, colour in ends:
        half = LABEL_GAP * (name.count("\n") + 1) / 2
        share = max(float(to_share.transform((1, value))[1]), lowest + half)
        placed.append((share, name, colour))
        lowest = share + half
    apart, highest = [], 1 + LABEL_GAP
    for share, name, colour in reversed(placed):
        half = LABEL_GAP * (name.count("\n") + 1) / 2
        share = min(share, highest - half)
        apart.append((share, name, colour))
        highest = share - half
    return apart


def legend_above(
    figure: Figure,
    axes: Axes,
    place: Literal["outside upper left", "outside upper right"] = "outside upper left",
) -> None:
    """A legend for the labels of one of the axes, above all axes, where it covers nothing."""
    handles, names = axes.get_legend_handles_labels()
    names = [in_lines(name) for name in names]
    widths = [max(map(len, name.split("\n"))) + HANDLE_LETTERS for name in names]
    columns = len(names)
    if sum(widths) > LEGEND_LETTERS:
        columns = max(1, LEGEND_LETTERS // max(widths))
    figure.legend(handles, names, loc=place, ncols=columns)


def bar(axes: Axes, interval: Interval | None, place: float, colour: str, **more: Any) -> None:
    """Draw an interval as a horizontal line; nothing if it is undefined."""
    if interval is not None:
        ends = [interval.low, interval.high]
        axes.plot(ends, [place, place], "-", color=colour, solid_capstyle="butt", **more)


def point(
    axes: Axes, value: float | None, place: float, colour: str, *, filled: bool = True, **more: Any
) -> None:
    """Draw a value as a point in a row; nothing if it is undefined."""
    if value is not None:
        face = colour if filled else PAPER
        axes.plot(value, place, color=colour, markerfacecolor=face, **{"marker": "o", **more})


def side_by_side(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Small offsets around 0 that separate equal values."""
    equal = Counter(values)
    step = {value: min(0.13, 0.5 / count) for value, count in equal.items()}
    seen: Counter[float] = Counter()
    offsets = np.zeros(len(values))
    for number, value in enumerate(values):
        offsets[number] = (seen[value] - (equal[value] - 1) / 2) * step[value]
        seen[value] += 1
    return offsets
