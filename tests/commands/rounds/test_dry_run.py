"""What would be trained, listed without training."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from benching import run
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import find_study

pytestmark = pytest.mark.usefixtures("in_process", "no_pictures")


def test_dry_run_writes_nothing(options: BenchOptions) -> None:
    code, output = run(replace(options, dry_run=True))
    assert code == 0
    assert "final seed 2: 2 epochs" in output
    assert "tiny: 4 runs to train on 2 workers, 0 of 4 in the ledger; about 0:" in output
    assert list(Path().iterdir()) == []


def test_a_dry_run_is_told_as_json(
    options: BenchOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same runs, with the keys that their records will have."""
    run(replace(options, dry_run=True, json=Path("plan.json")))
    told = json.loads(Path("plan.json").read_text())
    assert told.pop("seconds") >= 0
    (asked,) = told.pop("rounds")
    expected = {"study": "tiny", "runs_to_train": 4, "runs_in_ledger": 0, "workers": 2, "then": []}
    assert told == expected
    assert (asked["why"], asked["damaged"]) == ("study tiny: 2 recipes, 2 seeds", [])
    assert [(one["recipe"], one["seed"], one["epochs"]) for one in asked["runs"]] == [
        (recipe, seed, 2) for seed in (1, 2) for recipe in ("iteration", "final")
    ]
    run(options)
    kept = {path.stem for path in options.ledger.glob("runs/*/*.json")}
    assert kept == {one["key"] for one in asked["runs"]}
    run(replace(options, dry_run=True, json=Path("-")))
    nothing = json.loads(capsys.readouterr().out)
    assert [one["runs"] for one in nothing["rounds"]] == [[]]
    assert (nothing["runs_in_ledger"], nothing["seconds"]) == (4, 0)


def test_dry_run_lists_the_gates_own_runs_too(options: BenchOptions, guarded: Study) -> None:
    study = str(guarded.file)
    _, output = run(replace(options, study=study, gate=True, fresh=True, dry_run=True))
    assert "short seed 8: 1 epoch\n" in output
    assert "guarded: 24 runs to train on 2 workers, whatever the ledger holds; about " in output


def test_the_gates_own_runs_stop_where_all_do(options: BenchOptions, guarded: Study) -> None:
    text = guarded.file.read_text().replace("[gate]\nepochs = 1", "[gate]\nepochs = 2")
    guarded.file.write_text(f"{text}lr = 0.01\n")
    wanted = replace(options, study=str(guarded.file), gate=True, dry_run=True)
    for epochs, said in ((None, "2 epochs"), (1, "1 epoch")):
        _, output = run(replace(wanted, epochs=epochs))
        assert f"the gate's own recipes, {said} each\n" in output
        assert f"short seed 8: {said}\n" in output


def test_a_dry_run_says_what_it_cannot_foresee(options: BenchOptions) -> None:
    """What to confirm is only known after the declared runs, and then it is listed."""
    Path("sure.toml").write_text("confirmation = 1\n" + find_study("tiny").read_text())
    wanted = replace(options, study="sure.toml", confirm=True)
    dry = replace(wanted, dry_run=True)
    _, output = run(dry)
    assert "study tiny: 2 recipes, 2 seeds\n  iteration seed 1: 2 epochs\n" in output
    assert output.endswith("then the confirmation, once the runs above have ended\n")
    run(replace(wanted, confirm=False))
    _, output = run(dry)
    assert "confirming iteration and final on seeds that took no part in the choice\n" in output
    assert "  final seed 1000: 2 epochs\n" in output
    assert "tiny: 2 runs to train on 2 workers, 4 of 6 in the ledger; about 0:" in output
    assert "once the runs above have ended" not in output


def test_a_dry_run_says_that_nothing_is_left(options: BenchOptions) -> None:
    text = find_study("tiny").read_text().replace("seeds = 2", "seeds = 6\nlooks = [3, 6]")
    Path("never.toml").write_text(re.sub(r"(?m)^target = .*$", "target = 1.0", text))
    wanted = replace(options, study="never.toml")
    run(wanted)
    _, output = run(replace(wanted, dry_run=True))
    assert output == "tiny: nothing is left to train\n"
