"""The gate from its study file to its exit code, with scripted training, and once for real."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from reprobench.harness.base.errors import InputError, StorageError
from reprobench.harness.commands.gate import gate, show_power
from reprobench.harness.commands.options.training import GateOptions
from reprobench.harness.commands.telling import console
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.engines.roster import TORCH
from reprobench.harness.results.committed import REPORTS
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord, record_file
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.loading.file import find_study, load_study
from reprobench.harness.training.worker import Job, Trainer, failed_record, train_job
from rich.console import Console
from scripted import commit_records, scripted_record

pytestmark = pytest.mark.usefixtures("in_process")

Count = Callable[[Job], int]


def usual(job: Job) -> int:
    """Seeds 1 to 8 end at 300 to 307."""
    return 299 + job.run.seed


def trainer(count: Count) -> Trainer:
    def train(job: Job) -> RunRecord:
        return scripted_record(
            job.run, [count(job)], engine=job.engine, data_set="digits", cpu="here"
        )

    return train


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with nothing in it except what is committed."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def options(guarded: Study, ledger: Ledger, tmp_path: Path) -> GateOptions:
    """A committed report of the guarded study, by the installed version of the engine."""
    return committed(guarded, ledger, tmp_path, TORCH.version().numerics)


def committed(study: Study, ledger: Ledger, tmp_path: Path, version: str) -> GateOptions:
    assert study.short
    for part, folder in ((study, "records"), (study.short, "gate")):
        for run in part.runs():
            counts = [299 + run.seed, 400][: run.epochs]
            made_by = EngineVersion("torch", version)
            ledger.write(scripted_record(run, counts, engine=made_by, data_set="digits", cpu="x"))
        commit_records(part, ledger, tmp_path / "reports", folder=folder)
    return GateOptions(study=str(study.file), jobs=1, engine="torch")


@pytest.fixture
def other_version(guarded: Study, ledger: Ledger, tmp_path: Path) -> GateOptions:
    """The same, committed by an older version of the engine, so that bits cannot be compared."""
    return committed(guarded, ledger, tmp_path, "older")


def run(
    options: GateOptions,
    count: Count = usual,
    train: Trainer | None = None,
    reports: Path = REPORTS,
) -> tuple[int, str]:
    console(options)  # checks files, as on the command line
    output = io.StringIO()
    code = gate(options, Console(file=output, width=200), train or trainer(count), reports)
    return code, output.getvalue()


def test_nothing_changed(options: GateOptions) -> None:
    code, output = run(options)
    assert code == 0
    assert "2 seeds of 3 recipes, 1 epoch each" in output
    assert "pass: of 3 recipes 3 identical (6 runs of 1 epoch, study guarded)" in output
    assert "look 2" not in output


def test_runs_on_other_images_are_left_out(
    options: GateOptions, guarded: Study, ledger: Ledger
) -> None:
    """Runs that confirm a choice made on held-out images count a different number of images."""
    first, *_ = guarded.runs()
    other = replace(first, seed=99, data_digest="0" * 64)
    record = scripted_record(other, [100] * first.epochs, data_set="digits")
    ledger.write(record)
    file = REPORTS / guarded.name / "records" / record_file(first.recipe.name, 99)
    _, before = run(options)
    file.write_bytes(ledger.content(record))
    _, after = run(options)
    found = [[line for line in out.splitlines() if "identical" in line] for out in (before, after)]
    assert found[0] == found[1] != []


def test_other_bits_but_no_drop(options: GateOptions) -> None:
    code, output = run(options, lambda job: usual(job) + 3)
    assert code == 0
    assert "other bits from the same engine and version: iteration, final, short" in output
    assert output.splitlines()[-1].startswith("pass: of 3 recipes 3 pass (")


def test_only_what_is_undecided_is_trained_on(options: GateOptions) -> None:
    """One run of `final` ends differently: only that recipe is trained further."""

    def count(job: Job) -> int:
        return usual(job) - (job.run.recipe.name == "final" and job.run.seed == 2)

    code, output = run(options, count)
    assert code == 0
    assert "look 2 of 3: 4 seeds of final, 1 epoch each" in output
    assert "not trained again" not in output
    assert "of 3 recipes 2 identical, 1 pass (" in output


def test_a_drop_everywhere(options: GateOptions) -> None:
    code, output = run(options, lambda job: usual(job) - 60)
    assert code == 1
    assert "regression: of 3 recipes 3 dropped; iteration drops by 63.0 images" in output


def test_a_drop_of_the_short_recipe_alone(other_version: GateOptions) -> None:
    code, output = run(other_version, lambda job: usual(job) - 60 * (job.run.epochs == 1))
    assert code == 1
    assert "1 dropped, 2 undecided; short drops by" in output
    assert "engine: committed torch (older), here torch (" in output


def test_undecided_to_the_end(other_version: GateOptions) -> None:
    code, output = run(other_version, lambda _: 301)
    assert code == 3
    assert "look 3 of 3: 8 seeds of" in output
    assert output.splitlines()[-1].startswith("inconclusive: of 3 recipes ")


def test_without_exact_identical_bits_count_for_nothing(options: GateOptions) -> None:
    code, output = run(replace(options, no_exact=True))
    assert code == 0
    assert "identical" not in output.splitlines()[-1]
    assert "other bits" not in output


def test_a_recipe_that_was_changed_is_held_against_what_it_was(options: GateOptions) -> None:
    file = Path(options.study)
    file.write_text(file.read_text().replace("lr = 0.05", "lr = 0.5"))
    code, output = run(options, lambda job: usual(job) - 60)
    assert code == 1
    assert "final: lr: committed 0.05, here 0.5" in output
    assert "other bits from the same engine" not in output


def test_a_machine_that_fails_decides_nothing(options: GateOptions) -> None:
    code, output = run(options, train=_fail)
    assert code == 3
    assert "failed: final: MemoryError: none left" in output


def _fail(job: Job) -> RunRecord:
    return failed_record(job, "MemoryError: none left")


def test_files_for_a_ci(options: GateOptions, tmp_path: Path) -> None:
    summary, junit, content = (tmp_path / name for name in ("summary.md", "junit.xml", "gate.json"))
    summary.write_text("earlier\n")
    wanted = replace(options, summary=summary, junit=junit, json=content)
    run(wanted, lambda job: usual(job) - 60 * (job.run.epochs == 1))
    assert summary.read_text().startswith("earlier\n### Accuracy gate: regression\n")
    assert "| short | 303.5 (8) | 240.5 (2) | 63.0 |" in summary.read_text()
    suite = ElementTree.fromstring(junit.read_text())
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    assert suite.find("testcase[@name='short']/failure") is not None
    found = json.loads(content.read_text())
    assert (found["verdict"], found["exit_code"]) == ("regression", 1)
    assert [f["outcome"] for f in found["findings"]] == ["identical", "identical", "regression"]


def test_the_facts_for_a_pipe(options: GateOptions, capsys: pytest.CaptureFixture[str]) -> None:
    run(replace(options, json=Path("-")), usual)
    facts = json.loads(capsys.readouterr().out)
    assert (facts["verdict"], len(facts["findings"])) == ("pass", 3)


def test_files_are_checked_before_anything_is_trained(options: GateOptions, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--json .*gate.json: there is no folder"):
        run(replace(options, json=tmp_path / "no" / "gate.json"), train=_never)
    with pytest.raises(InputError, match=r"--junit .*: is a folder; name a file"):
        run(replace(options, junit=tmp_path), train=_never)


def test_a_verdict_is_told_and_files_written_though_one_cannot_be(
    options: GateOptions, tmp_path: Path, heard: io.StringIO, console: Console
) -> None:
    """The folder of the summary is removed while the gate trains."""
    folder = tmp_path / "artefacts"
    folder.mkdir()
    junit = tmp_path / "junit.xml"
    wanted = replace(options, summary=folder / "summary.md", junit=junit)

    def remove(job: Job) -> int:
        if folder.exists():
            folder.rmdir()
        return usual(job)

    with pytest.raises(StorageError) as caught:
        gate(wanted, console, trainer(remove))
    (line,) = caught.value.lines
    assert line.startswith(f"--summary {folder}/summary.md: No such file or directory; give anoth")
    assert heard.getvalue().splitlines()[-1].startswith("pass: of 3 recipes 3 identical (")
    assert "<testsuite" in junit.read_text()


def _never(job: Job) -> RunRecord:
    raise AssertionError(f"{job.title} was trained")


def test_wrong_input(options: GateOptions, tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"tiny.toml: declares no gate; declare \[gate\] in a copy of it, .* epochs = 2, "
        "margin = 25; mnist has one$",
    ):
        run(replace(options, study="tiny"))
    own = tmp_path / "own.toml"
    own.write_text(find_study("tiny").read_text())
    with pytest.raises(InputError, match=r"own.toml: .*\[gate\] there, .* margin = 25$"):
        run(replace(options, study=str(own)))
    with pytest.raises(InputError, match="iteration: 0 committed runs to epoch 1, and 2 are"):
        run(options, reports=tmp_path / "nowhere")
    for path in sorted((REPORTS / "guarded" / "records").glob("final*"))[1:]:
        path.unlink()
    with pytest.raises(InputError, match="final: 1 committed run to epoch 1, and 2 are needed"):
        run(options)


def test_power_trains_nothing(options: GateOptions) -> None:
    output = io.StringIO()
    show_power(options.study, Console(file=output, width=200), REPORTS)
    assert "10,000 simulated gates per row" in output.getvalue()
    assert "false alarms: 0.0" in output.getvalue()


@pytest.mark.slow
def test_really_trained(guarded: Study, ledger: Ledger, tmp_path: Path) -> None:
    """Two seeds of one recipe, committed over two epochs; the gate trains the first again."""
    text = guarded.file.read_text().partition("[gate]")[0]
    file = tmp_path / "one.toml"
    file.write_text(
        text.replace('"guarded"', '"one"').replace("seeds = 8", "seeds = 2")
        + '[gate]\nepochs = 1\nmargin = 4\nlimit = 2\nrecipes = ["final"]\n'
    )
    study = load_study(str(file))
    for made in study.runs():
        if made.recipe.name == "final":
            ledger.write(
                train_job(
                    Job(
                        run=made,
                        data=DIGITS,
                        data_directory=tmp_path,
                        engine=TORCH.version(),
                        epochs=2,
                        progress=tmp_path / "progress",
                    )
                )
            )
    commit_records(study, ledger, tmp_path / "reports")
    options = GateOptions(study=str(file), jobs=1, engine="torch")
    code, output = run(options, train=train_job)
    assert code == 0
    assert "pass: of 1 recipe 1 identical (2 runs of 1 epoch, study one)" in output
