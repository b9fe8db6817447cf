"""The true effect of each planted defect: `make effects`, measured once, kept in `effects.csv`.

    python tests/regressions/measure.py [--seeds 40] [NAME...]

Every defect trains the recipe `short-step` of the gate of `mnist` over as many seeds as the code
without one; the effect is the difference of mean counts, its interval Welch's at 95%. Records are
kept in `out/regressions/`, so that the same command goes on where it was stopped, and
`make regressions` need not train these runs again.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np
from defects import DEFECTS
from planted import SOUND, data_directory, plant
from reprobench.harness.study.loading.file import find_study
from scipy import stats

EFFECTS = Path(__file__).parent / "effects.csv"
RECIPE = "short-step"
COLUMNS = ("defect", "recipe", "seeds", "images", "low", "high")


def study_of(seeds: int, folder: Path) -> Path:
    """A study of the one short recipe, over its own few epochs."""
    text = find_study("mnist").read_text()
    defaults = "[defaults]" + text.partition("[defaults]")[2].partition("[[recipes]]")[0]
    (recipe,) = [
        part.partition("[[")[0]
        for part in text.split("[[gate.short.recipes]]")
        if f'"{RECIPE}"' in part
    ]
    criterion = "[criterion]\ntarget = 0.99\nepochs = 3\nparameters = 10_000\nwindow = 1\n"
    head = f'name = "effects"\ndata_set = "mnist"\nseeds = {seeds}\n'
    file = folder / "effects.toml"
    file.write_text(f"{head}\n{criterion}\n{defaults}\n[[recipes]]{recipe}")
    return file


def counts(name: str, seeds: int) -> list[int]:
    """Final counts of the recipe, seed by seed, trained by the code with the defect."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        planted = plant(name, folder / "environment")
        planted.ledger.mkdir(parents=True, exist_ok=True)
        done = planted.harness(
            "bench", study_of(seeds, folder), "--data", data_directory(),
            "--ledger", planted.ledger, "--out", folder / "out", cwd=folder,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr or done.stdout)
        with (folder / "out" / "effects" / "runs.csv").open() as file:
            return [int(row["final_correct"] or 0) for row in csv.DictReader(file)]


def effect(sound: list[int], broken: list[int]) -> tuple[float, float, float]:
    """Images that the defect costs, and Welch's interval at 95%."""
    interval = stats.ttest_ind(sound, broken, equal_var=False).confidence_interval(0.95)
    return float(np.mean(sound) - np.mean(broken)), float(interval.low), float(interval.high)


def main() -> None:
    """Measure the named defects, or all, and write down each result as soon as it is there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("names", nargs="*", default=list(DEFECTS))
    wanted = parser.parse_args()
    known = read()
    sound = counts(SOUND, wanted.seeds)
    print(f"{SOUND}: {np.mean(sound):,.1f} ± {np.std(sound, ddof=1):.1f} (n = {len(sound)})")
    for name in wanted.names:
        images, low, high = effect(sound, counts(name, wanted.seeds))
        print(f"{name}: {images:+.1f} images ({low:+.1f} to {high:+.1f})", flush=True)
        known[name] = [name, RECIPE, wanted.seeds, *(f"{x:.1f}" for x in (images, low, high))]
        with EFFECTS.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *known.values()])


def read() -> dict[str, list[object]]:
    """Earlier measurements, by defect."""
    if not EFFECTS.exists():
        return {}
    with EFFECTS.open() as file:
        return {row["defect"]: [row[column] for column in COLUMNS] for row in csv.DictReader(file)}


if __name__ == "__main__":
    main()
