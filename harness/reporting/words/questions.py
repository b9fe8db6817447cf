"""The questions that a report asks: each with its plot and the sentences that answer it.

Every number in a sentence comes from the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from ...base.words import plural, whole
from ...judging.evidence import foremost
from ..bundle import Bundle
from ..plots import epochs as along
from ..plots import grounds
from ..plots import recipes as among
from . import answers

MOST_RECIPES: Final = 24
"""In plots with a panel, a row or a line a recipe."""


@dataclass(frozen=True)
class Question:
    """A question, its plot with the words for those who cannot see it, and the answer."""

    title: str
    plot: str
    alt: str
    figure: Figure
    sentences: list[str]


def picture(bundle: Bundle) -> Question | None:
    """The picture of the verdict; None where nothing was chosen."""
    if bundle.decision is None:
        return None
    criterion, names = bundle.evidence.study.criterion, _names(bundle)
    consistency = _of(names, bundle.consistency.dropna(subset=["hold_rate"]))
    chosen = bundle.decision.chosen.name
    return Question(
        "",
        "hold_rate",
        "Hold rate and pass rate of each recipe with their intervals",
        among.forest(consistency, names, chosen, criterion.required_pass_rate),
        _which(bundle, "consistency"),
    )


def questions(bundle: Bundle) -> Iterator[Question]:
    """The questions in the order in which the report asks them; none where there are no epochs."""
    if bundle.epochs.empty:
        return
    yield from _about_the_choice(bundle)
    yield from _about_the_runs(bundle)
    yield from _about_the_noise(bundle)


def _about_the_choice(bundle: Bundle) -> Iterator[Question]:
    study, names = bundle.evidence.study, _names(bundle)
    recipes = [recipe.name for recipe in study.recipes]
    if len(bundle.comparisons):
        yield Question(
            "How far is each recipe behind the leader?",
            "deficits",
            "Difference in hold rate between the leader and each recipe, with intervals",
            among.deficits(_of(names, bundle.comparisons), names, study.criterion.tie_margin),
            answers.deficits(bundle) + _which(bundle, "comparisons"),
        )
    level = [c.name for c in bundle.decision.level] if bundle.decision else []
    yield Question(
        "Do more parameters hold better?",
        "hold_rate_by_parameters",
        "Hold rate against parameters, a point a recipe, the leader and its ties filled",
        grounds.hold_rate_by_parameters(
            bundle.consistency, recipes, study.criterion.parameters, level
        ),
        answers.parameters(bundle),
    )
    if len(bundle.effects):
        yield Question(
            "What does each axis of the grid do to the hold rate?",
            "effects",
            "Mean hold rate at each level of each axis of the grid, with intervals",
            grounds.effects(bundle.effects),
            answers.effects(bundle),
        )


def _about_the_runs(bundle: Bundle) -> Iterator[Question]:
    study, names, threshold = bundle.evidence.study, _names(bundle), bundle.evidence.threshold
    at = f"{whole(threshold)} of {whole(bundle.evidence.total)}"
    yield Question(
        "What does every seed do, epoch by epoch?",
        "counts_by_epoch",
        f"Correct test images by epoch, a panel a recipe, a line a seed, threshold at {at}",
        along.counts_by_epoch(_of(names, bundle.epochs), names, threshold, study.published),
        answers.reached(bundle) + _which(bundle, "epochs"),
    )
    yield Question(
        "When is the threshold first reached?",
        "reached_by_epoch",
        "Share of seeds that have reached the threshold by each epoch, by recipe",
        along.share_by_epoch(
            bundle.survival, names, "reached", "share of seeds that reached the threshold"
        ),
        answers.first_epochs(bundle) + _which(bundle, "survival"),
    )
    yield Question(
        "Do seeds stay there?",
        "staying_by_epoch",
        "Share of seeds at the threshold at an epoch and all later ones, by recipe",
        along.share_by_epoch(bundle.survival, names, "staying", "share of seeds that stay"),
        answers.staying(bundle) + _which(bundle, "survival"),
    )
    yield Question(
        "How far apart do seeds end?",
        "final_counts",
        "Final counts of every seed by recipe, with quartiles and the threshold",
        among.final_counts(bundle.runs, names, threshold, study.published),
        answers.spread(bundle) + _which(bundle, "runs"),
    )


def _about_the_noise(bundle: Bundle) -> Iterator[Question]:
    names = _names(bundle)
    noise = _of(names, bundle.noise)
    if noise["between"].notna().any():
        yield Question(
            "Are some networks better, or only luckier on these test images?",
            "noise",
            "Variance of the final count: observed, from independent errors, and between runs",
            grounds.noise(noise, names),
            answers.noise(bundle) + _which(bundle, "noise"),
        )
    rates = bundle.epochs["lr"]
    yield Question(
        "Which learning rates did the recipes use?",
        "learning_rates",
        "Learning rate at the beginning of each epoch, by recipe, on a logarithmic scale",
        along.learning_rates(_of(names, bundle.epochs), names),
        [
            f"From {rates.max():g} down to {rates.min():g}, at the first training step of each "
            f"epoch, over {plural(len(bundle.evidence.study.recipes), 'recipe')}; recipes with the "
            "same rates are drawn once.",
            *_which(bundle, "epochs"),
        ],
    )


def _names(bundle: Bundle) -> list[str]:
    """The recipes to be shown, in the study's order."""
    return foremost(bundle.evidence, MOST_RECIPES)


def _of(names: list[str], table: pd.DataFrame) -> pd.DataFrame:
    return table[table["recipe"].isin(names)]


def _which(bundle: Bundle, file: str) -> list[str]:
    """Which recipes are shown, if not all; the others are in the CSV file."""
    all_of_them = len(bundle.evidence.study.recipes)
    if all_of_them <= MOST_RECIPES:
        return []
    return [
        f"Shown are the {MOST_RECIPES} of {all_of_them} recipes with the highest hold rates; all "
        f"are in {file}.csv."
    ]
