"""`harness bench`: rounds of training until nothing is next, then the report."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console

from ..base.console import say
from ..engines.choice import AUTO, choose, remarks
from ..guarding.agreement import compare_with_committed
from ..judging.evidence import Evidence
from ..reporting.page.document import write_report
from ..reporting.page.terminal import show_report
from ..results.committed import check_writable, committed_records
from ..results.ledger import Ledger
from ..study.declaration import Study
from ..training.worker import Trainer, train_job
from .dry_run import show_what_is_next
from .machine import Machine
from .options import BenchOptions
from .report import report_facts
from .rounds import (
    ADAPTIVE,
    CONFIRMATION,
    DECLARED,
    GATE,
    LOOKS,
    Known,
    Reason,
    identity,
    next_round,
)
from .task import Task, prepare
from .terminal import tell


def bench(options: BenchOptions, console: Console, train: Trainer = train_job) -> int:
    """Train, report, compare; returns the exit code.

    Raises InputError and DataError before any training, StorageError and ClusterError at any time.
    """
    task = prepare(options, partial(say, console))
    short = task.study.short if options.gate else None
    recipes = task.part.recipes + (short.recipes if short else ())
    known = Known(
        task.study,
        task.part,
        Ledger(options.ledger),
        choose(options.engine, recipes, task.study.data),
    )
    if options.engine == AUTO:
        for line in remarks(recipes, task.study.data):
            say(console, line)
    reasons = _reasons(options, task.study)
    with tempfile.TemporaryDirectory(prefix="harness-") as progress:
        machine = Machine(options, task.selection, known.engines, Path(progress), console, train)
        known = replace(known, workers=machine.workers)
        if options.dry_run:
            show_what_is_next(reasons, known, task.data, machine)
            return 0
        check_writable(options.out)
        known.ledger.prepare()
        committed_records(task.study.name)  # found damaged now rather than after hours of training
        known = train_rounds(reasons, known, machine)
    return _report(task, known, options, console)


def _reasons(options: BenchOptions, study: Study) -> list[Reason]:
    """A selected part is trained as it is, also where the evidence is to say how many seeds."""
    part = bool(options.seeds or options.recipes or options.epochs)
    adaptive, looks = study.budget is not None, bool(study.looks)
    wanted = {
        ADAPTIVE: adaptive and not part,
        LOOKS: looks and not part,
        DECLARED: part or not (adaptive or looks),
        CONFIRMATION: options.confirm,
        GATE: options.gate,
    }
    return [reason for reason, is_wanted in wanted.items() if is_wanted]


def train_rounds(reasons: list[Reason], known: Known, machine: Machine) -> Known:
    """Train what is next until nothing is; returns what is known then."""
    seen_to: set[tuple[str, int]] = set()
    with machine.working():
        while following := next_round(reasons, known, seen_to):
            if machine.train(following, known.ledger):
                known = replace(known)
            seen_to.update(map(identity, following.runs))
    return known


def _report(task: Task, known: Known, options: BenchOptions, console: Console) -> int:
    evidence = known.evidence
    report = write_report(
        evidence,
        options.out,
        confirmation=known.confirmation(),
        decision=known.decision,
        data=options.data,
        stand_in_for=task.stand_in_for,
    )
    for line in compare_with_committed(evidence):
        say(console, line)
    failures = _failures(evidence, task)
    for line in failures:
        say(console, line)
    show_report(report, console)
    tell(options, report_facts(report))
    if task.stand_in_for:
        say(
            console,
            f"The study {task.study.name} ran instead of {task.stand_in_for}, whose data could not "
            "be had; name a study to insist on it.",
            style="bold",
        )
    return 1 if failures else 0


def _failures(evidence: Evidence, task: Task) -> list[str]:
    """The selected runs that failed, a line each."""
    part = task.part
    names = [recipe.name for recipe in part.recipes]
    return [
        f"failed: {recipe} seed {record.seed}: {record.error}"
        for recipe, record in evidence.failed
        if recipe in names and record.seed in part.seeds
    ]
