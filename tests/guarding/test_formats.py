"""What a gate writes for a CI: foreign text is shown there, and does nothing."""

from __future__ import annotations

from reprobench.harness.guarding.findings import GateReport
from reprobench.harness.guarding.formats import as_markdown
from reprobench.harness.guarding.regression import Finding
from reprobench.harness.study.declaration import Gate

GATE = Gate(seeds=2, limit=8, epochs=1, alpha=0.05, margins={"final": 4.0})
HOSTILE = "<img src=x onerror=alert(1)> | [link](javascript:alert(1))\n# heading\x1b[31m"


def test_foreign_text_is_no_markup_in_a_job_s_summary() -> None:
    """What a program printed, the names of files and what the environment says."""
    failed = Finding("final", "failed", 4.0, (300, 302), (), error=HOSTILE)
    report = GateReport("tiny", GATE, [failed], [f"final: {HOSTILE}: committed a, here b"])
    title, verdict, *rest = (line for line in as_markdown(report).splitlines() if line)
    assert title == "### Accuracy gate: inconclusive"
    assert verdict == ("inconclusive: of 1 recipe 1 failed (0 runs of 1 epoch, study tiny)")
    shown = r"&lt;img src=x onerror=alert(1)> \| \[link\](javascript:alert(1)) # heading \[31m"
    assert rest == [
        "| Recipe | Committed (n) | Here (n) | Drop | Interval | Margin | Outcome |",
        "| :-- | --: | --: | --: | --: | --: | --: |",
        r"| final | 301.0 (2) | \- (0) | - | - | 4 | failed |",
        f"- final: {shown}: committed a, here b",
        f"- failed: final: {shown}",
    ]
