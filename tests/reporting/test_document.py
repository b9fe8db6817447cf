"""Reports: every file and every number, from records only."""

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from reprobench.harness.base.errors import StorageError
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.page import document
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.page.terminal import show_report
from reprobench.harness.reporting.tables.consistency import consistency_table
from reprobench.harness.reporting.tables.epochs import epochs_table
from reprobench.harness.reporting.tables.grounds import noise_table
from reprobench.harness.reporting.tables.published import published_table
from reprobench.harness.reporting.tables.runs import runs_table
from reprobench.harness.reporting.tables.survival import survival_table
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import load_study
from rich.console import Console
from scripted import published_recipes, scripted_record, subprocess_environment

FILES = {
    *("epochs.csv", "runs.csv", "consistency.csv", "comparisons.csv", "noise.csv", "survival.csv"),
    *("published.csv", "claims.csv", "decision.json", "environment.json"),
    *("report.md", "report.html", "plots", "records"),
}
PLOTS = {
    *("hold_rate.png", "deficits.png", "hold_rate_by_parameters.png", "counts_by_epoch.png"),
    *("reached_by_epoch.png", "staying_by_epoch.png", "final_counts.png", "noise.png"),
    "learning_rates.png",
}

pytestmark = pytest.mark.usefixtures("no_images")


@pytest.fixture(scope="module")
def study() -> Study:
    """The published recipes over three seeds."""
    return published_recipes(3)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the ledger and of the report."""
    return tmp_path_factory.mktemp("reporting")


@pytest.fixture(scope="module")
def evidence(study: Study, place: Path) -> Evidence:
    """Three runs of each recipe; one of them diverged."""
    ledger = Ledger(place / "ledger")
    ledger.prepare()
    for run in study.runs():
        rise = [9_800 + 10 * epoch + run.seed for epoch in range(1, 16)]
        if (run.recipe.name, run.seed) == ("final", 3):
            ledger.write(scripted_record(run, rise[:2], status="diverged"))
        else:
            ledger.write(scripted_record(run, rise, threads=1))
    return gather(study, ledger)


@pytest.fixture(scope="module")
def folder(evidence: Evidence, place: Path) -> Path:
    """The report of the evidence, without a gallery."""
    return write_report(evidence, place / "out", data=place / "nowhere").folder


def test_every_file_is_there(folder: Path, place: Path) -> None:
    assert folder == place / "out" / "published"
    assert {path.name for path in folder.iterdir()} == FILES
    assert {path.name for path in (folder / "plots").iterdir()} == PLOTS
    assert len(list((folder / "records").iterdir())) == 12
    assert sorted(path.name for path in (place / "out").iterdir()) == [".gitignore", "published"]


def test_the_html_needs_nothing_else(folder: Path) -> None:
    html = (folder / "report.html").read_text()
    files = {path.name for path in folder.iterdir()} - {"report.html", "report.md", "plots"}
    links = set(re.findall(r'(?:src|href)="(?!data:|#)([^"]*)"', html))
    assert links == {f"{name}/" if name == "records" else name for name in files}
    assert "<script src" not in html
    labels = re.findall(r'<svg [^>]*role="img" aria-label="([^"]+)"', html)
    assert len(labels) == html.count("<svg ") == len(PLOTS)


def test_the_images_that_decide(
    evidence: Evidence, mnist_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real MNIST: the runs got images 0 to 46, 47 or 48 wrong; what all did is not shown."""
    monkeypatch.setattr(document, "picture", lambda _: None)  # no other plots, which take seconds
    monkeypatch.setattr(document, "questions", lambda _: iter(()))
    folder = write_report(evidence, tmp_path, data=mnist_directory).folder
    table = pd.read_csv(folder / "gallery.csv")
    assert table["image"].tolist() == [48, 47]
    # 11 completed runs end at 9,951 to 9,953: 8 of them misclassify image 47, and 4 image 48.
    assert table.iloc[0].tolist() == [48, 4, 4, 11, pytest.approx(4 / 11), 3, 4]
    html = (folder / "report.html").read_text()
    assert html.count('<img src="data:image/png;base64,') == 2
    assert (
        'alt="Test image 48: a 4, misclassified by 4 of 11 runs, most often taken for a 3"' in html
    )
    assert (folder / "plots" / "gallery.png").is_file()


def test_without_images_the_report_says_so(folder: Path) -> None:
    for name in ("report.md", "report.html"):
        text = (folder / name).read_text()
        assert "The test images that decide are not shown: " in text
        assert "missing; put MNIST" in text


def test_without_images_the_terminal_says_so(
    evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "picture", lambda _: None)
    monkeypatch.setattr(document, "questions", lambda _: iter(()))
    output = io.StringIO()
    written = write_report(evidence, tmp_path, data=tmp_path / "nowhere")
    show_report(written, Console(file=output, width=200))
    assert "the images that decide are not shown: MNIST/raw/" in output.getvalue()


@pytest.mark.slow
def test_the_same_records_give_the_same_bytes(
    evidence: Evidence, folder: Path, place: Path, tmp_path: Path
) -> None:
    again = write_report(evidence, tmp_path, data=place / "nowhere").folder
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(folder)).read_bytes(), path.name


@pytest.mark.slow
def test_another_process_gives_the_same_bytes(folder: Path, place: Path, tmp_path: Path) -> None:
    """Two processes with different hash seeds."""
    made = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        command = [sys.executable, "-m", "reprobench.harness", "report", "published", "--data"]
        command += [str(place / "nowhere"), "--ledger", str(place / "ledger"), "--out", str(out)]
        environment = subprocess_environment(PYTHONHASHSEED=seed)
        subprocess.run(command, check=True, capture_output=True, env=environment)
        made.append(out / "published")
    one, two = made
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(names) > len(list((folder / "records").iterdir()))
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_tables_say_what_the_records_say(evidence: Evidence) -> None:
    epochs, runs = epochs_table(evidence).frame(), runs_table(evidence).frame()
    assert len(epochs) == 11 * 15 + 2 + 1  # with the epoch in which one diverged
    assert len(runs) == 12
    # Seed 1 rises by 10 from 9,811: 9,941 at epoch 14.
    first = runs.query("recipe == 'iteration1' and seed == 1").iloc[0]
    assert first["first_epoch"] == 14
    assert first["hold_rate"] == pytest.approx(0.4)
    assert not first["holds"]
    assert first["final_correct"] == 9_951
    assert first["seconds"] == 15 * 1.5
    assert epochs.query("at_threshold").groupby("recipe").size().to_dict() == {
        "iteration1": 6, "iteration2": 6, "iteration3": 6, "final": 4,
    }  # fmt: skip
    table = consistency_table(evidence).frame().set_index("recipe")
    assert table.loc["iteration1", "final_mean"] == 9_952
    assert table.loc["iteration1", "final_std"] == 1
    assert table.loc["final", "diverged"] == 1
    assert table.loc["final", "runs"] == 3
    assert table.loc["final", "hold_rate"] == pytest.approx(0.4 * 2 / 3)


def test_diverged_runs_stay_in_every_denominator(evidence: Evidence, folder: Path) -> None:
    survival = survival_table(evidence).frame().set_index(["recipe", "epoch"])
    # Two of three runs of `final` end above the threshold; the third diverged in its third epoch.
    assert survival.loc[("final", 15)].tolist() == [pytest.approx(2 / 3)] * 2 + [3]
    assert survival.loc[("final", 1)].tolist() == [0, 0, 3]
    assert noise_table(evidence).frame().set_index("recipe").loc["final", "runs"] == 2
    text = (folder / "report.md").read_text()
    assert "At epoch 15, 11 of 12 runs were at the threshold." in text
    assert "(n = 2)" in text


def test_published_runs_are_placed_among_ours(evidence: Evidence) -> None:
    table = published_table(evidence).frame().set_index("recipe")
    # Published: iteration3 ended 9940 9942 9944 9940 9937; ours end at 9,951 to 9,953.
    row = table.loc["iteration3"]
    assert row["final_correct"] == 9_937
    assert row["hold_rate"] == pytest.approx(0.8)
    assert (row["final_below"], row["final_equal"], row["runs"]) == (0, 0, 3)
    assert row["hold_rate_below"] == 3
    assert table.loc["final", "final_below"] == 1  # the diverged run is below everything


def test_csv_and_markdown_agree(folder: Path) -> None:
    table = pd.read_csv(folder / "consistency.csv")
    text = (folder / "report.md").read_text()
    for row in table.to_dict(orient="records"):
        plain = text.replace("**", "").splitlines()
        line = next(line for line in plain if line.startswith(f"| {row['recipe']} |"))
        assert f" {row['hold_rate']:.3f} " in line
        assert f"| {row['holding']} of {row['runs']}: " in line
        assert f"| {row['final_mean'] / 100:.3f}%: {row['final_mean']:,.1f} " in line
    runs = pd.read_csv(folder / "runs.csv")
    assert runs["first_epoch"].max() == float("inf")


def test_a_complete_report_is_not_called_partial(folder: Path) -> None:
    title = (folder / "report.md").read_text().splitlines()[0]
    assert title == "# Study published: which recipe stays at 99.4%?"


@pytest.mark.usefixtures("no_pictures")
def test_a_partial_report_says_so_in_its_title(evidence: Evidence, tmp_path: Path) -> None:
    whole = replace(evidence, study=published_recipes())
    folder = write_report(whole, tmp_path).folder
    assert r"\[partial: 3 of 20 declared seeds\]" in (folder / "report.md").read_text()
    assert "[partial: 3 of 20 declared seeds]" in (folder / "report.html").read_text()


@pytest.mark.slow
def test_many_recipes_still_make_a_readable_report(ledger: Ledger, tmp_path: Path) -> None:
    study = replace(load_study("mnist-grid"), seeds=(1, 2), budget=None)
    for number, run in enumerate(study.runs()):
        ledger.write(scripted_record(run, [9_900 + number, 9_920 + number]))
    folder = write_report(gather(study, ledger), tmp_path).folder
    found = {path.name for path in (folder / "plots").iterdir()}
    assert found == PLOTS | {"effects.png"}


def test_environment_lists_what_runs_were_made_with(folder: Path) -> None:
    content = json.loads((folder / "environment.json").read_text())
    assert content["runs"] == [{"threads": 1}, {}]
    assert content["report"]["packages"]["torch"]


@pytest.mark.usefixtures("no_pictures")
def test_a_report_that_cannot_be_written_leaves_the_old_one(
    evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_report(evidence, tmp_path).folder
    before = (folder / "report.md").read_text()

    def full(path: Path, _: object) -> None:
        if path.name == "report.html":
            raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(document, "_write", full)
    with pytest.raises(StorageError, match="No space left"):
        write_report(evidence, tmp_path)
    assert (folder / "report.md").read_text() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_reports_are_made_without_torch(evidence: Evidence, place: Path, tmp_path: Path) -> None:
    """From the ledger to the page in a process in which torch cannot be imported."""
    assert evidence.gaps() == []
    ledger = place / "ledger"
    script = (
        "import sys\n"
        "class NoTorch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        assert name.partition('.')[0] not in ('torch', 'torchvision'), name\n"
        "sys.meta_path.insert(0, NoTorch())\n"
        "from reprobench.harness.cli import main\n"
        "ledger, out = sys.argv[1:]\n"
        "sys.argv = ['harness', 'report', 'published', '--ledger', ledger, '--out', out]\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(ledger), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "published" / "report.html").is_file()
