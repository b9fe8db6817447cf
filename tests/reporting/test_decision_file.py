"""`decision.json` agrees with the decision."""

from __future__ import annotations

import json
from typing import Any

import pytest
from reprobench.harness.judging.decision import decide
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.decision_file import decision_json
from reprobench.harness.results.ledger import Ledger
from scripted import evidence, published_recipes

HOLDING = {"iteration1": 0, "iteration2": 10, "iteration3": 8, "final": 2}


@pytest.fixture
def found(ledger: Ledger) -> Evidence:
    """Ten seeds of the published recipes, of which these numbers hold."""
    return evidence(published_recipes(10), ledger, HOLDING)


def written(evidence: Evidence) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(decision_json(Bundle(evidence, None)))
    return content


def test_every_step_is_there(found: Evidence) -> None:
    content, decision = written(found), decide(found)
    assert decision
    assert (content["leader"], content["chosen"]) == ("iteration2", "iteration2")
    assert content["verdict"] == decision.verdict
    bounds = decision.passing.bounds
    assert bounds is not None
    assert content["verdict_level"] == pytest.approx(0.05 / 4)
    assert content["verdict_bounds"] == pytest.approx({"low": bounds.low, "high": bounds.high})
    assert content["runs_needed"] == decision.runs_needed
    assert content["provisional"] is True
    assert content["could_change_it"] == ["iteration3"]
    assert content["threshold"] == 9_940
    assert {row["recipe"]: row["outcome"] for row in content["standings"]} == {
        "iteration1": "falls", "iteration3": "undecided", "final": "falls",
    }  # fmt: skip
    for row, standing in zip(content["standings"], decision.standings, strict=True):
        assert row["hold_difference"] == pytest.approx(standing.comparison.hold.mean)
        assert row["hold_p_holm"] == pytest.approx(standing.hold_p)
    rates = {row["recipe"]: row["hold_rate"] for row in content["recipes"]}
    assert rates == {name: pytest.approx(holding / 10) for name, holding in HOLDING.items()}


def test_what_is_undefined_is_null_and_never_is_never(found: Evidence) -> None:
    content = written(found)
    rows = {row["recipe"]: row for row in content["recipes"]}
    assert rows["iteration1"]["first_epoch_median"] == "never"
    assert content["confirmation"] is None


def test_nothing_is_decided_without_runs(ledger: Ledger) -> None:
    content = written(gather(published_recipes(), ledger))
    assert (content["leader"], content["chosen"]) == (None, None)
