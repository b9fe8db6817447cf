"""The verdict in words: with what certainty it is given, and by which numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.words.headline import headline
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import Status
from scipy import stats
from scripted import adaptive, evidence, evidence_of, published_recipes

NOBODY = dict.fromkeys(("iteration1", "iteration2", "iteration3", "final"), 0)


def verdict(holding: dict[str, int], ledger: Ledger, seeds: int) -> str:
    """The verdict's sentences for so many runs that hold, of `seeds` of each recipe."""
    return headline(Bundle(evidence(published_recipes(seeds), ledger, holding))).verdict[0]


def test_the_verdict_is_as_often_wrong_as_that_of_any_recipe(ledger: Ledger) -> None:
    """Six recipes with a pass rate of just below 0.8, 22 runs each, the best of which is chosen."""
    one = stats.binom.sf(21, 22, 0.7999)  # only 22 of 22 meet 0.8 at 0.05 / 6
    assert one == pytest.approx(0.0074, abs=1e-4)
    assert 1 - (1 - one) ** 6 == pytest.approx(0.043, abs=1e-3)  # 0.05 is true, 0.05 / 6 is not
    said = verdict(NOBODY | {"iteration2": 20}, ledger, 20)
    assert (
        "The verdict is wrong with a probability of at most 0.05. For this, each of the 4 recipes "
        "is tested at a significance level of 0.0125, since the same runs were used to choose "
        "among them."
    ) in said


def test_recipes_that_were_left_out_are_counted(ledger: Ledger) -> None:
    study = published_recipes(20)
    criterion = study.criterion.model_copy(update={"candidates": 6})
    found = evidence(replace(study, criterion=criterion), ledger, NOBODY | {"iteration2": 20})
    assert (
        "For this, each of the 6 recipes, counting those that were tried before and left out, is "
        "tested at a significance level of 0.00833, since the choice was made among all of them."
    ) in headline(Bundle(found)).verdict[0]


def test_the_verdict_on_an_only_recipe_needs_no_share_of_alpha(ledger: Ledger) -> None:
    study = published_recipes(20)
    only = replace(study, recipes=study.recipes[:1])
    said = headline(Bundle(evidence(only, ledger, {"iteration1": 20}))).verdict[0]
    assert "The verdict is wrong with a probability of at most 0.05. Meeting" in said


def test_the_bounds_are_those_that_the_verdict_rests_on(ledger: Ledger) -> None:
    """19 of 19 of four recipes: at least 0.854 at 95%, but 0.794 at the 98.75% that it takes."""
    said = verdict(NOBODY | {"iteration2": 19}, ledger, 19)
    assert pytest.approx(0.8541, abs=1e-4) == 0.05 ** (1 / 19)
    assert pytest.approx(0.7940, abs=1e-4) == 0.0125 ** (1 / 19)
    assert "there are not enough runs to say whether iteration2 meets this" in said
    assert (
        "Its pass rate is 1.000; by the one-sided 98.75% bounds that the verdict rests on, its "
        "true pass rate is at least 0.794 and at most 1.000."
    ) in said


def test_a_bound_beyond_the_requirement_is_not_rounded_to_it() -> None:
    """6 of 11: the upper bound, the 95% quantile of Beta(7, 5), is 0.80042, which does not fail."""
    study = published_recipes(11)
    only = replace(study, recipes=study.recipes[:1])
    found = evidence_of(
        only, iteration1={seed: 9_945 if seed < 7 else 9_930 for seed in only.seeds}
    )
    said = headline(Bundle(found)).verdict[0]
    assert "there are not enough runs to say whether iteration1 meets this" in said
    assert f"and at most {stats.beta.ppf(0.95, 7, 5):.4f}. A verdict would be" in said
    assert "and at most 0.8004." in said


def test_where_one_may_look_at_will_the_verdict_rests_on_evidence(ledger: Ledger) -> None:
    bundle = Bundle(evidence(adaptive(40), ledger, NOBODY | {"iteration2": 40}))
    assert bundle.decision is not None
    found = bundle.decision.passing
    assert found.answer == "meets"
    said = headline(bundle).verdict[0]
    assert (
        "Its pass rate is 1.000; the log evidence (how strongly the runs contradict the opposite) "
        f"is {found.for_meets:.2f} that it meets the requirement and 0.00 that it fails, and a "
        "verdict needs 4.38."  # log(4 / 0.05)
    ) in said
    assert "bound" not in said


def test_failed_runs_are_said_to_count_against_the_choice() -> None:
    """41 of 41 runs hold, and 19 fail: a pass rate of 0.683, if these are runs that do not hold."""
    study = published_recipes(60)
    only = replace(study, recipes=study.recipes[:1])
    ends: dict[int, Status | int] = dict.fromkeys(only.seeds, 9_945)
    found = evidence_of(only, iteration1={**ends, **dict.fromkeys(range(3, 60, 3), "failed")})
    said = headline(Bundle(found))
    assert said.advice == "iteration1 is not shown to be reliable: 41 of 41 runs held 99.4%."
    assert (
        " 19 further runs failed; whether the requirement is met is tested as if they did not "
        "hold, and whether it is failed, without them. A verdict would be wrong with"
    ) in said.verdict[0]


def test_runs_that_are_not_there_yet_have_not_failed() -> None:
    study = published_recipes(60)
    only = replace(study, recipes=study.recipes[:1])
    found = evidence_of(only, iteration1=dict.fromkeys(range(1, 42), 9_945))
    said = headline(Bundle(found))
    assert said.advice.startswith("Take iteration1: 41 of 41 runs held 99.4%")
    assert "failed" not in said.verdict[0]


def test_a_run_that_was_trained_again_has_not_failed() -> None:
    study = published_recipes(3)
    ((name, failed),) = evidence_of(study, final={1: "failed"}).failed
    found = evidence_of(study, final={1: 9_945, 2: 9_945})
    again = replace(found, failed=[(name, failed)])
    assert again.holding("final") == {1: True, 2: True}


def test_the_price_of_a_look_ahead_is_said() -> None:
    """Looks that were declared share the significance level, so that they have none."""
    ahead = replace(published_recipes(20), seeds=tuple(range(1, 61)))
    for number, study in enumerate((ahead, replace(ahead, looks=(30, 60)))):
        runs: dict[int, Status | int] = dict.fromkeys(range(1, 21), 9_945)
        said = " ".join(headline(Bundle(evidence_of(study, iteration1=runs))).open)
        assert "this is a look ahead: its intervals and tests stay valid" in said
        assert ("uses the whole significance level again" in said) is (number == 0)


def test_a_look_ahead_does_not_promise_too_much_of_what_is_complete() -> None:
    """Both of two seeds of a recipe are there, so that its interval is Gaffke's."""
    study = published_recipes(2)
    found = evidence_of(study, final={1: 9_945, 2: 9_930}, iteration1={1: 9_945})
    said = " ".join(headline(Bundle(found)).open)
    assert (
        "so this is a look ahead: intervals and tests that lack some of these runs stay valid "
        "however often one looks; those that have them all are valid at that number alone."
    ) in said
