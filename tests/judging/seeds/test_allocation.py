"""Which runs come next, and when a choice is final: worked by hand, and what must always hold."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from reprobench.harness.judging.seeds.allocation import Allocation, Dropped, allocate, portion
from reprobench.harness.judging.seeds.course import allocation_course
from reprobench.harness.judging.seeds.pair_evidence import AdaptiveRule, PairEvidence

RULE = AdaptiveRule(tie_margin=0.1, alpha=0.05, budget=640)
BETS = np.linspace(0.05, 0.95, 10)


def runs(rule: AdaptiveRule = RULE, **recipes: tuple[int, Sequence[float]]) -> PairEvidence:
    """Recipes by name: parameters and hold rates."""
    rates = {name: own for name, (_, own) in recipes.items()}
    return PairEvidence.of(rates, {name: number for name, (number, _) in recipes.items()}, rule)


def log_capital(differences: Sequence[float], allowance: float) -> float:
    """The largest log capital, written out value by value."""
    capitals = [
        np.mean([math.prod(1 + bet * (d + allowance) for d in differences[:n]) for bet in BETS])
        for n in range(1, len(differences) + 1)
    ]
    return math.log(max(1.0, *capitals))


def test_every_recipe_is_given_five_seeds_first() -> None:
    found = allocate(runs(a=(9, []), b=(8, [0.4, 0.6]), c=(7, [1.0] * 5)))
    assert found.next == {"a": 5, "b": 5}
    assert (found.tested, found.choice, found.is_final) == (None, None, False)
    assert found.seeds == {"a": 0, "b": 2, "c": 5}


def test_one_required_evidence_for_all_pairs() -> None:
    small, large = [0.6, 0.4, 0.8, 0.6, 0.6], [0.4, 0.4, 0.6, 0.6, 0.6]
    found = allocate(runs(small=(8, small), large=(9, large), other=(9, [0.0] * 5)))
    assert found.tested == found.choice == "small"
    assert found.required_evidence == pytest.approx(math.log(2 / 0.05))
    (rival, other) = found.open
    assert (rival.name, other.name) == ("large", "other")
    expected = log_capital([s - g for s, g in zip(small, large, strict=True)], 0.1)
    assert rival.log_evidence == pytest.approx(expected)
    assert rival.pairs == 5
    assert rival.more_seeds == math.ceil(5 * (found.required_evidence / expected - 1))
    assert found.next == {"small": 10, "large": 10, "other": 10}


def test_a_recipe_that_another_is_ahead_of_is_dropped() -> None:
    """The small one is tested first, and is behind; the largest is settled, not dropped."""
    found = allocate(runs(small=(7, [0.2] * 12), good=(8, [1.0] * 12), large=(9, [0.0] * 12)))
    assert found.dropped == {"small": Dropped("good", pytest.approx(log_capital([0.8] * 12, 0.0)))}
    assert found.tested == found.choice == "good"
    assert list(found.settled) == ["large"]
    assert found.settled["large"] == pytest.approx(log_capital([1.0] * 12, 0.1))
    assert found.is_final
    assert found.next == {}


def test_the_nearer_of_two_ends_is_foretold() -> None:
    """The evidence that the small one is behind grows, although it may be within the margin."""
    gaps = [0.2, 0.0, 0.0] * 8
    small, large = [1.0 - gap for gap in gaps], [1.0] * 24
    (rival,) = allocate(runs(small=(7, small), large=(8, large))).open
    assert rival.ahead == pytest.approx(log_capital(gaps, 0.0))
    assert rival.log_evidence == pytest.approx(log_capital([-gap for gap in gaps], 0.1))
    assert rival.nearer == rival.ahead > rival.log_evidence
    required = math.log(1 / 0.05)
    assert rival.more_seeds == math.ceil(24 * (required / rival.ahead - 1))
    more = 24 + rival.more_seeds
    gaps = ([0.2, 0.0, 0.0] * more)[: more + 2]
    small, large = [1.0 - gap for gap in gaps], [1.0] * len(gaps)
    dropped = allocate(runs(small=(7, small), large=(8, large))).dropped["small"]
    assert dropped.behind == "large"
    assert dropped.log_evidence >= required


def test_a_dropped_recipe_still_counts_against_others() -> None:
    """`a` drops `b` on seeds where it is ahead, although a third recipe drops `a`."""
    a, b, c = [0.8] * 40, [0.0] * 40, [1.0] * 40
    found = allocate(runs(a=(7, a), b=(7, b), c=(8, c)))
    assert set(found.dropped) == {"a", "b"}
    assert found.choice == "c"


def test_what_was_shown_once_stays_shown() -> None:
    """Evidence from an earlier look counts even if later seeds turn the tables."""
    found = allocate(runs(a=(7, [0.0] * 10 + [1.0] * 20), b=(8, [1.0] * 10 + [0.0] * 20)))
    assert found.dropped == {"a": Dropped("b", pytest.approx(log_capital([1.0] * 10, 0.0)))}
    assert found.choice == "b"


def test_a_provisional_choice_is_the_best_of_the_active() -> None:
    """The smallest is under test, and not yet shown to be behind."""
    found = allocate(runs(small=(7, [0.4] * 5), large=(8, [0.6] * 5)))
    assert (found.tested, found.choice, found.is_final) == ("small", "large", False)


def test_those_with_the_fewest_seeds_are_given_more() -> None:
    found = allocate(
        runs(a=(7, [0.6] * 15), b=(8, [0.6] * 10), c=(8, [0.6] * 10), d=(8, [0.4] * 5))
    )
    assert [rival.name for rival in found.open] == ["b", "c", "d"]
    assert found.next == {"b": 15, "c": 15}
    # Ten runs: of twelve workers two would be idle, and a third rival fills them.
    full = allocate(
        runs(a=(7, [0.6] * 15), b=(8, [0.6] * 10), c=(8, [0.6] * 10), d=(8, [0.4] * 5)), workers=12
    )
    assert full.next == {"b": 15, "c": 15, "d": 10}


def test_batches_grow() -> None:
    assert [portion(seeds) for seeds in (5, 49, 50, 199, 200, 600)] == [5, 5, 10, 10, 20, 20]


@pytest.mark.parametrize(("budget", "following"), [(12, {"a": 12, "b": 12}), (10, {})])
def test_nothing_beyond_the_budget(budget: int, following: dict[str, int]) -> None:
    found = allocate(runs(AdaptiveRule(0.1, 0.05, budget), a=(7, [0.6] * 10), b=(8, [0.6] * 10)))
    assert found.next == following
    assert not found.is_final


def test_one_recipe_is_the_choice() -> None:
    found = allocate(runs(only=(7, [0.2] * 5)))
    assert found.is_final
    assert found.choice == "only"


def counted(seed: int, number: int) -> PairEvidence:
    generator = np.random.default_rng(seed)
    chances = (0.5, 0.55, 0.3, 0.9)
    return runs(
        **{f"r{i}": (9 - i, generator.binomial(5, p, number) / 5) for i, p in enumerate(chances)}  # type: ignore[arg-type]
    )


def test_the_course_is_what_the_rule_would_have_said() -> None:
    """Each step is the allocation on the runs so far, and the last step has all runs."""
    all_runs = counted(1, 80)
    steps = allocation_course(all_runs)
    assert [step.spent for step in steps] == sorted({step.spent for step in steps})
    assert steps[0].seeds == dict.fromkeys(("r0", "r1", "r2", "r3"), 5)
    assert steps[-1].seeds == dict.fromkeys(("r0", "r1", "r2", "r3"), 80)
    for step in steps:
        part = {
            name: (parameters, rates[: step.seeds[name]])
            for name, parameters, rates in zip(
                all_runs.names, all_runs.parameters, all_runs.hold_rates, strict=True
            )
        }
        assert _same(step, allocate(runs(**part)))  # type: ignore[arg-type]


def _same(one: Allocation, two: Allocation) -> bool:
    known = (one.choice, one.dropped, one.next, [r.name for r in one.open], list(one.settled))
    anew = (two.choice, two.dropped, two.next, [r.name for r in two.open], list(two.settled))
    return known == anew and [r.log_evidence for r in one.open] == pytest.approx(
        [r.log_evidence for r in two.open]
    )


def test_the_course_of_nothing() -> None:
    assert allocation_course(runs(a=(7, []), b=(8, []))) == []


def test_a_decision_over_thousands_of_runs_is_quick() -> None:
    """24 recipes with 200 runs: evidence is computed for few pairs at once (counted, not timed)."""
    generator = np.random.default_rng(5)
    many = runs(
        **{f"r{i}": (9_000 + i, generator.binomial(5, 0.5, 200) / 5) for i in range(24)}  # type: ignore[arg-type]
    )
    allocate(many)
    assert len(many._ahead) <= 2
    assert len(many._within) == 1
