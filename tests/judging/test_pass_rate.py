"""Whether the required pass rate is met, by exact bounds and by evidence."""

import math

import pytest
from reprobench.harness.judging.pass_rate import (
    pass_verdict,
    runs_that_could_meet,
    verdict_at_looks,
)
from scipy import stats


@pytest.mark.parametrize(
    ("holding", "runs", "among", "expected"),
    [  # 0.8^n is the chance of n of n at the edge: 0.044 of 14, 0.0115 of 20, 0.0144 of 19.
        (14, 14, 1, "meets"),
        (13, 13, 1, "not enough runs"),
        (19, 19, 4, "not enough runs"),
        (20, 20, 4, "meets"),
        (4, 10, 1, "fails"),
        (4, 10, 24, "not enough runs"),
        (0, 0, 4, "not enough runs"),
    ],
)
def test_a_declared_number_of_runs(holding: int, runs: int, among: int, expected: str) -> None:
    events = [True] * holding + [False] * (runs - holding)
    found = pass_verdict(events, 0.8, 0.95, among, "declared")
    assert found.answer == expected
    assert found.alpha == pytest.approx(0.05 / among)
    if runs:
        assert found.bounds is not None
        beta = stats.beta.ppf(0.05 / among, holding, runs - holding + 1) if holding else 0
        assert found.bounds.low == pytest.approx(beta)


@pytest.mark.parametrize(("among", "fewest"), [(1, 14), (4, 20), (24, 28)])
def test_the_fewest_runs_that_could_meet(among: int, fewest: int) -> None:
    assert runs_that_could_meet(0.8, 0.95, among) == fewest
    found = pass_verdict([True] * fewest, 0.8, 0.95, among, "declared")
    assert found.answer == "meets"
    fewer = pass_verdict([True] * (fewest - 1), 0.8, 0.95, among, "declared")
    assert fewer.answer == "not enough runs"


def test_evidence_that_grows_run_by_run() -> None:
    """All hold: the mean over the bets of prod p / 0.8 has to reach 4 / 0.05 = 80."""
    rates = [0.8 + 0.2 * share for share in (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.975)]
    enough = next(n for n in range(100) if sum((p / 0.8) ** n for p in rates) / 7 >= 80)
    found = pass_verdict([True] * enough, 0.8, 0.95, 4, "anytime")
    assert found.answer == "meets"
    assert found.required_evidence == pytest.approx(math.log(80))
    assert found.for_meets is not None
    assert found.for_meets >= found.required_evidence
    fewer = pass_verdict([True] * (enough - 1), 0.8, 0.95, 4, "anytime")
    assert fewer.answer == "not enough runs"
    assert pass_verdict([False] * 6, 0.8, 0.95, 4, "anytime").answer == "fails"


def test_evidence_for_both_is_evidence_for_neither() -> None:
    both = [False] * 10 + [True] * 400
    found = pass_verdict(both, 0.8, 0.95, 1, "anytime")
    assert found.for_fails is not None
    assert found.for_fails >= found.required_evidence
    assert found.for_meets is not None
    assert found.for_meets >= found.required_evidence
    assert found.answer == "not enough runs"


LOOKS = (20, 60)


@pytest.mark.parametrize(
    ("failing", "runs", "expected", "asked"),
    [  # which of the runs fail, counted from 0
        ((), 19, "not enough runs", 19),
        ((), 20, "meets", 20),
        ((0,), 20, "not enough runs", 20),
        ((0,), 59, "not enough runs", 20),
        ((0, 1, 2, 3, 4), 60, "meets", 60),
        ((0, 1, 2, 3, 4, 5), 60, "not enough runs", 60),
        ((*range(30, 60),), 60, "meets", 20),  # runs trained after an answer change nothing
        ((*range(10),), 60, "fails", 20),
    ],
)
def test_declared_looks(failing: tuple[int, ...], runs: int, expected: str, asked: int) -> None:
    events = [run not in failing for run in range(runs)]
    found = verdict_at_looks(events, LOOKS, 0.8, 0.95, among=1)
    assert (found.answer, found.runs) == (expected, asked)
    assert found.alpha == pytest.approx(0.025)
    assert found.among == 1


def test_looks_share_the_probability_of_a_false_answer() -> None:
    """By enumeration of the counts at both looks, with a true pass rate at the edge."""
    false = 0.0
    for first in range(21):
        for rest in range(41):
            events = [True] * first + [False] * (20 - first) + [True] * rest + [False] * (40 - rest)
            if verdict_at_looks(events, LOOKS, 0.8, 0.95, among=1).answer == "meets":
                false += stats.binom.pmf(first, 20, 0.8) * stats.binom.pmf(rest, 40, 0.8)
    assert 0.01 < false <= 0.05
