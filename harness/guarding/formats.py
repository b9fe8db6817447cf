"""What a gate found, for a CI: a job's summary in Markdown, JUnit XML and JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from xml.etree import ElementTree

from ..base.words import in_markdown, one_line
from .findings import GateReport, cells, explain, headings


def as_markdown(report: GateReport) -> str:
    """The report as Markdown; names, messages and versions are shown literally."""
    head = headings(report.findings)
    alignment = "| " + " | ".join((":--", *["--:"] * (len(head) - 1))) + " |"
    rows = [
        "| " + " | ".join(map(_tame, row)) + " |" for row in (head, *map(cells, report.findings))
    ]
    shown = "\n".join([rows[0], alignment, *rows[1:]])
    *notes, last = map(_tame, report.lines())
    listed = "".join(f"- {note}\n" for note in notes)
    return f"### Accuracy gate: {report.verdict}\n\n{last}\n\n{shown}\n\n{listed}"


def _tame(text: str) -> str:
    return in_markdown(one_line(text))


def as_junit(report: GateReport) -> str:
    """A test case per recipe: a regression is a failure, an undecided recipe an error."""
    suite = ElementTree.Element(
        "testsuite",
        name=f"gate {report.study}",
        tests=str(len(report.findings)),
        failures=str(sum(f.outcome == "regression" for f in report.findings)),
        errors=str(sum(f.outcome in ("undecided", "failed") for f in report.findings)),
    )
    for finding in report.findings:
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"gate.{report.study}", name=finding.recipe
        )
        kind = {"regression": "failure", "undecided": "error", "failed": "error"}
        if tag := kind.get(finding.outcome):
            ElementTree.SubElement(case, tag, message=explain(finding))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def as_json(report: GateReport) -> str:
    """All fields, as JSON."""
    content = {
        "study": report.study,
        "verdict": report.verdict,
        "exit_code": report.exit_code,
        "epochs": report.gate.epochs,
        "alpha": report.gate.alpha,
        "seeds": report.gate.seeds,
        "limit": report.gate.limit,
        "findings": [asdict(finding) for finding in report.findings],
        "changes": report.differences,
    }
    return json.dumps(content, indent=2) + "\n"
