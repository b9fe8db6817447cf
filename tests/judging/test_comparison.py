"""Comparisons, checked with published values, SciPy and rliable."""

import gc
import math
import tracemalloc
from dataclasses import replace
from itertools import product
from statistics import mean, stdev

import numpy as np
import pytest
from reprobench.harness.judging.comparison import compare
from reprobench.harness.judging.consistency import RunConsistency, judge_run
from reprobench.harness.statistics.bounded import bounded_mean, no_difference_p
from reprobench.harness.statistics.multiplicity import (
    cautious_deviation,
    holm,
    holm_against_leader,
    runs_for_power,
    runs_for_tie,
)
from reprobench.harness.statistics.permutation import (
    REACH,
    sign_flip,
    sign_flip_of_reals,
    superiority,
)
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests

DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Crossed less self-fertilised plants, eighths of an inch (Fisher, Design of Experiments, 1935)."""


def test_sign_flip_of_numbers_that_are_no_counts() -> None:
    """Compared with all 2^n choices of signs, one by one."""
    values = np.random.default_rng(2).normal(0.02, 0.03, 9)
    signs = np.array(list(product((-1, 1), repeat=len(values))))
    sums = np.abs(signs @ values)
    exact = float((sums >= abs(values.sum()) - 1e-12).mean())
    assert sign_flip_of_reals(values.tolist()) == pytest.approx(exact, abs=0.005)
    assert sign_flip_of_reals((values * 1e-9).tolist()) == sign_flip_of_reals(values.tolist())
    assert sign_flip_of_reals([0.0, 0.0]) == 1
    assert sign_flip_of_reals([]) is None


def test_sign_flip_of_counts_of_millions() -> None:
    """Compared with all 2^n choices of signs, one by one, in a few megabytes."""
    values = np.random.default_rng(4).integers(-400_000, 1_000_000, 10)
    signs = np.array(list(product((-1, 1), repeat=len(values))))
    exact = float((np.abs(signs @ values) >= abs(values.sum())).mean())
    tracemalloc.start()
    found = sign_flip(values.tolist())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == pytest.approx(exact, abs=0.005)
    assert most < 2**23


def test_sign_flip_is_exact_up_to_its_reach() -> None:
    """A grid of a thousand steps would take 1 for 0, and leave two differences to count."""
    assert sign_flip([1, 499_999, REACH - 500_000]) == 2 / 2**3


def test_sign_flip_of_rates_whose_common_denominator_is_huge() -> None:
    """Windows of 97, 89, 83 and 79 epochs: a grid that has them all has 56 million steps."""
    assert sign_flip([50 / 97, 40 / 89, 30 / 83, 20 / 79]) == 2 / 2**4


def test_sign_flip_as_fisher_counted() -> None:
    # Of the 32,768 choices of signs, 863 reach the sum seen, and as many its negative.
    assert sign_flip(DARWIN) == 2 * 863 / 32_768


def test_sign_flip_as_scipy_has_it() -> None:
    generator = np.random.default_rng(1)
    for n in (2, 5, 9):
        shares = generator.integers(-5, 6, n) / 5
        test = stats.permutation_test(
            (shares,),
            lambda x, axis: x.mean(axis=axis),
            permutation_type="samples",
            n_resamples=np.inf,
            vectorized=True,
        )
        assert sign_flip(shares.tolist()) == pytest.approx(test.pvalue, abs=1e-12)


@pytest.mark.parametrize("n", [1, 5, 20, 100])
def test_the_smallest_p(n: int) -> None:
    assert sign_flip([0.2] * n) == pytest.approx(2.0 ** (1 - n))


def test_sign_flip_of_nothing_and_of_zeros() -> None:
    assert sign_flip([]) is None
    assert sign_flip([0.0, 0.0]) == 1


def test_holm_worked_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, never falling: 0.04, 0.06, 0.06, 0.06.
    assert holm([0.03, None, 0.01, 0.04, 0.02]) == [
        pytest.approx(0.06), None, pytest.approx(0.04), pytest.approx(0.06), pytest.approx(0.06),
    ]  # fmt: skip
    assert holm([None]) == [None]
    assert holm([]) == []


@pytest.mark.parametrize("unseen", [0, 1, 40])
def test_holm_as_statsmodels_has_it(unseen: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last bit, also with p-values that are equal, tiny, 0 or 1."""
    # statsmodels collects garbage at every call, which takes half a second.
    monkeypatch.setattr(gc, "collect", lambda: 0)
    generator = np.random.default_rng(unseen)
    for n in range(1, 30):
        ps = generator.choice([0, 1e-300, 0.25, 1, *generator.random(n) ** 4], n).tolist()
        theirs = multipletests([*ps, *[1.0] * unseen], method="holm")[1].tolist()
        assert holm(ps, unseen) == theirs[:n]


def test_holm_against_a_leader_counts_all_pairs() -> None:
    # Of four recipes there are six pairs: 0.001, 0.01, 0.04 times 6, 5, 4.
    assert holm_against_leader([0.01, 0.001, 0.04], 4) == pytest.approx([0.05, 0.006, 0.16])
    assert holm_against_leader([0.03], 2) == [pytest.approx(0.03)]
    assert holm_against_leader([], 1) == []


def test_holm_against_a_leader_counts_recipes_that_were_left_out() -> None:
    """Of two recipes, one of three was left out before: three pairs, of which one is known."""
    assert holm_against_leader([0.01], 3) == [pytest.approx(0.03)]
    assert holm_against_leader([], 3) == []


def test_superiority_is_rliables_probability_of_improvement() -> None:
    generator = np.random.default_rng(2)
    ours, theirs = generator.integers(9_930, 9_950, (2, 20)).astype(float)
    metrics = pytest.importorskip("rliable.metrics")
    expected = metrics.probability_of_improvement(ours[:, None], theirs[:, None])
    assert superiority(ours, theirs) == pytest.approx(expected)
    assert superiority(np.array([1.0, 2.0]), np.array([2.0])) == 0.25
    assert superiority(np.array([]), theirs) is None


def test_power_as_published() -> None:
    # Effect 0.5, alpha 5%, two-sided, paired: 34 pairs (Faul et al., G*Power 3, 2007), and 38.7
    # for Gaffke's test.
    assert runs_for_power(0.2, 0.1, 0.95) == math.ceil(math.hypot(34, 38.704)) == 52
    assert runs_for_power(None, 0.1, 0.95) is None


def test_runs_that_show_equal_differences() -> None:
    """Without any spread Gaffke's test needs 39 differences of 0.1."""
    one_less, enough = (no_difference_p([0.1] * n, "declared") or 0.0 for n in (38, 39))
    assert one_less > 0.05 >= enough
    assert runs_for_power(0.0, 0.1, 0.95) == math.ceil(math.hypot(6, 38.704)) == 40


def test_few_pairs_are_taken_to_differ_more_than_they_did() -> None:
    """By one further pair, whose difference is the largest."""
    values = [0.2, 0.0, 0.4, -0.2, 0.0, 0.2]
    expected = stdev([*values, 1.0])
    assert cautious_deviation(stdev(values), mean(values), 6) == pytest.approx(expected)
    assert cautious_deviation(0.0, 0.0, 36) == pytest.approx(stdev([0.0] * 36 + [1.0]))
    assert cautious_deviation(0.0, 0.0, 4) is None
    assert cautious_deviation(None, 0.0, 6) is None


def test_runs_that_show_a_tie() -> None:
    """36 equal runs exclude a deficit of 0.1, 35 do not; 34 more are for a deviation of 0.2."""
    highs = [
        found.high for n in (35, 36) if (found := bounded_mean([0.0] * n, 0.95, "declared", -1, 1))
    ]
    assert highs[0] > 0.1 > highs[1]
    assert runs_for_tie(0.0, 0.1, 0.95) == 36
    assert runs_for_tie(0.2, 0.1, 0.95) == 36 + 34
    assert runs_for_tie(None, 0.1, 0.95) is None


def power_by_integration(runs: int, effect: float, alpha: float) -> float:
    """Power of the paired t test: integrated over the observed deviation, a scaled chi."""
    freedom, limit = runs - 1, stats.t.isf(alpha / 2, runs - 1)

    def at(deviation: float) -> float:
        found = stats.norm.sf(limit * deviation - effect * math.sqrt(runs))
        scale = math.sqrt(freedom)
        return float(found * stats.chi.pdf(deviation * scale, freedom) * scale)

    return float(integrate.quad(at, 0.2, 2.5)[0])


def test_power_at_the_alpha_of_many_comparisons() -> None:
    """276 pairs of 24 recipes, at 0.05 / 276."""
    alpha = 0.05 / 276
    equal = math.log(2 / alpha) / math.log(1.1)
    assert power_by_integration(92, 0.5, alpha) > 0.8 > power_by_integration(91, 0.5, alpha)
    assert runs_for_power(0.2, 0.1, 0.95, 276) == math.ceil(math.hypot(92, equal)) == 135
    assert runs_for_power(1e-6, 0.1, 0.95, 276) == math.ceil(math.hypot(14, equal)) == 99
    assert 2.0 ** (1 - 14) <= 0.05 / 276 < 2.0 ** (1 - 13)


def runs(*finals: int | None) -> dict[int, object]:
    return {
        seed: judge_run([0] if final is None else [9_930, final], 9_940, 2, diverged=final is None)
        for seed, final in enumerate(finals, start=1)
    }


def test_differences_are_taken_seed_by_seed() -> None:
    ahead, behind = runs(9_945, 9_940, 9_939, 9_950), runs(9_940, 9_941, 9_935)
    found = compare(ahead, behind, 0.95, "declared")  # type: ignore[arg-type]
    assert found.final.pairs == found.hold.pairs == 3
    assert found.final.mean == pytest.approx((5 - 1 + 4) / 3)
    # Half of the window of two is at the threshold or none of it.
    assert found.hold.mean == pytest.approx((0 + 0 + 0) / 3)
    # 9,945 and 9,950 beat all three; 9,940 ties one and beats one; 9,939 beats one.
    assert found.superiority == pytest.approx((3 + 1.5 + 1 + 3) / 12)
    assert found.hold.least_p == 0.25


def test_a_diverged_run_has_no_final_count_and_loses_to_all() -> None:
    found = compare(runs(9_945, 9_945), runs(None, 9_940), 0.95, "declared")  # type: ignore[arg-type]
    assert found.hold.pairs == 2
    assert found.hold.mean == pytest.approx((0.5 + 0.0) / 2)
    assert found.final.pairs == 1
    assert found.final.interval is None
    assert found.superiority == 1


def test_no_seed_in_common() -> None:
    found = compare(runs(9_945), {}, 0.95, "declared")  # type: ignore[arg-type]
    assert found.hold.mean is None
    assert found.hold.p is None
    assert found.hold.least_p is None
    assert found.superiority is None
    assert found.superiority_interval is None


def test_equal_recipes_are_not_told_apart() -> None:
    same = runs(*[9_945] * 20)
    found = compare(same, same, 0.95, "declared")  # type: ignore[arg-type]
    assert found.hold.p == 1
    assert found.hold.interval is not None
    assert 0 < found.hold.interval.high < math.inf
    assert found.superiority == 0.5


def test_looked_at_at_will_everything_is_by_pairs() -> None:
    """In two of four pairs the other recipe ends higher, and one pair is a tie."""
    ahead, behind = runs(9_945, 9_940, None, 9_950, 9_999), runs(9_940, 9_941, None, 9_935)
    found = compare(ahead, behind, 0.95, "anytime")  # type: ignore[arg-type]
    assert found.superiority == pytest.approx(2.5 / 4)
    assert found.superiority_interval == bounded_mean([1, 0, 0.5, 1], 0.95, "anytime")
    assert (found.final.pairs, found.final.p) == (3, None)
    assert found.final.interval is None  # three pairs bound nothing if one may look at any time
    none = compare(ahead, {}, 0.95, "anytime")  # type: ignore[arg-type]
    assert (none.superiority, none.superiority_interval) == (None, None)


def test_pairs_are_taken_in_the_order_of_training() -> None:
    """Training order is not the order of the seeds' numbers: more bets are lost early than late."""
    ahead = {9: judged(1.0), 1: judged(0.0), 2: judged(0.0)}
    behind = {1: judged(0.0), 9: judged(0.0), 2: judged(0.0)}
    found = compare(ahead, behind, 0.95, "anytime")
    assert found.hold.interval == bounded_mean([1.0, 0.0, 0.0], 0.95, "anytime", -1, 1)
    assert found.hold.interval != bounded_mean([0.0, 0.0, 1.0], 0.95, "anytime", -1, 1)


def judged(hold_rate: float) -> RunConsistency:
    return replace(judge_run([9_930], 9_940, 1), hold_rate=hold_rate)
