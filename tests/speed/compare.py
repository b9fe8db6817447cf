"""Ratios of `make speed` against those that are committed: what moved by more than the spread.

    python tests/speed/compare.py SPEED.json             # compares
    python tests/speed/compare.py --write SPEED.json...  # makes repeated measurements the baseline

Only ratios between contestants of one race are compared, never times, and `baseline.json` holds
nothing else but the processor's name: no host, no date. Another processor has other ratios, which
are shown beside the baseline's, and not called a change.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

BASELINE = Path(__file__).parent / "baseline.json"
LEAST_REPEATED = 3
LEAST_SPREAD = 0.02
"""The least spread of a ratio: three measurements can be close by luck."""

Ratios = dict[str, dict[str, float]]
"""By race and contestant: the time as a multiple of the race's first contestant."""
Repeated = dict[str, dict[str, list[float]]]
"""The same, of repeated measurements."""


@dataclass(frozen=True)
class Measured:
    """The ratios of one measurement, and its processor."""

    processor: str
    ratios: Ratios

    @classmethod
    def read(cls, path: Path) -> Measured:
        """From pytest-benchmark's JSON."""
        content = json.loads(path.read_text())
        ratios = {one["name"]: one["extra_info"]["ratios"] for one in content["benchmarks"]}
        return cls(_processor(content["machine_info"]["cpu"]), ratios)


def _processor(cpu: dict[str, Any]) -> str:
    """The processor's name, with family and model if known: many share a name."""
    kind = [f"{key} {cpu[key]}" for key in ("family", "model") if key in cpu]
    return " ".join([cpu.get("brand_raw", "unknown"), *kind])


@dataclass(frozen=True)
class Moved:
    """A ratio here, and the ratios of the baseline."""

    race: str
    contestant: str
    here: float
    baseline: list[float]

    @property
    def usual(self) -> float:
        """The baseline's median."""
        return median(self.baseline)

    @property
    def spread(self) -> float:
        """From the smallest to the largest of the baseline."""
        return max(self.baseline) - min(self.baseline)

    @property
    def verdict(self) -> str:
        """How the contestant has changed relative to the race's first."""
        if abs(self.here - self.usual) <= max(self.spread, LEAST_SPREAD * self.usual):
            return ""
        return "moved UP" if self.here > self.usual else "moved DOWN"


def merge(measured: Sequence[Ratios]) -> Repeated:
    """Repeated measurements of the races that all of them have, to three decimals."""
    return {
        race: {
            contestant: [round(ratios[race][contestant], 3) for ratios in measured]
            for contestant in list(first)[1:]
            if all(contestant in ratios.get(race, {}) for ratios in measured)
        }
        for race, first in measured[0].items()
        if all(race in ratios for ratios in measured)
    }


def compare(here: Ratios, baseline: Repeated) -> Iterator[Moved]:
    """Every ratio that both have."""
    for race, contestants in baseline.items():
        for contestant, ratios in contestants.items():
            if contestant in here.get(race, {}):
                yield Moved(race, contestant, here[race][contestant], ratios)


def show(
    compared: Sequence[Moved], missing: Sequence[str], unknown: Sequence[str], another: str
) -> Iterator[str]:
    """One line per ratio, then what was not measured, and what has nothing to be compared with.

    `another` says that the processor is another one, and is empty if it is not.
    """
    width = max((len(moved.race) for moved in compared), default=0)
    for moved in compared:
        yield (
            f"{moved.race:<{width}}  {moved.contestant:<10} {moved.here:8.2f} x   was "
            f"{moved.usual:8.2f} x ± {moved.spread:.2f} (n = {len(moved.baseline)})  "
            f"{'' if another else moved.verdict}".rstrip()
        )
    yield from (f"{race}: not measured here" for race in missing)
    yield from (f"{race}: not in the baseline; see make speed-baseline" for race in unknown)
    if another:
        yield another
        return
    count = sum(bool(moved.verdict) for moved in compared)
    yield f"{count} of {len(compared)} ratios moved by more than the spread of repeated runs"


def write(measured: Sequence[Measured]) -> int:
    """Make the repeated measurements the baseline; returns the exit code."""
    if len(measured) < LEAST_REPEATED:
        print(f"give at least {LEAST_REPEATED} measurements: one has no spread")
        return 2
    processors = {one.processor for one in measured}
    if len(processors) > 1:
        print(f"the measurements are of several processors: {', '.join(sorted(processors))}")
        return 2
    races = merge([one.ratios for one in measured])
    content = {"processor": measured[0].processor, "races": races}
    BASELINE.write_text(json.dumps(content, indent=2) + "\n")
    print(f"{BASELINE}: {len(measured)} measurements; commit it")
    return 0


def _another(here: str, baseline: str) -> str:
    if here == baseline:
        return ""
    return (
        f"the baseline is of {baseline}, this machine has {here}: "
        "processors differ in their ratios, so that none is said to have moved"
    )


def main(arguments: list[str]) -> int:
    """Compare, or write the baseline; returns the exit code."""
    measured = [Measured.read(Path(path)) for path in arguments if path != "--write"]
    if "--write" in arguments:
        return write(measured)
    here, kept = measured[0], json.loads(BASELINE.read_text())
    baseline: Repeated = kept["races"]
    missing = [race for race in baseline if race not in here.ratios] + [
        f"{race} {contestant}"
        for race in baseline
        for contestant in baseline[race]
        if race in here.ratios and contestant not in here.ratios[race]
    ]
    unknown = [race for race in here.ratios if race not in baseline]
    compared = list(compare(here.ratios, baseline))
    another = _another(here.processor, kept["processor"])
    print("\n".join(show(compared, missing, unknown, another)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
