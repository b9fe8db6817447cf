"""A study whose seeds go where the decision is open, with its trainers and its results."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reprobench.harness.results.parsing import read_record
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.loading.file import find_study
from reprobench.harness.training.worker import Job, Trainer
from scripted import scripted_record

EITHER = 'name = "iteration"\narchitecture = "iteration"\n'
"""The beginning of `tiny`'s first recipe, which has more parameters than the other, `final`."""


def write_study(budget: int | None, *, recipe: str = "", required: float = 0.8) -> None:
    """`tiny` with adaptive seeds, or with 5 declared ones, and more on its first recipe."""
    seeds = f'seeds = "adaptive"\nbudget = {budget}' if budget else "seeds = 5"
    text = find_study("tiny").read_text().replace("seeds = 2", seeds)
    text = text.replace("window = 1", f"window = 1\nrequired_pass_rate = {required}")
    Path("open.toml").write_text(text.replace(EITHER, EITHER + recipe))


def holding(holds: Callable[[str, int], bool]) -> Trainer:
    """Runs hold or not by recipe and seed; nothing is trained."""

    def train(job: Job) -> RunRecord:
        name, seed = job.run.recipe.name, job.run.seed
        parameters = 9_770 if job.run.recipe.architecture == "iteration" else 8_546
        counts = [300 if holds(name, seed) else 200] * job.epochs
        made = scripted_record(job.run, counts, engine=job.engine, data_set=job.data.name)
        return made.model_copy(update={"parameters": parameters})

    return train


ALIKE = holding(lambda name, seed: (seed + len(name)) % 2 == 0)
"""Half of the runs of each recipe hold, never both of a seed: nothing is ever decided."""
CLEAR = holding(lambda name, _: name == "final")


def found() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(Path("out/tiny/decision.json").read_text())
    return facts


def seeds_of(ledger: Path = Path("ledger")) -> dict[str, list[int]]:
    """The seeds of each recipe; the two are distinguished by their architecture."""
    records = [read_record(path) for path in ledger.glob("runs/*/*.json")]
    return {
        name: sorted(r.seed for r in records if r.recipe["architecture"] == name)
        for name in ("iteration", "final")
    }
