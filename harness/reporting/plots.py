"""The report's plots. Each takes the evidence's tables and returns a figure."""

from __future__ import annotations

import io
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..published import Published

DPI: Final = 120
MOST_LINES: Final = 8
"""More recipes than this are drawn as a heat map: their lines could not be told apart."""
EARLY_EPOCHS: Final = 2
"""The first epochs' counts are so low that they would flatten the rest; the axis starts above."""
THRESHOLD: Final[dict[str, Any]] = {"color": "0.25", "linestyle": "--", "linewidth": 1}
PUBLISHED: Final[dict[str, Any]] = {
    "color": "crimson",
    "marker": "o",
    "markersize": 3,
    "linewidth": 1.2,
}
BOX: Final[dict[str, Any]] = {
    "orientation": "horizontal",
    "widths": 0.6,
    "showfliers": False,
    "medianprops": {"color": "0.4"},
    "boxprops": {"color": "0.6"},
    "whiskerprops": {"color": "0.6"},
    "capprops": {"color": "0.6"},
}
COUNTS: Final = FuncFormatter(lambda value, _: f"{value:,.0f}")


def style() -> None:
    """The look of all plots."""
    mpl.use("Agg")
    sns.set_theme(context="notebook", style="whitegrid", palette="colorblind", font_scale=0.8)


def to_png(figure: Figure) -> bytes:
    """The figure as PNG, without anything that depends on time or versions."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def counts_by_epoch(
    epochs: pd.DataFrame, recipes: list[str], threshold: int, published: Published
) -> Figure:
    """Every seed's count by epoch, a panel a recipe, with the threshold and the published run."""
    figure, panels = _panels(len(recipes))
    low, high = _count_range(epochs, threshold, published)
    for axes, recipe in zip(panels, recipes, strict=False):
        _seed_lines(axes, epochs[epochs["recipe"] == recipe])
        axes.axhline(threshold, label="threshold", **THRESHOLD)
        if recipe in published:
            counts = published[recipe]
            axes.plot(range(1, len(counts) + 1), counts, label="published run", **PUBLISHED)
        seeds = epochs.loc[epochs["recipe"] == recipe, "seed"].nunique()
        axes.set(title=f"{recipe} (n = {seeds})", xlabel="", ylabel="", ylim=(low, high))
        axes.yaxis.set_major_formatter(COUNTS)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    panels[0].legend(loc="lower right", frameon=True)
    figure.supxlabel("epoch")
    figure.supylabel("correct test images")
    return figure


def _seed_lines(axes: Axes, epochs: pd.DataFrame) -> None:
    if len(epochs):  # seaborn cannot draw none
        sns.lineplot(
            epochs, x="epoch", y="correct", units="seed", estimator=None, ax=axes,
            color="C0", alpha=0.45, linewidth=0.9,
        )  # fmt: skip


def share_by_epoch(shares: pd.DataFrame, recipes: list[str]) -> Figure:
    """Share of a recipe's runs at the threshold, by epoch, from the table of shares."""
    if len(recipes) <= MOST_LINES:
        figure, axes = _single()
        sns.lineplot(
            shares, x="epoch", y="share", hue="recipe", style="recipe", ax=axes,
            hue_order=recipes, style_order=recipes, markers=True, dashes=False, errorbar=None,
        )  # fmt: skip
        axes.set(ylabel="share of seeds at the threshold", ylim=(-0.03, 1.03))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
        return figure
    share = shares.pivot(index="recipe", columns="epoch", values="share")
    share = share.reindex([name for name in recipes if name in share.index])
    figure, axes = _single(height=0.3 * len(share) + 1.5)
    sns.heatmap(share, ax=axes, vmin=0, vmax=1, cmap="mako", cbar_kws={"label": "share"})
    axes.set(xlabel="epoch", ylabel="")
    return figure


def final_counts(
    runs: pd.DataFrame, recipes: list[str], threshold: int, published: Published
) -> Figure:
    """Distribution of the final counts: a point a seed, the quartiles as a box."""
    figure, axes = _single(height=0.45 * len(recipes) + 1.6)
    ended = runs.dropna(subset=["final_correct"]).astype({"final_correct": int})
    axes.axvline(threshold, label="threshold", **THRESHOLD)
    label = "published run"
    for place, recipe in enumerate(recipes):
        own = ended.loc[ended["recipe"] == recipe, "final_correct"]
        if len(own):
            axes.boxplot(own, positions=[place], **BOX)
        axes.plot(own, place + _spread(len(own)), "o", color="C0", alpha=0.7, markersize=4)
        if recipe in published:
            axes.plot(published[recipe][-1], place, "D", color="crimson", label=label, zorder=5)
            label = "_"
    axes.legend()
    axes.set(xlabel="correct test images at the last epoch")
    axes.set_yticks(range(len(recipes)), recipes)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(COUNTS)
    return figure


def hold_rate_by_parameters(consistency: pd.DataFrame, budget: int) -> Figure:
    """Hold rate against parameters, a point a recipe."""
    figure, axes = _single()
    present = consistency.dropna(subset=["hold_rate"])
    many = len(present) > MOST_LINES
    for number, row in enumerate(present.to_dict(orient="records")):
        x, y = row["parameters"], row["hold_rate"]
        axes.plot(x, y, "o", color="C0" if many else f"C{number}")
        if not many:
            text = f"{row['recipe']} (n = {row['runs']})"
            axes.annotate(text, (x, y), (-8, -3), textcoords="offset points", ha="right")
    axes.axvline(budget, label="parameters allowed", **THRESHOLD)
    axes.legend(loc="upper left")
    axes.set(xlabel="parameters", ylabel="hold rate", ylim=(-0.05, 1.08))
    axes.margins(x=0.25)
    axes.xaxis.set_major_formatter(COUNTS)
    return figure


def learning_rates(epochs: pd.DataFrame, recipes: list[str]) -> Figure:
    """Learning rate at the beginning of each epoch, by recipe."""
    figure, axes = _single()
    first = epochs.drop_duplicates(["recipe", "epoch"]).pivot(
        index="epoch", columns="recipe", values="lr"
    )
    for number, recipe in enumerate(name for name in recipes if name in first):
        dashes = ("-", "--", "-.", ":")[number % 4]
        axes.step(first.index, first[recipe], dashes, where="mid", label=recipe, alpha=0.8)
    axes.set(xlabel="epoch", ylabel="learning rate", yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(ncols=1 + len(recipes) // 9, fontsize="small")
    return figure


def _single(height: float = 3.6) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, height), layout="constrained")
    return figure, figure.subplots()


def _spread(count: int) -> npt.NDArray[np.float64]:
    """Small offsets that keep equal points apart, the same at every drawing."""
    offsets: npt.NDArray[np.float64] = np.arange(count, dtype=np.float64) * 0.618 % 1
    return 0.3 * (offsets - 0.5)


def _panels(count: int) -> tuple[Figure, list[Axes]]:
    """One axes a recipe, up to four in a row, with common axes."""
    columns = min(count, 4) if count != 4 else 2
    rows = -(-count // columns)
    figure = Figure(figsize=(max(7, 2.6 * columns), 2.4 * rows + 0.4), layout="constrained")
    panels = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for unused in panels[count:]:
        unused.set_visible(False)
    return figure, panels


def _count_range(epochs: pd.DataFrame, threshold: int, published: Published) -> tuple[float, float]:
    """Limits of the count axis: all but the first epochs' lowest counts, and the threshold."""
    late = epochs[epochs["epoch"] > EARLY_EPOCHS]
    ours = (late if len(late) else epochs)["correct"]
    theirs = [count for counts in published.values() for count in counts[EARLY_EPOCHS:]]
    low = min([float(ours.quantile(0.05)), threshold, *theirs])
    high = max([int(epochs["correct"].max()), threshold, *theirs])
    margin = 0.06 * (high - low)
    return low - margin, high + margin
