"""What is measured after an epoch: a count of test images, or any number with a direction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

Direction = Literal["higher", "lower"]
COUNTED: Final = "correct"
UNIT: Final = "example"
"""What is counted in runs that no engine trained, which need not be images."""
MOST_COUNTED: Final = 2**31 - 1
MOST_MEASURED: Final = 1e100
"""Beyond this, sums of many values or of their squares would not stay finite."""


def target_fault(
    target: float, total: int | None, bounds: tuple[float, float] | None
) -> str | None:
    """What is wrong with a target, in words; None if nothing is.

    For a count out of `total` the target is a share; otherwise it is a value within the bounds.
    """
    if total is not None and not 0 < target <= 1:
        return f"should be a share of {total:,} above 0, at most 1; write 99.4% as 0.994"
    low, high = bounds or (target, target)
    if total is None and not low <= target <= high:
        return f"should be within the bounds, {low:g} to {high:g}; correct it, or the bounds"
    return None


@dataclass(frozen=True)
class Measure:
    """What is measured after each epoch, and whether higher or lower is better."""

    name: str = COUNTED
    total: int | None = None
    """What a count is out of; None if the number is not a count."""
    direction: Direction = "higher"
    unit: str = "image"
    """What is counted, if it is a count."""

    @property
    def sign(self) -> int:
        """1 if higher is better, -1 if lower is."""
        return 1 if self.direction == "higher" else -1

    def merit(self, value: float | None) -> float:
        """The value, signed so that higher is better; -inf for None."""
        return -math.inf if value is None else self.sign * value
