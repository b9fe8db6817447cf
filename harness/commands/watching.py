"""Training guarded recipes look by look, until each is decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ..base.console import say
from ..base.errors import InputError
from ..base.words import listed, plural
from ..data.registry import Say, ready_data
from ..engines.choice import choose_for
from ..guarding.looks import looks
from ..guarding.losses import recipes_with_losses
from ..guarding.regression import (
    LEAST_COMMITTED,
    Finding,
    gate_verdict,
    is_counted,
    judge_drop,
    merits_at,
)
from ..guarding.verification import Pair, environment_differences, recipe_differences
from ..results.committed import Committed
from ..results.ledger import Ledger
from ..results.record import RunRecord
from ..study.declaration import Gate, Study
from ..study.identity import Run
from ..study.measure import Measure
from ..training.retraining import job_of, train_anew
from ..training.worker import Job, Trainer


@dataclass(frozen=True)
class Guarded:
    """What is trained and what it is compared with; `runs` has every seed up to the limit."""

    study: Study
    gate: Gate
    committed: Committed
    runs: dict[str, list[Run]]
    source: str
    """Where the committed runs are, and the command that writes them, for errors."""

    def check(self) -> None:
        """Raises InputError if a recipe has too few committed runs that reach the gate's epoch."""
        for name in self.runs:
            there = self.committed.get(name, {}).values()
            reaching = [record for record in there if record.spans(self.gate.epochs)]
            if len(reaching) < LEAST_COMMITTED:
                raise InputError(
                    f"{name}: {plural(len(reaching), 'committed run')} to epoch "
                    f"{self.gate.epochs}, and {LEAST_COMMITTED} are needed, in {self.source}"
                )

    def committed_merits(self) -> dict[str, tuple[float, ...]]:
        """What committed runs had at the gate's epoch, by recipe: see `merits_at`."""
        epochs, measure = self.gate.epochs, self.measure
        return {name: merits_at(self.committed[name], epochs, measure) for name in self.runs}

    @property
    def measure(self) -> Measure | None:
        """What programs measure; None if engines train, which count test images."""
        return self.study.measure if self.study.printed else None

    @property
    def looks(self) -> tuple[int, ...]:
        """New runs of each recipe by each look."""
        return looks(self.gate.seeds, self.gate.limit)


@dataclass(frozen=True)
class TrainingSetup:
    """What trains the runs, and where the records go."""

    workers: int | None
    """How many runs train at once; None for as many as suit the engine."""
    engine: str
    data_directory: Path
    ledger: Ledger
    train: Trainer
    console: Console

    def train_anew(self, jobs: Sequence[Job]) -> Mapping[str, RunRecord]:
        """The records of the jobs, by key."""
        return train_anew(jobs, self.ledger, self.workers, self.console, self.train)


@dataclass(frozen=True)
class Watched:
    """The results by recipe: the last finding, and the new runs by seed."""

    findings: dict[str, Finding]
    made: Committed

    def differences(self, committed: Committed) -> list[str]:
        """Lines on what differs from the committed runs: their recipes and environments."""
        pairs = [
            Pair(name, committed[name][seed], record)
            for name, records in self.made.items()
            for seed, record in records.items()
            if seed in committed[name]
        ]
        return [*recipe_differences(pairs), *environment_differences(pairs)]


def watch(guarded: Guarded, setup: TrainingSetup, *, exact: bool = True) -> Watched:
    """Train up to the first look, then more of what is undecided; a regression ends it at once.

    With `exact`, runs with identical bits pass at once. Raises HarnessError before training if the
    engine is not available, StorageError if the disk fails.
    """
    found = Watched({}, {name: {} for name in guarded.runs})
    losing = recipes_with_losses(guarded.committed_merits(), counted=is_counted(guarded.measure))
    for look, number in enumerate(guarded.looks, start=1):
        todo = [name for name in guarded.runs if _undecided(found.findings.get(name))]
        if not todo or gate_verdict(list(found.findings.values())) == "regression":
            break
        say(setup.console, _announcement(guarded, todo, look, number))
        jobs = [
            job
            for job in jobs_of(guarded, todo, number, setup)
            if job.run.seed not in found.made[job.run.recipe.name]
        ]
        records = setup.train_anew(jobs)
        for job in jobs:
            found.made[job.run.recipe.name][job.run.seed] = records[job.key]
        for name in todo:
            found.findings[name] = judge_drop(
                name,
                guarded.committed[name],
                found.made[name],
                guarded.gate,
                guarded.looks,
                losing,
                guarded.measure,
                exact=exact,
            )
    return found


def _undecided(finding: Finding | None) -> bool:
    return finding is None or finding.outcome == "undecided"


def _announcement(guarded: Guarded, todo: list[str], look: int, number: int) -> str:
    epochs = plural(guarded.gate.epochs, "epoch")
    if look == 1:
        return f"{plural(number, 'seed')} of {plural(len(todo), 'recipe')}, {epochs} each"
    seeds = plural(number, "seed")
    return f"look {look} of {len(guarded.looks)}: {seeds} of {listed(todo)}, {epochs} each"


def jobs_of(guarded: Guarded, names: list[str], number: int, setup: TrainingSetup) -> Iterator[Job]:
    """The first `number` runs of each of these recipes, seed by seed; raises InputError."""
    study, epochs = guarded.study, guarded.gate.epochs
    recipes = [guarded.runs[name][0].recipe for name in names]
    engines = choose_for(study, recipes, setup.engine)
    for position in range(number):
        for name in names:
            run = guarded.runs[name][position]
            yield job_of(study, run, engines[name], setup.data_directory, epochs)


def data_of(study: Study, directory: Path | None, say: Say) -> Path:
    """The directory with the study's data, downloaded if need be; programs bring their own data.

    Raises DataError.
    """
    return Path() if study.printed else ready_data(study.data_set, directory, say)
