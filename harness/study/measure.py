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
        """The value with a sign such that higher is better; for None, below everything."""
        return -math.inf if value is None else self.sign * value
