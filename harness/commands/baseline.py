"""`harness baseline`: what is committed from now on, and how it differs from what was."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from rich import box
from rich.console import Console
from rich.prompt import Confirm
from rich.table import Table

from ..base.errors import InputError
from ..base.words import mean, plural, rate, signed_mean
from ..judging.confirmation import Confirmation, gather_confirmation
from ..judging.evidence import Evidence, gather
from ..reporting.page.document import write_report
from ..results.committed import (
    GATE,
    RECORDS,
    REPORTS,
    Committed,
    committed_by_name,
    committed_ledger,
)
from ..results.environment import uncommitted
from ..results.ledger import Ledger
from ..results.record import RunRecord
from ..study.declaration import Study


@dataclass(frozen=True)
class Options:
    """What the command line was given."""

    ledger: Path
    data: Path | None = None
    yes: bool = False
    force: bool = False
    rebuild: bool = False
    """From the committed records, not from the ledger."""
    reports: Path = REPORTS


def baseline(study: Study, options: Options, console: Console) -> Path | None:
    """Show the difference, ask, write the complete report and its records, as a whole.

    Returns the folder, or None where the answer was no. Raises InputError where runs are missing,
    or the tree is dirty, StorageError if the disk fails.
    """
    if options.rebuild:
        with committed_ledger(study, options.reports) as ledger:
            return _write(_gather(study, ledger), options)
    parts = _gather(study, Ledger(options.ledger))
    _check_tree(parts, options)
    known = _known(study, options.reports)
    if known:
        _show_difference(parts, known, console)
        if not options.yes and not _agreed(study, console):
            return None
    return _write(parts, options)


@dataclass(frozen=True)
class _Parts:
    """What a committed report is made of: the study, the gate's own recipes, the confirmation."""

    evidence: Evidence
    short: Evidence | None
    confirmation: Confirmation | None

    def records(self) -> list[RunRecord]:
        """Of all parts."""
        confirmed = self.confirmation.evidence if self.confirmation else None
        parts = filter(None, (self.evidence, self.short, confirmed))
        return [record for part in parts for _, record, _ in part.runs()]


def _gather(study: Study, ledger: Ledger) -> _Parts:
    evidence = _complete(study, ledger, "")
    short = _complete(study.short, ledger, " --gate") if study.short else None
    return _Parts(evidence, short, gather_confirmation(evidence, ledger))


def _known(study: Study, reports: Path) -> Committed:
    """What is committed, by the names of recipes, since a recipe may have changed."""
    places = (reports / study.name / RECORDS, reports / study.name / GATE)
    own, short = (committed_by_name(place, study.data.digest) for place in places)
    return own | short


def _write(parts: _Parts, options: Options) -> Path:
    return write_report(
        parts.evidence,
        options.reports,
        confirmation=parts.confirmation,
        gate=parts.short,
        data=options.data,
    ).folder


def _complete(study: Study, ledger: Ledger, option: str) -> Evidence:
    evidence = gather(study, ledger)
    if gaps := evidence.gaps():
        raise InputError(
            f"study {study.name}: the ledger {ledger.root} holds a part of it only "
            f"({'; '.join(gaps)}); run `harness bench {study.argument}{option}` to the end first"
        )
    return evidence


def _check_tree(parts: _Parts, options: Options) -> None:
    """Raises InputError unless the code is committed that the records can be repeated with."""
    if options.force:
        return
    if uncommitted(Path.cwd(), options.reports):
        raise InputError(
            "the tree has changes that are not committed: nobody could repeat these runs; commit "
            "them, or give --force"
        )
    dirty = [record for record in parts.records() if record.environment.get("dirty")]
    if dirty:
        raise InputError(
            f"{plural(len(dirty), 'run')} of study {parts.evidence.study.name} were made by a tree "
            "with changes that were not committed; train them again with `harness bench --fresh`, "
            "or give --force"
        )


def _agreed(study: Study, console: Console) -> bool:
    if not sys.stdin.isatty():
        raise InputError(
            f"study {study.name}: a report is committed already, and nobody is here to ask; give "
            "--yes to replace it"
        )
    try:
        return Confirm.ask(f"replace the committed report of {study.name}?", console=console)
    except EOFError:
        return False


def _show_difference(parts: _Parts, known: Committed, console: Console) -> None:
    """A row a recipe: what is committed, what would be."""
    table = Table(box=box.SIMPLE_HEAD, title="Committed, and what would take its place")
    for heading in ("Recipe", "Runs", "Hold rate", "Final count", "Difference", "Identical"):
        table.add_column(heading, justify="left" if heading == "Recipe" else "right")
    declared: set[str] = set()
    for evidence in filter(None, (parts.evidence, parts.short)):
        for recipe in evidence.study.recipes:
            declared.add(recipe.name)
            old = [r for s, r in known.get(recipe.name, {}).items() if s in evidence.study.seeds]
            new = evidence.records[recipe.name]
            table.add_row(recipe.name, *_difference(evidence, old, new))
    for name in sorted(known.keys() - declared):
        table.add_row(name, f"{len(known[name])} → 0", "", "", "", "")
    console.print(table)


def _difference(
    evidence: Evidence, old: Sequence[RunRecord], new: Sequence[RunRecord]
) -> tuple[str, ...]:
    rates = [[evidence.run_consistency(record).hold_rate for record in side] for side in (old, new)]
    finals = [
        [c for record in side if (c := evidence.run_consistency(record).final) is not None]
        for side in (old, new)
    ]
    there = {(record.seed, record.digest) for record in old}
    return (
        f"{len(old)} → {len(new)}",
        " → ".join(rate(fmean(side) if side else None) for side in rates),
        " → ".join(mean(fmean(side) if side else None) for side in finals),
        signed_mean(fmean(finals[1]) - fmean(finals[0]) if all(finals) else None),
        f"{sum((r.seed, r.digest) in there for r in new)} of {len(new)}",
    )
