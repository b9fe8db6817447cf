"""Plots along the epochs: counts of every seed, reaching and staying, learning rates."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...published import Published
from .style import (
    COUNTS,
    MOST_COLOURS,
    PUBLISHED_COLOUR,
    THRESHOLD,
    by_epoch,
    colours,
    panels,
    single,
)

EARLY_EPOCHS: Final = 2
"""The first epochs' counts are so low that they would flatten the rest; the axis starts above."""
PUBLISHED: Final[dict[str, Any]] = {
    "color": PUBLISHED_COLOUR, "marker": "o", "markersize": 3, "linewidth": 1.2,
}  # fmt: skip


def counts_by_epoch(
    epochs: pd.DataFrame, recipes: list[str], threshold: int, published: Published
) -> Figure:
    """Every seed's count by epoch, a panel a recipe, with the threshold and the published run."""
    figure, axes_of = panels(len(recipes))
    low, high = _count_range(epochs, threshold, published)
    colour = colours(recipes)
    for axes, recipe in zip(axes_of, recipes, strict=False):
        own = epochs[epochs["recipe"] == recipe]
        _seed_lines(axes, own, colour[recipe])
        axes.axhline(threshold, label="threshold", **THRESHOLD)
        if recipe in published:
            counts = published[recipe]
            axes.plot(range(1, len(counts) + 1), counts, label="published run", **PUBLISHED)
        by_epoch(axes)
        axes.set(title=f"{recipe} (n = {own['seed'].nunique()})", ylim=(low, high))
        axes.set(xlabel="", ylabel="")
        axes.yaxis.set_major_formatter(COUNTS)
    axes_of[0].legend(loc="lower right")
    figure.supxlabel("epoch")
    figure.supylabel("correct test images")
    return figure


def _seed_lines(axes: Axes, epochs: pd.DataFrame, colour: str) -> None:
    if len(epochs):  # seaborn cannot draw none
        sns.lineplot(
            epochs, x="epoch", y="correct", units="seed", estimator=None, ax=axes,
            color=colour, alpha=0.45, linewidth=0.9,
        )  # fmt: skip


def _count_range(epochs: pd.DataFrame, threshold: int, published: Published) -> tuple[float, float]:
    """Limits of the count axis: all but the first epochs' lowest counts, and the threshold."""
    late = epochs[epochs["epoch"] > EARLY_EPOCHS]
    ours = (late if len(late) else epochs)["correct"]
    theirs = [count for counts in published.values() for count in counts[EARLY_EPOCHS:]]
    low = min([float(ours.quantile(0.05)), threshold, *theirs])
    high = max([int(epochs["correct"].max()), threshold, *theirs])
    margin = 0.06 * (high - low)
    return low - margin, high + margin


def share_by_epoch(shares: pd.DataFrame, recipes: list[str], column: str, label: str) -> Figure:
    """A share of each recipe's runs, by epoch: lines, or a heat map where they are too many."""
    if len(recipes) <= MOST_COLOURS:
        return _share_lines(shares, recipes, column, label)
    share = shares.pivot(index="recipe", columns="epoch", values=column)
    share = share.reindex([name for name in recipes if name in share.index])
    figure, axes = single(height=0.26 * len(share) + 1.2)
    sns.heatmap(share, ax=axes, vmin=0, vmax=1, cmap="mako", cbar_kws={"label": label})
    axes.set(xlabel="epoch", ylabel="")
    return figure


def _share_lines(shares: pd.DataFrame, recipes: list[str], column: str, label: str) -> Figure:
    figure, axes = single()
    sns.lineplot(
        shares, x="epoch", y=column, hue="recipe", style="recipe", ax=axes, hue_order=recipes,
        style_order=recipes, markers=True, dashes=False, errorbar=None, palette=colours(recipes),
    )  # fmt: skip
    axes.set(ylabel=label, ylim=(-0.03, 1.03))
    by_epoch(axes)
    axes.legend(title=None)
    return figure


def learning_rates(epochs: pd.DataFrame, recipes: list[str]) -> Figure:
    """Learning rate at the beginning of each epoch, by recipe."""
    figure, axes = single()
    first = epochs.drop_duplicates(["recipe", "epoch"]).pivot(
        index="epoch", columns="recipe", values="lr"
    )
    colour = colours(recipes)
    for number, recipe in enumerate(name for name in recipes if name in first):
        dashes = ("-", "--", "-.", ":")[number % 4]
        axes.step(
            first.index, first[recipe], dashes, where="mid", label=recipe, color=colour[recipe]
        )
    axes.set(ylabel="learning rate", yscale="log")
    by_epoch(axes)
    if len(recipes) <= MOST_COLOURS:
        axes.legend(fontsize="small")
    return figure
