"""`harness verify`: train committed runs anew, and say whether their results stand."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from .committed import REPORTS, committed_records
from .data import data_directory, load_data_set
from .display import Display
from .engines.choice import choose
from .errors import InputError
from .ledger import Ledger
from .records import RunRecord
from .study import Run, Study
from .study_file import load_study
from .sweep import sweep
from .verification import Pair, Verification, environment_differences, judge
from .words import mean, plural, signed_mean, span, whole
from .worker import Job, Trainer, train_job

Committed = dict[str, dict[int, RunRecord]]
"""The committed records, by recipe and seed."""


@dataclass(frozen=True)
class Options:
    """What the command line was given."""

    study: str
    only: tuple[str, ...]
    """Runs by name, `recipe:seed`; none stands for all."""
    runs: int | None
    """So many of them, drawn by `draw`."""
    draw: int
    workers: int
    engine: str
    data: Path | None
    ledger: Path | None
    reports: Path = REPORTS


def verify(options: Options, console: Console, train: Trainer = train_job) -> int:
    """Train, compare, print; returns the exit code. Raises HarnessError before any training."""
    study = load_study(options.study)
    committed = _committed(study, options.reports)
    wanted = _wanted(study, committed, options)
    engines = choose(options.engine, study.recipes)
    directory = data_directory(options.data).resolve()
    load_data_set(study.data_set, directory, study.holdout)
    with _folder(options.ledger) as folder:
        ledger = Ledger(folder)
        ledger.prepare()
        jobs = [
            Job(
                run,
                study.data_set,
                directory,
                *engines[run.recipe.name],
                len(committed[run.recipe.name][run.seed].rows) or run.epochs,
                folder / f"progress-{number}",
                study.holdout,
            )
            for number, run in enumerate(wanted)
        ]
        console.print(f"{plural(len(jobs), 'committed run')} to train anew", highlight=False)
        fresh = _train(jobs, ledger, options.workers, console, train)
    pairs = [
        Pair(run.recipe.name, committed[run.recipe.name][run.seed], fresh[job.key])
        for run, job in zip(wanted, jobs, strict=True)
    ]
    criterion = study.criterion
    by_recipe = {name: list(records.values()) for name, records in committed.items()}
    found = judge(pairs, by_recipe, criterion.equivalence_margin, criterion.confidence)
    _show(found, console)
    return found.exit_code


def _committed(study: Study, reports: Path) -> Committed:
    """The committed records of the study's recipes; raises InputError where there are none."""
    names = {study.run_of(recipe, 0).recipe_key: recipe.name for recipe in study.recipes}
    found: Committed = {}
    for record in committed_records(study.name, reports):
        if record.recipe_key not in names:
            raise InputError(
                f"{reports / study.name}: holds a run that {study.file} does not declare (seed "
                f"{record.seed} of {record.recipe}); the study was changed since"
            )
        found.setdefault(names[record.recipe_key], {})[record.seed] = record
    if not found:
        raise InputError(f"{reports / study.name}: no committed report is there")
    return found


def _wanted(study: Study, committed: Committed, options: Options) -> list[Run]:
    """The runs to train; raises InputError for one that is not committed."""
    runs = {
        f"{recipe.name}:{seed}": study.run_of(recipe, seed)
        for recipe in study.recipes
        for seed in committed.get(recipe.name, {})
    }
    if unknown := [name for name in options.only if name not in runs]:
        raise InputError(
            f"--run {unknown[0]}: is not committed; name one as recipe:seed, for example "
            f"{next(iter(runs))}"
        )
    names = list(options.only or runs)
    if options.runs is not None and not 1 <= options.runs <= len(names):
        raise InputError(f"--runs {options.runs}: give 1 to {len(names)}, which are committed")
    if options.runs is not None:
        names = random.Random(options.draw).sample(names, options.runs)
    return [runs[name] for name in names]


@contextmanager
def _folder(ledger: Path | None) -> Iterator[Path]:
    """The ledger's folder: the one that was named, or one that goes again."""
    if ledger:
        yield ledger
        return
    with tempfile.TemporaryDirectory(prefix="harness-verify-") as folder:
        yield Path(folder)


def _train(
    jobs: list[Job], ledger: Ledger, workers: int, console: Console, train: Trainer
) -> Mapping[str, RunRecord]:
    """The records of the jobs, by key; those that the ledger holds are not trained again."""
    display = Display(console, jobs)
    with display.showing():
        sweep(jobs, ledger=ledger, workers=workers, watcher=display, train=train)
    found = {job.key: ledger.find(job.run.recipe_key, job.key) for job in jobs}
    return {key: record for key, record in found.items() if isinstance(record, RunRecord)}


def _show(found: Verification, console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("Run", "Committed", "Here", "Prediction interval", "Outcome"):
        table.add_column(heading, justify="left" if heading == "Run" else "right")
    for checked in found.checked:
        pair, prediction = checked.pair, checked.prediction
        table.add_row(
            f"{pair.recipe}:{pair.fresh.seed}",
            _ended(pair.committed),
            _ended(pair.fresh),
            span(prediction.low, prediction.high, mean) if prediction else "",
            checked.outcome,
        )
    console.print(table)
    for line in environment_differences([checked.pair for checked in found.checked]):
        console.print(line, highlight=False, markup=False)
    console.print(_verdict(found), highlight=False, markup=False, style="bold")


def _ended(record: RunRecord) -> str:
    return whole(record.rows[-1].correct) if record.status == "completed" else record.status


def _verdict(found: Verification) -> str:
    identical = sum(checked.outcome == "identical" for checked in found.checked)
    line = f"{found.verdict}: {identical} of {plural(len(found.checked), 'run')} identical"
    test = found.equivalence
    if test.mean is None:
        return line
    interval = (
        f", 90% interval {span(test.interval.low, test.interval.high, signed_mean)}"
        if test.interval
        else ""
    )
    return (
        f"{line}; the others end {signed_mean(test.mean)} images apart on average{interval}, "
        f"margin ±{test.margin:g} (n = {test.pairs})"
    )
