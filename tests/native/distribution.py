"""Whether both engines train to the same distribution of counts; most of an hour on two cores.

Recipe iteration3 of the study mnist, stopped at epoch 3, over 40 seeds a side: the 90% interval
(Welch) of the difference of mean counts must lie within 15 images. What was trained is
kept, and not trained again.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from reprobench.harness.data.place import data_directory
from reprobench.harness.engines.choice import choose
from reprobench.harness.judging.gathering import gather
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.display import Display
from reprobench.harness.training.plan import Selection, plan, select
from reprobench.harness.training.pools import LocalPool
from reprobench.harness.training.sweep import sweep
from rich.console import Console
from scipy.stats import ttest_ind

RECIPE, SEEDS, EPOCHS, MARGIN, WORKERS = "iteration3", 40, 3, 15, 2
LEDGER = Path("build/same-distribution")


def main() -> int:
    """Train what is missing, compare, and return the exit code."""
    declared = replace(load_study("published"), seeds=tuple(range(1, SEEDS + 1)))
    study = select(declared, Selection(recipes=(RECIPE,)))
    ledger = Ledger(LEDGER)
    ledger.prepare()
    counts = {engine: trained(study, ledger, engine) for engine in ("native", "torch")}
    for engine, found in counts.items():
        mean, deviation = found.mean(), found.std(ddof=1)
        print(f"{engine:<7} {mean:8.1f} +- {deviation:4.1f} (n = {len(found)})")
    low, high = ttest_ind(counts["native"], counts["torch"], equal_var=False).confidence_interval(
        0.9
    )
    within = low > -MARGIN and high < MARGIN
    print(
        f"native - torch: {counts['native'].mean() - counts['torch'].mean():+.1f} images, 90% "
        f"interval {low:+.1f} to {high:+.1f}: {'within' if within else 'NOT within'} +-{MARGIN}"
    )
    return 0 if within else 1


def trained(study: Study, ledger: Ledger, engine: str) -> np.ndarray:
    """The counts at the last epoch, one per seed, on one engine."""
    engines = choose(engine, study.recipes, study.data)
    with tempfile.TemporaryDirectory() as progress:
        todo = plan(
            study,
            study.runs(),
            ledger,
            engines=engines,
            data_directory=data_directory().resolve(),
            progress=Path(progress),
            epochs=EPOCHS,
        )
        if todo.jobs:
            display = Display(Console(), todo.jobs)
            with display.showing():
                sweep(todo.jobs, ledger=ledger, pool=LocalPool(WORKERS), watcher=display)
    (records,) = gather(study, ledger, engines).records.values()
    counts = [record.rows[EPOCHS - 1].correct for record in records]
    assert len(counts) == SEEDS, f"{len(counts)} of {SEEDS} runs"
    return np.array(counts)


if __name__ == "__main__":
    sys.exit(main())
