"""What a bench would train: the selected runs that the ledger does not hold yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..base.errors import InputError
from ..results.ledger import Damage, Ledger
from ..results.record import RunRecord
from ..results.version import EngineVersion
from ..study.declaration import Study
from ..study.problems import allowed_names
from .worker import Job


@dataclass(frozen=True)
class Selection:
    """Which part of a study to run; None stands for all of it."""

    seeds: int | None = None
    """The first so many of the declared seeds."""
    epochs: int | None = None
    recipes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Plan:
    """Jobs to train, how many runs the ledger holds already, and files that cannot be used."""

    jobs: list[Job]
    known: int
    damaged: list[Damage]


def select(study: Study, selection: Selection) -> Study:
    """Checks the selection against the study, and returns it with the selected recipes and seeds.

    Raises InputError for an unknown recipe, or for more seeds or epochs than are declared.
    """
    problems = []
    names = [recipe.name for recipe in study.recipes]
    wanted = names if selection.recipes is None else list(selection.recipes)
    for name in wanted:
        if name not in names:
            problems.append(f"--recipes {name}: unknown; {allowed_names(name, names)}")
    for option, value, declared in (
        ("seeds", selection.seeds, len(study.seeds)),
        ("epochs", selection.epochs, study.criterion.epochs),
    ):
        if value is not None and not 1 <= value <= declared:
            problems.append(
                f"--{option} {value}: {study.file} declares {declared}; give 1 to {declared}, or "
                f"declare more there"
            )
    if problems:
        raise InputError.of(problems)
    return replace(
        study,
        seeds=study.seeds[: selection.seeds],
        recipes=tuple(recipe for recipe in study.recipes if recipe.name in wanted),
    )


def plan(
    part: Study,
    ledger: Ledger,
    *,
    engines: Mapping[str, EngineVersion],
    data_directory: Path,
    progress: Path,
    epochs: int | None = None,
    fresh: bool = False,
    checkpoints: bool = True,
) -> Plan:
    """The runs of the selected part of a study, seed by seed, each on its recipe's engine.

    Reads the ledger, writes nothing.
    """
    wanted = epochs or part.criterion.epochs
    jobs, damaged = [], []
    runs = part.runs()
    for run in runs:
        engine = engines[run.recipe.name]
        key = run.key(*engine)
        found = ledger.find(run.recipe_key, key)
        if isinstance(found, Damage):
            damaged.append(found)
        if fresh or not (isinstance(found, RunRecord) and found.covers(wanted)):
            place = progress / key
            data = part.data_set, data_directory
            kept = ledger.checkpoint(key).absolute() if checkpoints else None
            jobs.append(Job(run, *data, *engine, wanted, place, part.holdout, kept))
    return Plan(jobs, len(runs) - len(jobs), damaged)
