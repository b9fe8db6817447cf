"""Why a p-value and an interval may disagree about whether there is a difference."""

from __future__ import annotations

from collections.abc import Mapping

from ...base.words import some
from ...statistics.bounded import Method
from ...statistics.intervals import Interval


def though_zero_is_inside(differences: Mapping[str, Interval | None], method: Method) -> str:
    """A further sentence on those of the significant differences whose interval includes 0."""
    found = [name for name, interval in differences.items() if interval and not _excludes(interval)]
    if not found:
        return ""
    why = (
        "p tests whether hold rates have equal distributions, while the interval is one of the "
        "mean difference, whatever the distributions"
        if method == "declared"
        else "p rests on the strongest evidence so far, the interval on all runs"
    )
    return f" For {some(found)}, the interval of the difference includes 0 all the same: {why}."


def though_zero_is_outside(differences: Mapping[str, Interval | None], comparisons: int) -> str:
    """A further sentence on those of the other differences whose interval does not include 0.

    `comparisons` is the number of those that their p-values are adjusted for.
    """
    found = [name for name, interval in differences.items() if interval and _excludes(interval)]
    if not found:
        return ""
    adjusted = ", which is adjusted for the number of comparisons," if comparisons > 1 else ""
    return (
        f" For {some(found)}, the interval of the difference does not include 0 all "
        f"the same: interval and p come from different tests, and p{adjusted} decides."
    )


def _excludes(interval: Interval) -> bool:
    return interval.low > 0 or interval.high < 0
