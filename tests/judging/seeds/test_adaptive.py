"""Studies with adaptive seeds, from their records to what is trained next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from programs import evidence_of_program, program
from reprobench.harness.judging.confirmation import confirming
from reprobench.harness.judging.decision import decide
from reprobench.harness.judging.seeds.adaptive import (
    adaptive_state,
    next_runs,
    pair_evidence_of,
    unasked_runs,
)
from reprobench.harness.results.record import Status
from reprobench.harness.study.declaration import Study
from scripted import evidence_of

LIKE = {"a": 0.1, "b": 0.2}
"""Two recipes of one architecture, and their rates."""


@pytest.fixture
def study(tiny: Study) -> Study:
    """Two recipes, `iteration` and the smaller `final`, on adaptive seeds; target 250 of 360."""
    return replace(tiny, confirmation_seeds=(1_000, 1_001)).until_decided(60)


def seeds(held: int, number: int, first: int = 1) -> dict[int, Status | int]:
    """This many runs, of which the first `held` hold."""
    return {first + i: 300 if i < held else 200 for i in range(number)}


def test_the_first_round(study: Study) -> None:
    found = evidence_of(study)
    state = adaptive_state(found)
    assert state.next == {"iteration": 5, "final": 5}
    assert [(run.recipe.name, run.seed) for run in next_runs(found, state)][:3] == [
        ("iteration", 1), ("final", 1), ("iteration", 2),
    ]  # fmt: skip
    assert (state.verdict, state.is_final, state.spent_budget) == (None, False, False)


def test_a_gap_ends_the_prefix_and_is_trained_again(study: Study) -> None:
    broken = {**seeds(5, 10), 4: "failed"}
    found = evidence_of(study, iteration=broken, final=seeds(3, 10))
    assert pair_evidence_of(found).runs.tolist() == [3, 10]
    state = adaptive_state(found)
    assert state.next == {"iteration": 5}
    assert [(run.recipe.name, run.seed) for run in next_runs(found, state)] == [("iteration", 4)]


def test_a_diverged_run_holds_nothing(study: Study) -> None:
    found = evidence_of(study, iteration={**seeds(5, 5), 2: "diverged"}, final=seeds(5, 5))
    assert pair_evidence_of(found).hold_rates[0].tolist() == [1, 0, 1, 1, 1]


def test_seeds_go_to_the_choice_until_its_verdict_is_known(study: Study) -> None:
    found = evidence_of(study, iteration=seeds(0, 15), final=seeds(15, 15))
    state = adaptive_state(found)
    assert state.is_final
    assert state.verdict is not None
    assert state.verdict.answer == "not enough runs"
    assert state.next == {"final": 20}
    settled = adaptive_state(evidence_of(study, iteration=seeds(0, 15), final=seeds(40, 40)))
    assert settled.verdict is not None
    assert settled.verdict.answer == "meets"
    assert settled.next == {}
    assert not settled.spent_budget


def test_runs_that_none_asked_for(study: Study) -> None:
    """The choice is final after 10 seeds each, and its verdict takes 25 of `final`."""
    for own, other, number in ((10, 10, 0), (15, 10, 0), (25, 10, 0), (45, 10, 20), (45, 12, 22)):
        found = evidence_of(study, iteration=seeds(0, other), final=seeds(own, own))
        assert unasked_runs(found) == number


def test_the_budget_ends_it(study: Study) -> None:
    small = replace(study, budget=20, seeds=study.seeds[:20])
    state = adaptive_state(evidence_of(small, iteration=seeds(10, 20), final=seeds(10, 20)))
    assert state.next == {}
    assert state.spent_budget
    assert not state.is_final
    decided = adaptive_state(evidence_of(small, iteration=seeds(0, 20), final=seeds(17, 20)))
    assert decided.is_final
    assert decided.spent_budget  # the verdict stays open


def test_the_decision_of_an_adaptive_study(study: Study) -> None:
    decision = decide(evidence_of(study, iteration=seeds(15, 15), final=seeds(0, 15)))
    assert decision is not None
    assert decision.chosen.name == decision.leader.name == "iteration"
    (standing,) = decision.standings
    assert (standing.name, standing.outcome) == ("final", "dropped")
    assert standing.comparison.hold.method == "anytime"
    assert standing.comparison.final.p is None
    assert decision.could_change_choice == ()
    assert decision.adaptive is not None
    assert decision.adaptive.is_final
    assert not decision.look_ahead
    assert decision.passing.method == "anytime"


def test_a_provisional_choice_leaves_the_tested_recipe_open(study: Study) -> None:
    decision = decide(evidence_of(study, iteration=seeds(6, 10), final=seeds(3, 10)))
    assert decision is not None
    assert decision.adaptive is not None
    assert decision.adaptive.allocation.tested == "final"
    assert decision.chosen.name == "iteration"
    assert decision.could_change_choice == ("final",)


def test_before_every_recipe_has_a_run(study: Study) -> None:
    decision = decide(evidence_of(study, iteration=seeds(2, 3)))
    assert decision is not None
    assert decision.chosen.name == "iteration"
    assert decision.without_runs == ("final",)
    assert decision.verdict == "not enough runs"


def test_the_confirmation_of_an_adaptive_choice_has_declared_seeds(study: Study) -> None:
    found = evidence_of(study, iteration=seeds(15, 15), final=seeds(0, 15))
    fresh = confirming(found.study, decide(found))
    assert fresh is not None
    assert fresh.seeds == (1_000, 1_001)
    assert fresh.budget is None


def test_unequal_numbers_of_seeds_are_no_gap(study: Study) -> None:
    found = evidence_of(study, iteration=seeds(15, 15), final=seeds(0, 40))
    assert found.gaps() == []
    assert {name: own.method for name, own in found.consistency.items()} == {
        "iteration": "anytime", "final": "anytime",
    }  # fmt: skip


def test_a_declared_study_has_no_adaptive_state(tiny: Study) -> None:
    with pytest.raises(ValueError, match="has a declared number of seeds"):
        adaptive_state(evidence_of(tiny))


def test_a_run_that_was_stopped_early_is_trained_on(study: Study) -> None:
    found = evidence_of(study, iteration=seeds(5, 5), final=seeds(3, 5))
    short = [r.model_copy(update={"rows": r.rows[:1]}) for r in found.records["final"][1:2]]
    records = {**found.records, "final": [*found.records["final"][:1], *short]}
    cut = replace(found, records=records)
    state = adaptive_state(cut)
    assert state.allocation.seeds == {"iteration": 5, "final": 1}
    assert next((run.recipe.name, run.seed) for run in next_runs(cut, state)) == ("final", 2)


def test_of_equal_recipes_the_one_that_ranks_higher_is_the_choice(study: Study) -> None:
    """As in the tables: equal hold rates are ranked by their mean final counts."""
    recipe = study.recipes[0]
    alike = replace(
        study,
        recipes=tuple(recipe.model_copy(update={"name": n, "lr": lr}) for n, lr in LIKE.items()),
    )
    for better in LIKE:
        ends: dict[str, dict[int, Status | int]] = {
            name: dict.fromkeys(range(1, 6), 310 if name == better else 300) for name in LIKE
        }
        allocation = adaptive_state(evidence_of(alike, **ends)).allocation
        assert allocation.open
        assert allocation.choice == better


LOSS = 'measure = { name = "loss", direction = "lower" }\nseeds = "adaptive"\nbudget = 5'


def losses(folder: Path, *, a: str = "", b: str = "") -> Path:
    """A study of two programs on adaptive seeds, of which a run holds with a loss of at most 0.5;
    `a` and `b` are further keys."""
    rest = f"[[recipes]]\nname = 'b'\ncommand = 'sh train.sh {{seed}}'\ninputs = ['train.sh']\n{b}"
    file = program(folder, head=LOSS, recipe=a, rest=rest)
    file.write_text(file.read_text().replace("seeds = 2\n", ""))
    return file


def test_of_equal_recipes_the_one_with_the_lower_loss_is_chosen_for_now(tmp_path: Path) -> None:
    found = evidence_of_program(losses(tmp_path), a=[0.4] * 5, b=[0.2] * 5)
    state = adaptive_state(found)
    assert not state.is_final
    assert state.allocation.choice == "b"


def test_a_recipe_that_states_no_parameters_is_not_the_smallest(tmp_path: Path) -> None:
    file = losses(tmp_path, b="parameters = 900")
    state = adaptive_state(evidence_of_program(file, a=[0.4] * 5, b=[0.4] * 5))
    assert state.allocation.tested == "b"
