"""What a report says first: what to do, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.words import answers, frontier, reaching
from reprobench.harness.reporting.words.goal import at_threshold_words
from reprobench.harness.reporting.words.headline import headline
from reprobench.harness.reporting.words.steps import steps
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import Status
from reprobench.harness.study.declaration import Study
from scripted import evidence, evidence_of, published_recipes, scripted_record


def study(seeds: int, **criterion: float) -> Study:
    """The published recipes over some of their seeds, with parts of the criterion replaced."""
    declared = published_recipes(seeds)
    return replace(
        declared,
        criterion=declared.criterion.model_copy(update=criterion),
    )


def advice(found: Evidence) -> str:
    return headline(Bundle(found)).advice


def test_where_all_are_shown_to_fail_none_is_reliable(ledger: Ledger) -> None:
    holding = {"iteration1": 0, "iteration2": 3, "iteration3": 2, "final": 1}
    assert advice(evidence(study(20), ledger, holding)) == (
        "No recipe is reliable; iteration2 is the best guess: 3 of 20 runs held 99.4%."
    )


def test_where_some_may_be_reliable_none_is_shown_to_be(ledger: Ledger) -> None:
    holding = {"iteration1": 0, "iteration2": 3, "iteration3": 2, "final": 1}
    assert advice(evidence(study(4), ledger, holding)) == (
        "No recipe is shown to be reliable; iteration2 is the best guess: 3 of 4 runs held 99.4%."
    )


def test_a_best_recipe_of_which_no_run_held_is_not_praised_for_it(ledger: Ledger) -> None:
    nowhere = dict.fromkeys(("iteration1", "iteration2", "iteration3", "final"), 0)
    assert advice(evidence(study(20), ledger, nowhere)).endswith(
        " is the best guess, although none of its 20 runs held 99.4%."
    )


def test_of_a_first_run_it_is_said_whether_it_held(ledger: Ledger) -> None:
    assert advice(evidence(study(1), ledger, {"iteration1": 0, "final": 0})).endswith(
        ", although its only run did not hold 99.4%."
    )


def test_an_only_recipe_is_no_best_one(ledger: Ledger) -> None:
    alone = replace(study(4), recipes=study(4).recipes[:1])
    assert advice(evidence(alone, ledger, {"iteration1": 3})) == (
        "iteration1 is not shown to be reliable: 3 of 4 runs held 99.4%."
    )


def test_what_meets_the_requirement_is_to_be_taken(ledger: Ledger) -> None:
    holding = {"iteration1": 0, "iteration2": 20, "iteration3": 0, "final": 0}
    assert advice(evidence(study(20), ledger, holding)) == (
        "Take iteration2: 20 of 20 runs held 99.4%, which is reliable enough."
    )


def test_a_choice_that_could_change_is_for_now(ledger: Ledger) -> None:
    holding = {"iteration1": 0, "iteration2": 20, "iteration3": 19, "final": 0}
    assert advice(evidence(study(20), ledger, holding)).startswith("Take iteration2 for now: ")


def test_another_recipe_that_is_reliable_is_named(ledger: Ledger) -> None:
    """A tie with fewer parameters is chosen, but only the leader is shown to be reliable."""
    holding = {"iteration1": 0, "iteration2": 20, "iteration3": 0, "final": 19}
    found = evidence(study(20, tie_margin=0.9), ledger, holding)
    assert advice(found) == (
        "Only iteration2 is shown to be reliable; final is the best: 19 of 20 runs held 99.4%."
    )


def test_without_runs_there_is_nothing_to_choose_from(ledger: Ledger) -> None:
    found = headline(Bundle(gather(study(4), ledger)))
    assert found.advice == "No recipe has a run yet: there is nothing to choose from."
    assert found.grounds == []


def test_recipes_without_runs_are_named_in_a_line_and_nowhere_else(ledger: Ledger) -> None:
    bundle = Bundle(evidence(study(4), ledger, {"iteration2": 3, "final": 1}))
    absent = "Left out of all tables, for lack of runs: iteration1 and iteration3."
    assert headline(bundle).open[-1] == absent
    assert [row.recipe for row in bundle.ranked] == ["iteration2", "final"]


@pytest.fixture
def equals(ledger: Ledger) -> Bundle:
    """Equal hold rates: final ends at 9,947, iteration2 at 9,946, and iteration1 at 9,945."""
    declared = study(4)
    for run in declared.runs():
        ends = {"iteration1": 9_945, "iteration2": 9_946, "iteration3": 9_930, "final": 9_947}
        ledger.write(scripted_record(run, [9_900] * 10 + [9_945] * 4 + [ends[run.recipe.name]]))
    return Bundle(gather(declared, ledger))


def test_one_rule_decides_between_equals_everywhere(equals: Bundle) -> None:
    assert [row.recipe for row in equals.ranked] == [
        *("final", "iteration2", "iteration1", "iteration3"),
    ]
    assert equals.decision is not None
    assert equals.decision.leader.name == "final"
    assert frontier.parameters(equals)[0].startswith("All recipes have 8,546 parameters")
    assert "The closest, iteration2, " in answers.deficits(equals)[1]


def test_equals_are_named_as_such(equals: Bundle) -> None:
    (_, chosen_for) = headline(equals).terms
    assert chosen_for.endswith("; iteration1 and iteration2 have the same hold rate.")
    told = list(steps(equals))
    assert told[1] == (
        "Leader: final, which has the highest hold rate, 1.000 (n = 4). iteration1 and iteration2 "
        "have the same hold rate; among equals, the one with the highest mean final count leads: "
        "9,947.0, compared with 9,946.0 for iteration2."
    )
    assert reaching.first_epochs(equals)[0].startswith(
        "The first to reach it are final, iteration2, iteration1 and iteration3, at epoch 11,"
    )


def test_a_leader_on_common_seeds_alone_is_not_said_to_have_the_highest_rate() -> None:
    """Of its own runs iteration1 holds 3 of 4, but it is behind on the two seeds that both have."""
    found = evidence_of(
        study(10),
        iteration1={1: 9_945, 2: 9_930, 3: 9_945, 4: 9_945},
        iteration2={1: 9_945, 2: 9_945, 5: 9_945, 6: 9_930, 7: 9_930},
    )
    assert list(steps(Bundle(found)))[1] == (
        "Leader: iteration2, with a hold rate of 0.600 (n = 5); no other recipe is ahead of it on "
        "the seeds that both have. iteration1 ranks higher over all runs, but is behind another "
        "recipe on the seeds that both have."
    )


@pytest.mark.parametrize("end", [9_945, "diverged"])
def test_of_recipes_that_are_equal_in_everything_the_first_leads(end: Status | int) -> None:
    runs = {1: end, 2: end}
    told = list(steps(Bundle(evidence_of(study(2), iteration1=runs, iteration2=runs))))
    assert told[1].endswith(
        " iteration2 has the same hold rate; among equals, the mean final count decides, in which "
        "iteration2 is equal, too, so the one that the study declares first leads."
    )


def test_diverged_runs_are_named_beside_the_figures_that_leave_them_out() -> None:
    runs: dict[int, Status | int] = {1: "diverged", 2: 9_945, 3: 9_945}
    found = evidence_of(study(3), iteration1={**runs, 3: "diverged"}, iteration2=runs)
    assert (
        "Diverged: 2 of 3 runs of iteration1 and 1 of 3 runs of iteration2. Such runs count as "
        "never at the threshold; the mean final count and its spread leave them out."
    ) in headline(Bundle(found)).open


def test_with_a_window_of_one_epoch_a_hold_rate_is_no_share_of_epochs() -> None:
    found = evidence_of(study(2, window=1), iteration1={1: 9_945, 2: 9_945})
    assert (
        "last epoch is at or above 9,940 of 10,000 test images (99.40%). Its hold rate is 1 if "
        in (headline(Bundle(found)).terms[0])
    )


def test_recipes_with_one_outcome_share_a_sentence(ledger: Ledger) -> None:
    holding = {"iteration1": 0, "iteration2": 20, "iteration3": 18, "final": 1}
    told = list(steps(Bundle(evidence(study(20), ledger, holding))))
    assert [line.partition(" (")[0].partition(":")[0] for line in told] == [
        *("Eligible", "Leader", "Falls", "Undecided", "Choice", "Confirmation"),
    ]
    assert told[2].endswith(": final and iteration1.")


def test_a_recipe_falls_in_a_look_ahead_though_its_interval_includes_zero() -> None:
    """The first eight runs told against it; since then it has been the better one as often."""
    declared = published_recipes(60)
    chosen = tuple(r for r in declared.recipes if r.name in ("iteration1", "final"))
    ours = {seed: 9_945 if seed <= 8 or seed % 2 else 9_930 for seed in range(1, 39)}
    theirs = {seed: 9_930 if seed <= 8 or seed % 2 else 9_945 for seed in range(1, 39)}
    found = evidence_of(replace(declared, recipes=chosen), iteration1=ours, final=theirs)
    assert (
        ": final. For final, the interval of the difference includes 0 all the same: p rests on "
        "the strongest evidence so far, the interval on all runs."
    ) in list(steps(Bundle(found)))[2]


def test_a_recipe_whose_interval_includes_zero_does_not_fall(ledger: Ledger) -> None:
    """Seven of ten runs lose one epoch of the window, and none gains any: the sign-flip test would
    find unequal distributions, with a p of 2^-6."""
    for run in published_recipes(10).runs():
        loses = run.recipe.name == "iteration2" and run.seed <= 7
        if run.recipe.name in ("iteration1", "iteration2"):
            ledger.write(scripted_record(run, [9_945] * 14 + [9_930 if loses else 9_945]))
    told = list(steps(Bundle(gather(published_recipes(10), ledger))))[2]
    assert told.startswith("Undecided (")
    assert told.endswith(": iteration2.")


def test_a_recipe_is_undecided_though_its_interval_is_above_zero(ledger: Ledger) -> None:
    """Seven differences of ten are 1: a p of 0.016, and four times that after Holm."""
    holding = {"iteration1": 0, "iteration2": 10, "iteration3": 3, "final": 0}
    told = list(steps(Bundle(evidence(study(10), ledger, holding))))[3]
    assert told.startswith("Undecided (")
    assert told.endswith(
        ": iteration3. For iteration3, the interval of the difference does not include 0 all the "
        "same: it is that of one comparison, while p is adjusted for their number, and decides."
    )


def test_ties_are_said_to_be_shown_each_by_itself(ledger: Ledger) -> None:
    holding = {"iteration2": 20, "final": 19}
    told = list(steps(Bundle(evidence(study(20, tie_margin=0.9), ledger, holding))))[2]
    assert told.startswith("Ties (each by itself shown to be less than 0.9 behind: ")


@pytest.mark.parametrize(
    ("holding", "runs", "expected"),
    [
        (20, 20, "1 meets this. Its pass rate is 1.000; by the one-sided 97.5% bounds that the "
                 "verdict rests on, its true pass rate is at least 0.832"),
        (55, 60, "1 meets this. Its pass rate is 0.917; by the one-sided 97.5% bounds that the "
                 "verdict rests on, its true pass rate is at least 0.816"),
        (54, 60, "there are not enough runs to say whether iteration1 meets this"),
    ],
)  # fmt: skip
def test_a_verdict_at_declared_looks(
    ledger: Ledger, holding: int, runs: int, expected: str
) -> None:
    """By the bounds of that look, so that they agree with the answer."""
    whole = study(20)
    looking = replace(
        whole, recipes=whole.recipes[:1], seeds=tuple(range(1, runs + 1)), looks=(20, 60)
    )
    missing = looking.seeds[: runs - holding]
    for run in looking.runs():
        count = 9_939 if run.seed in missing else 9_950
        ledger.write(scripted_record(run, [count] * run.epochs))
    found = headline(Bundle(gather(replace(looking, seeds=tuple(range(1, 61))), ledger)))
    assert expected in found.verdict[0]
    given = not expected.startswith("there are not enough runs")
    subject, verb = ("The", "is") if given else ("A", "would be")
    assert (
        f"{subject} verdict, which is sought after 20 and 60 runs, as declared, at a significance "
        f"level of 0.025 each, {verb} wrong with a probability of at most 0.05."
    ) in found.verdict[0]
    assert found.open == []


def looking(seeds: int, missing: Sequence[int], ledger: Ledger) -> Bundle:
    """One recipe with looks at 20 and at 60 seeds, after this many runs; `missing` do not hold."""
    whole = study(20)
    asked = replace(whole, recipes=whole.recipes[:1], seeds=tuple(range(1, 61)), looks=(20, 60))
    for run in asked.runs()[:seeds]:
        ledger.write(scripted_record(run, [9_939 if run.seed in missing else 9_950] * run.epochs))
    return Bundle(gather(asked, ledger))


def test_what_is_trained_after_an_answer_is_not_in_its_rate(ledger: Ledger) -> None:
    found = looking(50, range(30, 60), ledger)
    said = headline(found)
    assert "Its pass rate in the first 20 runs is 1.000; by the one-sided 97.5%" in said.verdict[0]
    assert "20 of 20 runs held 99.4%, which is reliable enough" in said.advice
    assert found.missing == ["50 of 60 declared seeds"]


def test_a_look_without_an_answer_is_no_end(ledger: Ledger) -> None:
    assert looking(20, [1], ledger).missing == ["20 of 60 declared seeds"]


def test_images_held_out_are_not_called_test_images() -> None:
    assert at_threshold_words(evidence_of(study(4))) == (
        "at or above 9,940 of 10,000 test images (99.40%)"
    )
    assert at_threshold_words(evidence_of(replace(study(4), holdout=5_000))) == (
        "at or above 4,970 of 5,000 held-out training images (99.40%)"
    )
