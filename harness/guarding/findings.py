"""What a gate found, in words and as a table; `formats` has what it writes for programs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from rich.console import Console
from rich.table import Table

from ..base.console import table
from ..base.words import one_line, plural
from ..reporting.tables.cells import average, difference, ends
from ..reporting.words.goal import amount_words
from ..study.declaration import Gate
from ..study.measure import Measure
from .regression import EXIT_CODES, Finding, GateVerdict, gate_verdict

IMAGES: Final = Measure(total=1)
"""What an engine's runs are compared by: a count of test images, whatever their number."""
DROP: Final = "Drop"
HEADINGS: Final = ("Recipe", "Committed (n)", "Here (n)", DROP, "Interval", "Margin", "Outcome")


@dataclass(frozen=True)
class GateReport:
    """The findings on all recipes, and what differs in how committed and new runs were made."""

    study: str
    gate: Gate
    findings: list[Finding]
    differences: list[str]

    @property
    def verdict(self) -> GateVerdict:
        """The worst of the findings."""
        return gate_verdict(self.findings)

    @property
    def exit_code(self) -> int:
        """0 pass, 1 regression, 3 inconclusive."""
        return EXIT_CODES[self.verdict]

    def lines(self) -> list[str]:
        """What has changed, then the verdict."""
        unexplained = [
            finding.recipe
            for finding in self.findings
            if finding.same_version and not finding.same_bits
        ]
        notes = [*self.differences]
        if unexplained:
            notes.append(
                f"other bits from the same engine and version: {', '.join(unexplained)}; a change "
                "of an engine's arithmetic needs a new version"
            )
        notes += [f"failed: {f.recipe}: {one_line(f.error)}" for f in self.findings if f.error]
        lost = [finding for finding in self.findings if finding.lost or finding.committed_lost]
        notes += [f"lost: {_lost_by_side(finding)}" for finding in lost]
        notes += lost_in_words(lost)
        return [*notes, self.verdict_line()]

    def verdict_line(self) -> str:
        """One line: the verdict and its basis."""
        by = {name: [f for f in self.findings if f.outcome == name] for name in _IN_WORDS}
        moved = "rose" if _lower(self.findings) else "dropped"
        said = ", ".join(
            _IN_WORDS[name].format(len(found), moved) for name, found in by.items() if found
        )
        runs = sum(len(finding.new) for finding in self.findings)
        epochs = plural(self.gate.epochs, "epoch")
        line = f"{self.verdict}: of {plural(len(self.findings), 'recipe')} {said}"
        worst = max(by["regression"], key=lambda f: f.drop or 0.0, default=None)
        if worst and worst.interval and worst.interval.low > 0:
            line += (
                f"; {worst.recipe} {'rises' if _lower([worst]) else 'drops'} by "
                f"{amount_words(worst.drop, _measure(worst))}, by at least "
                f"{average(worst.interval.low, _measure(worst))}"
            )
        elif worst:
            line += f"; {worst.recipe}: {_lost(worst)}"
        return f"{line} ({plural(runs, 'run')} of {epochs}, study {self.study})"


_SAID = {"regression": "a {}", "undecided": "undecided: a {}", "pass": "no more than a {}"}
_IN_WORDS = {
    "identical": "{} identical",
    "pass": "{} pass",
    "regression": "{} {}",
    "undecided": "{} undecided",
    "failed": "{} failed",
}


def _measure(finding: Finding) -> Measure:
    return finding.measure or IMAGES


def _lower(findings: Sequence[Finding]) -> bool:
    """Whether lower is better, so that a regression is a rise."""
    return bool(findings) and all(_measure(finding).sign < 0 for finding in findings)


def headings(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Those of the table's columns."""
    return tuple("Rise" if name == DROP and _lower(findings) else name for name in HEADINGS)


def cells(finding: Finding) -> list[str]:
    """A recipe's row of the table."""
    measure = _measure(finding)
    return [
        finding.recipe,
        _mean(finding.committed, measure),
        _mean(finding.new, measure),
        average(finding.drop, measure),
        ends(finding.interval, lambda end: difference(end, measure)),
        f"{finding.margin:g}",
        finding.outcome,
    ]


def findings_table(findings: Sequence[Finding]) -> Table:
    """A row per recipe, for the terminal."""
    return table(headings(findings), map(cells, findings))


def findings_text(findings: Sequence[Finding]) -> str:
    """`findings_table` as text without colours."""
    console = Console(file=io.StringIO(), width=120, color_system=None)
    with console.capture() as captured:
        console.print(findings_table(findings))
    return captured.get()


def explain(finding: Finding) -> str:
    """One line about a recipe that does not pass."""
    if finding.error:
        return f"{finding.recipe}: a run failed: {one_line(finding.error)}"
    shown = dict(zip(HEADINGS, cells(finding), strict=True))
    meaning = "".join(f"; {line}" for line in lost_in_words([finding] if finding.lost else []))
    if finding.drop is None:
        means = f"from {shown['Committed (n)']} to {shown['Here (n)']}"
        return f"{finding.recipe}: {finding.outcome}: {_lost(finding)}, {means}{meaning}"
    said = _SAID[finding.outcome].format("rise" if _lower([finding]) else "drop")
    return (
        f"{finding.recipe}: {said} of {amount_words(finding.drop, _measure(finding))}, from "
        f"{shown['Committed (n)']} to {shown['Here (n)']}, interval {shown['Interval']}, margin "
        f"{shown['Margin']}{', ' + _lost(finding) if finding.lost else ''}{meaning}"
    )


def lost_in_words(lost: Sequence[Finding]) -> list[str]:
    """What a lost run is, for recipes that have some: a line, or none without such recipes."""
    if not lost:
        return []
    counted = any(_measure(finding).total for finding in lost)
    low = (
        ", or whose count is below half of the median of committed runs that did not"
        if counted
        else ""
    )
    out = "rise" if _lower(lost) else "drop"
    means = ", but not of the means" if counted else ""
    return [f"lost: a run that diverged{low}; it is left out of {out} and interval{means}"]


def _lost_by_side(finding: Finding) -> str:
    here, before = plural(len(finding.new), "run"), plural(len(finding.committed), "committed run")
    return f"{finding.recipe}: {finding.lost} of {here} here, {finding.committed_lost} of {before}"


def _lost(finding: Finding) -> str:
    return f"{finding.lost} of {plural(len(finding.new), 'run')} lost"


def _mean(values: Sequence[float | None], measure: Measure) -> str:
    """The mean of the runs that ended in a number, and the number of all runs."""
    known = [value for value in values if value is not None]
    return f"{average(fmean(known) if known else None, measure)} ({len(values)})"
