"""The figures of a choice are biased in its favour; those of fresh seeds are shown beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from programs import evidence_of_program, program
from reprobench.harness.judging.comparison import compare_recipes
from reprobench.harness.judging.confirmation import (
    Confirmation,
    confirming,
    gather_confirmation,
)
from reprobench.harness.judging.decision import decide
from reprobench.harness.judging.verdicts import verdict_on
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.words.bias import BIASED
from reprobench.harness.reporting.words.choice import biased
from reprobench.harness.reporting.words.headline import headline
from reprobench.harness.reporting.words.steps import confirmed as told
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from scripted import adaptive, evidence, published_recipes, scripted_record

HOLDING = {"iteration1": 2, "iteration2": 10, "iteration3": 8, "final": 6}


def confirmed(study: Study, ledger: Ledger) -> Bundle:
    """A report with ten confirming runs of the choice and its rival, of which three hold."""
    found = evidence(study, ledger, HOLDING)
    decision = decide(found)
    fresh = confirming(study, decision)
    assert fresh is not None
    for number, run in enumerate(fresh.runs()):
        ledger.write(scripted_record(run, [9_945 if number < 6 else 9_930] * 15))
    return Bundle(found, gather_confirmation(found, decision, ledger), decision)


@pytest.mark.parametrize(
    "study",
    [published_recipes(20), adaptive(20)],
    ids=["declared", "adaptive"],
)
def test_the_choice_is_biased_and_fresh_seeds_stand_beside_it(study: Study, ledger: Ledger) -> None:
    bundle = confirmed(study, ledger)
    said = headline(bundle)
    assert bundle.decision is not None
    name = bundle.decision.chosen.name
    assert name == "iteration2"
    assert said.biased == [
        f"The figures of iteration2 and their intervals are {BIASED} out of 4 recipes. On 10 seeds "
        "that took no part in the choice, its hold rate is 0.300 (0.067 to 0.652), its pass rate "
        "0.300 (0.067 to 0.652), and its mean final count 9,934.5 (9,929.3 to 9,939.7)."
    ]
    assert (
        f", which is {BIASED}; on fresh seeds it is 0.300 (0.067 to 0.652, n = 10)"
        in (said.terms[1])
    )


def test_without_fresh_seeds_it_is_biased_all_the_same(ledger: Ledger) -> None:
    said = headline(Bundle(evidence(published_recipes(8), ledger, HOLDING)))
    (line,) = said.biased
    assert line.endswith("since the same runs were used to choose it out of 4 recipes.")
    assert said.terms[1].endswith(f"n = 8), which is {BIASED}; iteration3 has the same hold rate.")


def test_nothing_favours_an_only_recipe(ledger: Ledger) -> None:
    study = published_recipes(5)
    only = replace(study, recipes=study.recipes[:1])
    said = headline(Bundle(evidence(only, ledger, {"iteration1": 3})))
    assert said.biased == []
    assert "biased" not in said.terms[1]


def test_fresh_seeds_of_programs_have_what_these_measure(tmp_path: Path) -> None:
    """Hold rates that differ only by the rounding of their sums are called equal."""
    rest = "[[recipes]]\nname = 'b'\ncommand = 'sh train.sh 2 {seed}'\ninputs = ['train.sh']"
    file = program(tmp_path, head='measure = { name = "loss", direction = "lower" }', rest=rest)
    found = evidence_of_program(file, a=[0.0125, 0.0135], b=[0.7, 0.7])
    decision = decide(found)
    assert decision is not None
    comparison = compare_recipes(found, "a", "b")
    nearly = replace(comparison, hold=replace(comparison.hold, mean=1e-17))
    fresh = Confirmation(found, "a", "b", nearly, verdict_on(found, "a", 1))
    (line,) = biased(decision, fresh)
    assert "its mean final loss 0.013 (" in line
    assert list(told(fresh))[1].startswith("On these seeds its hold rate is equal to that of its ")
