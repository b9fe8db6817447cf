"""Published claims, tested on runs made for the purpose."""

from dataclasses import replace

import pytest
from reprobench.harness.base.words import listed
from reprobench.harness.judging.claims import JudgedClaim, judge_claims
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.words.method import claim_sentences
from reprobench.harness.reporting.words.zero import though_zero_is_outside
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.statistics.intervals import Interval
from reprobench.harness.study.engine_version import EngineVersion
from scripted import evidence, published_recipes


def judged(ledger: Ledger, final: int, others: int) -> dict[str, JudgedClaim]:
    """Claims on ten runs per recipe, given how many hold for `final` and for each of the others."""
    study = published_recipes(10)
    holding = {r.name: final if r.name == "final" else others for r in study.recipes}
    return {found.claim.words: found for found in judge_claims(evidence(study, ledger, holding))}


@pytest.mark.parametrize(
    ("final", "others", "answer"),
    [(10, 0, "holds"), (0, 10, "does not hold"), (6, 5, "is not shown"), (5, 5, "is not shown")],
)
def test_more_consistent(ledger: Ledger, final: int, others: int, answer: str) -> None:
    claim = judged(ledger, final, others)["bit more consistent"]
    assert claim.answer == answer
    assert len(claim.against) == 3
    outcome = {"holds": "better", "does not hold": "worse", "is not shown": "not shown"}[answer]
    assert {claim.outcome(found.recipe) for found in claim.against} == {outcome}
    assert all(found.comparison.hold.pairs == 10 for found in claim.against)
    assert claim.against[0].comparison.hold.mean == pytest.approx((final - others) / 10)


@pytest.mark.parametrize(("others", "said"), [(4, True), (5, False)])
def test_a_claim_that_is_not_shown_beside_intervals_above_zero(
    ledger: Ledger, others: int, said: bool
) -> None:
    """Six differences of ten are 1: p is 2^-5, three times that after Holm; five include 0."""
    holding = {**dict.fromkeys(("iteration1", "iteration2", "iteration3"), others), "final": 10}
    sentences = claim_sentences(Bundle(evidence(published_recipes(10), ledger, holding)))
    (line,) = [line for line in sentences if "“bit more consistent”" in line]
    assert "is not shown" in line
    assert "different from those of iteration1, iteration2 and iteration3" in line
    found = line.endswith(
        " For iteration1, iteration2 and iteration3, the interval of the difference does not "
        "include 0 all the same: it is that of one comparison, while p is adjusted for their "
        "number, and decides."
    )
    assert found is said
    (alone,) = [line for line in sentences if "“it reached the 99.4%" in line]
    assert "all the same" not in alone
    assert "its hold rate is not significantly different from that of iteration1" in alone


def test_a_single_p_is_not_said_to_be_adjusted() -> None:
    intervals = {"a": Interval(0.1, 0.3), "b": Interval(-0.1, 0.3)}
    found = though_zero_is_outside(intervals, 1, "anytime")
    assert found.startswith(" For a, the interval of the difference does not include 0 all the")
    assert found.endswith(": interval and p come from different tests, and p decides.")


def test_fewer_parameters(ledger: Ledger) -> None:
    claim = judged(ledger, 5, 5)["less parameters"]
    assert claim.answer == "holds"
    assert claim.parameters == 8_546
    assert claim.ahead_of == ("iteration1", "iteration2", "iteration3")


def test_a_claim_against_one_recipe(ledger: Ledger) -> None:
    claim = judged(ledger, 5, 5)["it reached the 99.4% bit more consistent"]
    assert [found.recipe for found in claim.against] == ["iteration1"]
    assert claim.answer == "is not shown"


def test_without_any_runs_nothing_is_shown(ledger: Ledger) -> None:
    claims = judge_claims(gather(published_recipes(), ledger))
    assert [claim.answer for claim in claims] == ["is not shown"] * 3


def test_a_claim_about_recipes_without_runs_is_not_shown(ledger: Ledger) -> None:
    found = evidence(published_recipes(10), ledger, {"final": 10, "iteration1": 0})
    claims = {claim.claim.words: claim for claim in judge_claims(found)}
    for words in ("bit more consistent", "less parameters"):
        assert claims[words].answer == "is not shown"
        assert claims[words].absent == ("iteration2", "iteration3")
    on_iteration2, *on_final = claim_sentences(Bundle(found))
    assert on_iteration2.endswith(" is not shown: no runs of iteration2 can be compared.")
    assert all(
        line.endswith("; no runs of iteration2 and iteration3 can be compared.")
        for line in on_final
    )


EVERY = ("iteration1", "iteration2", "iteration3")


@pytest.mark.parametrize(
    ("present", "absent", "lost"),
    [(EVERY, ("final",), 2), (("final",), EVERY, 3), ((), ("final", *EVERY), 3)],
)
def test_a_claim_that_cannot_be_tested_stays_in_the_report(
    ledger: Ledger, present: tuple[str, ...], absent: tuple[str, ...], lost: int
) -> None:
    bundle = Bundle(evidence(published_recipes(10), ledger, dict.fromkeys(present, 5)))
    said = claim_sentences(bundle)
    assert [claim.answer for claim in bundle.claims] == ["is not shown"] * 3
    assert [claim.absent for claim in bundle.claims][1:] == [absent, absent]
    assert len([line for line in said if line.endswith(" can be compared.")]) == lost
    assert said[-1].endswith(f" is not shown: no runs of {listed(absent)} can be compared.")
    rows = [row for row in bundle.claim_rows if row.words == "bit more consistent"]
    assert [(row.other, row.answer, row.hold.pairs, row.hold.p_holm) for row in rows] == [
        (other, "is not shown", 0, None) for other in EVERY
    ]


def test_a_recipe_of_another_engine_is_missing_in_a_claim_about_every_other(
    ledger: Ledger,
) -> None:
    found = evidence(published_recipes(10), ledger, {**dict.fromkeys(EVERY, 0), "final": 10})
    apart = replace(found, engines={**found.engines, "iteration3": EngineVersion("torch", "2")})
    claims = {claim.claim.words: claim for claim in judge_claims(apart)}
    assert claims["bit more consistent"].absent == ("iteration3",)
    assert claims["bit more consistent"].ahead_of == ("iteration1", "iteration2")
    assert claims["bit more consistent"].answer == "is not shown"


def test_a_claim_without_other_recipes_is_not_shown(ledger: Ledger) -> None:
    bundle = Bundle(evidence(published_recipes(10), ledger, {"final": 10}).part(["final"]))
    (line,) = [line for line in claim_sentences(bundle) if "“bit more consistent”" in line]
    assert line.endswith(" is not shown: there is no other recipe to compare it with.")
