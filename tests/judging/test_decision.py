"""The decision rule on cases made for it."""

from dataclasses import replace

import pytest
from reprobench.harness.judging.decision import Decision, decide
from reprobench.harness.judging.evidence import Evidence, gather
from reprobench.harness.judging.pass_rate import runs_that_could_meet
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.file import load_study
from scripted import evidence


@pytest.fixture
def study() -> Study:
    """The four published recipes over ten seeds; iteration has 9,770 parameters, final 8,546."""
    study = load_study("mnist")
    return replace(study, seeds=study.seeds[:10])


def decided(found: Evidence) -> Decision:
    decision = decide(found)
    assert decision is not None
    return decision


def outcomes(decision: Decision) -> dict[str, str]:
    return {standing.name: standing.outcome for standing in decision.standings}


def test_few_pairs_let_nobody_fall(study: Study, ledger: Ledger) -> None:
    """Of four recipes there are six pairs: 2^-7 times 6 is 0.047, 2^-6 times 6 is 0.094."""
    holding = dict.fromkeys(("iteration1", "iteration2", "iteration3", "final"), 5)
    found = evidence(study, ledger, holding)
    for seeds, possible in ((8, True), (7, False)):
        few = replace(study, seeds=study.seeds[:seeds])
        assert decided(gather(few, found.ledger)).can_fall is possible


def test_the_highest_hold_rate_leads(study: Study, ledger: Ledger) -> None:
    rates = {"iteration1": 0, "iteration2": 10, "iteration3": 5, "final": 1}
    decision = decided(evidence(study, ledger, rates))
    assert decision.chosen.name == decision.leader.name == "iteration2"
    # Ten, five and nine of ten differences of 1: p is 2^-9, 2^-4 and 2^-8, times 6, 4 and 5.
    assert outcomes(decision) == {
        "iteration1": "falls",
        "iteration3": "undecided",
        "final": "falls",
    }
    ps = {standing.name: standing.hold_p for standing in decision.standings}
    assert ps == pytest.approx(
        {"iteration1": 6 * 2**-9, "final": 5 * 2**-8, "iteration3": 4 * 2**-4}, rel=1e-9
    )
    assert decision.rival is not None
    assert decision.rival.name == "iteration3"


def test_ignorance_is_never_a_tie(study: Study, ledger: Ledger) -> None:
    """Ten runs that are all alike say too little for a tie within 0.1."""
    decision = decided(evidence(study, ledger, {"iteration3": 10, "final": 10}))
    assert outcomes(decision) == {"final": "undecided"}
    assert decision.chosen.name == "iteration3"
    # Were it tied, `final` would be chosen for its parameters: the choice is provisional.
    assert decision.unsettled == ("final",)
    assert decision.without_runs == ("iteration1", "iteration2")


def test_among_ties_the_smallest_is_chosen(study: Study, ledger: Ledger) -> None:
    many = replace(study, seeds=tuple(range(1, 121)))
    decision = decided(evidence(many, ledger, {"iteration2": 120, "final": 120}))
    assert outcomes(decision) == {"final": "ties"}
    assert decision.leader.name == "iteration2"
    assert decision.chosen.name == "final"
    assert decision.unsettled == ()
    assert decision.runs_needed is None
    assert decision.rival is not None
    assert decision.rival.name == "iteration2"


def test_how_many_seeds_would_settle_it(study: Study, ledger: Ledger) -> None:
    decision = decided(evidence(study, ledger, {"iteration2": 6, "final": 5}))
    (standing,) = decision.standings
    # One difference of 1 in ten: its standard deviation is 0.316; 80% power for 0.1 takes 81 pairs.
    assert standing.comparison.hold.deviation == pytest.approx(0.1**0.5)
    assert decision.runs_needed == standing.runs_needed == 81


@pytest.mark.parametrize(
    ("holding", "seeds", "expected"),
    [(14, 14, "meets"), (13, 13, "not enough runs"), (4, 10, "fails"), (6, 10, "not enough runs")],
)
def test_the_verdict_by_exact_bounds(
    study: Study, ledger: Ledger, holding: int, seeds: int, expected: str
) -> None:
    """Required are 0.8: 14 of 14 bound the pass rate by 0.807 from below, 13 of 13 by 0.794."""
    some = replace(study, seeds=tuple(range(1, seeds + 1)))
    assert decided(evidence(some, ledger, {"final": holding})).verdict == expected
    assert runs_that_could_meet(0.8, 0.95) == 14


def test_one_recipe_has_no_rival(study: Study, ledger: Ledger) -> None:
    decision = decided(evidence(study, ledger, {"final": 3}))
    assert decision.rival is None
    assert decision.standings == ()


def test_nothing_to_choose_from(study: Study, ledger: Ledger) -> None:
    assert decide(gather(study, ledger)) is None
