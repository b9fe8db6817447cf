"""Whether new imported runs fall behind committed ones, by statistics alone: they have no bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..results.elsewhere.record import ImportedRecord
from ..study.declaration import Gate
from ..study.measure import Measure
from .looks import looks
from .losses import lost_among, recipes_with_losses
from .regression import Finding, as_measured, judge_merits, merit_at

ImportedByRecipe = Mapping[str, Sequence[ImportedRecord]]
"""Runs by recipe, all trained up to the gate's epoch: at least two committed ones, at least one
new one."""


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
