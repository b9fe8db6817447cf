"""Simulated gates: against the gate itself, run by run, and against what must be so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from reprobench.harness.guarding.looks import drop, looks
from reprobench.harness.guarding.power import DROPS, simulate
from reprobench.harness.guarding.regression import bounds_of, outcome
from reprobench.harness.study.declaration import Gate

GATE = Gate(seeds=2, limit=16, epochs=3, alpha=0.05, margins={"a": 10.0, "b": 20.0})
COUNTS = {
    "a": np.random.default_rng(1).normal(9_900, 8, 20).round().astype(int).tolist(),
    "b": np.random.default_rng(2).normal(9_870, 15, 20).round().astype(int).tolist(),
}


def test_false_alarms_and_power() -> None:
    simulated = simulate(GATE, COUNTS, gates=4_000)
    everywhere = {power.drop: power for power in simulated if power.everywhere}
    alone = {power.drop: power for power in simulated if not power.everywhere}
    assert tuple(everywhere) == DROPS
    assert everywhere[0].regression <= GATE.alpha
    assert everywhere[50].regression > 0.99
    regressions = [everywhere[size].regression for size in DROPS]
    assert regressions == sorted(regressions)
    assert all(everywhere[size].regression >= alone[size].regression for size in alone)
    assert everywhere[50].runs < everywhere[20].runs


def test_the_same_as_the_gate_run_by_run() -> None:
    """The shares of one recipe, from the functions that judge real runs."""
    gate = replace(GATE, margins={"a": 10.0})
    at, rng, repetitions = looks(gate.seeds, gate.limit), np.random.default_rng(7), 2_000
    limits = bounds_of(tuple(COUNTS["a"]), gate, at)
    alarms = 0
    for _ in range(repetitions):
        old = rng.choice(COUNTS["a"], 20).tolist()
        new = (rng.choice(COUNTS["a"], gate.limit) - 10).tolist()
        for runs in at:
            said = outcome(*drop(old, new[:runs], *limits), 10.0)
            if said != "open":
                break
        alarms += said == "regression"
    (expected,) = (p for p in simulate(gate, {"a": COUNTS["a"]}, 8_000) if p.drop == 10)
    share = alarms / repetitions
    error = np.sqrt(share * (1 - share) * (1 / repetitions + 1 / 8_000))
    assert expected.regression == pytest.approx(share, abs=4 * error)


def test_one_recipe_alone_has_one_row_a_drop() -> None:
    simulated = simulate(replace(GATE, margins={"a": 10.0}), {"a": COUNTS["a"]}, 100)
    assert [power.drop for power in simulated] == list(DROPS)
