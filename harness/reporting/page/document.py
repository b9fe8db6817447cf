"""Writing a report: CSV, plots, Markdown, HTML and records, in a folder that appears as a whole."""

from __future__ import annotations

import json
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

from ...base import words
from ...base.console import say
from ...base.folders import replacing
from ...data.place import data_directory
from ...judging.confirmation import Confirmation
from ...judging.decision import Decision
from ...judging.evidence import Evidence
from ...results.environment import environment
from ...results.record import record_file
from ...study.declaration import Study
from ..bundle import Bundle
from ..decision_file import decision_json
from ..plots.style import style, to_png, to_svg
from ..tables.epochs import to_csv
from ..tables.shown import (
    CLAIMS,
    COMPARISONS,
    CONFIRMED,
    PUBLISHED,
    SUMMARY,
    Shown,
    show,
)
from ..words.method import (
    claim_sentences,
    engine_sentences,
    method_sentences,
    published_sentences,
)
from ..words.questions import picture, questions
from ..words.verdict import headline, steps
from .images import Gallery

ENVIRONMENT: Final = "environment.json"
MOST_ROWS: Final = 60
"""Of a table in Markdown or a terminal; the CSV files and the page have all."""


@dataclass(frozen=True)
class Report:
    """A report that was written: its folder, and what a terminal shows of it."""

    folder: Path
    title: str
    summary: RichTable


def write_report(
    evidence: Evidence,
    out: Path,
    *,
    confirmation: Confirmation | None = None,
    decision: Decision | None = None,
    gate: Evidence | None = None,
    data: Path | None = None,
    stand_in_for: str | None = None,
) -> Report:
    """Write `out/<study>/` as a whole; test images for the gallery come from the directory `data`.

    The records of the gate's own recipes go along, if any are given. Raises StorageError if the
    disk fails; an earlier report is then left as it was.
    """
    style()
    bundle = Bundle(evidence, confirmation, decision)
    compared = bundle.compared
    gallery = Gallery.of(compared.evidence, data_directory(data))
    asked = list(questions(compared))
    verdict = picture(compared)
    figures = {q.plot: q.figure for q in [*filter(None, [verdict]), *asked]}
    if gallery.sheet:
        figures["gallery"] = gallery.sheet
    context = _context(bundle, gallery, stand_in_for) | {"picture": verdict, "questions": asked}
    folder = out / evidence.study.name
    with replacing(folder, mark=ENVIRONMENT) as fresh:
        for name, table in {**bundle.csv_files(), **gallery.csv_files()}.items():
            _write(fresh / f"{name}.csv", to_csv(table))
        for name, figure in figures.items():
            _write(fresh / "plots" / f"{name}.png", to_png(figure))
        _write_records(fresh / "records", bundle.evidence, bundle.confirmed_evidence)
        _write_records(fresh / "gate", gate)
        _write(fresh / "decision.json", decision_json(bundle))
        _write(fresh / ENVIRONMENT, _environment(evidence))
        _write(fresh / "report.md", _template("report.md.j2").render(context))
        svg = {q.plot: to_svg(q.figure, q.plot, q.alt) for q in [*filter(None, [verdict]), *asked]}
        _write(fresh / "report.html", _template("report.html.j2").render(context, svg=svg))
    return Report(folder, context["title"], _for_terminal(context["summary"]))


def _write_records(folder: Path, *sources: Evidence | None) -> None:
    for evidence in filter(None, sources):
        for recipe, record, _ in evidence.runs():
            name = record_file(recipe.name, record.seed)
            _write(folder / name, evidence.ledger.content(record))


def show_report(report: Report, console: Console) -> None:
    """Print a report's title and summary, and where it lies."""
    console.print(f"\n[b]{escape(report.title)}[/b]", highlight=False)
    console.print(report.summary)
    say(console, f"report: {report.folder / 'report.html'}")


def _for_terminal(shown: Shown) -> RichTable:
    table = RichTable(box=box.SIMPLE_HEAD)
    for number, name in enumerate(shown.head):
        table.add_column(name, justify="right" if number else "left", no_wrap=not number)
    for row in shown.rows[:MOST_ROWS]:
        table.add_row(*(cell.text for cell in row))
    if len(shown.rows) > MOST_ROWS:
        table.caption = f"The first {MOST_ROWS} of {len(shown.rows)} rows, by hold rate"
    return table


def title_of(study: Study, gaps: list[str], stand_in_for: str | None) -> str:
    """The report's title, which says what is not as it should be."""
    target = words.percent(study.criterion.target)
    title = f"Study {study.name}: which recipe stays at {target}?"
    if stand_in_for:
        title += f" Stand-in for {stand_in_for}, on {study.data.title}"
    return f"{title} [partial: {'; '.join(gaps)}]" if gaps else title


def _context(bundle: Bundle, gallery: Gallery, stand_in_for: str | None) -> dict[str, Any]:
    evidence, compared = bundle.evidence, bundle.compared
    study = evidence.study
    apart = evidence.part(evidence.apart)
    return {
        "title": title_of(study, evidence.gaps(), stand_in_for),
        "study": study,
        "data_set": study.data,
        "stand_in_for": stand_in_for,
        "threshold": evidence.threshold,
        "total": evidence.total,
        "headline": headline(bundle),
        "chosen": bundle.decision.chosen.name if bundle.decision else None,
        "steps": list(steps(bundle)),
        "summary": show(_rows(bundle.consistency, compared.evidence), SUMMARY),
        "apart": show(_rows(bundle.consistency, apart), SUMMARY),
        "comparisons": show(bundle.comparisons, COMPARISONS),
        "confirmed": show(bundle.confirmed, CONFIRMED),
        "published": show(bundle.published, PUBLISHED),
        "published_sentences": published_sentences(bundle),
        "claims": show(bundle.claim_rows.query("about == 'hold rate'"), CLAIMS),
        "claim_sentences": claim_sentences(bundle),
        "gallery": gallery,
        "method": method_sentences(bundle),
        "engines": engine_sentences(evidence),
        "elsewhere": evidence.elsewhere,
        "failed": evidence.failed,
        "damaged": evidence.damaged,
    }


def _rows(table: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """The rows of the recipes that the evidence is on; of many, the highest hold rates first."""
    rows = table[table["recipe"].isin([recipe.name for recipe in evidence.study.recipes])]
    if len(rows) <= MOST_ROWS:
        return rows
    return rows.sort_values("hold_rate", ascending=False, kind="stable", na_position="last")


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
    for shown in (words.whole, words.percent, words.plural, words.sort_key):
        templates.filters[shown.__name__] = shown
    for tame in (words.one_line, words.printable, words.in_markdown):
        templates.filters[tame.__name__] = tame
    templates.globals["most_rows"] = MOST_ROWS
    return templates


def _template(name: str) -> Any:
    return _templates().get_template(name)


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
