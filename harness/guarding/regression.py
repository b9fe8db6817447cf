"""Whether new runs of a recipe fall behind its committed ones."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ..results.record import RunRecord, same_epochs
from ..statistics.intervals import ROUNDING, Interval
from ..study.declaration import Gate
from ..study.measure import Measure
from .looks import Bounds, bounds, drop
from .losses import excluded, is_lost, least_alarming

GateOutcome = Literal["identical", "pass", "regression", "open", "failed"]
"""Of one recipe."""
GateVerdict = Literal["pass", "regression", "inconclusive"]
"""Of all together."""

EXIT_CODES: Final[Mapping[GateVerdict, int]] = {"pass": 0, "regression": 1, "inconclusive": 3}

ON_LOSSES: Final = 0.5
"""The share of a gate's alpha that is spent on runs that are lost; the rest on their counts."""


@dataclass(frozen=True)
class Finding:
    """What a look found of one recipe. Counts are those at the gate's epoch, of diverged runs 0,
    or None where no count is measured.

    `drop` is by how much the new mean is worse than the committed one, without the runs that are
    lost; None where bits are identical, or a side has too few runs left.
    """

    recipe: str
    outcome: GateOutcome
    margin: float
    committed: tuple[float | None, ...]
    new: tuple[float | None, ...]
    drop: float | None = None
    interval: Interval | None = None
    """The drop is a regression if `low` is above 0 and the drop above the margin, and passes if
    `high` is below the margin."""
    lost: int = 0
    """New runs that diverged, or, of counts, ended below half of the committed ones."""
    same_version: bool = True
    """Whether engine and version are those of the committed runs, so that bits should agree."""
    same_bits: bool = True
    error: str | None = None
    measure: Measure | None = None
    """What is compared; None where it is the count of test images."""


def judge_drop(
    recipe: str,
    committed: Mapping[int, RunRecord],
    new: Mapping[int, RunRecord],
    gate: Gate,
    at: tuple[int, ...],
    losses: tuple[int, int],
    measure: Measure | None = None,
    *,
    exact: bool = True,
) -> Finding:
    """The recipe's new runs against its committed ones, each by seed.

    `at` are the looks, in new runs; `losses` lost and all committed runs of all of the gate's
    recipes. `measure` is what programs have measured, None where it is the count of test images.
    Without `exact`, identical bits count for nothing.
    """
    margin, epochs = gate.margins[recipe], gate.epochs
    old, fresh = merits_at(committed, epochs, measure), merits_at(new, epochs, measure)
    seen = shown(old, measure), shown(fresh, measure)
    failed = [record.error for record in new.values() if not record.is_evidence]
    if failed:
        return Finding(recipe, "failed", margin, *seen, error=failed[0], measure=measure)
    pairs = [(committed.get(seed), record) for seed, record in new.items()]
    promised = all(old and old.key == record.key and record.repeats for old, record in pairs)
    same = all(old and _repeated(old, record, epochs) for old, record in pairs)
    if exact and same:
        return Finding(recipe, "identical", margin, *seen, measure=measure)
    counted = is_counted(measure)
    outcome, lost, mean, interval = compared(old, fresh, margin, gate, at, losses, counted=counted)
    return Finding(
        *(recipe, outcome, margin, *seen, mean, interval, lost, promised),
        same_bits=same,
        measure=measure,
    )


def _repeated(committed: RunRecord, new: RunRecord, epochs: int) -> bool:
    """Whether the new run is the committed one again.

    A program's weights are not seen: what has printed the same is the same, whatever of its files
    was changed.
    """
    same_key = committed.key == new.key or not new.repeats
    return same_key and same_epochs(committed, new, epochs)


Compared = tuple[GateOutcome, int, float | None, Interval | None]


def compared(
    old: Sequence[float],
    new: Sequence[float],
    margin: float,
    gate: Gate,
    at: tuple[int, ...],
    losses: tuple[int, int],
    *,
    counted: bool = True,
) -> Compared:
    """The outcome, the new runs that are lost, and the drop of the others with its interval.

    What is not `counted` is given as what is better the higher it is, of diverged runs as -inf.
    """
    lost_before, lost = (is_lost(side, old, counted=counted) for side in (old, new))
    number, look = int(lost.sum()), min(bisect_left(at, len(new)), len(at) - 1)
    kept, fresh = np.array(old)[~lost_before], np.array(new)[~lost]
    mean = interval = None
    if len(kept) > 1 and len(fresh):
        mean, interval = drop(
            kept.tolist(),
            fresh.tolist(),
            bounds_of(len(kept), gate, at),
            ROUNDING if counted else 0.0,
        )
    if number >= least_alarming(losses[1], at, loss_level(gate))[losses[0], look]:
        return "regression", number, mean, interval
    if mean is None or interval is None:
        return "open", number, mean, interval
    outcome = drop_outcome(mean, interval, margin)
    passes = few_lost(number, len(new), float(lost_before.mean()), gate)
    return "open" if outcome == "pass" and not passes else outcome, number, mean, interval


def few_lost(lost: int, runs: int, share: float, gate: Gate) -> bool:
    """Whether few enough runs are lost for a recipe to pass; none lost at the limit always is."""
    if not lost and runs >= gate.limit:
        return True
    return bool(excluded(np.array(lost), runs, np.array(share), gate.alpha))


def loss_level(gate: Gate) -> float:
    """The probability of a false alarm by lost runs, for each recipe."""
    return ON_LOSSES * gate.alpha / len(gate.margins)


def bounds_of(committed: int, gate: Gate, at: tuple[int, ...]) -> Bounds:
    """Standard errors by which a drop must lie above 0 to be one, and below the margin to pass.

    A false alarm in any of the recipes is one of the gate's, so that these share `alpha`; a pass of
    the gate needs that of every recipe, so that each may use all of it.
    """
    return bounds(committed, at, (1 - ON_LOSSES) * gate.alpha / len(gate.margins), gate.alpha)


def drop_outcome(mean: float, interval: Interval, margin: float) -> GateOutcome:
    """What a drop comes to, by its interval and the margin."""
    if interval.low > 0 and mean > margin:
        return "regression"
    return "pass" if interval.high < margin else "open"


def gate_verdict(findings: Sequence[Finding]) -> GateVerdict:
    """Of the gate: the worst that was found."""
    outcomes = {finding.outcome for finding in findings}
    if "regression" in outcomes:
        return "regression"
    return "pass" if outcomes <= {"identical", "pass"} else "inconclusive"


def is_counted(measure: Measure | None) -> bool:
    """Whether it is a count, of test images for example."""
    return measure is None or measure.total is not None


def merits_at(
    records: Mapping[int, RunRecord], epochs: int, measure: Measure | None = None
) -> tuple[float, ...]:
    """What the runs have after `epochs` epochs, as what is better the higher it is.

    Of one that diverged before 0, or -inf where no count is measured.
    """
    sign = measure.sign if measure else 1
    lost = 0 if is_counted(measure) else -math.inf
    return tuple(
        sign * record.values[epochs - 1] if len(record.values) >= epochs else lost
        for record in records.values()
        if record.covers(epochs)
    )


def shown(merits: Sequence[float], measure: Measure | None) -> tuple[float | None, ...]:
    """The same as it was measured; None for -inf."""
    sign = measure.sign if measure else 1
    return tuple(sign * merit if math.isfinite(merit) else None for merit in merits)
