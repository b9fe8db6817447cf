"""Judging runs that were trained elsewhere, from a data frame of long form."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import pandas as pd

from ..base.python_numbers import plain
from ..commands.imports import declared_by
from ..importing.assembly import imported
from ..importing.frames import table_from_frame
from ..importing.long_table import chosen
from ..judging.decision import Decision, decide
from ..judging.evidence import Evidence
from ..judging.gathering import evidence_on
from ..reporting.bundle import Bundle
from ..reporting.words.headline import advice
from ..reporting.words.scale import scale_doubts
from ..study.measure import Direction
from .arguments import named_as_here

SHOWN: Final = ("recipe", "runs", "holding", "pass_rate", "hold_rate", "final_mean")
"""The columns of `consistency` that a notebook shows when it prints a judgement."""


@dataclass(frozen=True, eq=False, repr=False)
class Judgement:
    """What the runs show: the decision, a sentence on it, and the tables that it rests on."""

    evidence: Evidence
    """The argument of `write_report` and of the other functions of evidence."""
    decision: Decision
    advice: str
    """What to do, in one sentence."""
    consistency: pd.DataFrame
    """One row per recipe."""
    comparisons: pd.DataFrame
    """One row per recipe behind the leader."""
    runs: pd.DataFrame
    """One row per run."""
    remarks: tuple[str, ...]
    """What was found in the frame, then what of it was left out or ignored."""

    def __repr__(self) -> str:
        return "\n".join([*self._said, str(self.consistency[[*SHOWN]])])

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        lines = (f"<p>{escape(line)}</p>" for line in self._said)
        most = pd.get_option("display.max_rows")
        table = self.consistency[[*SHOWN]].to_html(max_rows=most, border=0)
        return "\n".join([*lines, table])

    @property
    def _said(self) -> list[str]:
        """What it is shown with: all but the first of the remarks, and the advice."""
        return [*self.remarks[1:], self.advice]


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
    resumed: bool = False,
    bounds: tuple[float, float] | None = None,
    only: Mapping[str, str] | None = None,
    name: str = "frame",
) -> Judgement:
    """Judge runs that were trained anywhere: one row per epoch, with `recipe`, `seed` and `epoch`.

    The metric is the column `correct`, a count out of the column `total`, and the target is a share
    of that total; or it is the column `value`, or the column that `value` names, and `direction`
    says which way is better. Several columns of `recipe` together name one recipe. With `in_order`,
    the rows of a run are its epochs in the order of `epoch`, whatever numbers that column has. With
    `resumed`, an epoch that comes again takes the place of what its run had from there on. Values
    beyond the `bounds` are refused. `only` selects the rows that have these texts in these columns:
    `only={"split": "test"}`.

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

    Warns if all values are on one side of the target, which may then be on another scale, or if
    some recipes, or some runs of a recipe, look like shares beside others that look like
    percentages. Raises HarnessError, with one line, for the first row that is wrong.
    """
    with named_as_here():
        declared = declared_by(
            name,
            {"target": plain(target), "window": plain(window)},
            {
                "recipe": recipe,
                "seed": seed,
                "epoch": epoch,
                "value": value,
                "total": total,
                "direction": direction,
                "in_order": plain(in_order),
                "resumed": plain(resumed),
                "bounds": plain(bounds),
                "only": _texts(only or {}),
            },
        )
        found = imported(declared, [chosen(table_from_frame(frame, name), declared.columns)])
    evidence = evidence_on(found.study, found.records)
    for doubt in scale_doubts(evidence):
        warnings.warn(doubt, stacklevel=2)
    return _judged(evidence, found.remarks)


def _texts(only: object) -> object:
    """Whatever is given as `only`, its values as texts if it has any."""
    if not isinstance(only, Mapping):
        return only
    return {column: str(text) for column, text in only.items()}


def _judged(evidence: Evidence, remarks: Sequence[str]) -> Judgement:
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
        remarks=tuple(remarks),
    )
