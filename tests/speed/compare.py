"""Ratios of `make speed` against those that are committed: what moved by more than the spread.

    python tests/speed/compare.py SPEED.json             # compares
    python tests/speed/compare.py --write SPEED.json...  # makes repeated measurements the baseline

Only ratios between contestants of one race are compared, never times, and `baseline.json` holds
nothing else: no host, no date. Where one processor has AVX-512 and the other has not, they differ.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BASELINE = Path(__file__).parent / "baseline.json"
LEAST_REPEATED = 3
LEAST_SPREAD = 0.02
"""Of a ratio: three measurements can lie together by luck."""

Ratios = dict[str, dict[str, float]]
"""By race and contestant: how many times as long as the race's first it takes."""
Repeated = dict[str, dict[str, list[float]]]
"""The same, of repeated measurements."""


@dataclass(frozen=True)
class Moved:
    """A ratio here, and those of the baseline."""

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
        """From the least to the most of the baseline."""
        return max(self.baseline) - min(self.baseline)

    @property
    def verdict(self) -> str:
        """How the contestant moved against the race's first."""
        if abs(self.here - self.usual) <= max(self.spread, LEAST_SPREAD * self.usual):
            return ""
        return "moved UP" if self.here > self.usual else "moved DOWN"


def read(path: Path) -> Ratios:
    """The ratios in pytest-benchmark's JSON."""
    races: Ratios = {
        benchmark["name"]: benchmark["extra_info"]["ratios"]
        for benchmark in json.loads(path.read_text())["benchmarks"]
    }
    return races


def merge(measured: Sequence[Ratios]) -> Repeated:
    """Repeated measurements of the races that all of them have, in three decimals."""
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
    compared: Sequence[Moved], missing: Sequence[str], unknown: Sequence[str]
) -> Iterator[str]:
    """A line a ratio, what was not measured, and what there is nothing to hold against."""
    width = max((len(moved.race) for moved in compared), default=0)
    for moved in compared:
        yield (
            f"{moved.race:<{width}}  {moved.contestant:<10} {moved.here:8.2f} x   was "
            f"{moved.usual:8.2f} x ± {moved.spread:.2f} (n = {len(moved.baseline)})  "
            f"{moved.verdict}".rstrip()
        )
    yield from (f"{race}: not measured here" for race in missing)
    yield from (f"{race}: not in the baseline; see make speed-baseline" for race in unknown)
    count = sum(bool(moved.verdict) for moved in compared)
    yield f"{count} of {len(compared)} ratios moved by more than the spread of repeated runs"


def main(arguments: list[str]) -> int:
    """Compare, or write the baseline; returns the exit code."""
    paths = [Path(argument) for argument in arguments if argument != "--write"]
    if "--write" in arguments:
        if len(paths) < LEAST_REPEATED:
            print(f"give at least {LEAST_REPEATED} measurements: one has no spread")
            return 2
        BASELINE.write_text(json.dumps(merge([read(path) for path in paths]), indent=2) + "\n")
        print(f"{BASELINE}: {len(paths)} measurements; commit it")
        return 0
    here, baseline = read(paths[0]), json.loads(BASELINE.read_text())
    missing = [race for race in baseline if race not in here] + [
        f"{race} {contestant}"
        for race in baseline
        for contestant in baseline[race]
        if race in here and contestant not in here[race]
    ]
    unknown = [race for race in here if race not in baseline]
    print("\n".join(show(list(compare(here, baseline)), missing, unknown)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
