"""Whether the required pass rate is met, by exact bounds and by evidence."""

import math
from bisect import bisect_left
from functools import partial

import pytest
from reprobench.harness.judging.pass_rate import (
    pass_verdict,
    runs_that_could_meet,
    verdict_at_looks,
)
from reprobench.harness.statistics.bounded import Method
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

    def answer(*holding: int) -> str:
        events = [
            place < count
            for count, runs in zip(holding, (20, 40), strict=False)
            for place in range(runs)
        ]
        return verdict_at_looks(events, LOOKS, 0.8, 0.95, among=1).answer

    def meets(first: int, rest: int) -> bool:
        return answer(first, rest) == "meets"

    false = 0.0
    for first in range(21):
        chance = float(answer(first) == "meets")
        if answer(first) == "not enough runs":
            enough = bisect_left(range(41), True, key=partial(meets, first))
            chance = stats.binom.sf(enough - 1, 40, 0.8)
        false += stats.binom.pmf(first, 20, 0.8) * chance
    assert 0.01 < false <= 0.05


def test_failed_runs_could_have_been_the_ones_that_do_not_hold() -> None:
    """Of 60 seeds 19 fail, and the other 41 hold; 0.8 is required, and 41 of 60 do not meet it."""
    events = [None if seed % 3 == 0 and seed < 57 else True for seed in range(60)]
    found = pass_verdict(events, 0.8, 0.95, 1, "anytime")
    assert (found.runs, found.holding, found.failed) == (41, 41, 19)
    assert found.answer == "not enough runs"
    without = [event for event in events if event is not None]
    assert pass_verdict(without, 0.8, 0.95, 1, "anytime").answer == "meets"
    declared = pass_verdict(events, 0.8, 0.95, 1, "declared")
    assert declared.answer == "not enough runs"
    assert declared.bounds is not None
    assert declared.bounds.low == pytest.approx(stats.beta.ppf(0.05, 41, 20))
    assert declared.bounds.high == 1


@pytest.mark.parametrize("method", ["anytime", "declared"])
def test_failed_runs_are_no_reason_to_fail(method: Method) -> None:
    """10 of 10 runs hold, and 30 fail; and then 2 of 12 hold, which fails with failed runs too."""
    assert pass_verdict([None] * 30 + [True] * 10, 0.8, 0.95, 1, method).answer == "not enough runs"
    few = [False] * 10 + [None] * 30 + [True] * 2
    assert pass_verdict(few, 0.8, 0.95, 1, method).answer == "fails"


def test_a_few_failed_runs_do_not_stand_in_the_way() -> None:
    assert pass_verdict([None] + [True] * 80, 0.8, 0.95, 1, "anytime").answer == "meets"
