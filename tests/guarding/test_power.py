"""Simulated gates, compared with the real gate run by run, and with what must hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from reprobench.harness.guarding.looks import looks
from reprobench.harness.guarding.losses import recipes_with_losses
from reprobench.harness.guarding.power import CHANGES, DROPS, UNCHANGED, Change, simulate_gates
from reprobench.harness.guarding.regression import judge_drop
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Gate, Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.measure import Measure
from scripted import scripted_record

GATE = Gate(seeds=2, limit=16, epochs=3, alpha=0.05, margins={"a": 10.0, "b": 20.0})
COUNTS = {
    "a": np.random.default_rng(1).normal(9_900, 8, 20).round().astype(int).tolist(),
    "b": np.random.default_rng(2).normal(9_870, 15, 20).round().astype(int).tolist(),
}


def test_false_alarms_and_power() -> None:
    simulated = simulate_gates(GATE, COUNTS, gates=4_000)
    everywhere = {power.change: power for power in simulated if power.everywhere}
    alone = {power.change: power for power in simulated if not power.everywhere}
    assert tuple(everywhere) == (*UNCHANGED, *CHANGES)
    for change in UNCHANGED:  # with one run in ten 25 or 60 images lower, too
        power = everywhere[change]
        assert power.regression <= GATE.alpha + 3 * power.error
    assert everywhere[Change(50)].regression > 0.99
    regressions = [everywhere[Change(size)].regression for size in DROPS]
    assert regressions == sorted(regressions)
    assert all(everywhere[change].regression >= alone[change].regression for change in alone)
    assert everywhere[Change(50)].runs < everywhere[Change(10)].runs


def test_a_recipe_of_which_one_run_in_four_diverges() -> None:
    """It hardly ever passes, and is a regression in most gates."""
    names = [f"r{i}" for i in range(6)]
    gate = replace(GATE, limit=20, margins=dict.fromkeys(names, 10.0))
    lossy = [Change(lost=0.25)]
    simulated = simulate_gates(gate, dict.fromkeys(names, COUNTS["a"]), 4_000, lossy)
    (alone,) = (power for power in simulated if not power.everywhere)
    assert alone.passed < 0.05
    assert alone.regression > 0.5


@pytest.mark.parametrize("lost", [2, 6])
def test_a_recipe_that_always_lost_runs_raises_no_more_false_alarms(lost: int) -> None:
    """One of seven recipes has lost a tenth, or a third, of its committed runs; nothing changes."""
    names = [f"r{i}" for i in range(7)]
    gate = replace(GATE, limit=20, margins=dict.fromkeys(names, 10.0))
    counts = {**dict.fromkeys(names, COUNTS["a"]), "r0": [*COUNTS["a"][lost:], *[0] * lost]}
    unchanged = simulate_gates(gate, counts, gates=4_000, changes=())[0]
    assert unchanged.change == Change()
    assert unchanged.regression <= GATE.alpha


@pytest.mark.parametrize(
    ("change", "committed"),
    [
        (Change(10), COUNTS["a"]),
        (Change(lost=0.25), COUNTS["a"]),
        (Change(erratic=60), COUNTS["a"]),
        (Change(20), [0, *COUNTS["a"][:4]]),
        (Change(20), [0, 0, *COUNTS["a"][:6]]),
    ],
)
def test_the_same_as_the_gate_run_by_run(tiny: Study, change: Change, committed: list[int]) -> None:
    """The shares for one recipe, from the function that judges real runs; 0 means a lost run."""
    gate = replace(GATE, limit=8, epochs=1, margins={"final": 10.0})
    counts = [max(300 + count - 9_900, 0) for count in committed]
    at, rng, repetitions = looks(gate.seeds, gate.limit), np.random.default_rng(7), 400
    said = Counter(_judged(tiny, gate, counts, change, at, rng) for _ in range(repetitions))
    simulated = simulate_gates(gate, {"final": counts}, 8_000, [change])
    expected = next(power for power in simulated if power.change == change)
    for outcome, share in (("regression", expected.regression), ("pass", expected.passed)):
        error = np.sqrt(max(share * (1 - share), 1 / repetitions) / repetitions)
        assert said[outcome] / repetitions == pytest.approx(share, abs=4 * error)


def _judged(
    study: Study,
    gate: Gate,
    counts: list[int],
    change: Change,
    at: tuple[int, ...],
    rng: np.random.Generator,
) -> str:
    old, new = (rng.choice(counts, runs) for runs in (len(counts), gate.limit))
    for side in (old, new):
        side -= (change.erratic * (rng.random(len(side)) < 0.1)).astype(int)
    new = np.where(rng.random(gate.limit) < change.lost, 0, np.maximum(new - int(change.drop), 0))
    committed = _records(study, old, "1")
    losing = recipes_with_losses({"final": old.tolist()})
    for runs in at:
        fresh = _records(study, new[:runs], "2")
        finding = judge_drop("final", committed, fresh, gate, at, losing, Measure(total=10_000))
        if finding.outcome != "undecided":
            break
    return finding.outcome


def _records(study: Study, counts: npt.NDArray[np.int64], version: str) -> dict[int, RunRecord]:
    """Records of which only the counts matter."""
    run = study.run_of(study.recipes[1], 1)
    base = scripted_record(
        run, (300,), engine=EngineVersion("scripted", version), data_set="digits"
    )
    rows = [(replace(base.rows[0], correct=count),) for count in counts.tolist()]
    return {
        seed: base.model_copy(update={"seed": seed, "rows": own})
        for seed, own in enumerate(rows, start=1)
    }


def test_one_recipe_alone_has_one_row_a_drop() -> None:
    simulated = simulate_gates(replace(GATE, margins={"a": 10.0}), {"a": COUNTS["a"]}, 100)
    assert [power.change for power in simulated] == [*UNCHANGED, *CHANGES]
