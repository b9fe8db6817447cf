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
