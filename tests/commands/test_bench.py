"""The bench around training: plans, stand-ins, damage, selections."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from benching import run, title
from reprobench.harness.base.errors import DataError, InputError, StorageError
from reprobench.harness.base.words import plural
from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.commands.rounds import task
from reprobench.harness.data import download
from reprobench.harness.engines.roster import TORCH
from reprobench.harness.reporting.page import document
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import ADAPTIVE_BUDGET, Study
from reprobench.harness.study.loading.file import find_study
from reprobench.harness.training.worker import Job, failed_record, train_job
from rich.console import Console
from scripted import scripted_record, trainer

pytestmark = pytest.mark.usefixtures("in_process", "no_pictures")


def test_a_selection_is_a_partial_report(options: BenchOptions) -> None:
    part = replace(options, seeds=1, recipes="final")
    assert run(part)[0] == 0
    assert r"\[partial: no runs of iteration; 1 of 2 declared seeds\]" in title("tiny")
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


@pytest.mark.parametrize("counts", [[], [300]])
def test_a_run_that_diverges_when_trained_anew_counts(
    options: BenchOptions, counts: list[int]
) -> None:
    def diverge(job: Job) -> RunRecord:
        return scripted_record(
            job.run, counts, status="diverged", engine=job.engine, data_set=job.data.name
        )

    run(options)
    code, output = run(replace(options, fresh=True), diverge)
    assert code == 0
    assert output.count(f"diverged after {plural(len(counts), 'epoch')}") == 4
    table = pd.read_csv(Path("out/tiny/runs.csv"))
    assert set(table.status) == {"diverged"}


def test_the_progress_of_a_run_that_another_bench_trains_is_not_forgotten(
    options: BenchOptions, tiny: Study
) -> None:
    """Another bench holds the first run until this one has trained all others."""
    first, *others = tiny.runs()
    ledger = Ledger(Path("ledger"))
    ledger.prepare()
    keys = [run.key(TORCH.version()) for run in (first, *others)]
    places = [ledger.checkpoint(key) for key in keys]
    places[0].parent.mkdir()
    for place in places:
        place.touch()
    theirs = ledger.locks()
    assert theirs.take(keys[0])
    left: list[bool] = []

    def look(job: Job) -> None:
        assert not ledger.checkpoint(job.key).exists()
        left.append(places[0].exists())
        if len(left) == len(others):
            theirs.release(keys[0])

    code, _ = run(replace(options, engine="torch", fresh=True), trainer(look))
    theirs.close()
    assert code == 0
    assert left == [True, True, True, False]


@pytest.mark.parametrize("first", [{"fresh": True}, {"epochs": 1}])
def test_a_run_that_fails_is_reported_though_the_ledger_keeps_another(
    options: BenchOptions, first: dict[str, int]
) -> None:
    run(replace(options, epochs=first.get("epochs")))
    code, output = run(replace(options, fresh="fresh" in first), _fail)
    assert code == 1
    said = "failed: final seed 2: MemoryError: none left; what the ledger had of it is kept, and"
    assert said in output
    assert run(options)[0] == 0


def test_failed_runs_of_the_gates_own_recipes_are_reported(
    options: BenchOptions, guarded: Study
) -> None:
    wanted = replace(options, study=str(guarded.file), gate=True)
    said = [f"failed: short seed {seed}: MemoryError: none left" for seed in range(1, 9)]

    def fail(job: Job) -> RunRecord:
        return _fail(job) if job.run.recipe.name == "short" else trainer()(job)

    for fresh, kept in ((False, ""), (True, "; what the ledger had of it is kept, and counts")):
        code, output = run(replace(wanted, fresh=fresh), fail)
        assert code == 1
        lines = [line for line in output.splitlines() if line.startswith("failed: ")]
        assert lines == [f"{line}{kept}" for line in said]
        assert run(wanted)[0] == 0


def _fail(job: Job) -> RunRecord:
    return failed_record(job, "MemoryError: none left")


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


def test_a_run_that_diverges_and_a_study_that_goes_on(options: BenchOptions) -> None:
    """Really trained: one of two recipes has far too high a learning rate."""
    text = find_study("tiny").read_text()
    Path("wild.toml").write_text(text.replace('name = "iteration"', 'name = "wild"\nlr = 1e30', 1))
    wanted = replace(options, study="wild.toml", seeds=1)
    code, output = run(wanted, train_job)
    assert code == 0
    assert "wild seed 1: diverged after 0 epochs" in output
    assert " of 500 at epoch 2" in output


def test_all_runs_failed(options: BenchOptions) -> None:
    code, output = run(options, _fail)
    assert code == 1
    assert output.count("failed: ") == 4
    assert "failed: final seed 2: MemoryError: none left" in output
    assert "no runs of iteration and final; 4 failed runs" in title("tiny")


def test_an_error_of_two_lines_is_told_in_one(options: BenchOptions) -> None:
    code, output = run(options, lambda job: failed_record(job, "ValueError: on\ntwo lines"))
    assert code == 1
    assert "final seed 2: failed (ValueError: on two lines)\n" in output
    assert "failed: final seed 2: ValueError: on two lines\n" in output


def test_a_full_output_directory_loses_no_run(
    options: BenchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(document, "_write", full)
    with pytest.raises(StorageError, match="No space left on device"):
        run(options)
    assert len(list(Path("ledger", "runs").glob("*/*.json"))) == 4


@pytest.mark.parametrize("moment", ["a run", "the report"])
def test_ctrl_c_at_any_time_says_once_what_is_kept(
    moment: str, options: BenchOptions, heard: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    train = trainer(interrupted) if moment == "a run" else trainer()
    monkeypatch.setattr(document, "_write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bench(options, Console(file=heard, width=200), train)
    kept = "interrupted: finished runs are kept; the same command goes on from there\n"
    assert heard.getvalue().endswith(kept)
    assert heard.getvalue().count(kept) == 1
    assert not Path("out", "tiny").exists()


@pytest.fixture
def no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a network."""
    unreachable = "raise SystemExit('no route to host')"
    monkeypatch.setattr(download, "script", lambda _: unreachable)


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
def test_the_stand_in_is_trained_as_asked_or_refused(options: BenchOptions) -> None:
    wanted = replace(options, study=None)
    prepared = task.prepare(replace(wanted, until_decided=True), lambda _: None)
    assert (prepared.study.name, prepared.stand_in_for) == ("digits", "mnist")
    assert prepared.study.budget == ADAPTIVE_BUDGET
    why = r" \(digits is to stand in for mnist, whose data are not there\)$"
    for refused, said in (
        ({"confirm": True}, r"^--confirm: .*/digits\.toml declares no seeds for it; declare "),
        ({"gate": True}, r"^--gate: .*/digits\.toml declares no recipes under .*; leave it out"),
        ({"recipes": "steady"}, "^--recipes steady: unknown; allowed are iteration1, "),
    ):
        with pytest.raises(InputError, match=f"{said}.*{why}"):
            task.prepare(replace(wanted, **refused), lambda _: None)  # type: ignore[arg-type]


@pytest.mark.usefixtures("no_download")
def test_changes_without_effect_in_the_stand_in_alone(
    options: BenchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rate that falls in the sixth epoch never falls in a study of two."""
    monkeypatch.setattr(task, "STAND_IN", "tiny")
    change = 'scheduler={name = "StepLR", step_size = 5}'
    with pytest.raises(
        InputError, match=f"/tiny.toml with --set {change}: .* never changes the rate in 2 epochs"
    ):
        run(replace(options, study=None, changes=[change]))


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


def test_nothing_declared_to_confirm_with(options: BenchOptions) -> None:
    with pytest.raises(InputError, match=r"tiny\.toml declares no seeds.* in a copy of it, which"):
        run(replace(options, confirm=True))


def test_what_is_refused_before_anything_else(options: BenchOptions) -> None:
    with pytest.raises(InputError, match=r"^--cluster foo: write local:4 for four workers here"):
        run(replace(options, dry_run=True, cluster="foo", jobs=None))
    with pytest.raises(InputError, match=r"^--recipes '': unknown; allowed are iteration, final"):
        run(replace(options, recipes=""))


def test_the_facts_as_json(options: BenchOptions) -> None:
    run(replace(options, json=Path("facts.json"), quiet=True))
    facts = json.loads(Path("facts.json").read_text())
    assert facts["study"] == "tiny"
    assert Path(facts["folder"]) == Path("out/tiny").resolve()
    assert facts["chosen"] in ("iteration", "final")
