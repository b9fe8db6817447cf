"""The main job around training: plans, stand-ins, damage, failures, comparisons."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.base.errors import DataError, InputError, StorageError
from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options import BenchOptions
from reprobench.harness.data import download
from reprobench.harness.results.parsing import read_record
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.file import find_study
from reprobench.harness.training.worker import Job, Trainer, failed_record, train_job
from rich.console import Console
from scripted import trainer


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BenchOptions:
    """The tiny study, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARNESS_DATA", raising=False)
    return BenchOptions(study="tiny", jobs=2)


def run(options: BenchOptions, train: Trainer | None = None) -> tuple[int, str]:
    """Exit code and output."""
    output = io.StringIO()
    code = bench(options, Console(file=output, width=200), train or trainer())
    return code, output.getvalue()


def title(study: str) -> str:
    return Path("out", study, "report.md").read_text().splitlines()[0]


def test_the_whole_job(options: BenchOptions) -> None:
    code, output = run(options)
    assert code == 0
    assert "4 runs to train on 2 workers, 0 of 4 in the ledger" in output
    assert "4/4 " in output
    assert title("tiny") == "# Study tiny: which recipe stays at 50%?"
    code, output = run(options)
    assert "0 runs to train, 4 of 4 in the ledger" in output


def test_a_selection_is_a_partial_report(options: BenchOptions) -> None:
    part = replace(options, seeds=1, recipes="final")
    assert run(part)[0] == 0
    assert "[partial: no runs of iteration; 1 of 2 declared seeds]" in title("tiny")
    _, output = run(options)
    assert "3 runs to train on 2 workers, 1 of 4 in the ledger" in output


def test_short_runs_are_trained_on_when_more_is_asked_for(options: BenchOptions) -> None:
    run(replace(options, epochs=1))
    assert "runs of 1 of 2 declared epochs" in title("tiny")
    _, output = run(options)
    assert "4 runs to train on 2 workers, 0 of 4 in the ledger" in output
    assert "partial" not in title("tiny")


def test_fresh_trains_again(options: BenchOptions) -> None:
    run(options)
    _, output = run(replace(options, fresh=True))
    assert "4 runs to train on 2 workers, whatever the ledger holds" in output


def test_dry_run_writes_nothing(options: BenchOptions) -> None:
    code, output = run(replace(options, dry_run=True))
    assert code == 0
    assert "final seed 2: 2 epochs" in output
    assert "tiny: 4 runs to train on 2 workers, 0 of 4 in the ledger; about 0:" in output
    assert list(Path().iterdir()) == []


def test_dry_run_lists_the_gates_own_runs_too(options: BenchOptions, guarded: Study) -> None:
    study = str(guarded.file)
    _, output = run(replace(options, study=study, gate=True, fresh=True, dry_run=True))
    assert "short seed 8: 1 epoch\n" in output
    assert "guarded: 24 runs to train on 2 workers, whatever the ledger holds; about " in output


def test_a_damaged_record_is_named_and_trained_again(options: BenchOptions) -> None:
    run(options)
    record = sorted(Path("ledger", "runs").glob("*/*.json"))[0]
    whole = record.read_text()
    record.write_text(whole[: len(whole) // 2])
    code, output = run(options)
    assert code == 0
    assert f"{record}: is not a record" in output
    assert "the run is trained again" in output
    assert record.read_text() == whole
    (aside,) = Path("ledger", "damaged").glob("*/*.json")
    assert aside.read_text() == whole[: len(whole) // 2]


def test_failed_runs_are_named_and_trained_at_the_next_bench(options: BenchOptions) -> None:
    def broken(job: Job) -> None:
        if job.title == "final seed 2":
            os.kill(os.getpid(), signal.SIGKILL)

    code, output = run(options, trainer(broken))
    assert code == 1
    assert "a worker process died, each time that it was tried" in output
    assert "1 failed run" in title("tiny")
    code, output = run(options)
    assert code == 0
    assert "1 run to train on 1 worker, 3 of 4 in the ledger" in output


def test_failures_of_other_recipes_are_not_ours(options: BenchOptions) -> None:
    def broken(job: Job) -> None:
        if job.run.recipe.name == "final":
            os.kill(os.getpid(), signal.SIGKILL)

    assert run(options, trainer(broken))[0] == 1
    code, output = run(replace(options, recipes="iteration"))
    assert code == 0
    assert "failed: " not in output


def test_a_run_that_diverges_and_a_study_that_goes_on(options: BenchOptions) -> None:
    """Really trained: one of two recipes has a wild learning rate."""
    text = find_study("tiny").read_text()
    Path("wild.toml").write_text(text.replace('name = "iteration"', 'name = "wild"\nlr = 1e30', 1))
    wanted = replace(options, study="wild.toml", seeds=1)
    code, output = run(wanted, train_job)
    assert code == 0
    assert "wild seed 1: diverged after 0 epochs" in output
    assert " of 500 at epoch 2" in output


def test_all_runs_failed(options: BenchOptions) -> None:
    def fail(job: Job):  # type: ignore[no-untyped-def]
        return make(job, "MemoryError: none left")

    make = failed_record
    code, output = run(options, fail)
    assert code == 1
    assert output.count("failed: ") == 4
    assert "failed: final seed 2: MemoryError: none left" in output
    assert "no runs of iteration and final; 4 failed runs" in title("tiny")


def test_a_full_output_directory_loses_no_run(
    options: BenchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reprobench.harness.reporting.page import document

    def full(path: Path, _: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(document, "_write", full)
    with pytest.raises(StorageError, match="No space left on device"):
        run(options)
    assert len(list(Path("ledger", "runs").glob("*/*.json"))) == 4


@pytest.fixture
def no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that reaches nothing."""
    monkeypatch.setattr(download, "_SCRIPT", "raise SystemExit('no route to host')")


@pytest.mark.usefixtures("no_download")
def test_without_mnist_the_digits_stand_in_and_say_so(options: BenchOptions) -> None:
    code, output = run(replace(options, study=None, seeds=7, epochs=1, recipes="final"))
    assert code == 0
    assert "MNIST cannot be downloaded (no route to host)" in output
    assert output.splitlines()[-1].startswith("The study digits ran instead of mnist, whose data")
    assert "5 runs to train" in output
    assert "Stand-in for mnist, on scikit-learn's digits (not MNIST)" in title("digits")
    assert not Path("out", "mnist").exists()


@pytest.mark.usefixtures("no_download")
@pytest.mark.parametrize(
    ("study", "data_set"), [(None, "mnist"), ("mnist", None), ("mnist-grid", None)]
)
def test_who_insists_on_mnist_gets_an_error(
    options: BenchOptions, study: str | None, data_set: str | None
) -> None:
    with pytest.raises(DataError, match="name a directory that holds MNIST/raw/"):
        run(replace(options, study=study, data_set=data_set))


@pytest.mark.usefixtures("no_download")
def test_altered_mnist_is_an_error_not_a_stand_in(
    options: BenchOptions, mnist_directory: Path
) -> None:
    shutil.copytree(mnist_directory / "MNIST", Path("data", "MNIST"))
    labels = Path("data", "MNIST", "raw", "t10k-labels-idx1-ubyte")
    labels.chmod(0o644)
    labels.write_bytes(labels.read_bytes()[:-1])
    with pytest.raises(DataError) as caught:
        run(replace(options, study=None))
    assert len(caught.value.lines) == 1
    assert "t10k-labels-idx1-ubyte: is not MNIST's (10,007 bytes" in caught.value.lines[0]


def test_a_data_set_chooses_its_study(options: BenchOptions) -> None:
    wanted = replace(options, seeds=1, epochs=1, recipes="final")
    _, output = run(replace(wanted, study=None, data_set="digits"))
    assert "Study digits" in output


def test_the_choice_is_confirmed_on_fresh_seeds(options: BenchOptions) -> None:
    """Really trained: chosen on images held out, confirmed on the test images."""
    text = find_study("tiny").read_text()
    Path("held.toml").write_text("holdout = 200\nconfirmation = 1\n" + text)
    wanted = replace(options, study="held.toml", seeds=1, confirm=True)
    code, output = run(wanted, train_job)
    assert code == 0
    assert "confirming iteration and final on seeds that took no part in the choice" in output
    assert "iteration seed 1: " in output
    assert " of 200 at epoch 2" in output
    assert "final seed 1000: " in output
    assert " of 500 at epoch 2" in output
    report = Path("out", "tiny", "report.md").read_text()
    assert "Confirmation: on 1 seed that took no part in the choice" in report
    assert "training images alone, 1,097 training images, 200 test images" in report
    assert "its confirmation alone" in report
    assert len(list(Path("out", "tiny", "records").iterdir())) == 4
    _, output = run(wanted, train_job)
    assert output.count("0 runs to train") == 2


def test_nothing_declared_to_confirm_with(options: BenchOptions) -> None:
    with pytest.raises(InputError, match=r"--confirm: .*tiny\.toml declares no seeds for it"):
        run(replace(options, confirm=True))


def test_a_dry_run_says_what_it_cannot_foresee(options: BenchOptions) -> None:
    """Whom to confirm is known when the declared runs are there, and then it is listed."""
    Path("sure.toml").write_text("confirmation = 1\n" + find_study("tiny").read_text())
    wanted = replace(options, study="sure.toml", confirm=True)
    dry = replace(wanted, dry_run=True)
    _, output = run(dry)
    assert "study tiny: 2 recipes, 2 seeds\n  iteration seed 1: 2 epochs\n" in output
    assert output.endswith(
        "then the confirmation, whose runs will be known when these have ended\n"
    )
    run(replace(wanted, confirm=False))
    _, output = run(dry)
    assert "confirming iteration and final on seeds that took no part in the choice\n" in output
    assert "  final seed 1000: 2 epochs\n" in output
    assert "tiny: 2 runs to train on 2 workers, 4 of 6 in the ledger; about 0:" in output
    assert "whose runs will be known" not in output


def test_no_more_workers_than_runs(options: BenchOptions) -> None:
    _, output = run(replace(options, jobs=8, seeds=1, recipes="final"))
    assert "1 run to train on 1 worker, 0 of 1 in the ledger" in output


def test_recipes_changed_on_the_command_line(options: BenchOptions) -> None:
    wanted = replace(options, changes=["lr=0.01", "optimiser.momentum=0.5"])
    _, output = run(wanted)
    assert "4 runs to train" in output
    assert title("tiny-lr-0.01-optimiser.momentum-0.5").startswith("# Study tiny-lr-0.01-")
    _, output = run(options)
    assert "4 runs to train on 2 workers, 0 of 4 in the ledger" in output
    (record, *_) = Path("out/tiny-lr-0.01-optimiser.momentum-0.5/records").iterdir()
    recipe = read_record(record).recipe
    assert (recipe["lr"], recipe["optimiser"]["momentum"]) == (0.01, 0.5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("lr", "write KEY=VALUE"),
        ("lr=fast", "lr of recipe iteration: "),
        ("lrr=1", "lrr of recipe iteration: "),
        ("architecture=final", "architecture cannot be set"),
        ("lr.x=1", "lr is not a table of recipe iteration"),
    ],
)
def test_changes_that_cannot_be_made(options: BenchOptions, change: str, said: str) -> None:
    with pytest.raises(InputError, match=f"--set {change}: {said}"):
        run(replace(options, changes=[change]))


def test_the_facts_as_json(options: BenchOptions) -> None:
    run(replace(options, json=Path("facts.json"), quiet=True))
    facts = json.loads(Path("facts.json").read_text())
    assert facts["study"] == "tiny"
    assert Path(facts["folder"]) == Path("out/tiny").resolve()
    assert facts["chosen"] in ("iteration", "final")
