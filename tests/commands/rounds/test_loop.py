"""Round after round: how many runs, on how many workers, and which come next."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from benching import run
from reprobench.harness.base.console import say
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.commands.rounds import machine
from reprobench.harness.study.loading.file import find_study
from reprobench.harness.training.worker import train_job
from rich.console import Console

pytestmark = pytest.mark.usefixtures("in_process", "no_pictures")


def test_the_choice_is_confirmed_on_fresh_seeds(options: BenchOptions) -> None:
    """Really trained: chosen on held-out images, confirmed on the test images."""
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
    assert "training images alone, 1,097 training images, 200 held-out training images" in report
    assert "only its confirmation uses them" in report
    assert len(list(Path("out", "tiny", "records").iterdir())) == 4
    _, output = run(wanted, train_job)
    assert output.count("0 runs to train") == 2


def test_the_workers_of_a_cluster_choose_their_gpus(options: BenchOptions) -> None:
    with pytest.raises(InputError, match="--engine cuda: with --cluster, workers with a GPU train"):
        run(replace(options, cluster="local:2", jobs=None, engine="cuda"))


def test_what_another_bench_trains_again_meanwhile_is_not_set_aside(
    options: BenchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It replaces the damaged record after this bench has found it, before the first line."""
    run(options)
    record = sorted(Path("ledger", "runs").glob("*/*.json"))[0]
    whole = record.read_text()
    record.write_text("{")

    def replacing(console: Console, text: str, **more: str) -> None:
        record.write_text(whole)
        say(console, text, **more)

    monkeypatch.setattr(machine, "say", replacing)
    code, output = run(options)
    assert code == 0
    assert "moved to" not in output
    assert record.read_text() == whole
    assert not Path("ledger", "damaged").exists()


def test_no_more_workers_than_runs(options: BenchOptions) -> None:
    _, output = run(replace(options, jobs=8, seeds=1, recipes="final"))
    assert "1 run to train on 1 worker, 0 of 1 in the ledger" in output


def test_each_round_counts_its_own_runs(options: BenchOptions) -> None:
    """Runs of earlier rounds are in the ledger too, but are not counted."""
    more = find_study("tiny").read_text().replace("seeds = 2", 'seeds = "adaptive"\nbudget = 7')
    Path("more.toml").write_text(more)
    _, output = run(replace(options, study="more.toml"))
    counts = re.findall(
        r"^(\d+) runs? to train on \d workers?, 0 of (\d+) in the led", output, re.M
    )
    assert counts[0] == ("10", "10")
    assert len(counts) > 1
    assert all(wanted == todo for todo, wanted in counts)
    assert sum(int(todo) for todo, _ in counts) == len(list(Path("ledger/runs").glob("*/*.json")))
