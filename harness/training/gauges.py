"""How near a decision the runs in training are: one bar per open question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..base.words import evidence, printable
from ..results.record import RunRecord

MOST_BARS: Final = 8
BAR: Final = 20


@dataclass(frozen=True)
class Gauge:
    """Log evidence on one question, and how much of it an answer requires."""

    name: str
    log_evidence: float
    required_evidence: float
    note: str = ""


@dataclass(frozen=True)
class Gauges:
    """What is open, with one bar per question, and what is settled."""

    question: str
    bars: Sequence[Gauge] = ()
    rest: str = ""


class Outlook(Protocol):
    """What a display asks while runs are trained for a decision."""

    def finished(self, record: RunRecord) -> None:
        """Take note that one of these runs has ended."""

    def now(self) -> Gauges:
        """What is open, given all that have ended."""


def view(shown: Gauges) -> RenderableType:
    """The question, its bars (only the first if there are many), and what is settled."""
    bars = Table.grid(padding=(0, 2, 0, 0))
    bars.add_column(no_wrap=True, overflow="ellipsis", max_width=24)
    for gauge in shown.bars[:MOST_BARS]:
        bars.add_row(
            Text("  " + printable(gauge.name)),
            ProgressBar(total=gauge.required_evidence, completed=gauge.log_evidence, width=BAR),
            "{1} of {0}".format(*evidence(gauge.required_evidence, gauge.log_evidence)),
            gauge.note,
        )
    more = len(shown.bars) - MOST_BARS
    below = [f"and {more} more"] if more > 0 else []
    below += [shown.rest] if shown.rest else []
    return Group(Text(printable(shown.question)), bars, *(Text("  " + line) for line in below))
