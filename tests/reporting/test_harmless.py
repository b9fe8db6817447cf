"""What somebody wrote into a study file or an error message does nothing in a report."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.judging.evidence import gather
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Claim, Study
from reprobench.harness.study.file import find_study, load_study
from reprobench.harness.study.recipe import Recipe
from scripted import scripted_record

SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"{SCRIPT} [link](javascript:alert(1)) <img src=x onerror=alert(1)> | a | `b` \x1b[31m"


@pytest.mark.parametrize(
    "name", [SCRIPT, "../../etc", "a/b", "a\\b", "a\x00b", "a\x1b[31m", "a" * 10_000, "-a", ""]
)
def test_names_that_are_refused(name: str, tmp_path: Path) -> None:
    for place in ('name = "tiny"', 'name = "final"'):
        file = tmp_path / "study.toml"
        escaped = name.encode("unicode_escape").decode().replace("\\x", "\\u00")
        text = find_study("tiny").read_text().replace(place, f'name = "{escaped}"')
        file.write_text(text)
        with pytest.raises(InputError):
            load_study(str(file))


def test_words_that_are_harmless(tiny: Study, ledger: Ledger, tmp_path: Path) -> None:
    recipe: Recipe = tiny.recipes[1]
    study = replace(
        tiny,
        notes=HOSTILE + "a" * 10_000,
        published={recipe.name: (240, 250)},
        claims=(Claim(recipe=recipe.name, words=HOSTILE, about="hold rate"),),
    )
    for run in study.runs():
        ledger.write(scripted_record(run, [240, 260], data_set="digits"))
    broken = replace(study, seeds=(1, 2, 3)).runs()[-1]
    ledger.write(
        scripted_record(broken, (), status="failed", error=HOSTILE + "\nnext", data_set="digits")
    )
    study = replace(study, seeds=(1, 2, 3))
    report = write_report(gather(study, ledger), tmp_path / "out").folder
    page, markdown = ((report / f"report.{kind}").read_text() for kind in ("html", "md"))
    for text in (page, markdown):
        assert SCRIPT not in text
        assert "<img src=x" not in text
        assert "\x1b" not in text
        assert "alert(1)" in text  # it is shown, and does nothing
    assert not re.search(r"(?<!\\)\[link\]\(", markdown)
