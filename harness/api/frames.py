"""Runs that others trained, as a data frame of long form: which recipe stays at the target?"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from ..commands.imports import declared_by
from ..importing.assembly import imported
from ..importing.frames import table_from_frame
from ..importing.long_table import chosen
from ..judging.decision import Decision, decide
from ..judging.evidence import Evidence
from ..judging.gathering import evidence_on
from ..reporting.bundle import Bundle
from ..reporting.words.headline import advice
from ..study.measure import Direction

SHOWN: Final = ("recipe", "runs", "holding", "pass_rate", "hold_rate", "final_mean")
"""Columns of the recipes that a notebook shows of a judgement."""


@dataclass(frozen=True, eq=False, repr=False)
class Judgement:
    """What runs say: the decision, a sentence on it, and the tables that it rests on."""

    evidence: Evidence
    """What `write_report` and the other functions of evidence take."""
    decision: Decision
    advice: str
    """What to do, in one sentence."""
    consistency: pd.DataFrame
    """A row a recipe."""
    comparisons: pd.DataFrame
    """A row for each recipe behind the leader."""
    runs: pd.DataFrame
    """A row a run."""

    def __repr__(self) -> str:
        return f"{self.advice}\n{self.consistency[[*SHOWN]]}"


def judge(
    frame: pd.DataFrame,
    *,
    target: float,
    window: int,
    value: str | None = None,
    total: str | None = None,
    direction: Direction = "higher",
    recipe: str | Sequence[str] = "recipe",
    seed: str = "seed",
    epoch: str = "epoch",
    in_order: bool = False,
    bounds: tuple[float, float] | None = None,
    only: Mapping[str, str] | None = None,
    name: str = "frame",
) -> Judgement:
    """Judge runs that were trained anywhere: a row an epoch, with `recipe`, `seed` and `epoch`.

    What is measured is `correct` of `total`, and the target a share of it; or `value`, or the
    column that is named, of which `direction` says which way is better. Several columns of `recipe`
    make one together. With `in_order` the rows of a run are its epochs in the order of `epoch`,
    whatever its numbers. Values beyond the `bounds` are refused, and `only` the rows are taken that
    have these texts in these columns: `only={"split": "test"}`.

    >>> import pandas, reprobench
    >>> rows = [
    ...     {"recipe": recipe, "seed": seed, "epoch": epoch, "value": 0.9 + gain * epoch}
    ...     for recipe, gain in (("steep", 0.02), ("flat", 0.01))
    ...     for seed in range(6)
    ...     for epoch in range(1, 5)
    ... ]
    >>> judged = reprobench.judge(pandas.DataFrame(rows), target=0.95, window=2)
    >>> judged.decision.chosen.name
    'steep'
    >>> judged.advice
    'No recipe is shown to be reliable; steep is the best: 6 of 6 runs held value ≥ 0.95.'
    >>> judged.consistency[["recipe", "runs", "hold_rate"]]
      recipe  runs  hold_rate
    0  steep     6        1.0
    1   flat     6        0.0

    Warns if all values are on one side of the target, which may then be on another scale. Raises
    HarnessError, in one line, for the first row that is wrong.
    """
    declared = declared_by(
        name,
        {"target": target, "window": window},
        {
            "recipe": recipe,
            "seed": seed,
            "epoch": epoch,
            "value": value,
            "total": total,
            "direction": direction,
            "in_order": in_order,
            "bounds": bounds,
            "only": {column: str(text) for column, text in (only or {}).items()},
        },
    )
    found = imported(declared, [chosen(table_from_frame(frame, name), declared.columns)])
    if found.doubt:
        warnings.warn(found.doubt, stacklevel=2)
    return _judged(evidence_on(found.study, found.records))


def _judged(evidence: Evidence) -> Judgement:
    decision = decide(evidence)
    assert decision is not None
    bundle = Bundle(evidence, decided=decision)
    return Judgement(
        evidence=evidence,
        decision=decision,
        advice=advice(evidence, decision),
        consistency=bundle.consistency.frame(),
        comparisons=bundle.comparisons.frame(),
        runs=bundle.runs.frame(),
    )
