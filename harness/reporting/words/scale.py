"""The question whether the target is on the scale of what was measured."""

from __future__ import annotations

from ...base.words import declared
from ...judging.evidence import Evidence


def scale_doubt(evidence: Evidence) -> str | None:
    """A question about the target if every value is on one side of it; None if there is none.

    The target of counts is a share of their total, so its scale is known. Runs no longer than the
    window may well all be at the target throughout.
    """
    if evidence.total is not None:
        return None
    criterion, sign = evidence.study.criterion, evidence.measure.sign
    runs = [run.values for own in evidence.records.values() for run in own if run.values]
    if not runs:
        return None
    values = [value for run in runs for value in (min(run), max(run))]
    best, worst = max(sign * value for value in values), min(sign * value for value in values)
    target = sign * criterion.target
    there, whole = best >= target, all(len(run) <= criterion.window for run in runs)
    if there and (worst < target or whole):
        return None
    what = "every value of every run is" if there else "no value of any run is"
    return (
        f"target {declared(criterion.target)}: {what} there, from {min(values):.6g} to "
        f"{max(values):.6g}; is it on the scale of the values?"
    )
