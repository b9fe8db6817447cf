"""Whether new imported runs fall behind committed ones, by statistics alone: they have no bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from math import isfinite
from typing import Final

from ..base.words import plural, some
from ..results.elsewhere.record import ImportedRecord
from ..study.declaration import Gate
from ..study.measure import Measure
from .looks import looks
from .losses import lost_among, recipes_with_losses
from .regression import Finding, as_measured, judge_merits, merit_at

ImportedByRecipe = Mapping[str, Sequence[ImportedRecord]]
"""Runs by recipe, all trained up to the gate's epoch: at least two committed ones, at least one
new one."""

LEAST_DECIMALS: Final = 4
"""Values that only agree to fewer decimals may be those of two runs."""


def judge_imported(
    committed: ImportedByRecipe,
    new: ImportedByRecipe,
    gate: Gate,
    measure: Measure,
    *,
    one_look: bool,
) -> list[Finding]:
    """The finding on each guarded recipe; with `one_look`, all new runs are compared at once."""

    def ends(records: Sequence[ImportedRecord]) -> list[float]:
        return [merit_at(record.values, gate.epochs, measure) for record in records]

    counted = measure.total is not None
    old = {name: ends(committed[name]) for name in gate.margins}
    losing = recipes_with_losses(old, counted=counted)
    findings = []
    for name, before in old.items():
        fresh = ends(new[name])
        own = replace(gate, seeds=len(fresh), limit=len(fresh)) if one_look else gate
        at, margin = looks(own.seeds, own.limit), gate.margins[name]
        outcome, lost, drop, interval = judge_merits(
            before, fresh, margin, own, at, len({*losing, name}), counted=counted
        )
        findings.append(
            Finding(
                recipe=name,
                outcome=outcome,
                margin=margin,
                committed=as_measured(before, measure),
                new=as_measured(fresh, measure),
                drop=drop,
                interval=interval,
                lost=lost,
                committed_lost=lost_among(before, before, counted=counted),
                same_version=False,
                same_bits=False,
                measure=measure,
            )
        )
    return findings


def without_committed(
    committed: ImportedByRecipe, new: ImportedByRecipe
) -> tuple[dict[str, list[ImportedRecord]], list[str]]:
    """The new runs without committed ones that are still among them, and lines about such runs.

    A store to which new runs were added still has the committed ones. If a recipe has no others
    besides, or other values for a committed seed, they count: trained again, a program that repeats
    its runs gives the same values.
    """
    kept: dict[str, list[ImportedRecord]] = {}
    out, alike = [], []
    for name, own in new.items():
        old = {record.seed: record for record in committed[name]}
        repeated = {run.seed for run in own if run.seed in old and _repeats(run, old[run.seed])}
        others = [run for run in own if run.seed not in repeated]
        is_added_to = bool(others) and not any(run.seed in old for run in others)
        kept[name] = others if is_added_to else [*own]
        if repeated and is_added_to:
            out.append(f"{plural(len(repeated), 'run')} of {name}")
        elif repeated:
            alike.append(f"{len(repeated)} of {plural(len(own), 'run')} of {name}")
    return kept, [*_said(_OUT, out), *_said(_ALIKE, alike)]


_OUT: Final = "left out, since they are committed, with the same values"
_ALIKE: Final = (
    "the same values as in the committed runs with these seeds, which is evidence only if they "
    "were trained again"
)


def _said(what: str, runs: Sequence[str]) -> list[str]:
    return [f"{what}: {some(runs)}"] if runs else []


def _repeats(new: ImportedRecord, old: ImportedRecord) -> bool:
    """Whether both runs have the same values as far as they go, or one has them rounded."""
    return all(_are_alike(*both) for both in zip(new.course, old.course, strict=False))


def _are_alike(new: float | None, old: float | None) -> bool:
    if new is None or old is None or not (isfinite(new) and isfinite(old)):
        return new == old
    one, other = Decimal(repr(float(new))), Decimal(repr(float(old)))
    places = max(LEAST_DECIMALS, min(_decimals(one), _decimals(other)))
    return abs(one - other) <= Decimal(5).scaleb(-places - 1)


def _decimals(value: Decimal) -> int:
    """How many a finite number is written with."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
