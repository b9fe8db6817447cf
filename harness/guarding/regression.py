"""Whether new runs of a recipe fall behind its committed ones."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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


Values = tuple[float | None, ...]


@dataclass(frozen=True)
class Finding:
    """What a look found of one recipe. Counts are those at the gate's epoch, of diverged runs 0.

    Other values are those there too, of diverged runs None. `drop` is by how much the new mean is
    worse than the committed one, without the runs that are lost; None where bits are identical, or
    a side has too few runs left.
    """

    recipe: str
    outcome: GateOutcome
    margin: float
    committed: Values
    new: Values
    drop: float | None = None
    interval: Interval | None = None
    """The drop is a regression if `low` is above 0 and the drop above the margin, and passes if
    `high` is below the margin."""
    lost: int = 0
    """New runs that diverged, or ended below half of the committed counts."""
    same_version: bool = True
    """Whether engine and version are those of the committed runs, so that bits should agree."""
    same_bits: bool = True
    error: str | None = None
    counted: bool = True
    unit: str = "images"
    """What drop and margin are of: what is counted, or the name of the value."""


def judge_drop(
    recipe: str,
    committed: Mapping[int, RunRecord],
    new: Mapping[int, RunRecord],
    gate: Gate,
    at: tuple[int, ...],
    losses: tuple[int, int],
    measure: Measure,
    *,
    exact: bool = True,
) -> Finding:
    """The recipe's new runs against its committed ones, each by seed.

    `at` are the looks, in new runs; `losses` lost and all committed runs of all of the gate's
    recipes. Without `exact`, identical bits count for nothing.
    """
    margin, epochs = gate.margins[recipe], gate.epochs
    old, fresh = values_at(committed, epochs, measure), values_at(new, epochs, measure)
    found = partial(Finding, recipe, counted=bool(measure.total), unit=unit_of(measure))
    failed = [record.error for record in new.values() if not record.is_evidence]
    if failed:
        return found("failed", margin, old, fresh, error=failed[0])
    pairs = [(committed.get(seed), record) for seed, record in new.items()]
    promised = all(old and old.key == record.key and record.repeats for old, record in pairs)
    same = all(old and _repeated(old, record, epochs) for old, record in pairs)
    if exact and same:
        return found("identical", margin, old, fresh)
    sides = merits(old, measure), merits(fresh, measure)
    outcome, lost, mean, interval = _compared(*sides, margin, gate, at, losses, measure)
    return found(outcome, margin, old, fresh, mean, interval, lost, promised, same_bits=same)


def _repeated(committed: RunRecord, new: RunRecord, epochs: int) -> bool:
    """Whether the new run is the committed one again.

    A program's weights are not seen: what has printed the same is the same, whatever of its files
    was changed.
    """
    same_key = committed.key == new.key or not new.repeats
    return same_key and same_epochs(committed, new, epochs)


Compared = tuple[GateOutcome, int, float | None, Interval | None]


def _compared(
    old: tuple[float, ...],
    new: tuple[float, ...],
    margin: float,
    gate: Gate,
    at: tuple[int, ...],
    losses: tuple[int, int],
    measure: Measure,
) -> Compared:
    """The outcome, the new runs that are lost, and the drop of the others with its interval."""
    counted = bool(measure.total)
    lost_before, lost = is_lost(old, old, counted=counted), is_lost(new, old, counted=counted)
    number, look = int(lost.sum()), min(bisect_left(at, len(new)), len(at) - 1)
    kept, fresh = np.array(old)[~lost_before], np.array(new)[~lost]
    mean = interval = None
    if len(kept) > 1 and len(fresh):
        limits, spread = bounds_of(len(kept), gate, at), ROUNDING if counted else 0.0
        mean, interval = drop(kept.tolist(), fresh.tolist(), limits, spread)
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


def values_at(records: Mapping[int, RunRecord], epochs: int, measure: Measure) -> Values:
    """Counts of the runs after `epochs` epochs, 0 for one that diverged before; or other values,
    and None."""
    lost = 0 if measure.total else None
    return tuple(
        record.values[epochs - 1] if len(record.values) >= epochs else lost
        for record in records.values()
        if record.covers(epochs)
    )


def merits(values: Values, measure: Measure) -> tuple[float, ...]:
    """The values as what is better the higher it is; of none, -inf."""
    return tuple(map(measure.merit, values))


def unit_of(measure: Measure) -> str:
    """What a difference is of: `images`, or the name of the value."""
    return f"{measure.unit}s" if measure.total else measure.name
