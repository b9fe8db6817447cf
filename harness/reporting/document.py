"""Writing a report: CSV, plots, Markdown, HTML and records, in a folder that appears as a whole."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from .. import words
from ..data import DATA_SETS
from ..decision import decide
from ..environment import environment
from ..evidence import Evidence
from ..folders import replacing
from ..study import Study
from . import plots
from .findings import (
    Finding,
    Tables,
    engine_sentences,
    findings,
    published_sentences,
    verdict,
)
from .tables import to_csv

ENVIRONMENT: Final = "environment.json"
Row = dict[Any, Any]
Columns = dict[str, Callable[[Row], str]]

SUMMARY: Final[Columns] = {
    "Recipe": lambda row: row["recipe"],
    "Parameters": lambda row: words.whole(row["parameters"]),
    "Runs (n)": lambda row: words.whole(row["runs"]),
    "Hold rate": lambda row: words.rate(row["hold_rate"]),
    "Pass rate": lambda row: f"{words.rate(row['pass_rate'])} ({row['holding']} of {row['runs']})",
    "Final count": lambda row: _final_count(row),
    "Range": lambda row: f"{words.whole(row['final_min'])} to {words.whole(row['final_max'])}",
    "First epoch": lambda row: words.epoch(row["first_epoch_median"]),
    "Seconds": lambda row: words.seconds(row["seconds_median"]),
}
"""The consistency table as people are shown it."""

PUBLISHED: Final[Columns] = {
    "Recipe": lambda row: row["recipe"],
    "Published count": lambda row: words.whole(row["final_correct"]),
    "Ours below": lambda row: f"{row['final_below']} of {row['runs']}",
    "Ours level": lambda row: f"{row['final_equal']} of {row['runs']}",
    "Published hold rate": lambda row: words.rate(row["hold_rate"]),
    "Ours lower": lambda row: f"{row['hold_rate_below']} of {row['runs']}",
    "Ours the same": lambda row: f"{row['hold_rate_equal']} of {row['runs']}",
}


@dataclass(frozen=True)
class Shown:
    """A table as people see it: headings and formatted cells."""

    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Report:
    """A report that was written: its folder, and what a terminal shows of it."""

    folder: Path
    title: str
    summary: RichTable


def write_report(evidence: Evidence, out: Path, *, stand_in_for: str | None = None) -> Report:
    """Write `out/<study>/` as a whole.

    Raises StorageError if the disk fails; an earlier report is then left as it was.
    """
    plots.style()
    tables = Tables.of(evidence)
    compared = evidence.compared
    answers = list(findings(compared, tables if compared is evidence else Tables.of(compared)))
    pictures = {answer.plot: plots.to_png(answer.figure) for answer in answers}
    context = _context(evidence, tables, answers, stand_in_for)
    folder = out / evidence.study.name
    with replacing(folder, mark=ENVIRONMENT) as fresh:
        for name in ("epochs", "runs", "consistency", "published"):
            _write(fresh / f"{name}.csv", to_csv(getattr(tables, name)))
        for name, png in pictures.items():
            _write(fresh / "plots" / f"{name}.png", png)
        for recipe, record, _ in evidence.runs():
            name = f"{recipe.name}-seed-{record.seed}.json"
            _write(fresh / "records" / name, record.to_json())
        _write(fresh / ENVIRONMENT, _environment(evidence))
        encoded = {name: base64.b64encode(png).decode() for name, png in pictures.items()}
        _write(fresh / "report.md", _template("report.md.j2").render(context))
        _write(fresh / "report.html", _template("report.html.j2").render(context, images=encoded))
    return Report(folder, context["title"], _for_terminal(context["summary"]))


def show_report(report: Report, console: Console) -> None:
    """Print a report's title and summary, and where it lies."""
    console.print(f"\n[b]{escape(report.title)}[/b]", highlight=False)
    console.print(report.summary)
    console.print(f"report: {report.folder / 'report.html'}", highlight=False, markup=False)


def _for_terminal(shown: Shown) -> RichTable:
    table = RichTable(box=box.SIMPLE_HEAD)
    for number, name in enumerate(shown.head):
        table.add_column(name, justify="right" if number else "left", no_wrap=not number)
    for row in shown.rows:
        table.add_row(*row)
    return table


def title_of(study: Study, gaps: list[str], stand_in_for: str | None) -> str:
    """The report's title, which says what is not as it should be."""
    target = words.percent(study.criterion.target)
    title = f"Study {study.name}: which recipe stays at {target}?"
    if stand_in_for:
        title += f" Stand-in for {stand_in_for}, on {DATA_SETS[study.data_set].title}"
    return f"{title} [partial: {'; '.join(gaps)}]" if gaps else title


def _context(
    evidence: Evidence, tables: Tables, answers: list[Finding], stand_in_for: str | None
) -> dict[str, Any]:
    study, compared = evidence.study, evidence.compared
    return {
        "title": title_of(study, evidence.gaps(), stand_in_for),
        "study": study,
        "data_set": DATA_SETS[study.data_set],
        "stand_in_for": stand_in_for,
        "threshold": evidence.threshold,
        "total": evidence.total,
        "verdict": verdict(compared, decide(compared)),
        "summary": _shown(_rows(tables.consistency, compared), SUMMARY),
        "apart": _shown(_rows(tables.consistency, evidence.part(evidence.apart)), SUMMARY),
        "answers": answers,
        "published": _shown(tables.published, PUBLISHED),
        "published_sentences": published_sentences(tables),
        "engines": engine_sentences(evidence),
        "elsewhere": evidence.elsewhere,
        "failed": evidence.failed,
        "damaged": evidence.damaged,
    }


def _shown(table: pd.DataFrame, columns: Columns) -> Shown:
    undefined_as_none = table.astype(object).where(table.notna(), None)
    rows = [
        [show(row) for show in columns.values()]
        for row in undefined_as_none.to_dict(orient="records")
    ]
    return Shown(list(columns), rows)


def _final_count(row: Row) -> str:
    count = f"{words.mean(row['final_mean'])} ± {words.mean(row['final_std'])}"
    return count if row["finals"] == row["runs"] else f"{count} (n = {row['finals']})"


def _rows(table: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """The rows of the recipes that the evidence is on."""
    return table[table["recipe"].isin([recipe.name for recipe in evidence.study.recipes])]


def _environment(evidence: Evidence) -> str:
    """What the records were made with, and what this report was made with."""
    made_with = {json.dumps(r.environment, sort_keys=True) for _, r, _ in evidence.runs()}
    content = {
        "runs": [json.loads(entry) for entry in sorted(made_with)],
        "report": environment(),
    }
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


@cache
def _templates() -> Environment:
    loader = PackageLoader(__package__, "templates")
    templates = Environment(
        loader=loader,
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for shown in (words.whole, words.percent, words.plural, words.one_line):
        templates.filters[shown.__name__] = shown
    return templates


def _template(name: str) -> Any:
    return _templates().get_template(name)


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
