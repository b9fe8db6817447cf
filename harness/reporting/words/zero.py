"""Why a p-value and an interval may disagree about whether there is a difference."""

from __future__ import annotations

from collections.abc import Mapping

from ...base.words import some
from ...statistics.bounded import Method
from ...statistics.intervals import Interval


def though_zero_is_inside(differences: Mapping[str, Interval | None]) -> str:
    """A further sentence on those of the significant differences whose interval includes 0.

    There are none if the number of runs was declared: p is then that of the interval.
    """
    found = [name for name, interval in differences.items() if interval and not _excludes(interval)]
    if not found:
        return ""
    return (
        f" For {some(found)}, the interval of the difference includes 0 all the same: p rests on "
        "the strongest evidence so far, the interval on all runs."
    )


def though_zero_is_outside(
    differences: Mapping[str, Interval | None], comparisons: int, method: Method
) -> str:
    """A further sentence on those of the other differences whose interval does not include 0.

    `comparisons` is the number of those that their p-values are adjusted for.
    """
    found = [name for name, interval in differences.items() if interval and _excludes(interval)]
    if not found:
        return ""
    if method == "declared":
        why = "it is that of one comparison, while p is adjusted for their number, and decides"
    else:
        adjusted = ", which is adjusted for the number of comparisons," if comparisons > 1 else ""
        why = f"interval and p come from different tests, and p{adjusted} decides"
    return (
        f" For {some(found)}, the interval of the difference does not include 0 all the same: "
        f"{why}."
    )


def _excludes(interval: Interval) -> bool:
    return interval.low > 0 or interval.high < 0
