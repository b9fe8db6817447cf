"""`harness baseline`: writes the report to be committed, and shows what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from rich.console import Console

from ..base.console import say, show, table
from ..base.errors import InputError
from ..base.fingerprint import SHORT
from ..base.words import plural, rate, some
from ..judging.confirmation import Confirmation, gather_confirmation
from ..judging.decision import Decision, decide, lacking
from ..judging.evidence import Evidence, Record
from ..judging.gathering import gather
from ..reporting.page.document import write_report
from ..reporting.tables.cells import average, difference
from ..reporting.words.goal import final_noun
from ..results.committed import (
    REPORTS,
    Committed,
    committed_and_gate_runs,
    committed_ledger,
)
from ..results.elsewhere.record import of_each_recipe
from ..results.elsewhere.runs import committed_imported
from ..results.environment import DISTRIBUTION, TRAINED_BY, uncommitted
from ..results.ledger import Ledger
from ..results.record import RunRecord
from ..study.declaration import Study
from ..study.loading.file import is_imported, load_study
from ..study.loading.import_study import Declared, read_declared
from .imported.baseline import committed_evidence, complete_evidence
from .options.reports import BaselineOptions
from .telling import agreed


def baseline(options: BaselineOptions, console: Console) -> Path | None:
    """Show the difference, ask, then write the complete report with its records as a whole.

    Returns the folder, or None if the answer was no. Raises InputError if runs are missing or the
    tree is dirty, StorageError if the disk fails.
    """
    if is_imported(options.study):
        folder = _imported(read_declared(options.study), options, console)
    else:
        folder = _trained(load_study(options.study), options, console)
    say(console, f"baseline: {folder}; commit it" if folder else "nothing was changed")
    return folder


def _trained(study: Study, options: BaselineOptions, console: Console) -> Path | None:
    if options.rebuild:
        return _rebuild(study, options, console)
    parts = _gather(study, Ledger(options.ledger))
    if not options.force:
        _check_tree(parts)
    known = _by_recipe(committed_and_gate_runs(study))
    return _replace(parts, known, options, console)


def _imported(declared: Declared, options: BaselineOptions, console: Console) -> Path | None:
    """The tree may have changes: it cannot repeat imported runs in any case."""
    if options.rebuild:
        parts = _parts_of(committed_evidence(declared))
        return _write(parts, options, console)
    parts = _parts_of(complete_evidence(declared, options.ledger))
    known = of_each_recipe(committed_imported(declared.name))
    return _replace(parts, known, options, console)


def _by_recipe(known: Committed) -> dict[str, list[Record]]:
    return {name: [*own.values()] for name, own in known.items()}


def _rebuild(study: Study, options: BaselineOptions, console: Console) -> Path:
    """Write the report from the committed records, not from the ledger."""
    with committed_ledger(study) as ledger:
        return _write(_gather(study, ledger), options, console)


def _replace(
    parts: _Parts,
    known: Mapping[str, Sequence[Record]],
    options: BaselineOptions,
    console: Console,
) -> Path | None:
    if known:
        _show_difference(parts, known, console)
        if not options.yes and not _agreed(parts.evidence.study.name, console):
            return None
    return _write(parts, options, console)


@dataclass(frozen=True)
class _Parts:
    """What a committed report is made of: the study, the gate's own recipes, the confirmation."""

    evidence: Evidence
    decision: Decision | None
    short: Evidence | None
    confirmation: Confirmation | None

    def records(self) -> list[RunRecord]:
        """The records of all parts."""
        confirmed = self.confirmation.evidence if self.confirmation else None
        parts = filter(None, (self.evidence, self.short, confirmed))
        return [record for part in parts for _, record in part.trained()]


def _gather(study: Study, ledger: Ledger) -> _Parts:
    evidence = _complete(study, ledger, "")
    short = _complete(study.short, ledger, " --gate") if study.short else None
    decision = decide(evidence.compared)
    return _Parts(evidence, decision, short, gather_confirmation(evidence, decision, ledger))


def _parts_of(evidence: Evidence) -> _Parts:
    """The parts of a study of imported runs, which has its evidence and nothing else."""
    return _Parts(evidence, decide(evidence.compared), None, None)


def _write(parts: _Parts, options: BaselineOptions, console: Console) -> Path:
    report = write_report(
        parts.evidence,
        REPORTS,
        confirmation=parts.confirmation,
        decision=parts.decision,
        gate=parts.short,
        data=options.data,
        ignored=False,
    )
    if report.lacking:
        say(console, report.lacking)
    return report.folder


def _complete(study: Study, ledger: Ledger, option: str) -> Evidence:
    evidence = gather(study, ledger)
    if gaps := lacking(evidence, decide(evidence.compared)):
        raise InputError(
            f"study {study.name}: {ledger.root} holds only a part of its runs "
            f"({'; '.join(gaps)}); run `harness bench {study.argument}{option}` to the end first",
            *(f"damaged, left out: {damage}" for damage in evidence.damaged),
        )
    return evidence


def _check_tree(parts: _Parts) -> None:
    """Raises InputError unless the code that would repeat the records is committed."""
    if changed := uncommitted(Path.cwd(), REPORTS):
        raise InputError(
            f"the tree has changes that are not committed, in {some(changed)}: nobody could repeat "
            "these runs; commit them, or give --force"
        )
    dirty = [record for record in parts.records() if record.environment.get("dirty")]
    if dirty:
        study, keys = parts.evidence.study, some([record.key[:SHORT] for record in dirty])
        whose = "the study's" if TRAINED_BY in dirty[0].environment else f"{DISTRIBUTION}'s own"
        raise InputError(
            f"study {study.name}: {plural(len(dirty), 'run')} trained while {whose} checkout had "
            f"changes that were not committed: {keys}; remove them with `harness runs remove` and "
            f"run `harness bench {study.argument}` again, or give --force"
        )


def _agreed(study: str, console: Console) -> bool:
    return agreed(
        f"replace the committed report of {study}?",
        console,
        alone=f"study {study}: a report is committed already, and there is no terminal to ask on; "
        "give --yes to replace it",
    )


def _show_difference(
    parts: _Parts, known: Mapping[str, Sequence[Record]], console: Console
) -> None:
    """Print one row per recipe: what is committed, and what would replace it."""
    end = f"F{final_noun(parts.evidence)[1:]}"
    head = ("Recipe", "Runs", "Hold rate", end, "Difference", "Identical")
    rows: list[tuple[str, ...]] = []
    declared: set[str] = set()
    for evidence in filter(None, (parts.evidence, parts.short)):
        for recipe in evidence.study.recipes:
            declared.add(recipe.name)
            old = [r for r in known.get(recipe.name, ()) if r.seed in evidence.study.seeds]
            new = evidence.records[recipe.name]
            rows.append((recipe.name, *_difference(evidence, old, new)))
    for name in sorted(known.keys() - declared):
        rows.append((name, f"{len(known[name])} → 0", "", "", "", ""))
    show(table(head, rows, title="Committed, and what would replace it"), console)


def _difference(
    evidence: Evidence, old: Sequence[Record], new: Sequence[Record]
) -> tuple[str, ...]:
    measure = evidence.measure
    rates = [[evidence.run_consistency(record).hold_rate for record in side] for side in (old, new)]
    finals = [
        [c for record in side if (c := evidence.run_consistency(record).final) is not None]
        for side in (old, new)
    ]
    there = {(record.seed, record.digest) for record in old}
    return (
        f"{len(old)} → {len(new)}",
        " → ".join(rate(fmean(side) if side else None) for side in rates),
        " → ".join(average(fmean(side) if side else None, measure) for side in finals),
        difference(fmean(finals[1]) - fmean(finals[0]) if all(finals) else None, measure),
        f"{sum((r.seed, r.digest) in there for r in new)} of {len(new)}",
    )
