"""What the runs say of recipes, as data frames. Columns are documented in the README.

An interval is two columns, `<name>_low` and `<name>_high`, at the study's confidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median
from typing import Any, Final

import pandas as pd

from ...judging.claims import JudgedClaim
from ...judging.comparison import Difference
from ...judging.confirmation import Confirmation
from ...judging.consistency import RecipeConsistency, judge_run
from ...judging.decision import Decision
from ...judging.effects import main_effects
from ...judging.evidence import Evidence
from ...judging.standings import Standing
from ...statistics.intervals import Interval
from ...statistics.noise import decompose

Row = dict[str, Any]

WHOLE: Final = "Int64"
"""Integers, with room for what is undefined."""


def consistency_table(evidence: Evidence) -> pd.DataFrame:
    """One row a recipe, in the study's order.

    `runs` is the n of every number in the row, but for the final counts: diverged runs have none,
    and their n is `finals`.
    """
    rows = []
    for recipe in evidence.study.recipes:
        records = evidence.records[recipe.name]
        seconds = [sum(row.seconds for row in record.rows) for record in records]
        rows.append(
            {
                "recipe": recipe.name,
                "architecture": recipe.architecture,
                "parameters": records[0].parameters if records else None,
                "declared_runs": len(evidence.study.seeds),
                **_consistency(evidence.consistency[recipe.name]),
                "seconds_median": median(seconds) if seconds else None,
            }
        )
    whole = dict.fromkeys(("parameters", "final_min", "final_max"), WHOLE)
    return pd.DataFrame(rows).astype(whole)


def _consistency(found: RecipeConsistency) -> Row:
    final = found.final
    return {
        "runs": found.runs,
        "diverged": found.diverged,
        "reached": found.reached,
        **_ends("reached", found.reached_interval),
        **_bounds("reached", found.reached_bounds),
        "holding": found.holding,
        "pass_rate": found.pass_rate,
        **_ends("pass", found.pass_interval),
        **_bounds("pass", found.pass_bounds),
        "hold_rate": found.hold_rate,
        **_ends("hold", found.hold_interval),
        "finals": final.runs,
        "final_mean": final.mean,
        **_ends("final", final.interval),
        "final_std": final.deviation,
        "final_min": final.least,
        "final_max": final.most,
        "final_iqm": final.interquartile_mean,
        **_ends("prediction", final.prediction),
        "mean_needed": final.mean_needed,
        "first_epoch_median": found.first_epoch_median,
    }


def confirmation_table(evidence: Evidence, confirmation: Confirmation | None) -> pd.DataFrame:
    """One row a recipe and kind of seeds: those of the choice, and those that confirm it."""
    columns = ["recipe", "role", "seeds"]
    if confirmation is None:
        return pd.DataFrame(columns=columns)
    roles = {confirmation.chosen: "chosen", confirmation.rival: "rival"}
    rows = [
        {"recipe": name, "role": role, "seeds": kind, **_consistency(found.consistency[name])}
        for name, role in roles.items()
        if name
        for kind, found in (("choice", evidence), ("confirmation", confirmation.evidence))
    ]
    return pd.DataFrame(rows)


def _ends(name: str, interval: Interval | None) -> Row:
    return {
        f"{name}_low": interval.low if interval else math.nan,
        f"{name}_high": interval.high if interval else math.nan,
    }


def _bounds(name: str, interval: Interval | None) -> Row:
    return {
        f"{name}_at_least": interval.low if interval else math.nan,
        f"{name}_at_most": interval.high if interval else math.nan,
    }


def comparisons_table(decision: Decision | None) -> pd.DataFrame:
    """One row a recipe behind the leader: the leader less the recipe, and what came of it."""
    columns = [*_standing_columns()]
    if decision is None:
        return pd.DataFrame(columns=columns)
    rows = [_standing(decision.leader.name, found) for found in decision.standings]
    return pd.DataFrame(rows, columns=columns).astype({"runs_needed": WHOLE})


def _standing_columns() -> Iterator[str]:
    yield from ("recipe", "leader")
    for name in ("hold", "final"):
        yield from (f"{name}_pairs", f"{name}_difference")
        yield from (f"{name}_difference_low", f"{name}_difference_high")
        yield from (f"{name}_p", f"{name}_p_holm")
    yield from ("least_p", "superiority", "superiority_low", "superiority_high")
    yield from ("runs_needed", "outcome")


def _standing(leader: str, found: Standing) -> Row:
    comparison = found.comparison
    return {
        "recipe": found.name,
        "leader": leader,
        **_difference("hold", comparison.hold, found.hold_p),
        **_difference("final", comparison.final, found.final_p),
        "least_p": comparison.hold.least_p,
        "superiority": comparison.superiority,
        **_ends("superiority", comparison.superiority_interval),
        "runs_needed": found.runs_needed,
        "outcome": found.outcome,
    }


def _difference(name: str, found: Difference, adjusted: float | None) -> Row:
    return {
        f"{name}_pairs": found.pairs,
        f"{name}_difference": found.mean,
        **_ends(f"{name}_difference", found.interval),
        f"{name}_p": found.p,
        f"{name}_p_holm": adjusted,
    }


def noise_table(evidence: Evidence) -> pd.DataFrame:
    """One row a recipe: variances of its completed runs' final counts, in images squared."""
    rows = []
    for recipe in evidence.study.recipes:
        completed = [r for r in evidence.records[recipe.name] if r.status == "completed"]
        wrong = [record.rows[-1].mistakes.pairs[:, 0] for record in completed]
        found = decompose(wrong, evidence.total, evidence.study.criterion.confidence)
        rows.append(
            {
                "recipe": recipe.name,
                "runs": found.runs,
                "variance": found.variance,
                "independent": found.independent,
                "between": found.between,
                **_ends("between", found.between_interval),
                "always_wrong": found.always_wrong,
                "sometimes_wrong": found.sometimes_wrong,
            }
        )
    floats = dict.fromkeys(("variance", "independent", "between"), "float64")
    return pd.DataFrame(rows).astype(floats)


def effects_table(evidence: Evidence) -> pd.DataFrame:
    """One row a level of each axis, where the study is a grid; else none."""
    columns = ["factor", "level", "recipes", "runs", "hold_rate", "hold_low", "hold_high"]
    rows = [
        (e.factor, e.level, e.recipes, e.runs, e.hold_rate, *_ends("", e.hold_interval).values())
        for e in main_effects(evidence)
    ]
    return pd.DataFrame(rows, columns=columns)


def survival_table(evidence: Evidence) -> pd.DataFrame:
    """One row a recipe and epoch: shares of its runs, diverged ones included.

    `reached`: at the threshold by then; `staying`: at the threshold then and at all later epochs.
    """
    rows = []
    for recipe in evidence.study.recipes:
        judged = list(evidence.judged(recipe.name).values())
        last = max((len(r.rows) for r in evidence.records[recipe.name]), default=0)
        for epoch in range(1, last + 1):
            reached = sum(run.first_epoch <= epoch for run in judged)
            staying = sum(run.staying_from <= epoch for run in judged)
            rows.append(
                (recipe.name, epoch, reached / len(judged), staying / len(judged), len(judged))
            )
    return pd.DataFrame(rows, columns=["recipe", "epoch", "reached", "staying", "runs"])


def published_table(evidence: Evidence) -> pd.DataFrame:
    """One row a published run: its place among ours, and the prediction interval of ours."""
    rows = []
    for name, counts in evidence.study.published.items():
        published = judge_run(counts, evidence.threshold, evidence.study.criterion.window)
        ours = list(evidence.judged(name).values()) if name in evidence.records else []
        finals = [-math.inf if run.final is None else run.final for run in ours]
        found = evidence.consistency[name].final if ours else None
        rows.append(
            {
                "recipe": name,
                "final_correct": published.final,
                "hold_rate": published.hold_rate,
                "runs": len(ours),
                "final_below": sum(final < counts[-1] for final in finals),
                "final_equal": sum(final == counts[-1] for final in finals),
                **_ends("prediction", found.prediction if found else None),
                "hold_rate_below": sum(run.hold_rate < published.hold_rate for run in ours),
                "hold_rate_equal": sum(run.hold_rate == published.hold_rate for run in ours),
            }
        )
    return pd.DataFrame(rows, columns=list(PUBLISHED))


PUBLISHED: Final = (
    *("recipe", "final_correct", "hold_rate", "runs", "final_below", "final_equal"),
    *("prediction_low", "prediction_high", "hold_rate_below", "hold_rate_equal"),
)


def claims_table(judged: list[JudgedClaim]) -> pd.DataFrame:
    """One row a claim and other recipe: hold rates, the claim's recipe less the other."""
    rows = [
        {
            "recipe": found.claim.recipe,
            "words": found.claim.words,
            "about": found.claim.about,
            "answer": found.answer,
            "other": against.recipe,
            "parameters": found.parameters,
            "other_parameters": against.parameters,
            **_difference("hold", against.comparison.hold, against.hold_p),
        }
        for found in judged
        for against in found.against
    ]
    return pd.DataFrame(rows, columns=list(CLAIMS))


CLAIMS: Final = (
    *("recipe", "words", "about", "answer", "other", "parameters", "other_parameters"),
    *("hold_pairs", "hold_difference", "hold_difference_low", "hold_difference_high"),
    *("hold_p", "hold_p_holm"),
)
