"""Simulated studies: how often a verdict or a choice is wrong, and how many runs a choice takes.

Each test prints its figures with their Monte Carlo standard errors (`pytest -s`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pandas as pd
import pytest
from reprobench.harness.base.array_types import Floats
from reprobench.harness.judging.pass_rate import pass_verdict
from reprobench.harness.judging.seeds.allocation import allocate
from reprobench.harness.judging.seeds.pair_evidence import AdaptiveRule, PairEvidence
from reprobench.harness.statistics.bounded import bounded_mean, no_difference_p
from scripted import ROOT
from simulated import ALPHA, MARGIN, error

pytestmark = pytest.mark.slow

BUDGET = 640
THRESHOLD = 9_940
Draw = Callable[[np.random.Generator], Floats]
"""Hold rates of a whole study, (recipes, BUDGET)."""


@pytest.mark.parametrize("recipes", [4, 24])
@pytest.mark.parametrize("runs", [20, 28, 60])
def test_meets_is_false_at_most_at_alpha(recipes: int, runs: int) -> None:
    """All have a true pass rate of 0.79, and the recipe with the most holding runs is chosen."""
    studies, generator = 4_000, np.random.default_rng([1, recipes, runs])
    most = generator.binomial(runs, 0.79, (studies, recipes)).max(axis=1)
    answers = {
        k: pass_verdict([True] * k + [False] * (runs - k), 0.8, 1 - ALPHA, recipes, "declared")
        for k in set(most.tolist())
    }
    wrong = np.mean([answers[k].answer == "meets" for k in most.tolist()])
    print(f"meets, K={recipes}, n={runs}: {wrong:.4f} ± {error(wrong, studies):.4f} of {studies}")
    assert wrong <= ALPHA + 3 * error(ALPHA, studies)


@pytest.mark.parametrize(("recipes", "studies"), [(4, 1_000), (24, 400)])
def test_meets_is_false_at_most_at_alpha_however_often_one_looks(
    recipes: int, studies: int
) -> None:
    """How often any of the recipes is ever said to meet the rate, in 200 looks."""
    generator = np.random.default_rng([2, recipes])
    wrong = 0
    for _ in range(studies):
        holding = generator.random((recipes, 200)) < 0.79
        verdicts = [
            pass_verdict(own.tolist(), 0.8, 1 - ALPHA, recipes, "anytime") for own in holding
        ]
        wrong += any((v.for_meets or 0) >= v.required_evidence for v in verdicts)
    share = wrong / studies
    print(f"ever meets, K={recipes}: {share:.4f} ± {error(share, studies):.4f} of {studies}")
    assert share <= ALPHA + 3 * error(ALPHA, studies)


@pytest.mark.parametrize("declared", [60, 250])
def test_meets_is_false_a_little_more_often_if_two_methods_may_say_it(declared: int) -> None:
    """At will, in 640 looks, and once at a declared number of runs with all of alpha again."""
    studies, generator = 2_000, np.random.default_rng([8, declared])
    wrong = 0
    for _ in range(studies):
        holding = (generator.random(BUDGET) < 0.8).tolist()
        found = pass_verdict(holding, 0.8, 1 - ALPHA, 1, "anytime")
        once = pass_verdict(holding[:declared], 0.8, 1 - ALPHA, 1, "declared")
        wrong += (found.for_meets or 0) >= found.required_evidence or once.answer == "meets"
    share = wrong / studies
    print(f"either meets, n={declared}: {share:.4f} ± {error(share, studies):.4f} of {studies}")
    assert share <= 0.075 + 3 * error(0.075, studies)


@pytest.mark.parametrize("runs", [10, 20, 60])
def test_equal_hold_rates_seldom_fall_whatever_their_distributions(runs: int) -> None:
    """One recipe never fails badly, and one rarely and wholly: their means are equal."""
    studies, generator = 2_000, np.random.default_rng([7, runs])
    steady = np.full((studies, runs), 0.95)
    wholly = (generator.random((studies, runs)) < 0.95).astype(float)
    ps = [no_difference_p(row, "declared") or 0.0 for row in steady - wholly]
    share = float(np.mean([p <= ALPHA for p in ps]))
    print(f"false falls, n={runs}: {share:.4f} ± {error(share, studies):.4f} of {studies}")
    assert share <= ALPHA + 3 * error(ALPHA, studies)


@pytest.mark.parametrize("method", ["declared", "anytime"])
def test_a_deficit_of_the_margin_is_seldom_called_a_tie(method: str) -> None:
    studies, runs = 400, 60
    generator = np.random.default_rng(4)
    ahead = generator.binomial(5, 0.75, (studies, runs)) / 5
    behind = generator.binomial(5, 0.65, (studies, runs)) / 5
    intervals = [bounded_mean(row, 1 - ALPHA, method, -1, 1) for row in ahead - behind]  # type: ignore[arg-type]
    ties = np.mean([found.high < MARGIN for found in intervals if found])
    print(f"false ties, {method}: {ties:.4f} ± {error(ties, studies):.4f} of {studies}")
    assert ties <= ALPHA / 2 + 3 * error(ALPHA / 2, studies)


def counts(chances: Sequence[float]) -> Draw:
    """Counts whose epochs reach the threshold independently of each other."""
    column = np.array(chances)[:, None]
    return lambda generator: generator.binomial(5, column, (len(chances), BUDGET)) / 5


def steady_against_all_or_nothing(generator: np.random.Generator) -> Floats:
    """Four recipes at 0.8, of which the small one always has four of five epochs there."""
    others = (generator.random((3, BUDGET)) < 0.8).astype(float)
    return np.vstack([np.full(BUDGET, 0.8), others])


def study_of(
    draw: Draw, parameters: Sequence[int]
) -> Callable[[np.random.Generator], tuple[int, int, bool]]:
    """A study trained by the rule: the choice, the runs until it was final, and whether it was."""
    names = [f"r{i}" for i in range(len(parameters))]

    def train(generator: np.random.Generator) -> tuple[int, int, bool]:
        rates = draw(generator)
        runs = PairEvidence.of(
            dict(zip(names, rates.tolist(), strict=True)),
            dict(zip(names, parameters, strict=True)),
            AdaptiveRule(MARGIN, ALPHA, BUDGET),
        )
        seen = np.zeros(len(names), dtype=np.int64)
        while (state := allocate(runs, counts=seen)).next:
            seen = np.array([{**state.seeds, **state.next}[name] for name in names])
        assert state.choice is not None
        return names.index(state.choice), state.spent, state.is_final

    return train


@pytest.mark.parametrize(
    ("case", "draw", "parameters", "right", "studies"),
    [
        ("a small one as good as three", counts([0.6] * 4), [1, 2, 2, 2], [0], 300),
        (
            "three small ones the margin behind",
            counts([0.6, 0.6, 0.6, 0.7]),
            [1, 1, 1, 2],
            [3],
            300,
        ),
        ("steady against all or nothing", steady_against_all_or_nothing, [1, 2, 2, 2], [0], 300),
        ("24 equal ones, of which one is smaller", counts([0.6] * 24), [1, *[2] * 23], [0], 60),
    ],
)
def test_a_final_choice_is_wrong_at_most_at_alpha(
    case: str, draw: Draw, parameters: list[int], right: list[int], studies: int
) -> None:
    generator = np.random.default_rng([5, len(case)])
    ended = [study_of(draw, parameters)(generator) for _ in range(studies)]
    wrong = np.mean([final and choice not in right for choice, _, final in ended])
    runs, final = np.mean([spent for _, spent, _ in ended]), np.mean([f for *_, f in ended])
    figures = f"wrong {wrong:.3f} ± {error(wrong, studies):.3f} of {studies}"
    print(f"{case}: {figures}, {runs:.0f} runs, final {final:.2f}")
    assert wrong <= ALPHA + 3 * error(ALPHA, studies)
    assert final > 0.8


def drawn_anew(generator: np.random.Generator) -> Floats:
    """Committed seeds of `published`, resampled with replacement, all recipes of a seed
    together."""
    rates, _ = committed_counts("published")
    return (rates >= THRESHOLD).mean(axis=2)[:, generator.integers(0, rates.shape[1], BUDGET)]


def like_the_grid(generator: np.random.Generator) -> Floats:
    """Normal counts with each recipe's mean; variances are shrunk halfway to the pooled ones.

    Recipes correlate by 0.15 at equal seeds.
    """
    mean, between, within = grid_model()
    recipes, shape = len(mean), (len(mean), BUDGET)
    seeds = math.sqrt(0.15) * generator.normal(size=BUDGET) + math.sqrt(0.85) * generator.normal(
        size=shape
    )
    runs = mean[:, None] + between[:, None] * seeds
    noise = within[:, None, None] * generator.normal(size=(recipes, BUDGET, 5))
    return (np.rint(runs[:, :, None] + noise) >= THRESHOLD).mean(axis=2)


@cache
def grid_model() -> tuple[Floats, Floats, Floats]:
    """Mean, deviation between runs and within them, each by recipe."""
    counts, _ = committed_counts("mnist-grid")
    within = counts.var(axis=2, ddof=1).mean(axis=1)
    between = np.maximum(counts.mean(axis=2).var(axis=1, ddof=1) - within / 5, 0)
    within, between = ((own + own.mean()) / 2 for own in (within, between))
    return counts.mean(axis=(1, 2)), np.sqrt(between), np.sqrt(within)


@cache
def committed_counts(study: str) -> tuple[Floats, list[int]]:
    """(recipes, seeds, 5): counts of the last epochs; and the recipes' parameters.

    From the first 20 seeds, which all recipes of the study with adaptive seeds have.
    """
    epochs = pd.read_csv(ROOT / "reports" / study / "epochs.csv").query("seed <= 20")
    last = epochs[epochs["epoch"] > epochs["epoch"].max() - 5]
    recipes = list(dict.fromkeys(last["recipe"]))
    table = last.pivot_table(index=["recipe", "seed"], columns="epoch", values="correct")
    rows = [table.loc[name].to_numpy() for name in recipes]
    parameters = pd.read_csv(ROOT / "reports" / study / "consistency.csv").set_index("recipe")
    return np.array(rows), parameters.loc[recipes, "parameters"].tolist()


@pytest.mark.parametrize(
    ("study", "draw", "designed", "studies"),
    [("published", drawn_anew, 216, 150), ("mnist-grid", like_the_grid, 738, 30)],
)
def test_runs_until_a_choice_is_final(study: str, draw: Draw, designed: int, studies: int) -> None:
    """At most a tenth more runs than when the rule was designed, and no wrong choice."""
    _, parameters = committed_counts(study)
    train, generator = study_of(draw, parameters), np.random.default_rng(6)
    best = np.mean([draw(generator).mean(axis=1) for _ in range(20)], axis=0)
    ended = [train(generator) for _ in range(studies)]
    spent = np.array([runs for _, runs, _ in ended])
    deviation = spent.std() / math.sqrt(studies)
    wrong = np.mean([best[choice] <= best.max() - MARGIN for choice, *_ in ended])
    print(f"{study}: {spent.mean():.0f} ± {deviation:.0f} runs of {studies}, wrong {wrong:.3f}")
    assert all(final for *_, final in ended)
    assert wrong <= ALPHA
    assert spent.mean() <= 1.1 * designed + 3 * deviation
