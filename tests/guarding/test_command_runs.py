"""Runs of programs compared with committed ones: there are no weights, and no bits are promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from programs import COUNTS, program
from reprobench.harness.guarding.findings import GateReport, explain
from reprobench.harness.guarding.regression import Finding, judge_drop
from reprobench.harness.guarding.verification import Pair, judge_pairs, recipe_differences
from reprobench.harness.results.commanded import CommandRecord, command_record
from reprobench.harness.study.declaration import Gate, Study
from reprobench.harness.study.inputs import find_inputs
from reprobench.harness.study.loading.file import load_study

AT = (2, 4, 8)
LOSS = 'measure = { name = "loss", direction = "lower" }'
NOISE = (0.0, 0.004, -0.003, 0.002, -0.004, 0.001, 0.003, -0.002)


def records(study: Study, values: Sequence[float | None]) -> Mapping[int, CommandRecord]:
    """Records by seed; None means a diverged run."""
    inputs = find_inputs(study.folder, ["train.sh"])
    return {
        seed: command_record(
            study.run_of(study.recipes[0], seed),
            study.measure,
            () if value is None else (value,),
            () if value is None else (1.0,),
            status="diverged" if value is None else "completed",
            inputs=inputs,
            environment={},
        )
        for seed, value in enumerate(values, start=1)
    }


def judged(
    study: Study,
    old: Mapping[int, CommandRecord],
    new: Mapping[int, CommandRecord],
    margin: float,
) -> Finding:
    gate = Gate(seeds=2, limit=8, epochs=1, alpha=0.05, margins={"a": margin})
    return judge_drop("a", old, new, gate, AT, (), study.measure)


@pytest.fixture
def losses(tmp_path: Path) -> Study:
    return load_study(str(program(tmp_path, head=LOSS, seeds=8)))


def test_the_same_values_are_identical_whatever_was_changed(tmp_path: Path) -> None:
    before = load_study(str(program(tmp_path, "echo one")))
    old = records(before, (81, 82, 83))
    after = load_study(str(program(tmp_path, "echo two")))
    new = records(after, (81, 82))
    assert old[1].key != new[1].key
    assert judged(after, old, new, 3).outcome == "identical"
    other = judged(after, old, records(after, (81, 83)), 3)
    assert (other.outcome, other.same_version) == ("undecided", False)


def test_other_values_of_the_same_program_need_no_new_version(tmp_path: Path) -> None:
    """A program need not repeat itself: the gate does not complain about it."""
    study = load_study(str(program(tmp_path)))
    finding = judged(study, records(study, (81, 82, 83, 82)), records(study, (82, 82)), 30)
    assert finding.same_version is False
    assert finding.measure == study.measure
    gate = Gate(seeds=2, limit=2, epochs=1, alpha=0.05, margins={"a": 30})
    report = GateReport("shell", gate, [finding], [])
    assert not any("needs a new version" in line for line in report.lines())


def test_a_loss_that_rises_is_a_regression(losses: Study) -> None:
    old = records(losses, [0.30 + noise for noise in NOISE])
    new = records(losses, [0.35 - noise for noise in NOISE])
    finding = judged(losses, old, new, 0.02)
    assert finding.outcome == "regression"
    assert finding.drop == pytest.approx(0.05, abs=0.001)
    assert finding.interval is not None
    assert 0.02 < finding.interval.low < 0.05
    said = explain(finding)
    assert said.startswith("a: a rise of 0.04975, from 0.3001")


def test_a_loss_that_falls_passes(losses: Study) -> None:
    old = records(losses, [0.30 + noise for noise in NOISE])
    new = records(losses, [0.28 - noise for noise in NOISE])
    assert judged(losses, old, new, 0.02).outcome == "pass"


def test_values_that_never_vary_are_held_against_the_margin_alone(losses: Study) -> None:
    """Rounding to whole images does not apply to them."""
    old = records(losses, [0.30] * 8)
    assert judged(losses, old, records(losses, [0.31] * 8), 0.02).outcome == "pass"
    assert judged(losses, old, records(losses, [0.33] * 8), 0.02).outcome == "regression"


def test_runs_that_diverge_are_lost(losses: Study) -> None:
    """They have no value; too many of them alone are a regression."""
    old = records(losses, [0.30 + noise for noise in NOISE])
    new = records(losses, [None] * 6 + [0.30, 0.31])
    finding = judged(losses, old, new, 0.02)
    assert (finding.outcome, finding.lost) == ("regression", 6)
    assert finding.new == (None,) * 6 + (0.30, 0.31)
    few = judged(losses, old, records(losses, [0.3] * 7 + [None]), 0.02)
    assert few.lost == 1
    assert few.drop == pytest.approx(0.0, abs=0.01)


def test_verification_says_identical_or_how_different(losses: Study) -> None:
    old = records(losses, [0.30 + noise for noise in NOISE])

    def verdict(new: Mapping[int, CommandRecord], margin: float = 0.02) -> str:
        pairs = [Pair("a", old[seed], record) for seed, record in new.items()]
        return judge_pairs(pairs, {"a": [*old.values()]}, margin, 0.95, 0.0).verdict

    assert verdict(records(losses, [0.30 + noise for noise in NOISE])) == "identical"
    assert verdict(records(losses, [0.30 - noise for noise in NOISE])) == "equivalent"
    near = records(losses, [0.30 - noise for noise in NOISE])
    assert verdict(near, 0.001) == "not shown to be equivalent"
    assert verdict(records(losses, [0.30] * 7 + [0.5])) == "differs"


def test_what_was_changed_is_named_file_by_file(tmp_path: Path) -> None:
    before = load_study(str(program(tmp_path, "echo one", head=COUNTS)))
    old = records(before, (81,))
    after = load_study(str(program(tmp_path, "echo two")))
    (line,) = recipe_differences([Pair("a", old[1], records(after, (81,))[1])])
    assert line.startswith("a: train.sh: committed ")
