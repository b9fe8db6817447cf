"""Confirmation of a choice on seeds that took no part in it."""

from dataclasses import replace

import pytest
from reprobench.harness.judging.confirmation import confirming, gather_confirmation
from reprobench.harness.judging.decision import decide
from reprobench.harness.judging.gathering import gather
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from scripted import published_recipes, scripted_record


@pytest.fixture
def study() -> Study:
    """The published recipes over ten seeds, confirmed on three."""
    return replace(published_recipes(10), confirmation_seeds=(1_000, 1_001, 1_002))


def fill(study: Study, ledger: Ledger, counts: dict[str, int]) -> None:
    for run in study.runs():
        if run.recipe.name in counts:
            ledger.write(scripted_record(run, [counts[run.recipe.name]] * 15))


def test_the_chosen_and_its_rival_on_fresh_seeds(study: Study, ledger: Ledger) -> None:
    fill(study, ledger, {"iteration1": 9_920, "iteration2": 9_945, "iteration3": 9_939})
    evidence = gather(study, ledger)
    fresh = confirming(evidence.study, decide(evidence))
    assert fresh is not None
    assert [recipe.name for recipe in fresh.recipes] == ["iteration2", "iteration3"]
    assert fresh.seeds == (1_000, 1_001, 1_002)
    assert gather_confirmation(evidence, decide(evidence), ledger) is None
    fill(fresh, ledger, {"iteration2": 9_939, "iteration3": 9_941})
    found = gather_confirmation(evidence, decide(evidence), ledger)
    assert found is not None
    assert (found.chosen, found.rival) == ("iteration2", "iteration3")
    assert found.evidence.consistency["iteration2"].hold_rate == 0
    assert found.comparison is not None
    assert found.comparison.hold.mean == -1
    assert found.comparison.hold.pairs == 3
    assert found.verdict == "fails"
    # The choice itself depends only on the declared seeds.
    assert gather(study, ledger).consistency["iteration2"].hold_rate == 1


def test_nothing_to_confirm(study: Study, ledger: Ledger) -> None:
    assert confirming(study, decide(gather(study, ledger))) is None
    fill(study, ledger, {"final": 9_945})
    decision = decide(gather(study, ledger))
    assert confirming(replace(study, confirmation_seeds=()), decision) is None
    alone = confirming(study, decision)
    assert alone is not None
    assert [recipe.name for recipe in alone.recipes] == ["final"]


@pytest.mark.slow
def test_a_choice_on_images_held_out_is_confirmed_on_the_test_images(
    study: Study, ledger: Ledger
) -> None:
    held = replace(study, holdout=5_000, published={})
    for run in held.runs():
        count = 9_980 if run.recipe.name == "final" else 9_960
        ledger.write(scripted_record(run, [count - 5_000] * 15))
    evidence = gather(held, ledger)
    assert evidence.threshold == 4_970
    assert evidence.consistency["final"].hold_rate == 1
    fresh = confirming(evidence.study, decide(evidence))
    assert fresh is not None
    assert (fresh.data.train, fresh.data.test) == (60_000, 10_000)
    fill(fresh, ledger, {"final": 9_945})
    found = gather_confirmation(evidence, decide(evidence), ledger)
    assert found is not None
    assert found.evidence.threshold == 9_940
    assert found.evidence.consistency["final"].hold_rate == 1
