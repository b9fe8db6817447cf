"""`harness bench`: rounds of training until nothing is next, then the report."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from rich.console import Console

from ..base.console import say
from ..base.words import one_line
from ..guarding.agreement import compare_with_committed
from ..reporting.page.document import write_report
from ..reporting.page.terminal import show_report
from ..results.committed import check_writable, committed_records
from ..results.ledger import Ledger
from ..results.record import RunRecord
from ..training.worker import Job, Trainer, train_job
from .options.training import BenchOptions
from .report import report_facts
from .rounds.dry_run import show_what_is_next
from .rounds.loop import begin
from .rounds.reasons import Known
from .rounds.task import Task, prepare
from .stopping import all_kept, saying_what_is_kept
from .telling import tell

AGAIN: Final = "; it would fail again, and is trained only with --fresh, or when it is changed"


def bench(options: BenchOptions, console: Console, train: Trainer = train_job) -> int:
    """Train, report, compare; returns the exit code.

    Raises InputError and DataError before any training, StorageError and ClusterError at any time.
    """
    task = prepare(options, partial(say, console))
    with begin(task, options, console, train) as loop:
        if options.dry_run:
            show_what_is_next(loop, task.data)
            return 0
        check_writable(options.out, task.study.name)
        committed_records(task.study.name)  # finds damage now, not hours later
        with saying_what_is_kept(console, all_kept(fresh=options.fresh)):
            known = loop.train()
            failures = _failures(task, known, loop.machine.failed)
            return _report(task, known, failures, options, console)


def _report(
    task: Task, known: Known, failures: list[str], options: BenchOptions, console: Console
) -> int:
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
    for line in failures:
        say(console, line)
    show_report(report, console)
    tell(options, report_facts(report))
    if task.stand_in_for:
        say(
            console,
            f"The study {task.study.name} ran instead of {task.stand_in_for}, whose data could not "
            "be found or downloaded; name a study to insist on it.",
            style="bold",
        )
    return 1 if failures else 0


def _failures(task: Task, known: Known, failed: Sequence[tuple[Job, RunRecord]]) -> list[str]:
    """A line for each selected run that failed, now or before, and each other that `failed` now."""
    part = task.part
    names = [recipe.name for recipe in part.recipes]
    lines = [
        f"failed: {recipe} seed {record.seed}: {one_line(record.error)}"
        f"{AGAIN if record.fails_again else ''}"
        for recipe, record in known.evidence.failed
        if recipe in names and record.seed in part.seeds
    ]
    told = {record.key for _, record in known.evidence.failed}
    return lines + [
        f"failed: {job.title}: {one_line(record.error)}{_earlier(job, known.ledger)}"
        for job, record in failed
        if record.key not in told
    ]


def _earlier(job: Job, ledger: Ledger) -> str:
    """What stands in the report for a run that failed, if there is something."""
    there = ledger.find(job.run.recipe_key, job.key)
    kept = isinstance(there, RunRecord) and there.is_evidence
    return "; the report has its earlier result" if kept else ""
