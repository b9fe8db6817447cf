"""`harness bench`: rounds of training until nothing is next, then the report."""

from __future__ import annotations

from functools import partial
from typing import Final

from rich.console import Console

from ..base.console import say
from ..base.words import one_line
from ..guarding.agreement import compare_with_committed
from ..judging.evidence import Evidence
from ..reporting.page.document import write_report
from ..reporting.page.terminal import show_report
from ..results.committed import check_writable, committed_records
from ..results.record import RunRecord
from ..training.worker import Trainer, train_job
from .options.training import BenchOptions
from .report import report_facts
from .rounds.dry_run import show_what_is_next
from .rounds.loop import Loop, begin
from .rounds.task import Task, prepare
from .stopping import all_kept, saying_what_is_kept
from .telling import tell

AGAIN: Final = "; it would fail again, and is trained only with --fresh, or when it is changed"
KEPT: Final = "; what the ledger had of it is kept, and counts"
MOST_FAILURES: Final = 10
"""Most lines on failed runs after a bench, which has told of each when it failed."""


def bench(options: BenchOptions, console: Console, train: Trainer = train_job) -> int:
    """Train, report, compare; returns the exit code.

    Raises InputError and DataError before any training, StorageError and ClusterError at any time.
    """
    task = prepare(options, partial(say, console))
    with begin(task, options, console, train) as loop:
        if options.dry_run:
            tell(options, show_what_is_next(loop, task.data))
            return 0
        check_writable(options.out, task.study.name)
        committed_records(task.study.name)  # finds damage now, not hours later
        with saying_what_is_kept(console, all_kept(fresh=options.fresh)):
            return _report(task, loop, options, console)


def _report(task: Task, loop: Loop, options: BenchOptions, console: Console) -> int:
    known = loop.train()
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
    failures = _failures(evidence, task, loop)
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


def _is_kept(failed: RunRecord, loop: Loop) -> bool:
    """Whether the ledger has kept an earlier result of a run that failed now."""
    there = loop.known.ledger.find(failed.recipe_key, failed.key)
    return isinstance(there, RunRecord) and there.is_evidence


def _failures(evidence: Evidence, task: Task, loop: Loop) -> list[str]:
    """The runs that failed now, and the selected ones that failed before, one line each."""
    part = task.part
    names = [recipe.name for recipe in part.recipes]
    now = {record.key for _, record in loop.machine.failed}
    lines = [
        f"failed: {recipe} seed {record.seed}: {one_line(record.error)}"
        f"{KEPT if _is_kept(record, loop) else AGAIN if record.fails_again else ''}"
        for recipe, record in loop.failed(evidence)
        if record.key in now or (recipe in names and record.seed in part.seeds)
    ]
    if len(lines) <= MOST_FAILURES:
        return lines
    every = f"`harness runs list {task.study.argument}` shows all"
    return [*lines[: MOST_FAILURES - 1], f"failed: {len(lines) - MOST_FAILURES + 1} more; {every}"]
