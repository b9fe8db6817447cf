"""Whether new runs of a recipe fall behind its committed ones."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ..results.record import RunRecord, same_epochs
from ..statistics.intervals import ROUNDING, Interval
from ..study.declaration import Gate
from ..study.measure import Measure
from .critical_values import CriticalValues, critical_values
from .looks import drop
from .losses import excluded, is_lost, least_alarming, lost_among

GateOutcome = Literal["identical", "pass", "regression", "undecided", "failed"]
"""The outcome for one recipe."""
GateVerdict = Literal["pass", "regression", "inconclusive"]
"""The verdict on all recipes together."""

EXIT_CODES: Final[Mapping[GateVerdict, int]] = {"pass": 0, "regression": 1, "inconclusive": 3}

LEAST_COMMITTED: Final = 2
"""The fewest committed runs per recipe, since a single run has no spread to judge by."""
ON_LOSSES: Final = 0.5
"""The share of a gate's alpha that is spent on lost runs; the rest is spent on counts."""


@dataclass(frozen=True)
class Finding:
    """What a look found about one recipe, with counts at the gate's epoch.

    A diverged run has 0, or None if the measure is not a count. `drop` is by how much the new mean
    is worse than the committed one, in images or in the unit of the measure, without lost runs. It
    is None if bits are identical, or if too few committed or new runs are left.
    """

    recipe: str
    outcome: GateOutcome
    margin: float
    committed: tuple[float | None, ...]
    new: tuple[float | None, ...]
    drop: float | None = None
    interval: Interval | None = None
    """The drop is a regression if `low` is above 0 and the drop exceeds the margin; it passes if
    `high` is below the margin."""
    lost: int = 0
    """How many new runs are lost: see `losses`."""
    committed_lost: int = 0
    """How many committed runs did; like the new ones, they are left out of drop and interval."""
    same_version: bool = True
    """Whether engine and version are those of the committed runs, so that bits should agree."""
    same_bits: bool = True
    error: str | None = None
    measure: Measure | None = None
    """What is compared; None for the count of test images."""


def judge_drop(
    recipe: str,
    committed: Mapping[int, RunRecord],
    new: Mapping[int, RunRecord],
    gate: Gate,
    at: tuple[int, ...],
    losing: Collection[str],
    measure: Measure | None = None,
    *,
    exact: bool = True,
) -> Finding:
    """The recipe's new runs against its committed ones, both by seed.

    `at` are the looks, in numbers of new runs; `losing` the gate's recipes that have lost committed
    runs. `measure` is what programs measured, None for the count of test images. Without `exact`,
    identical bits are treated like any others.
    """
    margin, epochs = gate.margins[recipe], gate.epochs
    old, fresh = merits_at(committed, epochs, measure), merits_at(new, epochs, measure)
    seen = as_measured(old, measure), as_measured(fresh, measure)
    failed = [record.error for record in new.values() if not record.is_evidence]
    if failed:
        return Finding(recipe, "failed", margin, *seen, error=failed[0], measure=measure)
    pairs = [(committed.get(seed), record) for seed, record in new.items()]
    promised = all(old and old.key == record.key and record.repeats for old, record in pairs)
    same = all(old and _repeated(old, record, epochs) for old, record in pairs)
    if exact and same:
        return Finding(recipe, "identical", margin, *seen, measure=measure)
    counted = is_counted(measure)
    sharing = len({*losing, recipe})
    outcome, lost, mean, interval = judge_merits(
        old, fresh, margin, gate, at, sharing, counted=counted
    )
    return Finding(
        *(recipe, outcome, margin, *seen, mean, interval, lost),
        committed_lost=lost_among(old, old, counted=counted),
        same_version=promised,
        same_bits=same,
        measure=measure,
    )


def _repeated(committed: RunRecord, new: RunRecord, epochs: int) -> bool:
    """Whether the new run repeats the committed one.

    A program's weights are unknown, so its runs are the same if they printed the same, even if its
    files have changed.
    """
    same_key = committed.key == new.key or not new.repeats
    return same_key and same_epochs(committed, new, epochs)


JudgedMerits = tuple[GateOutcome, int, float | None, Interval | None]


def judge_merits(
    old: Sequence[float],
    new: Sequence[float],
    margin: float,
    gate: Gate,
    at: tuple[int, ...],
    sharing: int,
    *,
    counted: bool = True,
) -> JudgedMerits:
    """The outcome, the number of lost new runs, and the drop of the others with its interval.

    `sharing` is how many recipes share the chance of a false alarm by lost runs (`losses`).
    Values are signed so that higher is better, and -inf if the run diverged; `counted` says whether
    they are counts.
    """
    lost_before, lost = (is_lost(side, old, counted=counted) for side in (old, new))
    number, look = int(lost.sum()), min(bisect_left(at, len(new)), len(at) - 1)
    kept, fresh = np.array(old)[~lost_before], np.array(new)[~lost]
    mean = interval = None
    if len(kept) >= LEAST_COMMITTED and len(fresh):
        mean, interval = drop(
            kept.tolist(),
            fresh.tolist(),
            critical_values_of(len(kept), gate, at),
            ROUNDING if counted else 0.0,
        )
    alarming = least_alarming(len(old), at, loss_alpha(gate, sharing))
    if number >= alarming[int(lost_before.sum()), look]:
        return "regression", number, mean, interval
    if mean is None or interval is None:
        return "undecided", number, mean, interval
    outcome = drop_outcome(mean, interval, margin)
    passes = few_lost(number, len(new), float(lost_before.mean()), gate)
    return "undecided" if outcome == "pass" and not passes else outcome, number, mean, interval


def few_lost(lost: int, runs: int, share: float, gate: Gate) -> bool:
    """Whether few enough runs are lost for a pass; at the limit, none lost is always few enough."""
    if not lost and runs >= gate.limit:
        return True
    return bool(excluded(np.array(lost), runs, np.array(share), gate.alpha))


def loss_alpha(gate: Gate, sharing: int) -> float:
    """The probability of a false alarm by lost runs, for each of the recipes that share it."""
    return ON_LOSSES * gate.alpha / sharing


def critical_values_of(committed: int, gate: Gate, at: tuple[int, ...]) -> CriticalValues:
    """Standard errors by which a drop must exceed 0 for an alarm, or be below the margin to pass.

    A false alarm on any recipe is one of the whole gate, so recipes share `alpha` for alarms. The
    gate passes only if every recipe passes, so each may use all of `alpha` for that.
    """
    alarm = (1 - ON_LOSSES) * gate.alpha / len(gate.margins)
    return critical_values(committed, at, alarm, gate.alpha)


def drop_outcome(mean: float, interval: Interval, margin: float) -> GateOutcome:
    """The outcome for a drop, by its interval and the margin."""
    if interval.low > 0 and mean > margin:
        return "regression"
    return "pass" if interval.high < margin else "undecided"


def gate_verdict(findings: Sequence[Finding]) -> GateVerdict:
    """The gate's verdict: the worst of the findings."""
    outcomes = {finding.outcome for finding in findings}
    if "regression" in outcomes:
        return "regression"
    return "pass" if outcomes <= {"identical", "pass"} else "inconclusive"


def is_counted(measure: Measure | None) -> bool:
    """Whether the measure is a count, for example of test images."""
    return measure is None or measure.total is not None


def merits_at(
    records: Mapping[int, RunRecord], epochs: int, measure: Measure | None = None
) -> tuple[float, ...]:
    """What was measured after `epochs` epochs, signed so that higher is better.

    Runs that were not trained that far and did not diverge are left out.
    """
    return tuple(
        merit_at(record.values, epochs, measure)
        for record in records.values()
        if record.spans(epochs)
    )


def merit_at(values: Sequence[float], epochs: int, measure: Measure | None) -> float:
    """`merits_at` of one run; -inf if it diverged earlier."""
    if len(values) < epochs:
        return -math.inf
    return (measure.sign if measure else 1) * values[epochs - 1]


def as_measured(merits: Sequence[float], measure: Measure | None) -> tuple[float | None, ...]:
    """The values as they were measured; of a diverged run, 0 for a count, else None."""
    sign, diverged = measure.sign if measure else 1, 0 if is_counted(measure) else None
    return tuple(sign * merit if math.isfinite(merit) else diverged for merit in merits)
