"""The words on a choice with adaptive seeds: what is dropped, settled or open, and what is next."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from programs import evidence_of_program, program
from reprobench.harness.judging.decision import decide
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.tables.columns import Rows
from reprobench.harness.reporting.tables.course import CourseRow
from reprobench.harness.reporting.words import course, frontier
from reprobench.harness.reporting.words.answers import deficits
from reprobench.harness.reporting.words.headline import headline
from reprobench.harness.reporting.words.steps import steps
from reprobench.harness.results.ledger import Ledger
from scripted import adaptive, evidence, published_recipes, scripted_record

HOLDING = {"iteration1": 2, "iteration2": 10, "iteration3": 8, "final": 6}
OPEN = {"iteration1": 0, "iteration2": 6, "iteration3": 5, "final": 5}

Lines = Callable[[dict[str, int], int], list[str]]


@pytest.fixture
def told(ledger: Ledger) -> Lines:
    """What could change, and then the steps, for this many runs of each recipe."""

    def tell(holding: dict[str, int], budget: int) -> list[str]:
        bundle = Bundle(evidence(adaptive(budget), ledger, holding))
        return [*headline(bundle).open, *steps(bundle)]

    return tell


def test_a_final_choice_is_said_to_be_final(told: Lines) -> None:
    lines = told({"iteration1": 0, "iteration2": 0, "iteration3": 0, "final": 25}, 25)
    assert lines[0] == (
        "The choice is final: no recipe of this study leads final by 0.1 or more in hold rate. "
        "This is wrong with a probability of at most 0.05, however often one looks."
    )
    assert "Under test: final, which has the fewest parameters of the remaining" in "\n".join(lines)
    assert "Settled (shown not to lead final by 0.1 in hold rate): " in "\n".join(lines)
    assert "Choice: final, since no remaining recipe may lead it by 0.1 in hold rate." in lines


def test_a_recipe_that_is_dropped_is_named_with_the_choice_that_follows(told: Lines) -> None:
    lines = told({"iteration1": 0, "iteration2": 25, "iteration3": 0, "final": 0}, 25)
    assert lines[0].startswith("The choice is final: no recipe of this study leads iteration2 by")
    (dropped,) = (line for line in lines if line.startswith("Dropped"))
    assert dropped.startswith("Dropped (shown to be behind another recipe in hold rate): ")
    said = r"final \(behind iteration2: log evidence \d+\.\d\d, required 4\.09\)"
    assert re.search(said, dropped)


def test_what_is_open_is_named_with_its_evidence_and_what_comes_next(told: Lines) -> None:
    lines = told(OPEN, 10)
    assert lines[0].startswith("The choice is provisional: iteration2 (")
    assert " of 4.09; about " in lines[0]
    assert " more seeds) may still lead final, the recipe under test, by 0.1" in lines[0]
    assert lines[1] == (
        "The declared budget of seeds is spent; with a larger one, a bench would go on from here."
    )
    assert any(line.startswith("Choice for now: iteration2, which has the ") for line in lines)


def test_a_budget_that_would_be_spent_first_is_said(ledger: Ledger) -> None:
    evidence(adaptive(10), ledger, OPEN)

    def said(budget: int) -> list[str]:
        found = headline(Bundle(gather(adaptive(budget), ledger))).open
        return [line for line in found if "budget" in line]

    assert said(20) == [
        "At this rate the budget, 20 seeds per recipe, is spent before that; a larger one may be "
        'declared at any time, with seeds = "adaptive", since no guarantee depends on it.'
    ]
    assert said(2_000) == []


@pytest.mark.usefixtures("no_images", "no_pictures")
def test_the_recipe_under_test_is_no_open_one(ledger: Ledger, tmp_path: Path) -> None:
    """People see what the others are compared with; the CSV file has no word for that."""
    bundle = Bundle(evidence(adaptive(10), ledger, OPEN))
    assert deficits(bundle)[0] == (
        "Of the 3 recipes other than iteration2, 0 are dropped, 0 settled and 2 open; final is "
        "under test, and iteration2 may still lead it by 0.1."
    )
    outcomes = {row["recipe"]: row["outcome"] for row in bundle.comparisons.by_column()}
    assert set(outcomes.values()) == {"open"}
    report = write_report(bundle.evidence, tmp_path)
    text = (report.folder / "report.md").read_text()
    assert "Outcomes are relative to final, the recipe under test." in text
    assert "| final | under test |" in text
    assert "| iteration3 | open |" in text


def test_a_final_choice_has_no_recipe_under_test_beside_it(ledger: Ledger) -> None:
    """If the recipe under test is the choice, no other is mentioned."""
    bundle = Bundle(evidence(adaptive(25), ledger, dict.fromkeys(HOLDING, 0) | {"final": 25}))
    assert deficits(bundle)[0] == (
        "Of the 3 recipes other than final, 0 are dropped, 3 settled and 0 open."
    )


def test_what_comes_next_is_said(ledger: Ledger) -> None:
    evidence(adaptive(10), ledger, OPEN)
    study = replace(adaptive(40), prolonged=False)
    following = headline(Bundle(gather(study, ledger))).open[-1]
    assert following == (
        "To settle the choice, another bench would next take final to 15 seeds, iteration2 to 15 "
        "seeds and iteration3 to 15 seeds."
    )


def test_of_a_fixed_study_it_is_said_which_bench_goes_on(ledger: Ledger) -> None:
    evidence(adaptive(10), ledger, OPEN)
    following = headline(Bundle(gather(adaptive(40), ledger))).open[-1]
    assert following.startswith(
        "To settle the choice, another `bench --until-decided` would next take final to 15 seeds"
    )


def test_before_every_recipe_has_a_run_the_choice_is_provisional(ledger: Ledger) -> None:
    bundle = Bundle(evidence(adaptive(5), ledger, {"iteration2": 4, "final": 2}))
    assert bundle.decision is not None
    assert bundle.decision.provisional
    assert bundle.decision.could_change_choice[-2:] == ("iteration1", "iteration3")
    assert headline(bundle).advice.startswith(
        "No recipe is shown to be reliable; iteration2 is the best guess"
    )
    assert headline(bundle).open[0].startswith("The choice is provisional: not every recipe has a")
    assert any(
        line.startswith("Choice for now: iteration2, which has the") for line in steps(bundle)
    )


def test_a_first_seed_that_is_missing_is_no_choice(ledger: Ledger) -> None:
    """The only recipe has seeds 2 to 5: nothing is final before the first seed is trained."""
    study = adaptive(5)
    only = replace(study, recipes=study.recipes[:1])
    for run in only.runs()[1:]:
        ledger.write(scripted_record(run, [9_945] * 15))
    decision = decide(gather(only, ledger))
    assert decision is not None
    assert decision.provisional


def test_where_the_seeds_went(ledger: Ledger) -> None:
    bundle = Bundle(evidence(adaptive(5), ledger, HOLDING))
    assert course.seeds(bundle) == ["Each recipe has 5 of the 20 runs."]
    more = [run for run in adaptive(8).runs() if run.recipe.name == "final" and run.seed > 5]
    for run in more:
        ledger.write(scripted_record(run, [9_945] * 15))
    assert course.seeds(Bundle(gather(adaptive(8), ledger))) == [
        "final has the most of the 23 runs, 8, and iteration1, iteration2 and iteration3 have the "
        "fewest, 5 each."
    ]


def test_recipes_end_as_they_are_against_the_last_one_under_test() -> None:
    """`c` is settled twice, `d` first settled, then dropped; `a` is dropped as `b` is ahead."""

    def round_of(runs: int, tested: str, **places: str) -> list[CourseRow]:
        return [CourseRow(runs, name, 5, tested, place, None, None, None, None, 3.0)
                for name, place in places.items()]  # fmt: skip

    rows = (
        *round_of(10, "a", a="tested", b="open", c="settled", d="open"),
        *round_of(20, "a", a="tested", b="open", c="settled", d="settled"),
        *round_of(30, "b", a="dropped", b="tested", c="settled", d="dropped"),
        *round_of(40, "b", a="dropped", b="tested", c="settled", d="dropped"),
    )
    study = adaptive(10)
    found = SimpleNamespace(study=study)
    bundle = SimpleNamespace(course=Rows(CourseRow, rows), evidence=found, unasked=0)
    assert course.course(cast(Bundle, bundle))[1:] == [
        "a and d were dropped after 30 runs in total.",
        "c was settled against b after 30 runs in total.",
    ]


def test_runs_that_the_rule_did_not_ask_for_are_no_part_of_the_course(ledger: Ledger) -> None:
    """The choice is final after 10 seeds each, and its verdict is known after 30 of `final`."""
    holding = {"iteration1": 0, "iteration2": 0, "iteration3": 0, "final": 60}
    bundle = Bundle(evidence(adaptive(60), ledger, holding))
    said = course.course(bundle)[-1]
    assert said == (
        "This is told as the rule with one worker would have spent the runs; 180 further runs, "
        "which it did not ask for, were there too, from other studies or to keep several workers "
        "busy."
    )
    assert "further" not in " ".join(course.course(Bundle(evidence(adaptive(5), ledger, holding))))


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("", "a, which has the highest hold rate of the remaining recipes; none states its "),
        ("parameters = 9", "b, which has the fewest parameters of the remaining recipes (of equal"),
    ],
)
def test_programs_that_state_no_parameters_are_not_called_small(
    tmp_path: Path, keys: str, why: str
) -> None:
    rest = "[[recipes]]\nname = 'b'\ncommand = 'sh train.sh 2 {seed}'\ninputs = ['train.sh']\n"
    found = evidence_of_program(program(tmp_path, rest=rest + keys), a=[90, 90], b=[90, 60])
    prolonged = replace(found, study=found.trainable_study.until_decided(5))
    told = list(steps(Bundle(prolonged)))
    assert told[1].startswith(f"Under test: {why}")
    assert ("those that do not state theirs" in told[1]) == bool(keys)


def test_programs_have_no_budget_of_parameters(tmp_path: Path) -> None:
    rest = "[[recipes]]\nname = 'b'\ncommand = 'sh train.sh 2 {seed}'\ninputs = ['train.sh']\n"
    file = program(tmp_path, recipe="parameters = 900", rest=f"{rest}parameters = 900")
    found = evidence_of_program(file, a=[90, 90], b=[90, 60])
    assert frontier.parameters(Bundle(found)) == ["All recipes have 900 parameters."]


def test_verdict_and_advice_rest_on_the_same_runs(ledger: Ledger) -> None:
    """With adaptive seeds, a run that is missing ends what decides: three runs are too few."""
    declared = published_recipes(40).part(["iteration2", "final"])
    for run in declared.runs():
        if (run.recipe.name, run.seed) != ("final", 4):
            ends = 9_945 if run.recipe.name == "final" else 9_900
            ledger.write(scripted_record(run, [ends] * 15))
    bundle = Bundle(gather(declared.until_decided(100), ledger))
    assert bundle.decision
    assert (bundle.decision.verdict, bundle.decision.passing.runs) == ("not enough runs", 3)
    assert headline(bundle).advice == (
        "No recipe is shown to be reliable; final is the best guess: 39 of 39 runs held 99.4%."
    )
