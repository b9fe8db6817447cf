"""Times contestants in turn, so that whatever slows the machine down slows all of them down."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

Contestant = Callable[[], object]


class Race:
    """Times contestants in turn; ratios are to the first of them, the median over rounds.

    One that does several units of work a turn is timed by the unit: `amounts` has how many.
    """

    def __init__(self, contestants: dict[str, Contestant], amounts: dict[str, int]) -> None:
        self._contestants, self._amounts = contestants, amounts
        self.seconds: dict[str, list[float]] = {name: [] for name in contestants}

    def round(self) -> None:
        """Give each contestant one turn."""
        for name, contestant in self._contestants.items():
            begin = time.perf_counter()
            contestant()
            amount = self._amounts.get(name, 1)
            self.seconds[name].append((time.perf_counter() - begin) / amount)

    def medians(self) -> dict[str, float]:
        """Median milliseconds of each contestant."""
        return {name: 1000 * median(times) for name, times in self.seconds.items()}

    def ratios(self) -> dict[str, float]:
        """Each contestant's time as a multiple of the first one's: the median over rounds."""
        first = next(iter(self.seconds.values()))
        return {
            name: median(own / reference for own, reference in zip(times, first, strict=True))
            for name, times in self.seconds.items()
        }


Run = Callable[..., Race]
"""The fixture `race`: (name, rounds, amounts=..., **contestants) to the race that was run."""
