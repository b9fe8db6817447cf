"""Verifying committed runs: identical, equivalent, different; and wrong input."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.options.training import VerifyOptions
from reprobench.harness.commands.verify import verify
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.engines.roster import TORCH
from reprobench.harness.results.committed import REPORTS
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.identity import Run
from reprobench.harness.training.worker import Job, Trainer, failed_record, train_job
from rich.console import Console
from scripted import commit_records, scripted_record, trainer

COUNTS = (300, 400)


@pytest.fixture
def options(
    tiny: Study, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> VerifyOptions:
    """A committed report of the tiny study, made by the installed engine."""
    monkeypatch.chdir(tmp_path)
    commit(tiny, ledger, tmp_path, TORCH.version().numerics)
    return VerifyOptions(study="tiny", jobs=1, engine="torch")


def commit_anew(study: Study, place: Path, version: str, spread: int = 0) -> None:
    """Commit runs of this version of the engine instead of those that are committed."""
    ledger = Ledger(place / "anew")
    ledger.prepare()
    commit(study, ledger, place, version, spread)


def commit(study: Study, ledger: Ledger, place: Path, version: str, spread: int = 0) -> None:
    for run in study.runs():
        counts = [count + spread * (run.seed % 2) for count in COUNTS]
        record = scripted_record(
            run, counts, engine=EngineVersion("torch", version), data_set="digits", cpu="x"
        )
        ledger.write(record)
    shutil.rmtree(place / "reports", ignore_errors=True)
    commit_records(study, ledger, place / "reports")


def run(
    options: VerifyOptions, train: Trainer | None = None, reports: Path = REPORTS
) -> tuple[int, str]:
    output = io.StringIO()
    console = Console(file=output, width=200)
    code = verify(options, console, train or trainer(counts=COUNTS), reports)
    return code, output.getvalue()


def test_the_same_bits_are_identical(options: VerifyOptions) -> None:
    code, output = run(options)
    assert code == 0
    assert "4 committed runs to train again" in output
    assert "identical: 4 of 4 runs identical" in output
    assert "cpu: committed x, here none" in output


def test_the_facts_as_json(options: VerifyOptions, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(replace(options, json=Path("-")))[0] == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["verdict"], facts["exit_code"]) == ("identical", 0)
    found = sorted((row["recipe"], row["seed"], row["outcome"]) for row in facts["runs"])
    assert found == [(n, s, "identical") for n in ("final", "iteration") for s in (1, 2)]


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (Path("kept"), "finished runs are kept; the same command goes on from there"),
        (None, "no run is kept; with --ledger DIR all finished ones are"),
    ],
)
def test_ctrl_c_says_what_is_kept(kept: Path | None, said: str, options: VerifyOptions) -> None:
    def interrupted(_: Job) -> None:
        raise KeyboardInterrupt

    output = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        verify(replace(options, ledger=kept), Console(file=output, width=200), trainer(interrupted))
    assert output.getvalue().endswith(f"interrupted: {said}\n")


def test_another_count_from_the_same_engine_differs(options: VerifyOptions) -> None:
    code, output = run(options, trainer(counts=(300, 401)))
    assert code == 1
    assert "differs: 0 of 4 runs identical; the others end +1.0 images apart" in output


def test_another_version_may_end_elsewhere(
    options: VerifyOptions, tiny: Study, tmp_path: Path
) -> None:
    """Committed runs of an older version end at 400 and 401; new ones at 401, within the margin."""
    commit_anew(tiny, tmp_path, "older", spread=1)
    code, output = run(options, trainer(counts=(300, 401)))
    assert code == 0
    assert "equivalent: 0 of 4 runs identical; the others end +0.5 images apart" in output
    assert "margin ±5 (n = 4)" in output
    assert "from the committed ones: if nothing else does, 2 runs per recipe say" in output
    assert "engine: committed torch (older), here torch (" in output
    code, output = run(options, trainer(counts=(300, 100)))
    assert code == 1
    assert output.splitlines()[-1].startswith("differs: ")
    # Two committed runs of a recipe allow wide intervals for each run, but not for their mean.
    code, output = run(options, trainer(counts=(300, 440)))
    assert code == 1
    assert output.splitlines()[-1].startswith("not shown to be equivalent: ")
    assert "not equivalent if tested alone: iteration and final)" in " ".join(output.split())
    # One pair inside its prediction interval says nothing about the mean.
    code, output = run(replace(options, run=["final:1"]), trainer(counts=(300, 401)))
    assert code == 1
    assert "not shown to be equivalent: 0 of 1 run identical" in output


@pytest.fixture
def alone(options: VerifyOptions, tiny: Study, tmp_path: Path) -> VerifyOptions:
    """One committed run of each recipe, by an older version of the engine."""
    commit_anew(replace(tiny, seeds=(1,)), tmp_path, "older")
    return options


def test_other_bits_beside_a_single_committed_run_are_not_judged(
    alone: VerifyOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    too_few = "fewer than 2 committed runs of their recipe completed"
    code, output = run(replace(alone, json=Path("-")), trainer(counts=(301, 400)))
    assert code == 1
    assert f"bits will differ from the committed ones; runs cannot be judged if {too_few}" in output
    assert f"not judged, because {too_few}: iteration and final\n" in output
    assert output.splitlines()[-1].startswith("not shown to be equivalent: 0 of 2 runs identical")
    facts = json.loads(capsys.readouterr().out)
    assert facts["verdict"] == "not shown to be equivalent"
    assert {row["outcome"] for row in facts["runs"]} == {"not judged"}
    assert run(alone, trainer(counts=(300, 1)))[0] == 1


def test_a_run_that_now_diverges_differs_whatever_is_committed(alone: VerifyOptions) -> None:
    def diverge(job: Job) -> RunRecord:
        return scripted_record(
            job.run, [300], status="diverged", engine=job.engine, data_set="digits"
        )

    code, output = run(alone, diverge)
    assert code == 1
    assert output.splitlines()[-1].startswith("differs: 0 of 2 runs identical")


def test_a_single_committed_run_of_the_same_engine_differs(
    options: VerifyOptions, tiny: Study, tmp_path: Path
) -> None:
    """Its bits were promised."""
    commit_anew(replace(tiny, seeds=(1,)), tmp_path, TORCH.version().numerics)
    code, output = run(options, trainer(counts=(300, 401)))
    assert code == 1
    assert output.splitlines()[-1].startswith("differs: 0 of 2 runs identical")


def test_a_machine_that_fails_verifies_nothing(options: VerifyOptions) -> None:
    def fail(job: Job):  # type: ignore[no-untyped-def]
        return make(job, "MemoryError: none left")

    make = failed_record
    code, output = run(options, fail)
    assert code == 1
    assert "not shown to be equivalent: 0 of 4 runs identical" in output


def test_named_runs_and_drawn_ones(options: VerifyOptions) -> None:
    _, output = run(replace(options, run=["final:2", "iteration:1"]))
    assert "final:2" in output
    assert "iteration:1" in output
    assert "2 of 2 runs identical" in output
    drawn = [run(replace(options, runs=2, draw=draw))[1] for draw in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 1


def test_a_run_that_is_named_twice_counts_once(
    options: VerifyOptions, tiny: Study, tmp_path: Path
) -> None:
    """Twice the same difference would pass for two pairs, and so for equivalence."""
    commit_anew(tiny, tmp_path, "older", spread=1)
    code, output = run(replace(options, run=["final:1"] * 2), trainer(counts=(300, 401)))
    assert code == 1
    assert "1 committed run to train again" in output
    assert "not shown to be equivalent: 0 of 1 run identical" in output
    with pytest.raises(InputError, match="--runs 2: give 1 to 1; that many are named"):
        run(replace(options, run=["final:1"] * 2, runs=2))


def test_a_ledger_that_is_kept_goes_on(options: VerifyOptions, tmp_path: Path) -> None:
    def never(job: Job) -> None:
        raise AssertionError(f"{job.title} was trained again")

    kept = replace(options, ledger=tmp_path / "kept")
    run(replace(kept, run=["final:1"]))
    code, output = run(replace(kept, run=["final:1"]), trainer(never))
    assert code == 0
    assert "1 of 1 run identical" in output
    assert f"1 run of these found in {tmp_path / 'kept'} and not trained again" in output


def test_a_kept_run_that_is_trained_again_is_not_said_to_be_found(
    options: VerifyOptions, tmp_path: Path
) -> None:
    kept = replace(options, ledger=tmp_path / "kept", run=["final:1"])
    run(kept)
    (file,) = (tmp_path / "kept" / "runs").rglob("*.json")
    file.write_text("{}")
    code, output = run(kept)
    assert code == 0
    assert "not trained again" not in output


def test_a_diverged_run_is_trained_until_it_diverges(
    options: VerifyOptions, tiny: Study, tmp_path: Path
) -> None:
    def diverge(run: Run, version: str) -> RunRecord:
        made_by = EngineVersion("torch", version)
        return scripted_record(run, [300], status="diverged", engine=made_by, data_set="digits")

    def train(job: Job) -> RunRecord:
        assert job.epochs == tiny.criterion.epochs
        return diverge(job.run, job.engine.numerics)

    ledger = Ledger(tmp_path / "diverged")
    ledger.prepare()
    for one in tiny.runs():
        ledger.write(diverge(one, TORCH.version().numerics))
    shutil.rmtree(REPORTS)
    commit_records(tiny, ledger, REPORTS)
    code, output = run(options, train)
    assert code == 0
    assert "identical: 4 of 4 runs identical" in output


def test_wrong_input(options: VerifyOptions, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--run final:9: is not committed; name one as recipe"):
        run(replace(options, run=["final:9"]))
    with pytest.raises(InputError, match=r"--runs 5: give 1 to 4"):
        run(replace(options, runs=5))
    with pytest.raises(InputError, match="holds no committed runs"):
        run(options, reports=tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("old", "new"), [('"correct":400', '"correct":401'), ("[99,3]", "[99,4]"), ('"x"', '"y"')]
)
def test_a_record_edited_by_hand_is_found_without_training(
    options: VerifyOptions, old: str, new: str
) -> None:
    def never(job: Job) -> None:
        raise AssertionError(f"{job.title} was trained")

    path = next((REPORTS / "tiny" / "records").iterdir())
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError, match="does not match its checksum; restore it"):
        run(options, trainer(never))


@pytest.mark.slow
def test_really_trained(tiny: Study, tmp_path: Path, options: VerifyOptions) -> None:
    """One run, committed and trained again in a worker, ends with the same bits."""
    only = replace(tiny, seeds=(1,), recipes=tiny.recipes[1:])
    (of_final,) = only.runs()
    job = Job(
        run=of_final,
        data=DIGITS,
        data_directory=tmp_path,
        engine=TORCH.version(),
        epochs=2,
        progress=tmp_path / "progress",
    )
    real = Ledger(tmp_path / "real")
    real.prepare()
    real.write(train_job(job))
    commit_records(only, real, tmp_path / "real-reports")
    code, output = run(options, train_job, tmp_path / "real-reports")
    assert code == 0
    assert "identical: 1 of 1 run identical" in output
    assert "committed" not in output.partition("Outcome")[2]  # the environment is the same
