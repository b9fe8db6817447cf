"""E-processes: compared with products written out, and how often they mislead over all looks."""

import math

import numpy as np
import pytest
from reprobench.harness.statistics.eprocess import (
    BETS,
    anytime_p,
    least_anytime_p,
    mean_evidence,
    pass_evidence,
    peak,
)

REPETITIONS = 4_000
RUNS = 200


def test_the_capital_written_out() -> None:
    differences = [0.4, -0.2, 1.0, -1.0]
    found = mean_evidence(np.array(differences), 0.1)
    for n in range(1, 5):
        capitals = [math.prod(1 + bet * (d + 0.1) for d in differences[:n]) for bet in BETS]
        assert found[n - 1] == pytest.approx(math.log(sum(capitals) / len(capitals)))
    assert float(peak(found)) == pytest.approx(float(found.max()))


def test_what_is_missing_says_nothing() -> None:
    rows = np.array([[0.2, 0.4, np.nan, np.nan], [np.nan] * 4])
    found = mean_evidence(rows, 0.1)
    assert found[0, 1] == pytest.approx(float(mean_evidence(np.array([0.2, 0.4]), 0.1)[-1]))
    assert found[0, 1] == found[0, 3]
    assert found[1].tolist() == [0, 0, 0, 0]
    assert peak(mean_evidence(np.full((2, 3), -1.0), 0.0)).tolist() == [0, 0]
    assert float(peak(np.empty(0))) == 0


def test_more_allowance_is_more_evidence() -> None:
    differences = np.random.default_rng(1).integers(-5, 6, (50, 40)) / 5
    assert np.all(mean_evidence(differences, 0.0) <= mean_evidence(differences, 0.1))


@pytest.mark.parametrize("allowance", [0.0, 0.1])
@pytest.mark.parametrize("kind", ["counts", "all or nothing", "a rare gain"])
def test_evidence_misleads_at_most_as_often_as_promised(allowance: float, kind: str) -> None:
    """Looking after each of 200 runs, with a true mean exactly at the edge."""
    generator, shape = np.random.default_rng(2), (REPETITIONS, RUNS)
    if kind == "counts":
        differences = (generator.binomial(5, 0.5, shape) - generator.binomial(5, 0.5, shape)) / 5
        differences = np.maximum(differences - allowance, -1)
    elif kind == "all or nothing":
        differences = np.where(generator.random(shape) < (1 - allowance) / 2, 1.0, -1.0)
    else:
        chance = 0.05
        differences = np.where(
            generator.random(shape) < chance, 1.0, (-allowance - chance) / (1 - chance)
        )
    assert differences.mean() == pytest.approx(-allowance, abs=0.01)
    misled = peak(mean_evidence(differences, allowance)) >= math.log(1 / 0.05)
    assert misled.mean() <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / REPETITIONS)


@pytest.mark.parametrize("required", [0.5, 0.8])
def test_evidence_on_a_pass_rate(required: float) -> None:
    """At the required rate itself, each answer is believed at most as often as promised."""
    holding = np.random.default_rng(3).random((REPETITIONS, RUNS)) < required
    for side in pass_evidence(holding.astype(float), required):
        misled = peak(side) >= math.log(1 / 0.05)
        assert misled.mean() <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / REPETITIONS)


def test_a_likelihood_ratio_written_out() -> None:
    above, below = pass_evidence(np.array([1.0, 1.0, 0.0]), 0.8)
    rates = [0.8 + 0.2 * share for share in (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.975)]
    ratios = [(p / 0.8) ** 2 * (1 - p) / 0.2 for p in rates]
    assert above[-1] == pytest.approx(math.log(sum(ratios) / 7))
    assert below[0] < 0 < below[2] - below[1]


def test_a_p_that_may_be_looked_at_any_time() -> None:
    generator = np.random.default_rng(4)
    ps = [anytime_p(row) for row in generator.integers(-5, 6, (1_000, 60)) / 5]
    assert all(p is not None and 0 < p <= 1 for p in ps)
    rejected = np.mean(np.array(ps, float) <= 0.05)
    assert rejected <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 1_000)
    ahead = np.full(30, 0.6)
    assert anytime_p(ahead) == anytime_p(-ahead)
    assert anytime_p(ahead) < 0.001  # type: ignore[operator]
    assert anytime_p(np.empty(0)) is None


def test_evidence_for_one_side_is_none_for_the_other() -> None:
    """Twelve of +1 are evidence for a positive mean; fourteen of -1 then make the mean negative."""
    turned = np.array([1.0] * 12 + [-1.0] * 14)
    assert turned.mean() < 0
    assert anytime_p(turned[:12]) < 0.01  # type: ignore[operator]
    assert anytime_p(turned) == 1
    assert anytime_p(-turned) == 1
    assert anytime_p(turned[:24]) == anytime_p(-turned[:24]) == anytime_p(turned[:12])  # mean 0


def test_the_smallest_p_of_so_many_differences() -> None:
    assert least_anytime_p(0) is None
    assert least_anytime_p(3) == anytime_p(np.ones(3))
    assert least_anytime_p(3) == pytest.approx(2 / np.mean((1 + BETS) ** 3))
    assert least_anytime_p(1) == 1
