"""Reports on hardly anything, on nothing that ended well, and on a stand-in."""

from pathlib import Path

import pandas as pd
import pytest
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.words.questions import questions
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from scripted import scripted_record

pytestmark = pytest.mark.usefixtures("no_images")


@pytest.mark.parametrize("kept", [0, 1])
def test_reports_of_hardly_anything(ledger: Ledger, tiny: Study, tmp_path: Path, kept: int) -> None:
    """An empty ledger; one run of one epoch."""
    for run in tiny.runs()[:kept]:
        ledger.write(scripted_record(run, [100], data_set="digits"))
    folder = write_report(gather(tiny, ledger), tmp_path).folder
    text = (folder / "report.md").read_text()
    assert "[partial:" in text
    assert ("nothing to choose from" in text) == (kept == 0)
    assert len(pd.read_csv(folder / "epochs.csv")) == kept
    page = (folder / "report.html").read_text()
    assert ("decomposition of the variance" in text) is False
    for part in ("How was it chosen?", "Recipes are in order of hold rate", "records/"):
        assert (part.rstrip("/") in text, part in page) == (kept == 1, kept == 1), part


def test_all_runs_diverged_or_failed(ledger: Ledger, tiny: Study, tmp_path: Path) -> None:
    for run in tiny.runs():
        if run.recipe.name == "final":
            ledger.write(scripted_record(run, [], status="diverged", data_set="digits"))
        else:
            ledger.write(
                scripted_record(run, [], status="failed", data_set="digits", error="<b>no</b>")
            )
    folder = write_report(gather(tiny, ledger), tmp_path).folder
    assert "2 failed runs" in (folder / "report.md").read_text()
    html = (folder / "report.html").read_text()
    assert "&lt;b&gt;no&lt;/b&gt;" in html


def test_no_plot_of_final_counts_if_there_are_none(ledger: Ledger, tiny: Study) -> None:
    for run in tiny.runs():
        ledger.write(scripted_record(run, [250], status="diverged", data_set="digits"))
    plots = [question.plot for question in questions(Bundle(gather(tiny, ledger)))]
    assert "counts_by_epoch" in plots
    assert "final_counts" not in plots


@pytest.mark.usefixtures("no_pictures")
def test_a_stand_in_is_marked_as_such(ledger: Ledger, tiny: Study, tmp_path: Path) -> None:
    folder = write_report(gather(tiny, ledger), tmp_path, stand_in_for="mnist").folder
    for name in ("report.md", "report.html"):
        text = (folder / name).read_text()
        assert "Stand-in for mnist, on scikit-learn's digits (not MNIST)" in text.replace(
            "&#39;", "'"
        )
        assert "This is not mnist." in text
