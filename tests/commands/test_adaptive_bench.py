"""Benches whose seeds go where the decision is open: from the first run to the last."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import reprobench
from reprobench.harness.api import notebook
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options import BenchOptions, ReportOptions
from reprobench.harness.commands.report import report
from reprobench.harness.commands.rounds import machine
from reprobench.harness.reporting.page import document
from reprobench.harness.results.parsing import read_record
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.loading.file import find_study
from reprobench.harness.training.pools import Arrivals
from reprobench.harness.training.worker import Job, Trainer, failed_record, train_job
from rich.console import Console
from scripted import scripted_record, subprocess_environment


class Here:
    """Trains in this process, one run after the other."""

    def __init__(self, _: int) -> None:
        pass

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Arrivals:
        yield from map(train, jobs)

    def alone(self) -> Here:
        return self


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are not asked about here, and take longest."""
    monkeypatch.setattr(document, "to_png", lambda _: b"")
    monkeypatch.setattr(document, "picture", lambda _: None)
    monkeypatch.setattr(document, "questions", lambda _: iter(()))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker processes, which take long to start."""
    monkeypatch.setattr(machine, "LocalPool", Here)


EITHER = 'name = "iteration"\narchitecture = "iteration"\n'
"""What `tiny` says of its first recipe, which has more parameters than the other, `final`."""


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BenchOptions:
    """In an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARNESS_DATA", raising=False)
    return BenchOptions(study="open.toml", jobs=2)


def write_study(budget: int | None, *, recipe: str = "", required: float = 0.8) -> None:
    """`tiny` with adaptive seeds, or with 5 declared ones, and more on its first recipe."""
    seeds = f'seeds = "adaptive"\nbudget = {budget}' if budget else "seeds = 5"
    text = find_study("tiny").read_text().replace("seeds = 2", seeds)
    text = text.replace("window = 1", f"window = 1\nrequired_pass_rate = {required}")
    Path("open.toml").write_text(text.replace(EITHER, EITHER + recipe))


def run(options: BenchOptions, train: Trainer) -> tuple[int, str]:
    """Exit code and output."""
    output = io.StringIO()
    code = bench(options, Console(file=output, width=200), train)
    return code, output.getvalue()


def holding(holds: Callable[[str, int], bool]) -> Trainer:
    """Runs hold or not by recipe and seed; nothing is trained."""

    def train(job: Job) -> RunRecord:
        name, seed = job.run.recipe.name, job.run.seed
        parameters = 9_770 if job.run.recipe.architecture == "iteration" else 8_546
        counts = [300 if holds(name, seed) else 200] * job.epochs
        made = scripted_record(job.run, counts, engine=job.engine, data_set=job.data.name)
        return made.model_copy(update={"parameters": parameters})

    return train


ALIKE = holding(lambda name, seed: (seed + len(name)) % 2 == 0)
"""Half of the runs of either recipe, never both of a seed: nothing is ever decided."""
CLEAR = holding(lambda name, _: name == "final")


def found() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(Path("out/tiny/decision.json").read_text())
    return facts


def seeds_of(ledger: Path = Path("ledger")) -> dict[str, list[int]]:
    """By recipe: of which there are two, told apart by their architecture."""
    records = [read_record(path) for path in ledger.glob("runs/*/*.json")]
    return {
        name: sorted(r.seed for r in records if r.recipe["architecture"] == name)
        for name in ("iteration", "final")
    }


@pytest.mark.usefixtures("here", "no_pictures")
def test_it_ends_where_choice_and_verdict_are_final(options: BenchOptions) -> None:
    write_study(60)
    code, output = run(options, CLEAR)
    assert code == 0
    rounds = re.findall(r"^adaptive seeds: .*", output, flags=re.MULTILINE)
    assert rounds[0] == "adaptive seeds: the first of every recipe"
    assert rounds[1].startswith("adaptive seeds: may iteration ")
    assert rounds[1].endswith(" settles it")
    assert rounds[-1] == "adaptive seeds: final is chosen; whether it passes is open"
    told = found()
    assert (told["chosen"], told["provisional"], told["verdict"]) == ("final", False, "meets")
    seeds = seeds_of()
    assert len(seeds["iteration"]) < len(seeds["final"]) < 60
    assert all(own == list(range(1, len(own) + 1)) for own in seeds.values())
    _, again = run(options, CLEAR)
    assert "to train" not in again


@pytest.mark.usefixtures("here", "no_pictures")
def test_it_ends_at_its_budget(options: BenchOptions) -> None:
    write_study(12)
    code, output = run(options, ALIKE)
    assert code == 0
    assert seeds_of() == {name: list(range(1, 13)) for name in ("iteration", "final")}
    assert found()["provisional"]
    assert "The declared budget of seeds is spent" in output
    write_study(15)  # a larger budget goes on from there
    _, output = run(options, ALIKE)
    assert "6 runs to train on 2 workers, 0 of 6 in the ledger" in output
    write_study(6)  # with a smaller one the further runs are no part of the study
    _, output = run(options, ALIKE)
    assert "to train" not in output
    assert {row["runs"] for row in found()["recipes"]} == {6}


@pytest.mark.usefixtures("here", "no_pictures")
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


@pytest.mark.usefixtures("here", "no_pictures")
def test_a_dry_run_says_what_comes_next_and_why(options: BenchOptions) -> None:
    write_study(60)
    dry = replace(options, dry_run=True)
    _, output = run(dry, CLEAR)
    assert output.startswith("adaptive seeds: the first of every recipe\n  iteration seed 1: 2 ")
    assert "tiny: 10 runs to train on 2 workers, 0 of 10 in the ledger; about 0:" in output
    assert output.endswith(
        "then more seeds where the decision is open, whose runs will be known when these have "
        "ended\n"
    )
    write_study(5)
    run(options, ALIKE)
    write_study(60)
    _, output = run(dry, ALIKE)
    assert output.startswith("adaptive seeds: may iteration 0.")
    assert "lead final by the margin? Log evidence against it; 3.00 settles it\n" in output
    assert "  iteration seed 6: 2 epochs\n  final seed 6: 2 epochs\n" in output
    assert not Path("out/tiny/records/iteration-seed-6.json").exists()


@pytest.mark.usefixtures("here", "no_pictures")
def test_runs_that_were_stopped_early_are_trained_on(options: BenchOptions) -> None:
    """A part of one epoch is no evidence on two."""
    write_study(5)
    run(replace(options, epochs=1, seeds=2), CLEAR)
    _, output = run(options, CLEAR)
    assert "10 runs to train on 2 workers, 0 of 10 in the ledger" in output
    assert found()["missing"] == []


@pytest.mark.usefixtures("here", "no_pictures")
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


@pytest.mark.usefixtures("here", "no_pictures")
def test_all_runs_failed(options: BenchOptions) -> None:
    make = failed_record

    def fail(job: Job) -> RunRecord:
        return make(job, "MemoryError: none left")

    write_study(10)
    code, output = run(options, fail)
    assert code == 1
    assert output.count("failed: ") == 10
    assert found()["chosen"] is None


@pytest.mark.usefixtures("here", "no_pictures")
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


@pytest.mark.usefixtures("here", "no_pictures")
def test_a_recipe_that_is_taken_out_is_forgotten(options: BenchOptions) -> None:
    write_study(10)
    run(options, ALIKE)
    text = Path("open.toml").read_text()
    Path("open.toml").write_text(text[: text.index('[[recipes]]\nname = "final"')])
    code, output = run(options, ALIKE)
    assert code == 0
    assert "final is" not in output
    assert (found()["chosen"], found()["provisional"]) == ("iteration", False)


@pytest.mark.usefixtures("here", "options")
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


@pytest.mark.usefixtures("here")
def test_what_cannot_be_asked_of_adaptive_seeds(options: BenchOptions) -> None:
    write_study(60)
    with pytest.raises(InputError, match=r"^--fresh: adaptive seeds and looks go by what"):
        run(replace(options, fresh=True), CLEAR)


@pytest.mark.slow
@pytest.mark.usefixtures("options")
def test_two_benches_on_one_ledger_train_every_run_once() -> None:
    """Each waits for what the other trains, and comes to the same end."""
    write_study(10)
    script = (
        "import sys; from reprobench.harness.__main__ import main; "
        "sys.argv = ['harness', 'bench', 'open.toml', '--jobs', '1']; main()"
    )
    benches = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            env=subprocess_environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=300)[0] for process in benches]
    assert [process.returncode for process in benches] == [0, 0]
    finished = [line for text in outputs for line in text.splitlines() if "started " in line]
    assert len(finished) == len(set(finished)) == sum(map(len, seeds_of().values()))
    assert found()["adaptive"]["seeds"] == {n: len(own) for n, own in seeds_of().items()}


@pytest.mark.slow
@pytest.mark.usefixtures("no_pictures")
def test_killed_in_the_middle_it_comes_to_the_same_end(options: BenchOptions) -> None:
    """Really trained: a recipe that hardly learns is dropped for the larger one that does."""
    write_study(20, required=0.3)
    text = Path("open.toml").read_text()
    Path("open.toml").write_text(text + "lr = 1e-5\n")  # of the last recipe, `final`
    whole = replace(options, ledger=Path("whole"), out=Path("whole-out"))
    assert run(whole, train_job)[0] == 0
    script = (
        "import sys; from reprobench.harness.__main__ import main; "
        "sys.argv = ['harness', 'bench', 'open.toml', '--jobs', '1']; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=subprocess_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("3/10 "):
            break
    process.kill()
    process.communicate()
    time.sleep(1.5)  # its workers end with it
    there = sum(map(len, seeds_of().values()))
    assert 3 <= there < 10
    code, output = run(options, train_job)
    assert code == 0
    assert f"{10 - there} runs to train on 2 workers, 0 of {10 - there} in the ledger" in output
    told = found()
    assert (told["chosen"], told["provisional"], told["verdict"]) == ("iteration", False, "meets")
    assert told["adaptive"]["dropped"] == {"final": "iteration"}
    courses = [pd.read_csv(Path(out) / "tiny" / "course.csv") for out in ("out", "whole-out")]
    pd.testing.assert_frame_equal(*courses)
    assert seeds_of() == seeds_of(Path("whole"))
    digests = [
        sorted(read_record(path).digest for path in Path(ledger).glob("runs/*/*.json"))
        for ledger in ("ledger", "whole")
    ]
    assert digests[0] == digests[1]
