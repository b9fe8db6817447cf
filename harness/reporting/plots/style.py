"""The look of all plots, and how a figure becomes a file.

A figure is drawn once and saved twice: as PNG on white, and as SVG whose ink follows the page's
theme. Neither holds anything that depends on time.
"""

from __future__ import annotations

import io
import re
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

DPI: Final = 144
WIDTH: Final = 7.0
INK: Final = "#1d2126"
LINE: Final = "#d5d9df"
PAPER: Final = "#ffffff"
THEMED: Final = {INK: "var(--ink)", LINE: "var(--line)", PAPER: "var(--page)"}
"""Colours of the page, in which the SVG draws ink, lines and paper."""
PALETTE: Final = sns.color_palette("colorblind").as_hex()
PUBLISHED_COLOUR: Final = "#c2410c"
MOST_COLOURS: Final = 8
"""More recipes than this could not be told apart by colour, and share one."""
THRESHOLD: Final[dict[str, Any]] = {"color": INK, "linestyle": (0, (4, 3)), "linewidth": 1}
COUNTS: Final = FuncFormatter(lambda value, _: f"{value:,.0f}")


def style() -> None:
    """Set the look."""
    mpl.use("Agg")
    sns.set_theme(context="notebook", style="whitegrid", palette=PALETTE, font_scale=0.8)
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
            "legend.frameon": False,
            "svg.hashsalt": "reprobench",
        }
    )


def to_png(figure: Figure) -> bytes:
    """The figure as PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, facecolor=PAPER, metadata={"Software": None})
    return buffer.getvalue()


def to_svg(figure: Figure, alt: str) -> str:
    """The figure as an SVG element for a page with the theme's colours, without a fixed size."""
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    for colour, themed in THEMED.items():
        svg = svg.replace(colour, themed)
    head, _, rest = svg.partition(">")
    box = re.search(r'viewBox="[^"]*"', head)
    assert box is not None
    label = alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    name_space = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {box[0]} {name_space} role="img" aria-label="{label}">{rest}'


def single(height: float = 3.6) -> tuple[Figure, Axes]:
    """A figure of one axes, `height` inches high."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def panels(count: int) -> tuple[Figure, list[Axes]]:
    """One axes a recipe, up to four in a row, with common axes."""
    columns = min(count, 4) if count != 4 else 2
    rows = -(-count // columns)
    figure = Figure(figsize=(max(WIDTH, 2.4 * columns), 2.3 * rows + 0.4), layout="constrained")
    axes = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for unused in axes[count:]:
        unused.set_visible(False)
    return figure, axes


def colours(recipes: list[str]) -> dict[str, str]:
    """A recipe's colour, the same in every plot of a report."""
    few = len(recipes) <= MOST_COLOURS
    return {name: PALETTE[place if few else 0] for place, name in enumerate(recipes)}


def by_recipe(axes: Axes, labels: list[str]) -> None:
    """A row a recipe, the first on top, and lines along the other axis only."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")


def by_epoch(axes: Axes) -> None:
    """Whole epochs along the axis."""
    axes.set(xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def bar(
    axes: Axes, low: float | None, high: float | None, place: float, colour: str, **more: Any
) -> None:
    """An interval as a horizontal line; nothing where it is undefined."""
    if low is not None and high is not None:
        axes.plot([low, high], [place, place], "-", color=colour, solid_capstyle="butt", **more)


def spread(count: int) -> npt.NDArray[np.float64]:
    """Small offsets that keep equal points apart, the same at every drawing."""
    offsets: npt.NDArray[np.float64] = np.arange(count, dtype=np.float64) * 0.618 % 1
    return 0.3 * (offsets - 0.5)
