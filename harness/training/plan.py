"""What a bench would train: those of the given runs that the ledger does not hold yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..base.errors import InputError
from ..base.words import allowed_names
from ..results.ledger import Damage, Ledger
from ..results.record import RunRecord
from ..study.declaration import Study
from ..study.engine_version import EngineVersion
from ..study.identity import Run
from ..study.loading.file import place_to_change
from .programs.run import work_of
from .worker import Job


@dataclass(frozen=True)
class Selection:
    """Which part of a study to run; None means all of it."""

    seeds: int | None = None
    """Only this many of the declared seeds, from the first."""
    epochs: int | None = None
    recipes: tuple[str, ...] | None = None

    @property
    def is_part(self) -> bool:
        """Whether it leaves something out, so that the study's rule on seeds does not apply."""
        return self != Selection()


@dataclass(frozen=True)
class Plan:
    """Jobs to train, how many runs the ledger already holds, and files that cannot be used."""

    jobs: list[Job]
    known: int
    damaged: list[Damage]
    finished: list[str]
    """Keys of the runs of which the ledger holds all declared epochs."""


def select(study: Study, selection: Selection) -> Study:
    """Checks the selection against the study, and returns it with the selected recipes and seeds.

    Raises InputError for an unknown recipe, or for more seeds or epochs than are declared.
    """
    problems = []
    names = [recipe.name for recipe in study.recipes]
    wanted = names if selection.recipes is None else list(selection.recipes)
    for name in wanted:
        if name not in names:
            problems.append(
                f"--recipes {name or repr(name)}: unknown; {allowed_names(name, names)}"
            )
    for option, value, declared in (
        ("seeds", selection.seeds, len(study.seeds)),
        ("epochs", selection.epochs, study.criterion.epochs),
    ):
        if value is not None and not 1 <= value <= declared:
            problems.append(
                f"--{option} {value}: {study.file} declares {declared}; give 1 to {declared}, or "
                f"declare more {place_to_change(study)}"
            )
    if problems:
        raise InputError.of(problems)
    return replace(
        study,
        seeds=study.seeds[: selection.seeds],
        recipes=tuple(recipe for recipe in study.recipes if recipe.name in wanted),
    )


def plan(
    study: Study,
    runs: Sequence[Run],
    ledger: Ledger,
    *,
    engines: Mapping[str, EngineVersion],
    data_directory: Path,
    progress: Path,
    epochs: int | None = None,
    fresh: bool = False,
    checkpoints: bool = True,
) -> Plan:
    """Which of these runs of the study to train, each on its recipe's engine.

    Reads the ledger and writes nothing. With `fresh`, runs in the ledger are trained again.
    """
    wanted = epochs or study.criterion.epochs
    jobs, damaged, finished = [], [], []
    for run in runs:
        engine = engines[run.recipe.name]
        key = run.key(engine)
        found = ledger.find(run.recipe_key, key)
        if isinstance(found, Damage):
            damaged.append(found)
        if not fresh and isinstance(found, RunRecord):
            if found.spans(run.epochs):
                finished.append(key)
            if found.leaves_nothing(wanted):
                continue
        job = Job(
            run=run,
            data=study.data,
            data_directory=data_directory,
            engine=engine,
            epochs=wanted,
            progress=progress / key,
            checkpoint=_place(study, ledger, key).absolute() if checkpoints else None,
            work=work_of(study, ledger.log(key).absolute()),
        )
        jobs.append(job)
    return Plan(jobs, len(runs) - len(jobs), damaged, finished)


def _place(study: Study, ledger: Ledger, key: str) -> Path:
    """The checkpoint of a run: a file if an engine trains it, a folder for a program."""
    return ledger.checkpoint_folder(key) if study.printed else ledger.checkpoint(key)
