"""What a bench trains next, as a function of what is known."""

from dataclasses import replace

import pytest
from reprobench.harness.commands.rounds.reasons import (
    CONFIRMATION,
    DECLARED,
    GATE,
    LOOKS,
    Known,
    Reason,
    Round,
    identity,
    next_round,
)
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from scripted import ENGINE, scripted_record

REASONS = (DECLARED, CONFIRMATION, GATE)


@pytest.fixture
def known(guarded: Study, ledger: Ledger) -> Known:
    """A study with short recipes and one fresh seed, and an empty ledger."""
    study = replace(guarded, confirmation_seeds=(1_000,))
    names = [recipe.name for recipe in (*study.recipes, *(study.gate.short if study.gate else ()))]
    return Known(study, study, ledger, dict.fromkeys(names, ENGINE))


def test_one_after_the_other(known: Known) -> None:
    seen_to: set[tuple[str, int]] = set()
    whys, counts = [], []
    while following := next_round(REASONS, known, seen_to):
        whys.append(following.why.partition(" ")[0])
        counts.append(len(following.runs))
        for run in following.runs:
            known.ledger.write(scripted_record(run, [300] * run.epochs, data_set="digits"))
        seen_to.update(map(identity, following.runs))
        known = Known(known.study, known.part, known.ledger, known.engines)
    assert whys == ["study", "confirming", "the"]
    assert counts == [16, 2, 8]


def test_a_reason_may_ask_again(known: Known) -> None:
    """As with adaptive seeds: more of the same recipe, until it asks for no more."""
    runs = known.study.runs()

    def two_more(_: Known) -> Round:
        return Round("two more", known.study, tuple(runs[: min(len(seen_to) + 2, 5)]))

    seen_to: set[tuple[str, int]] = set()
    sizes = []
    while following := next_round([Reason("more", two_more, by_evidence=True)], known, seen_to):
        sizes.append(len(following.runs))
        seen_to.update(map(identity, following.runs))
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("missing", "counts", "verdict"),
    [
        (None, [16], "meets"),  # 0.8^16 is below 0.05 / 2 / 1 of each of two looks
        (3, [16, 14], "meets"),
        (1, [16, 14], "meets"),
    ],
)
def test_an_answer_at_a_look_ends_the_training(
    known: Known, missing: int | None, counts: list[int], verdict: str
) -> None:
    """One recipe, looks at 16 and 30 seeds: 16 of 16 meet 0.7, and so do 29 of 30."""
    criterion = known.study.criterion.model_copy(update={"required_pass_rate": 0.7})
    recipe = known.study.recipes[0]
    study = replace(
        known.study,
        recipes=(recipe,),
        seeds=tuple(range(1, 31)),
        looks=(16, 30),
        criterion=criterion,
    )
    seen_to: set[tuple[str, int]] = set()
    trained = []
    known = replace(known, study=study, part=study)
    while following := next_round([LOOKS], known, seen_to):
        trained.append(len(following.runs))
        for run in following.runs:
            count = 0 if run.seed == missing else 500
            known.ledger.write(scripted_record(run, [count] * run.epochs, data_set="digits"))
        seen_to.update(map(identity, following.runs))
        known = replace(known)
    assert trained == counts
    assert known.decision is not None
    assert known.decision.verdict == verdict
    assert not known.decision.look_ahead
    assert known.evidence.gaps(answered=True) == []


def test_a_failed_run_is_not_asked_for_twice(known: Known) -> None:
    study = replace(known.study, recipes=known.study.recipes[:1], seeds=(1, 2, 3), looks=(2, 3))
    known = replace(known, study=study, part=study)
    seen_to: set[tuple[str, int]] = set()
    trained = []
    while following := next_round([LOOKS], known, seen_to):
        trained.append([run.seed for run in following.runs])
        seen_to.update(map(identity, following.runs))
        known = replace(known)
    assert trained == [[1, 2]]


def test_runs_that_were_stopped_early_answer_nothing(known: Known) -> None:
    """They are trained further to the first look, whatever they held so far."""
    study = replace(known.study, recipes=known.study.recipes[:1], seeds=(1, 2, 3, 4), looks=(2, 4))
    known = replace(known, study=study, part=study)
    for run in study.runs()[:2]:
        known.ledger.write(scripted_record(run, [0], data_set="digits"))
    asked = next_round([LOOKS], replace(known), ())
    assert asked is not None
    assert [run.seed for run in asked.runs] == [1, 2]


@pytest.mark.parametrize(("asked", "said"), [(None, "2 epochs"), (1, "1 epoch"), (9, "2 epochs")])
def test_the_gates_own_recipes_stop_where_all_runs_do(
    known: Known, asked: int | None, said: str
) -> None:
    """At what `--epochs` says, and at the latest where they are declared to."""
    assert known.study.gate
    study = replace(known.study, gate=replace(known.study.gate, epochs=2))
    following = GATE.ask(replace(known, study=study, epochs=asked))
    assert following
    assert following.why == f"the gate's own recipes, {said} each"
