"""Benches whose seeds go where the decision is open: from the first run to the last."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
import reprobench
from adaptive import ALIKE, CLEAR, found, seeds_of, write_study
from benching import run
from reprobench.harness.api import notebook
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.options.reports import ReportOptions
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.commands.report import report
from reprobench.harness.results.parsing import read_record
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.worker import Job, failed_record
from rich.console import Console
from scripted import scripted_record

pytestmark = pytest.mark.usefixtures("in_process", "no_pictures")


@pytest.fixture
def options(options: BenchOptions) -> BenchOptions:
    """The study that each test writes."""
    return replace(options, study="open.toml")


def test_it_ends_where_choice_and_verdict_are_final(options: BenchOptions) -> None:
    write_study(60)
    code, output = run(options, CLEAR)
    assert code == 0
    rounds = re.findall(r"^adaptive seeds: .*", output, flags=re.MULTILINE)
    assert rounds[0] == "adaptive seeds: the first seeds of every recipe"
    assert rounds[1].startswith("adaptive seeds: iteration (")
    assert rounds[1].endswith(
        " the log evidence against that, the log evidence that final is behind at all, and the "
        "value at which either decides"
    )
    assert rounds[-1] == (
        "adaptive seeds: final is chosen; it is open whether it meets the required pass rate"
    )
    told = found()
    assert (told["chosen"], told["provisional"], told["verdict"]) == ("final", False, "meets")
    seeds = seeds_of()
    assert len(seeds["iteration"]) < len(seeds["final"]) < 60
    assert all(own == list(range(1, len(own) + 1)) for own in seeds.values())
    _, again = run(options, CLEAR)
    assert "to train" not in again


def test_it_ends_at_its_budget(options: BenchOptions) -> None:
    write_study(12)
    code, output = run(options, ALIKE)
    assert code == 0
    assert seeds_of() == {name: list(range(1, 13)) for name in ("iteration", "final")}
    assert found()["provisional"]
    assert "The declared budget of seeds is spent" in output
    write_study(15)  # a larger budget continues from there
    _, output = run(options, ALIKE)
    assert "6 runs to train on 2 workers, 0 of 6 in the ledger" in output
    write_study(6)  # with a smaller budget, the other runs are not part of the study
    _, output = run(options, ALIKE)
    assert "to train" not in output
    assert {row["runs"] for row in found()["recipes"]} == {6}


def test_until_decided_begins_with_the_declared_seeds(options: BenchOptions) -> None:
    write_study(None, required=0.3)
    wanted = replace(options, until_decided=True)
    run(options, CLEAR)
    code, output = run(wanted, CLEAR)
    assert code == 0
    assert "4 runs to train" in output or "10 runs to train" in output
    assert found()["verdict"] == "meets"
    assert found()["adaptive"]["tested"] == "final"
    assert seeds_of()["final"][:5] == [1, 2, 3, 4, 5]
    benched = Path("out/tiny/decision.json").read_bytes()
    quiet = Console(file=io.StringIO())
    report(ReportOptions(study="open.toml"), quiet)
    assert found()["adaptive"] is None
    report(ReportOptions(study="open.toml", until_decided=True), quiet)
    assert Path("out/tiny/decision.json").read_bytes() == benched


def test_a_dry_run_says_what_comes_next_and_why(options: BenchOptions) -> None:
    write_study(60)
    dry = replace(options, dry_run=True)
    _, output = run(dry, CLEAR)
    assert output.startswith(
        "adaptive seeds: the first seeds of every recipe\n  iteration seed 1: 2 "
    )
    assert "tiny: 10 runs to train on 2 workers, 0 of 10 in the ledger; about 0:" in output
    assert output.endswith(
        "then more seeds where the decision is open, once the runs above have ended\n"
    )
    write_study(5)
    run(options, ALIKE)
    write_study(60)
    _, output = run(dry, ALIKE)
    assert output.startswith("adaptive seeds: iteration (0.")
    assert " of 3.00) may still lead final by 0.1 in hold rate; in brackets: the log " in output
    assert "; at this rate the budget, " not in output
    assert "  iteration seed 6: 2 epochs\n  final seed 6: 2 epochs\n" in output
    assert not Path("out/tiny/records/iteration-seed-6.json").exists()
    write_study(6)
    _, output = run(dry, ALIKE)
    assert "; at this rate the budget, 6 seeds per recipe, is spent before that\n" in output


def test_runs_that_were_stopped_early_are_trained_on(options: BenchOptions) -> None:
    """A run of one epoch is no evidence on two epochs."""
    write_study(5)
    run(replace(options, epochs=1, seeds=2), CLEAR)
    _, output = run(options, CLEAR)
    assert "10 runs to train on 2 workers, 0 of 10 in the ledger" in output
    assert found()["missing"] == []


def test_a_seed_that_is_missing_is_trained_first(options: BenchOptions) -> None:
    write_study(10)
    run(options, ALIKE)
    (gone,) = [p for p in Path("ledger").glob("runs/*/*.json") if _is(p, "final", 3)]
    gone.unlink()
    _, output = run(options, ALIKE)
    assert "\n1 run to train on 1 worker, 0 of 1 in the ledger\n" in output
    assert gone.exists()


def _is(path: Path, architecture: str, seed: int) -> bool:
    record = read_record(path)
    return (record.recipe["architecture"], record.seed) == (architecture, seed)


def test_all_runs_failed(options: BenchOptions) -> None:
    make = failed_record

    def fail(job: Job) -> RunRecord:
        return make(job, "MemoryError: none left")

    write_study(10)
    code, output = run(options, fail)
    assert code == 1
    assert output.count("failed: ") == 10
    assert found()["chosen"] is None


def test_all_runs_diverged(options: BenchOptions) -> None:
    """They hold nothing: the smaller recipe is chosen, and fails."""

    def diverge(job: Job) -> RunRecord:
        made = scripted_record(
            job.run, (), status="diverged", engine=job.engine, data_set=job.data.name
        )
        parameters = 9_770 if job.run.recipe.architecture == "iteration" else 8_546
        return made.model_copy(update={"parameters": parameters})

    write_study(60)
    code, _ = run(options, diverge)
    assert code == 0
    told = found()
    assert (told["chosen"], told["provisional"], told["verdict"]) == ("final", False, "fails")


def test_a_recipe_that_is_taken_out_is_forgotten(options: BenchOptions) -> None:
    write_study(10)
    run(options, ALIKE)
    text = Path("open.toml").read_text()
    Path("open.toml").write_text(text[: text.index('[[recipes]]\nname = "final"')])
    code, output = run(options, ALIKE)
    assert code == 0
    assert "final is" not in output
    assert (found()["chosen"], found()["provisional"]) == ("iteration", False)


@pytest.mark.usefixtures("options")
def test_in_a_notebook_too(monkeypatch: pytest.MonkeyPatch) -> None:
    write_study(60)
    monkeypatch.setattr(notebook, "train_job", CLEAR)
    evidence = reprobench.bench(reprobench.load_study("open.toml"), quiet=True)
    decision = reprobench.decide(evidence)
    assert decision is not None
    assert (decision.chosen.name, decision.provisional, decision.verdict) == (
        "final", False, "meets",
    )  # fmt: skip
    assert len(evidence.records["iteration"]) < len(evidence.records["final"]) < 60


def test_what_cannot_be_asked_of_adaptive_seeds(options: BenchOptions) -> None:
    write_study(60)
    with pytest.raises(InputError, match=r"^--fresh: adaptive seeds and looks depend on"):
        run(replace(options, fresh=True), CLEAR)
