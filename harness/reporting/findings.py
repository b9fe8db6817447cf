"""What the report says: each question with its plot and sentences, from the tables alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from ..decision import Decision
from ..environment import NATIVE_THERE
from ..evidence import Evidence
from ..words import mean, plural, rate, whole
from . import plots
from .tables import consistency_table, epochs_table, published_table, runs_table, share_table


@dataclass(frozen=True)
class Tables:
    """All tables of one report."""

    epochs: pd.DataFrame
    shares: pd.DataFrame
    runs: pd.DataFrame
    consistency: pd.DataFrame
    published: pd.DataFrame

    @classmethod
    def of(cls, evidence: Evidence) -> Tables:
        """The tables of the evidence."""
        return cls(
            epochs_table(evidence),
            share_table(evidence),
            runs_table(evidence),
            consistency_table(evidence),
            published_table(evidence),
        )


@dataclass(frozen=True)
class Finding:
    """A question, its plot with the words for those who cannot see it, and the answer."""

    question: str
    plot: str
    alt: str
    figure: Figure
    sentences: list[str]


def findings(evidence: Evidence, tables: Tables) -> Iterator[Finding]:
    """The questions in the order in which the report asks them; none where there are no epochs."""
    if tables.epochs.empty:
        return
    study, threshold, total = evidence.study, evidence.threshold, evidence.total
    recipes = [recipe.name for recipe in study.recipes]
    at = f"{whole(threshold)} of {whole(total)}"
    yield Finding(
        "What does every seed do, epoch by epoch?",
        "counts_by_epoch",
        f"Correct test images by epoch, a panel a recipe, a line a seed, threshold at {at}",
        plots.counts_by_epoch(tables.epochs, recipes, threshold, study.published),
        [_reached(tables.runs, at, study.criterion.window)],
    )
    yield Finding(
        "How many seeds are at the threshold, and when?",
        "share_by_epoch",
        "Share of seeds at the threshold by epoch, by recipe",
        plots.share_by_epoch(tables.shares, recipes),
        [_last_share(tables.shares, at)],
    )
    yield Finding(
        "How far apart do seeds end?",
        "final_counts",
        "Final counts of every seed by recipe, with quartiles and the threshold",
        plots.final_counts(tables.runs, recipes, threshold, study.published),
        [_spread(tables.consistency)],
    )
    yield Finding(
        "Do more parameters hold better?",
        "hold_rate_by_parameters",
        "Hold rate against parameters, a point a recipe",
        plots.hold_rate_by_parameters(tables.consistency, study.criterion.parameters),
        [_budget(tables.consistency, study.criterion.parameters)],
    )
    yield Finding(
        "Which learning rates did the recipes use?",
        "learning_rates",
        "Learning rate at the beginning of each epoch, by recipe, on a logarithmic scale",
        plots.learning_rates(tables.epochs, recipes),
        ["The rate of each epoch's first training step."],
    )


def verdict(evidence: Evidence, decision: Decision | None) -> list[str]:
    """The choice in words: what is chosen, on what grounds, and how firm that is."""
    if decision is None:
        return ["No recipe has a run yet: there is nothing to choose from."]
    chosen, criterion = decision.chosen, evidence.study.criterion
    found = chosen.consistency
    at = f"{whole(evidence.threshold)} of {whole(evidence.total)}"
    choice = (
        f"Chosen: {chosen.name}, {whole(chosen.parameters)} parameters. Its hold rate is "
        f"{rate(found.hold_rate)} (n = {found.runs}): the share of the last {criterion.window} "
        f"epochs at or above {at}, mean over runs."
    )
    passes = (
        f"{found.holding} of {plural(found.runs, 'run')} held the threshold throughout that "
        f"window; the study asks for a pass rate of {criterion.required_pass_rate:g}."
    )
    lines = [choice, passes, _grounds(decision, criterion.tie_margin)]
    if decision.without_runs:
        lines.append(f"Without runs, hence not considered: {', '.join(decision.without_runs)}.")
    fewest = min(found.runs for found in evidence.consistency.values() if found.runs)
    lines.append(
        "The choice is provisional: it compares means, without intervals, over as few as "
        f"{plural(fewest, 'run')} a recipe."
    )
    return lines


def published_sentences(tables: Tables) -> list[str]:
    """Where each published run lies among ours."""
    return [
        f"{row['recipe']}: the published run ended at {whole(row['final_correct'])}, above "
        f"{row['final_below']} and level with {row['final_equal']} of our "
        f"{plural(row['runs'], 'run')}; its hold rate {rate(row['hold_rate'])} is above "
        f"{row['hold_rate_below']} and level with {row['hold_rate_equal']}."
        for row in tables.published.to_dict(orient="records")
        if row["runs"]
    ]


def engine_sentences(evidence: Evidence) -> list[str]:
    """Which engine trained what, and why a faster one did not."""
    if evidence.engine is None:
        return []
    name, numerics = evidence.engine
    whom = "All runs but those of another engine" if evidence.apart else "All runs"
    lines = [f"{whom}: engine {name} ({numerics}), one thread a run."]
    lines += [
        f"{recipe}: engine {other} ({version}), compared with no recipe of engine {name}."
        for recipe, (other, version) in evidence.apart.items()
    ]
    states = {
        str(record.environment.get("native_engine", NATIVE_THERE))
        for _, record, _ in evidence.runs()
    }
    missing = sorted(states - {NATIVE_THERE})
    return lines + [f"Trained without the native engine: {reason}." for reason in missing]


def _grounds(decision: Decision, margin: float) -> str:
    leader = decision.leader
    fallen = ", ".join(f"{name} (by {rate(behind)})" for name, behind in decision.fell.items())
    behind = f" Further behind: {fallen}." if fallen else ""
    if len(decision.level) == 1:
        return f"It has the highest hold rate; no other lies within {margin:g} of it.{behind}"
    level = ", ".join(found.name for found in decision.level)
    return (
        f"{leader.name} has the highest hold rate, {rate(leader.hold_rate)}; within {margin:g} of "
        f"it lie {level}; of these the one with the fewest parameters is chosen, then the one with "
        f"fewest diverged runs, then the higher mean final count.{behind}"
    )


def _reached(runs: pd.DataFrame, at: str, window: int) -> str:
    reached, holding = int(runs["reached"].sum()), int(runs["holds"].sum())
    return (
        f"{reached} of {plural(len(runs), 'run')} reached {at} at some epoch; of all, {holding} "
        f"stayed there throughout the last {window} epochs."
    )


def _last_share(shares: pd.DataFrame, at: str) -> str:
    last = shares["epoch"].max()
    ended = shares[shares["epoch"] == last]
    share = f"{ended['at_threshold'].sum()} of {plural(int(ended['runs'].sum()), 'run')}"
    return f"At epoch {last}, {share} were at or above {at}."


def _spread(consistency: pd.DataFrame) -> str:
    spread = consistency.dropna(subset=["final_std"])
    if spread.empty:
        return "With one run a recipe, the spread between seeds is unknown."
    parts = [
        f"{row['recipe']} {mean(row['final_std'])} (n = {row['finals']})"
        for row in spread.to_dict(orient="records")
    ]
    return f"Standard deviation of the final count between seeds, in images: {', '.join(parts)}."


def _budget(consistency: pd.DataFrame, budget: int) -> str:
    least, most = consistency["parameters"].min(), consistency["parameters"].max()
    return (
        f"The recipes have {whole(least)} to {whole(most)} parameters; {whole(budget)} are allowed."
    )
