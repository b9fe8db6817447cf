"""Whether new runs that others trained fall behind committed ones: by statistics, as there are no
bits to compare."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..results.imported import ImportedRecord
from ..study.declaration import Gate
from ..study.measure import Measure
from .looks import looks
from .losses import committed_losses
from .regression import Finding, compared, shown

Runs = Mapping[str, Sequence[ImportedRecord]]
"""Of each recipe, at least two committed ones and one new one, all to the gate's epoch."""


def judge_imported(
    committed: Runs, new: Runs, gate: Gate, measure: Measure, *, one_look: bool
) -> list[Finding]:
    """What is found of each recipe that the gate watches; with `one_look`, all new runs are one."""
    counted = measure.total is not None
    old = {name: _ends(committed[name], gate.epochs, measure) for name in gate.margins}
    losses = committed_losses(old, counted=counted)
    findings = []
    for name, before in old.items():
        fresh = _ends(new[name], gate.epochs, measure)
        own = replace(gate, seeds=len(fresh), limit=len(fresh)) if one_look else gate
        at, margin = looks(own.seeds, own.limit), gate.margins[name]
        outcome, lost, drop, interval = compared(
            before, fresh, margin, own, at, losses, counted=counted
        )
        findings.append(
            Finding(
                recipe=name,
                outcome=outcome,
                margin=margin,
                committed=shown(before, measure),
                new=shown(fresh, measure),
                drop=drop,
                interval=interval,
                lost=lost,
                same_version=False,
                same_bits=False,
                measure=measure,
            )
        )
    return findings


def _ends(records: Sequence[ImportedRecord], epochs: int, measure: Measure) -> list[float]:
    """What each run had after this many epochs, as what is better the higher it is.

    Of one that had diverged by then 0, or -inf where no count is measured.
    """
    lost = 0 if measure.total is not None else -math.inf
    return [
        measure.merit(record.values[epochs - 1]) if len(record.values) >= epochs else lost
        for record in records
    ]
