"""What the runs are compared with, and what their numbers are called."""

from __future__ import annotations

from ...base.words import accuracy_percent, declared, declared_percent, plural, whole
from ...judging.evidence import Evidence
from ...study.declaration import Criterion
from ...study.measure import Measure
from ..tables.cells import average


def held_words(holding: int, runs: int) -> str:
    """How many of a recipe's runs held; what they held may follow."""
    if runs == 1:
        return "its only run held" if holding else "its only run did not hold"
    return f"{holding} of {plural(runs, 'run')} held"


def target_words(criterion: Criterion, measure: Measure) -> str:
    """`99.4%` of a count, or `val_loss ≤ 0.31`."""
    if measure.total:
        return declared_percent(criterion.target)
    side = "≥" if measure.sign > 0 else "≤"
    return f"{measure.name} {side} {declared(criterion.target)}"


def threshold_words(evidence: Evidence) -> str:
    """`9,940 of 10,000`, or `val_loss ≤ 0.31`."""
    if evidence.total is None:
        return target_words(evidence.study.criterion, evidence.measure)
    return f"{whole(evidence.threshold)} of {whole(evidence.total)}"


def at_threshold_words(evidence: Evidence) -> str:
    """What it means for an epoch to be at the threshold."""
    if evidence.total is None:
        side = "above" if evidence.measure.sign > 0 else "below"
        return f"at or {side} {declared(evidence.threshold)} in {evidence.measure.name}"
    return (
        f"at or above {whole(evidence.threshold)} of "
        f"{plural(evidence.total, counted_noun(evidence))} "
        f"({accuracy_percent(evidence.threshold, evidence.total)})"
    )


def counted_noun(evidence: Evidence) -> str:
    """What is counted: `test image`, or `held-out training image`."""
    kind = "held-out training" if evidence.study.holdout else "test"
    return f"{kind} {evidence.measure.unit}"


def final_noun(evidence: Evidence) -> str:
    """What is measured at the last epoch: `final count`, or `final val_loss`."""
    return "final count" if evidence.total else f"final {evidence.measure.name}"


def better_end(evidence: Evidence) -> str:
    """How the better of two runs ends: `higher`, or `lower`."""
    return "higher" if evidence.measure.sign > 0 else "lower"


def worse_end(evidence: Evidence) -> str:
    """How the worse of two runs ends: `lower`, or `higher`."""
    return "lower" if evidence.measure.sign > 0 else "higher"


def amount_words(value: float | None, measure: Measure) -> str:
    """`5.3 images`, or `0.012`."""
    return average(value, measure) + (f" {measure.unit}s" if measure.total else "")


def axis_label(evidence: Evidence) -> str:
    """The label of a plot's axis."""
    return f"correct {counted_noun(evidence)}s" if evidence.measure.total else evidence.measure.name


def final_legend(evidence: Evidence) -> tuple[str, str, str]:
    """For the column of final counts: its heading, what it holds, and what breaks ties."""
    measured = "accuracy and count" if evidence.total else evidence.measure.name
    return f"Final {measured}", f"{axis_label(evidence)} at the last epoch", final_noun(evidence)
