"""Sentences on a single recipe with a single run, which are no sentences on counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.words.answers import learning_rates
from reprobench.harness.reporting.words.headline import headline
from reprobench.harness.reporting.words.reaching import first_epochs, reached, staying
from scripted import evidence_of, published_recipes


def only_run(count: int) -> Bundle:
    """A recipe with one run, whose count is this at all of its 15 epochs."""
    study = published_recipes(1)
    return Bundle(evidence_of(replace(study, recipes=study.recipes[:1]), iteration1={1: count}))


@pytest.mark.parametrize(
    ("count", "advice", "others"),
    [
        (
            9_950,
            "iteration1 is not shown to be reliable: its only run held 99.4%.",
            [
                "The only run reached 9,940 of 10,000, and stayed there throughout the last 5 "
                "epochs.",
                "iteration1 first reaches it at epoch 1, in its only run.",
                "At epoch 15, the only run was at the threshold.",
                "It was at it from epoch 11 on.",
            ],
        ),
        (
            9_930,
            "iteration1 is not shown to be reliable: its only run did not hold 99.4%.",
            [
                "The only run never reached 9,940 of 10,000.",
                "The only run of iteration1 never reached it.",
                "At epoch 15, the only run was not at the threshold.",
                "It was not at it from epoch 11 on.",
            ],
        ),
    ],
)
def test_the_only_run_is_called_that(count: int, advice: str, others: list[str]) -> None:
    bundle = only_run(count)
    assert headline(bundle).advice == advice
    assert [*reached(bundle), *first_epochs(bundle), *staying(bundle)] == others


def test_a_constant_learning_rate_is_no_range() -> None:
    bundle = only_run(9_950)
    rates = {row.lr for row in bundle.epochs}
    assert len(rates) == 1
    (line,) = learning_rates(bundle)
    assert line == f"At the first training step of each epoch they are {rates.pop():.3g}."
