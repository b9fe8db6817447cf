"""Writing a report: CSV, plots, Markdown, HTML and records, in a folder that appears complete."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure

from ...base.disk.folders import replacing
from ...base.disk.ours import (
    DECISION,
    ENVIRONMENT,
    GATE_RECORDS,
    MARKDOWN,
    PAGE,
    PLOTS,
    RECORDS,
)
from ...judging.confirmation import Confirmation
from ...judging.decision import Decision
from ...judging.evidence import Evidence
from ...results.environment import but_the_time, environment
from ...results.record import record_file
from ...study.declaration import Study
from ...study.imported import ImportedStudy
from ..bundle import Bundle
from ..decision_file import decision_json
from ..plots.style import note, style, to_png
from ..plots.svg import to_svg
from ..tables.columns import Rows
from ..tables.consistency import ConsistencyRow
from ..tables.shown import Shown, show
from ..words.bias import BIASED
from ..words.course import TWO_SIDED
from ..words.goal import counted_noun, final_legend, final_noun, target_words, worse_end
from ..words.headline import headline
from ..words.method import (
    claim_sentences,
    engine_sentences,
    method_sentences,
    published_sentences,
)
from ..words.origin import origin_sentences
from ..words.questions import Question, picture, questions
from ..words.sources import ACROSS, across
from ..words.steps import steps
from .images import Gallery
from .rendering import template
from .terminal import WrittenReport

FROM_TRAINING: Final = ("parameters", "seconds_median")
"""Columns that may be empty for runs that no engine trained."""


def write_report(
    evidence: Evidence,
    out: Path,
    *,
    confirmation: Confirmation | None = None,
    decision: Decision | None = None,
    gate: Evidence | None = None,
    data: Path | None = None,
    stand_in_for: str | None = None,
    ignored: bool = True,
) -> WrittenReport:
    """Write all of `out/<study>/`; test images for the gallery come from the directory `data`.

    Records of the gate's own recipes are written too, if any are given. If `out` does not exist, it
    is made, and `ignored` by git. Raises StorageError if the disk fails, InputError if another
    folder has the report's place, and as `Gallery.of` does; what is there then stays as it was.
    """
    style()
    bundle = Bundle(evidence, confirmation, decision)
    compared = bundle.compared
    gallery = Gallery.of(compared.evidence, data)
    tables = [*bundle.csv_files(), *([gallery.table] if len(gallery.table) else [])]
    asked, verdict = list(questions(compared)), picture(compared)
    drawn = [*([verdict] if verdict else []), *asked]
    figures = _figures(drawn, gallery, compared.evidence)
    context = _context(bundle, gallery, stand_in_for) | {
        "picture": verdict,
        "questions": asked,
        "files": [(f"{table.kind.FILE}.csv", _about(table)) for table in tables],
    }
    folder = out / evidence.study.name
    with replacing(folder, mark=ENVIRONMENT, ignored=ignored) as fresh:
        _write_tables_and_plots(fresh, tables, figures)
        _write_grounds(fresh, bundle, gate)
        _write(fresh / MARKDOWN, template(MARKDOWN).render(context))
        svg = {q.plot: to_svg(q.figure, q.plot, q.alt) for q in drawn}
        _write(fresh / PAGE, template(PAGE).render(context, svg=svg))
    return WrittenReport(
        folder=folder,
        title=context["title"],
        summary=context["summary"],
        essential=ConsistencyRow.ESSENTIAL,
        chosen=context["chosen"],
        headline=context["headline"],
        apart=tuple(evidence.apart),
        lacking=gallery.missing and f"the images that decide are not shown: {gallery.missing}",
    )


def _figures(drawn: list[Question], gallery: Gallery, evidence: Evidence) -> dict[str, Figure]:
    """Figures of the questions and the gallery by name, with a note if sources are mixed."""
    figures = {question.plot: question.figure for question in drawn}
    if across(evidence):
        for figure in figures.values():
            note(figure, ACROSS)
    if gallery.sheet:
        figures["gallery"] = gallery.sheet
    return figures


def _write_tables_and_plots(
    folder: Path, tables: list[Rows[Any]], figures: dict[str, Figure]
) -> None:
    for table in tables:
        _write(folder / f"{table.kind.FILE}.csv", table.csv())
    for name, figure in figures.items():
        _write(folder / PLOTS / f"{name}.png", to_png(figure))


def _write_grounds(folder: Path, bundle: Bundle, gate: Evidence | None) -> None:
    """The records, the decision that they lead to, and what they and the report were made with."""
    _write_records(folder / RECORDS, bundle.evidence, bundle.confirmed_evidence)
    _write_records(folder / GATE_RECORDS, gate)
    _write(folder / DECISION, decision_json(bundle))
    _write(folder / ENVIRONMENT, _environment(bundle.evidence))


def _write_records(folder: Path, *sources: Evidence | None) -> None:
    for evidence in filter(None, sources):
        for recipe, record, _ in evidence.runs():
            name = record_file(recipe.name, record.seed)
            _write(folder / name, evidence.content(record))


def _about(table: Rows[Any]) -> str:
    """The first line of the row class's docstring, as part of a sentence."""
    line = (table.kind.__doc__ or "").partition("\n\n")[0].rstrip(".")
    return " ".join((line[0].lower() + line[1:]).split())


def title_of(study: Study | ImportedStudy, gaps: list[str], stand_in_for: str | None) -> str:
    """The report's title, which says whether the report is partial or on a stand-in."""
    goal = target_words(study.criterion, study.measure)
    title = f"Study {study.name}: which recipe stays at {goal}?"
    if stand_in_for and isinstance(study, Study) and not study.printed:
        title += f" Stand-in for {stand_in_for}, on {study.data.title}"
    return f"{title} [partial: {'; '.join(gaps)}]" if gaps else title


def _context(bundle: Bundle, gallery: Gallery, stand_in_for: str | None) -> dict[str, Any]:
    evidence = bundle.evidence
    study = evidence.study
    return {
        "title": title_of(study, bundle.missing, stand_in_for),
        "study": study,
        "data_set": evidence.trainable_study.data if evidence.by_engines else None,
        "declared": isinstance(study, Study),
        "final_legend": final_legend(evidence),
        "stand_in_for": stand_in_for,
        "counted": counted_noun(evidence),
        "threshold": evidence.threshold,
        "total": evidence.total,
        "headline": headline(bundle),
        "chosen": bundle.decision.chosen.name if bundle.decision else None,
        "steps": list(steps(bundle)),
        "summary": _ranked(bundle, apart=False),
        "apart": _ranked(bundle, apart=True),
        "under_test": next((row.recipe for row in bundle.behind if row.under_test), None),
        "comparisons": _renamed(show(bundle.behind), evidence),
        "confirmed": show(bundle.confirmed),
        "published": show(bundle.published).without_empty("prediction_low"),
        "published_sentences": published_sentences(bundle),
        "claims": show(bundle.claim_rows.where(lambda row: row.about == "hold rate")),
        "claim_sentences": claim_sentences(bundle),
        "gallery": gallery,
        "method": method_sentences(bundle),
        "engines": engine_sentences(evidence),
        "origin": origin_sentences(evidence, bundle.confirmed_evidence),
        "by_other_engines": evidence.by_other_engines,
        "failed": evidence.failed,
        "damaged": evidence.damaged,
        "across": across(evidence),
        "biased": BIASED,
        "two_sided": TWO_SIDED,
    }


def _ranked(bundle: Bundle, *, apart: bool) -> Shown:
    """The recipes that have runs, the best first: those trained `apart` by another engine, or the
    rest."""
    others = bundle.evidence.apart
    shown = show(bundle.ranked.where(lambda row: (row.recipe in others) == apart))
    return shown if bundle.evidence.by_engines else _as_measured(shown, bundle.evidence)


def _as_measured(shown: Shown, evidence: Evidence) -> Shown:
    """The table without empty columns, and with the final values under their own name."""
    return _renamed(shown.without_empty(*FROM_TRAINING), evidence)


def _renamed(shown: Shown, evidence: Evidence) -> Shown:
    """The table with final values under their own name, if they are not counts."""
    if evidence.total is not None:
        return shown
    names = {
        "final_mean": final_legend(evidence)[0],
        "final_difference": f"Difference in {final_noun(evidence)}",
        "superiority": f"Probability that it ends {worse_end(evidence)}",
    }
    head = [names.get(name, title) for name, title in zip(shown.names, shown.head, strict=True)]
    return replace(shown, head=tuple(head))


def _environment(evidence: Evidence) -> str:
    """The environments that the records and this report were made in."""
    made = (but_the_time(record.environment) for _, record, _ in evidence.runs())
    made_with = {json.dumps(one, sort_keys=True) for one in made}
    content = {
        "runs": [json.loads(entry) for entry in sorted(made_with)],
        "report": environment(),
    }
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
