"""The verdict in words: with what certainty it is given, and by which numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.words.headline import headline
from reprobench.harness.results.ledger import Ledger
from scipy import stats
from scripted import evidence, published_recipes

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
        "is tested at a significance level of 0.013, since the same runs were used to choose among "
        "them."
    ) in said


def test_the_verdict_on_an_only_recipe_needs_no_share_of_alpha(ledger: Ledger) -> None:
    study = published_recipes(20)
    only = replace(study, recipes=study.recipes[:1])
    said = headline(Bundle(evidence(only, ledger, {"iteration1": 20}))).verdict[0]
    assert "The verdict is wrong with a probability of at most 0.05. Meeting" in said
