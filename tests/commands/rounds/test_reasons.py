"""What a bench trains next, as a function of what is known."""

from dataclasses import replace

import pytest
from reprobench.harness.commands.rounds.reasons import (
    CONFIRMATION,
    DECLARED,
    GATE,
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
    study = replace(guarded, confirmation=(1_000,))
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
    """As adaptive seeds do: more of the same recipe, until it is content."""
    runs = known.study.runs()

    def two_more(_: Known) -> Round:
        return Round("two more", known.study, tuple(runs[: min(len(seen_to) + 2, 5)]))

    seen_to: set[tuple[str, int]] = set()
    sizes = []
    while following := next_round([Reason("more", two_more, by_evidence=True)], known, seen_to):
        sizes.append(len(following.runs))
        seen_to.update(map(identity, following.runs))
    assert sizes == [2, 2, 1]
