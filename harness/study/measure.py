"""What the number of an epoch is: a count of test images, or any number with a direction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

Direction = Literal["higher", "lower"]
COUNTED: Final = "correct"
UNIT: Final = "example"
"""What is counted where the harness does not know: it need not be images."""
MOST_COUNTED: Final = 2**31 - 1


def target_fault(
    target: float, total: int | None, bounds: tuple[float, float] | None
) -> str | None:
    """What is wrong with a target: of a count it is a share, of another number such a number."""
    if total is not None and not 0 < target <= 1:
        return f"should be a share of {total:,} above 0, at most 1; write 99.4% as 0.994"
    low, high = bounds or (target, target)
    if total is None and not low <= target <= high:
        return f"should be from {low:g} to {high:g}, the bounds; mend it, or these"
    return None


@dataclass(frozen=True)
class Measure:
    """What is measured after each epoch, and which way is better."""

    name: str = COUNTED
    total: int | None = None
    """Of how many a count is; None where the number is no count."""
    direction: Direction = "higher"
    unit: str = "image"
    """What is counted, where it is a count."""

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is."""
        return 1 if self.direction == "higher" else -1

    def merit(self, value: float | None) -> float:
        """The value as what is better the higher it is; of none, less than any."""
        return -math.inf if value is None else self.sign * value
