"""Whether new runs of a recipe fall behind its committed ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..results.record import RunRecord, same_epochs
from ..statistics.intervals import Interval
from ..study.declaration import Gate
from .looks import bounds, drop

Outcome = Literal["identical", "pass", "regression", "open", "failed"]
Verdict = Literal["pass", "regression", "inconclusive"]
Bounds = tuple[float, float]

EXIT_CODES: Final[Mapping[Verdict, int]] = {"pass": 0, "regression": 1, "inconclusive": 3}


@dataclass(frozen=True)
class Finding:
    """What a look found of one recipe. Counts are those at the gate's epoch, of diverged runs 0.

    `drop` is the committed mean less the new one, in images, and None where bits are identical.
    """

    recipe: str
    outcome: Outcome
    margin: float
    committed: tuple[int, ...]
    new: tuple[int, ...]
    drop: float | None = None
    interval: Interval | None = None
    """The drop is a regression if `low` is above 0 and the drop above the margin, and passes if
    `high` is below the margin."""
    same_version: bool = True
    """Whether engine and version are those of the committed runs, so that bits should agree."""
    same_bits: bool = True
    error: str | None = None


def judge(
    recipe: str,
    committed: Mapping[int, RunRecord],
    new: Mapping[int, RunRecord],
    gate: Gate,
    at: tuple[int, ...],
    *,
    exact: bool = True,
) -> Finding:
    """The recipe's new runs against its committed ones, each by seed.

    `at` are the looks, in new runs. Without `exact`, identical bits count for nothing.
    """
    margin, epochs = gate.margins[recipe], gate.epochs
    old, fresh = counts_at(committed, epochs), counts_at(new, epochs)
    same_version = all(seed in committed and committed[seed].key == new[seed].key for seed in new)
    failed = [record.error for record in new.values() if not record.is_evidence]
    if failed:
        return Finding(recipe, "failed", margin, old, fresh, error=failed[0])
    same = same_version and all(same_epochs(committed[seed], new[seed], epochs) for seed in new)
    if exact and same:
        return Finding(recipe, "identical", margin, old, fresh)
    mean, interval = drop(old, fresh, *bounds_of(old, gate, at))
    said = outcome(mean, interval, margin)
    return Finding(recipe, said, margin, old, fresh, mean, interval, same_version, same)


def bounds_of(committed: tuple[int, ...], gate: Gate, at: tuple[int, ...]) -> Bounds:
    """Standard errors by which a drop must lie above 0 to be one, and below the margin to pass.

    A false alarm in any of the recipes is one of the gate's, so that these share `alpha`; a pass of
    the gate needs that of every recipe, so that each may use all of it.
    """
    return bounds(committed, at, gate.alpha / len(gate.margins), gate.alpha)


def outcome(mean: float, interval: Interval, margin: float) -> Outcome:
    """What a drop comes to, by its interval and the margin."""
    if interval.low > 0 and mean > margin:
        return "regression"
    return "pass" if interval.high < margin else "open"


def verdict(findings: Sequence[Finding]) -> Verdict:
    """Of the gate: the worst that was found."""
    outcomes = {finding.outcome for finding in findings}
    if "regression" in outcomes:
        return "regression"
    return "pass" if outcomes <= {"identical", "pass"} else "inconclusive"


def counts_at(records: Mapping[int, RunRecord], epochs: int) -> tuple[int, ...]:
    """Counts of the runs after so many epochs; 0 for one that diverged before."""
    return tuple(
        record.rows[epochs - 1].correct if len(record.rows) >= epochs else 0
        for record in records.values()
        if record.covers(epochs)
    )
