"""Text in a study file or an error message does no harm in a report."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from programs import evidence_of_program, program
from reprobench.harness.base.errors import InputError
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.page.terminal import WrittenReport, show_report
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Claim, Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.loading.file import find_study, load_study
from reprobench.harness.study.recipe import Recipe
from rich.console import Console
from scripted import scripted_record

pytestmark = pytest.mark.usefixtures("no_images")

SCRIPT = "<script>alert(1)</script>"
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
HOSTILE = (
    f"{SCRIPT} [link](javascript:alert(1)) <img src=x onerror=alert(1)> | a | `b` "
    "\x1b[31m\x07\x9b \u202e"
)
PRINTED = "".join(letter for letter in HOSTILE if letter.isprintable())
"""As much of the text as a record may hold: one with more is refused when it is read."""


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
    """Hostile text in every place of a study file and a record that holds text."""
    recipe: Recipe = tiny.recipes[1]
    study = replace(
        tiny,
        notes=HOSTILE + "\n# heading\n" + "a" * 10_000,
        published={recipe.name: (240, 250)},
        claims=(Claim(recipe=recipe.name, words=HOSTILE, about="hold rate"),),
    )
    environment = {
        "native_engine": PRINTED,
        "commit": "<b>1</b>",
        "dirty": True,
        "python": PRINTED,
        "packages": {"torch": PRINTED, PRINTED: "1"},
        "platform": PRINTED,
        "processor": PRINTED,
    }
    for run in study.runs():
        made = scripted_record(
            run,
            [240, 260],
            data_set="digits",
            engine=EngineVersion(PRINTED, PRINTED),
            **environment,
        )
        ledger.write(made)
    broken = replace(study, seeds=(1, 2, 3)).runs()[-1]
    ledger.write(
        scripted_record(
            broken, (), status="failed", error=PRINTED + "\nnext", data_set="digits",
            engine=EngineVersion(PRINTED, PRINTED),
        )
    )  # fmt: skip
    study = replace(study, seeds=(1, 2, 3))
    written = write_report(gather(study, ledger), tmp_path / "out")
    page, markdown = ((written.folder / f"report.{kind}").read_text() for kind in ("html", "md"))
    for text in (page, markdown):
        assert SCRIPT not in text
        assert "<img src=x" not in text
        assert "<b>1</b>" not in text
        assert not CONTROLS.search(text)
        assert "alert(1)" in text  # it is shown, and does nothing
    assert not re.search(r"(?<!\\)\[link\]\(", markdown)
    assert "\n# heading" not in markdown
    for path in written.folder.glob("*.csv"):
        assert not CONTROLS.search(path.read_text()), path.name
    assert not CONTROLS.search(in_a_terminal(written))


def in_a_terminal(report: WrittenReport) -> str:
    output = io.StringIO()
    show_report(report, Console(file=output, width=100))
    return output.getvalue()


@pytest.mark.usefixtures("no_pictures")
def test_claims_are_no_formulas(tiny: Study, ledger: Ledger, tmp_path: Path) -> None:
    recipe: Recipe = tiny.recipes[1]
    words = '=HYPERLINK("http://example.org/?"&A1)\x07'
    claim = Claim(recipe=recipe.name, words=words, about="hold rate")
    study = replace(tiny, published={recipe.name: (240, 250)}, claims=(claim,))
    for run in study.runs():
        ledger.write(scripted_record(run, [240, 260], data_set="digits"))
    folder = write_report(gather(study, ledger), tmp_path / "out").folder
    with (folder / "claims.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["words"] == '\'=HYPERLINK("http://example.org/?"&A1) '


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("environment", [{}, {"packages": 7}, {"packages": [], "commit": 5}])
def test_an_environment_may_hold_anything(
    environment: dict[str, object], tiny: Study, ledger: Ledger, tmp_path: Path
) -> None:
    for run in tiny.runs():
        ledger.write(scripted_record(run, [240, 260], data_set="digits", **environment))
    folder = write_report(gather(tiny, ledger), tmp_path / "out").folder
    assert "processor unknown (unknown)" in (folder / "report.md").read_text()


@pytest.mark.usefixtures("no_pictures")
def test_a_title_is_no_markup(ledger: Ledger, tmp_path: Path) -> None:
    """The name of what is measured is in it."""
    name = "[loss](x) <b>*1*</b>"
    head = f'measure = {{ name = "{name}", direction = "lower", bounds = [0, 1] }}'
    evidence = evidence_of_program(program(tmp_path, head=head), a=[0.4])
    ledger.write(evidence.records["a"][0])
    written = write_report(replace(evidence, ledger=ledger), tmp_path / "out")
    assert f"at {name} ≤ 0.5? [partial: 1 of 2 declared seeds]" in written.title
    title = (written.folder / "report.md").read_text().splitlines()[0]
    shown = r"\[loss\](x) &lt;b>\*1\*&lt;/b> ≤ 0.5? \[partial: 1 of 2 declared seeds\]"
    assert title == f"# Study shell: which recipe stays at {shown}"
