"""The decision rule on cases made for it."""

from dataclasses import replace

import pytest
from reprobench.harness.decision import Decision, decide
from reprobench.harness.evidence import Evidence, gather
from reprobench.harness.ledger import Ledger
from reprobench.harness.study import Study
from reprobench.harness.study_file import load_study
from scripted import scripted_record

GOOD, BAD = 9_945, 9_930


@pytest.fixture
def study() -> Study:
    """The four published recipes over ten seeds; iteration has 9,770 parameters, final 8,546."""
    study = load_study("mnist")
    return replace(study, seeds=study.seeds[:10])


def evidence(study: Study, ledger: Ledger, holding: dict[str, int], base: int = GOOD) -> Evidence:
    """So many of each recipe's ten runs hold the whole window; the others none of it."""
    for run in study.runs():
        if run.recipe.name not in holding:
            continue
        count = base if run.seed <= holding[run.recipe.name] else BAD
        record = scripted_record(run, [count] * 15)
        parameters = 8_546 if run.recipe.name == "final" else 9_770
        ledger.write(record.model_copy(update={"parameters": parameters}))
    return gather(study, ledger)


def decided(found: Evidence) -> Decision:
    decision = decide(found)
    assert decision is not None
    return decision


def test_the_highest_hold_rate_leads(study: Study, ledger: Ledger) -> None:
    rates = {"iteration1": 2, "iteration2": 9, "iteration3": 5, "final": 3}
    decision = decided(evidence(study, ledger, rates))
    assert decision.chosen.name == decision.leader.name == "iteration2"
    assert decision.fell == pytest.approx({"iteration1": 0.7, "iteration3": 0.4, "final": 0.6})


def test_among_level_recipes_the_smallest_is_chosen(study: Study, ledger: Ledger) -> None:
    rates = {"iteration1": 2, "iteration2": 10, "iteration3": 5, "final": 9}
    decision = decided(evidence(study, ledger, rates))  # a deficit of just the margin, 0.1
    assert decision.leader.name == "iteration2"
    assert decision.chosen.name == "final"
    assert [found.name for found in decision.level] == ["final", "iteration2"]


def test_among_equals_the_higher_mean_is_chosen(study: Study, ledger: Ledger) -> None:
    rates = {"iteration2": 10, "iteration3": 9}
    decision = decided(evidence(study, ledger, rates))
    assert decision.chosen.name == "iteration2"
    assert decision.without_runs == ("iteration1", "final")


def test_nothing_to_choose_from(study: Study, ledger: Ledger) -> None:
    assert decide(gather(study, ledger)) is None
