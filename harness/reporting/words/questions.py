"""The questions that a report asks: each with its plot and the sentences that answer it.

Every number in a sentence comes from the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from matplotlib.figure import Figure

from ...base.words import sentence
from ..bundle import Bundle
from ..plots import course as over
from ..plots import epochs as along
from ..plots import grounds
from ..plots import recipes as among
from ..plots.frontier import is_frontier, rates_by_parameters
from ..tables.columns import Rows
from . import answers, goal, reaching
from . import course as told
from .frontier import frontier, parameters
from .goal import axis_label
from .selection import selected, which
from .spread import spread

R = TypeVar("R", bound=Any)
"""A row class with the column `recipe`."""


@dataclass(frozen=True)
class Question:
    """A question, its plot with a description for those who cannot see it, and the answer."""

    title: str
    plot: str
    alt: str
    figure: Figure
    sentences: list[str]


def picture(bundle: Bundle) -> Question | None:
    """The picture of the verdict; None if nothing was chosen."""
    if bundle.decision is None:
        return None
    criterion, names = bundle.evidence.study.criterion, selected(bundle)
    chosen = bundle.decision.chosen.name
    return Question(
        "",
        "hold_rate",
        "Pass rate and hold rate of each recipe with their intervals",
        among.forest(_of(names, bundle.ranked), names, chosen, criterion.required_pass_rate),
        which(bundle, "consistency"),
    )


def questions(bundle: Bundle) -> Iterator[Question]:
    """The questions in the order in which the report asks them; none if there are no epochs."""
    if not len(bundle.ended_epochs):
        return
    yield from _about_the_choice(bundle)
    if len(bundle.course):
        yield from _about_the_seeds(bundle)
    yield from _about_the_runs(bundle)
    yield from _about_the_noise(bundle)


def _about_the_choice(bundle: Bundle) -> Iterator[Question]:
    study, names = bundle.evidence.study, selected(bundle)
    if len(bundle.comparisons):
        first = "choice" if study.budget else "leader"
        yield Question(
            f"How far is each recipe behind the {first}?",
            "deficits",
            f"Difference in hold rate between the {first} and each recipe, with intervals",
            among.deficits(_of(names, bundle.behind), names, study.criterion.tie_margin, first),
            answers.deficits(bundle) + which(bundle, "comparisons", but=_leader(bundle)),
        )
    tied = [c.name for c in bundle.decision.tied] if bundle.decision else []
    if len(bundle.ranked) > 1 and all(row.parameters for row in bundle.ranked):
        yield _about_parameters(bundle, names, tied)
    if len(bundle.effects):
        yield Question(
            "What does each setting do to the hold rate?",
            "effects",
            "Mean hold rate at each level of each setting, with intervals",
            grounds.effects(bundle.effects),
            answers.effects(bundle),
        )


def _leader(bundle: Bundle) -> str:
    """The recipe that all others are compared with."""
    return next(iter(bundle.comparisons)).leader


def _about_parameters(bundle: Bundle, names: list[str], tied: list[str]) -> Question:
    """The question about parameters: along an axis for networks of many sizes, or else grouped."""
    ranked, study = _of(names, bundle.ranked), bundle.evidence.study
    finished = all(bundle.evidence.method(row.over.runs) == "declared" for row in ranked)
    if finished and is_frontier(ranked):
        return Question(
            "How many parameters does it take?",
            "rates_by_parameters",
            "Hold rate and pass rate by number of parameters, with intervals",
            rates_by_parameters(ranked, study.criterion.required_pass_rate),
            frontier(bundle) + which(bundle, "consistency"),
        )
    return Question(
        "Do recipes with more parameters hold better?",
        "hold_rate_by_parameters",
        "Hold rate of each recipe with its interval, grouped by parameters",
        grounds.hold_rate_by_parameters(ranked, names, tied),
        parameters(bundle) + which(bundle, "consistency"),
    )


def _about_the_seeds(bundle: Bundle) -> Iterator[Question]:
    names = selected(bundle)
    if len({row.runs for row in bundle.course}) == 1:  # the first round, the same for all
        return
    yield _about_the_evidence(bundle, names)
    final = bundle.decision is not None and not bundle.decision.provisional
    yield Question(
        "Where did the seeds go?",
        "seeds_by_recipe",
        "Number of runs of each recipe, and what was decided about it",
        over.seeds_by_recipe(_of(names, bundle.course), names, final=final),
        told.seeds(bundle) + which(bundle, "course"),
    )


def _about_the_evidence(bundle: Bundle, names: list[str]) -> Question:
    return Question(
        "How did the evidence grow, run by run?",
        "evidence_by_runs",
        "Log evidence on each rival after each round of seeds, with the value that decides",
        over.evidence_by_runs(_of(names, bundle.course), names),
        told.course(bundle) + which(bundle, "course"),
    )


def _about_the_runs(bundle: Bundle) -> Iterator[Question]:
    study, names, threshold = bundle.evidence.study, selected(bundle), bundle.evidence.threshold
    measure = bundle.evidence.measure
    runs = {name: len(bundle.evidence.records[name]) for name in names}
    on = axis_label(bundle.evidence)
    yield Question(
        "What does each run do, epoch by epoch?",
        "counts_by_epoch",
        f"{sentence(on)} by epoch: one panel per recipe, one line per run, and the "
        f"threshold at {goal.threshold_words(bundle.evidence)}",
        along.counts_by_epoch(
            _of(names, bundle.ended_epochs), runs, threshold, study.published, measure, on
        ),
        reaching.reached(bundle) + which(bundle, "epochs"),
    )
    yield Question(
        "When is the threshold first reached?",
        "reached_by_epoch",
        "Share of runs that have reached the threshold by each epoch, by recipe",
        along.share_by_epoch(
            bundle.survival,
            names,
            lambda row: row.reached,
            "share of runs that reached the threshold",
        ),
        reaching.first_epochs(bundle) + which(bundle, "survival"),
    )
    yield Question(
        "Do runs stay there?",
        "staying_by_epoch",
        "Share of runs at the threshold at an epoch and all later ones, by recipe",
        along.share_by_epoch(
            bundle.survival, names, lambda row: row.staying, "share of runs that stay"
        ),
        reaching.staying(bundle) + which(bundle, "survival"),
    )
    if any(row.final_correct is not None for row in bundle.runs):
        yield _about_the_ends(bundle, names, on)


def _about_the_ends(bundle: Bundle, names: list[str], on: str) -> Question:
    study, threshold = bundle.evidence.study, bundle.evidence.threshold
    measure = bundle.evidence.measure
    return Question(
        "How far apart do runs end?",
        "final_counts",
        f"Final {'count' if measure.total else measure.name} of every run by recipe, with "
        "quartiles and the threshold",
        among.final_counts(bundle.runs, names, threshold, study.published, measure, on),
        spread(bundle) + which(bundle, "runs"),
    )


def _about_the_noise(bundle: Bundle) -> Iterator[Question]:
    names = selected(bundle)
    noise = _of(names, bundle.noise)
    if any(row.between_interval for row in noise):
        yield Question(
            "Are some networks better, or only luckier on these "
            f"{goal.counted_noun(bundle.evidence)}s?",
            "noise",
            "Variance of the final count: observed, from independent errors, and between runs",
            grounds.noise(noise, names),
            answers.noise(bundle) + which(bundle, "noise"),
        )
    if bundle.evidence.by_engines:
        yield Question(
            "Which learning rates did the recipes use?",
            "learning_rates",
            "Learning rate at the beginning of each epoch, by recipe, on a logarithmic scale",
            along.learning_rates(_of(names, bundle.ended_epochs), names),
            answers.learning_rates(bundle) + which(bundle, "epochs"),
        )


def _of(names: list[str], table: Rows[R]) -> Rows[R]:
    """The rows of these recipes."""
    return table.where(lambda row: row.recipe in names)
