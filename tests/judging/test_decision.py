"""The decision rule, on cases made for the purpose."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from programs import evidence_of_program, program
from reprobench.harness.judging.decision import Decision, decide
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.judging.gathering import gather
from reprobench.harness.judging.pass_rate import runs_that_could_meet
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.statistics.eprocess import least_anytime_p
from reprobench.harness.study.declaration import Study
from scripted import evidence, evidence_of, published_recipes


@pytest.fixture
def study() -> Study:
    """The four published recipes over ten seeds; iteration has 9,770 parameters, final 8,546."""
    return published_recipes(10)


def decided(found: Evidence) -> Decision:
    decision = decide(found)
    assert decision is not None
    return decision


def outcomes(decision: Decision) -> dict[str, str]:
    return {standing.name: standing.outcome for standing in decision.standings}


def test_few_pairs_let_nobody_fall(study: Study, ledger: Ledger) -> None:
    """Four recipes make six pairs: 2^-7 times 6 is 0.047, 2^-6 times 6 is 0.094."""
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
    """Ten equal runs say too little for a tie within 0.1."""
    decision = decided(evidence(study, ledger, {"iteration3": 10, "final": 10}))
    assert outcomes(decision) == {"final": "undecided"}
    assert decision.chosen.name == "iteration3"
    # If it were tied, `final` would be chosen for its parameters: the choice is provisional.
    assert decision.could_change_choice == ("final",)
    assert decision.without_runs == ("iteration1", "iteration2")


def test_among_ties_the_smallest_is_chosen(study: Study, ledger: Ledger) -> None:
    many = replace(study, seeds=tuple(range(1, 121)))
    decision = decided(evidence(many, ledger, {"iteration2": 120, "final": 120}))
    assert outcomes(decision) == {"final": "ties"}
    assert decision.leader.name == "iteration2"
    assert decision.chosen.name == "final"
    assert decision.could_change_choice == ()
    assert decision.runs_needed is None
    assert decision.rival is not None
    assert decision.rival.name == "iteration2"


def test_how_many_seeds_would_settle_it(study: Study, ledger: Ledger) -> None:
    decision = decided(evidence(study, ledger, {"iteration2": 6, "final": 5}))
    (standing,) = decision.standings
    # One difference of 1 in ten, and one more to be careful: their standard deviation is 0.405; 80%
    # power for 0.1 takes 131 pairs, and a tie 36 more.
    assert standing.comparison.hold.deviation == pytest.approx(0.1**0.5)
    assert decision.runs_needed == standing.runs_needed == 167


def test_no_number_of_seeds_is_named_that_is_there_already(ledger: Ledger) -> None:
    """Fewer than 100 pairs tell a deficit of 0.1 from none; one of 0.05 is still open after 100."""
    decision = decided(evidence(published_recipes(100), ledger, {"iteration2": 100, "final": 95}))
    (standing,) = decision.standings
    assert standing.outcome == "undecided"
    assert decision.could_change_choice == ("final",)
    assert standing.runs_needed is decision.runs_needed is None


def test_few_seeds_show_a_large_deficit(ledger: Ledger) -> None:
    """Five pairs with the largest difference lack some for a p of 5%; a tie is out of reach."""
    decision = decided(evidence(published_recipes(5), ledger, {"iteration2": 5, "final": 0}))
    assert [(s.outcome, s.runs_needed) for s in decision.standings] == [("undecided", 40)]


def test_of_a_recipe_that_is_decided_about_no_seeds_are_needed(
    study: Study, ledger: Ledger
) -> None:
    decision = decided(evidence(study, ledger, {"iteration2": 10, "final": 0}))
    assert [(s.outcome, s.runs_needed) for s in decision.standings] == [("falls", None)]


def test_how_many_seeds_would_settle_a_choice_for_now(ledger: Ledger) -> None:
    """They are in the row of the recipe under test, which the choice may still lead."""
    declared = published_recipes(20).part(["iteration2", "final"])
    found = evidence(declared, ledger, {"iteration2": 20, "final": 19})
    decision = decided(gather(declared.until_decided(100), found.ledger))
    assert decision.adaptive is not None
    assert (decision.chosen.name, decision.adaptive.allocation.tested) == ("iteration2", "final")
    (rival,) = decision.adaptive.allocation.open
    assert rival.name == "iteration2"
    assert rival.more_seeds is not None
    (standing,) = decision.standings
    assert standing.runs_needed == 20 + rival.more_seeds


@pytest.mark.parametrize(
    ("holding", "seeds", "expected"),
    [(14, 14, "meets"), (13, 13, "not enough runs"), (4, 10, "fails"), (6, 10, "not enough runs")],
)
def test_the_verdict_by_exact_bounds(
    study: Study, ledger: Ledger, holding: int, seeds: int, expected: str
) -> None:
    """0.8 is required: the pass rate is at least 0.807 for 14 of 14, 0.794 for 13 of 13."""
    some = replace(study, seeds=tuple(range(1, seeds + 1)))
    assert decided(evidence(some, ledger, {"final": holding})).verdict == expected
    assert runs_that_could_meet(0.8, 0.95) == 14


def test_one_recipe_has_no_rival(study: Study, ledger: Ledger) -> None:
    decision = decided(evidence(study, ledger, {"final": 3}))
    assert decision.rival is None
    assert decision.standings == ()


def tried_before(study: Study, candidates: int) -> Study:
    """The study as one that is what is left of so many recipes."""
    criterion = study.criterion.model_copy(update={"candidates": candidates})
    return replace(study, criterion=criterion)


def test_recipes_that_were_left_out_share_alpha(study: Study) -> None:
    """14 of 14 meet 0.8 at 5%, 20 of 20 at the 1.25% of one of four, of which three are gone."""
    runs = dict.fromkeys(range(1, 21), HOLDS)
    only = replace(study, recipes=study.recipes[:1], seeds=tuple(runs))
    for left, answer in ((4, "meets"), (5, "not enough runs")):
        found = decided(evidence_of(tried_before(only, left), iteration1=runs))
        assert (found.verdict, found.passing.among) == (answer, left)


def test_recipes_that_were_left_out_could_have_led(study: Study, ledger: Ledger) -> None:
    """Of four recipes there are six pairs, of two only one."""
    found = evidence(study, ledger, {"iteration2": 10, "final": 3})
    for candidates, pairs, outcome in ((2, 1, "falls"), (4, 6, "undecided")):
        (standing,) = decided(replace(found, study=tried_before(study, candidates))).standings
        assert standing.comparison.hold.p is not None
        assert standing.hold_p == pytest.approx(pairs * standing.comparison.hold.p)
        assert standing.outcome == outcome


def test_recipes_that_were_left_out_ask_for_more_evidence(study: Study, ledger: Ledger) -> None:
    """Of log(7 / alpha) that the choice is right, and of log(8 / alpha) for the verdict."""
    found = evidence(study.until_decided(20), ledger, {"iteration2": 10, "final": 3})
    decision = decided(replace(found, study=tried_before(found.study, 8)))
    assert decision.adaptive
    assert decision.adaptive.allocation.required_evidence == pytest.approx(math.log(7 / 0.05))
    assert decision.passing.required_evidence == pytest.approx(math.log(8 / 0.05))


def test_nothing_to_choose_from(study: Study, ledger: Ledger) -> None:
    assert decide(gather(study, ledger)) is None


def test_the_verdict_accounts_for_the_choice(study: Study, ledger: Ledger) -> None:
    """14 of 14 meet 0.8 at 5%; for the best of two recipes, it takes 2.5%."""
    some = replace(study, seeds=tuple(range(1, 15)))
    two = decided(evidence(some, ledger, {"final": 14, "iteration1": 0}))
    assert two.verdict == "not enough runs"
    assert (two.passing.among, two.passing.alpha) == (2, pytest.approx(0.025))
    assert two.biased
    assert not decided(evidence_of(some, final=dict.fromkeys(range(1, 15), 9_950))).biased


HOLDS, FAILS = 9_950, 9_900


def test_a_declared_number_that_is_not_reached_is_a_look_ahead(study: Study) -> None:
    whole = dict.fromkeys(range(1, 11), HOLDS)
    part = {**dict.fromkeys(range(1, 9), HOLDS), 9: FAILS}
    found = evidence_of(study, final=whole, iteration1=part, iteration2=whole, iteration3={})
    decision = decided(found)
    assert decision.look_ahead
    assert [found.consistency[name].method for name in ("final", "iteration1")] == [
        "declared", "anytime",
    ]  # fmt: skip
    methods = {s.name: s.comparison.hold.method for s in decision.standings}
    assert methods["iteration1"] == "anytime"
    assert sorted(methods.values()) == ["anytime", "declared"]
    complete = evidence_of(study, final=whole, iteration1=whole, iteration2=whole, iteration3=whole)
    assert not decided(complete).look_ahead


def test_a_look_ahead_takes_more_to_fall(study: Study) -> None:
    """Nine differences of 1: p is 2^-8, the p of e-processes is larger."""
    many = replace(study, seeds=tuple(range(1, 11)))
    held, failed = dict.fromkeys(range(1, 10), HOLDS), dict.fromkeys(range(1, 10), FAILS)
    ahead = decided(evidence_of(many, iteration2=held, iteration1=failed))
    (standing,) = ahead.standings
    assert standing.hold_p == pytest.approx(least_anytime_p(9))
    assert standing.hold_p is not None
    assert standing.hold_p > 2.0**-8
    declared = replace(many, seeds=many.seeds[:9])
    (reached,) = decided(evidence_of(declared, iteration2=held, iteration1=failed)).standings
    assert reached.hold_p == pytest.approx(2.0**-8)


def test_the_leader_leads_on_the_seeds_that_are_compared(study: Study) -> None:
    """On its own seeds iteration1 has 0.75 and iteration2 0.6; on common seeds, 0.5 and 1."""
    one = {1: HOLDS, 2: FAILS, 3: HOLDS, 4: HOLDS}
    two = {1: HOLDS, 2: HOLDS, 5: HOLDS, 6: FAILS, 7: FAILS}
    decision = decided(evidence_of(study, iteration1=one, iteration2=two))
    assert decision.leader.name == "iteration2"
    (standing,) = decision.standings
    assert standing.comparison.hold.mean == pytest.approx(0.5)


def test_where_each_is_behind_another_the_highest_rate_leads(study: Study) -> None:
    """Three recipes, each ahead of the next on the only seed that both have."""
    decision = decided(
        evidence_of(
            study,
            iteration1={1: HOLDS, 3: FAILS, 4: HOLDS},
            iteration2={1: FAILS, 2: HOLDS},
            iteration3={2: FAILS, 3: HOLDS},
        )
    )
    assert decision.leader.name == "iteration1"


def test_a_new_leader_could_change_a_choice_that_does_not_lead(study: Study) -> None:
    """The choice ties with the leader, not with a third recipe that may be slightly ahead."""
    some = replace(study, criterion=study.criterion.model_copy(update={"tie_margin": 0.4}))

    def runs(first: int, last: int) -> dict[int, int]:
        return {seed: HOLDS if first <= seed <= last else FAILS for seed in range(1, 11)}

    ahead, behind = runs(1, 8), runs(4, 9)
    decision = decided(evidence_of(some, iteration2=ahead, iteration3=behind, final=ahead))
    assert (decision.leader.name, decision.chosen.name) == ("iteration2", "final")
    assert outcomes(decision) == {"iteration3": "undecided", "final": "ties"}
    deficit = decision.standings[0].comparison.hold.interval
    assert deficit is not None
    assert -0.4 < deficit.low < 0  # iteration3 may lead iteration2, but not by the tie margin
    assert decision.could_change_choice == ("iteration3",)
    alone = decided(evidence_of(some, iteration2=ahead, iteration3=behind))
    assert (alone.chosen.name, alone.could_change_choice) == ("iteration2", ())


def test_a_recipe_that_states_no_parameters_is_not_preferred_for_its_size(tmp_path: Path) -> None:
    """Equal in all 20 runs, so that they tie; only one of them states its parameters."""
    other = "[[recipes]]\nname = 'b'\ncommand = 'sh train.sh {seed}'\ninputs = ['train.sh']\n"
    file = program(tmp_path, seeds=20, rest=f"{other}parameters = 900")
    file.write_text(file.read_text().replace("window = 1", "window = 1\ntie_margin = 0.5"))
    decision = decided(evidence_of_program(file, a=[90] * 20, b=[90] * 20))
    assert [found.name for found in decision.tied] == ["a", "b"]
    assert decision.chosen.name == "b"
