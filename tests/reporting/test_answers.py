"""The answers to a report's questions where a usual sentence would read oddly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from longform import evidence_in, frame
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.page.images import Gallery
from reprobench.harness.reporting.tables.cells import ends as shown_ends
from reprobench.harness.reporting.tables.columns import Rows
from reprobench.harness.reporting.tables.gallery import GalleryRow
from reprobench.harness.reporting.tables.shown import show
from reprobench.harness.reporting.words import answers, reaching, spread
from reprobench.harness.reporting.words.goal import (
    at_threshold_words,
    target_words,
    threshold_words,
)
from reprobench.harness.reporting.words.questions import questions
from reprobench.harness.reporting.words.steps import steps
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.statistics.bounded import bounded_mean
from reprobench.harness.statistics.intervals import Interval
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import load_study
from scripted import evidence, evidence_of, published_recipes, scripted_record


def part(study: Study, *names: str) -> Study:
    """The study with these recipes alone."""
    return replace(study, recipes=tuple(r for r in study.recipes if r.name in names))


@pytest.fixture
def one() -> Evidence:
    """A single recipe, final; two of its runs are at the threshold from the first epoch on."""
    study = part(published_recipes(4), "final")
    return evidence_of(study, final={1: 9_945, 2: 9_945, 3: 9_930, 4: 9_930})


def test_of_a_single_recipe_nothing_is_compared(one: Evidence) -> None:
    bundle = Bundle(one)
    assert list(steps(bundle))[1].startswith("Choice: final, the only one, with a hold rate of 0.5")
    assert "hold_rate_by_parameters" not in [question.plot for question in questions(bundle)]
    assert spread.spread(bundle)[1].startswith("A mean of ")
    assert reaching.first_epochs(bundle) == [
        "final reached it in at most half of its runs.",
        "The share of runs that had reached it by their last epoch is 0.500.",
    ]


def test_what_no_recipe_mostly_reaches_is_not_reached_at_an_epoch_called_never() -> None:
    study = part(published_recipes(2), "iteration1", "final")
    found = evidence_of(study, iteration1={1: 9_930, 2: 9_930}, final={1: 9_945, 2: 9_930})
    assert reaching.first_epochs(Bundle(found)) == [
        "No recipe reached it in more than half of its runs.",
        "The largest share of runs that had reached it by their last epoch is 0.500, for final.",
    ]


def test_the_only_recipe_behind_the_leader_is_not_counted(ledger: Ledger) -> None:
    study = part(published_recipes(20), "iteration1", "iteration2")
    first, second, _ = answers.deficits(
        Bundle(evidence(study, ledger, {"iteration1": 0, "iteration2": 20}))
    )
    assert first == "The only recipe behind iteration2, iteration1, falls."
    assert second.startswith("It is 1.000 behind in hold rate (")


def test_levels_with_equal_hold_rates_are_neither_best_nor_worst(ledger: Ledger) -> None:
    study = replace(load_study("mnist-grid"), seeds=(1,))
    for run in study.runs():
        holds = run.recipe.architecture == "final"
        ledger.write(scripted_record(run, [9_945 if holds else 9_930] * 15))
    architecture, rate, scheduler = answers.effects(Bundle(gather(study, ledger)))
    assert architecture.startswith("Architecture: the best is final, at 1.000 (")
    assert "; the worst is iteration, at 0.000 (" in architecture
    assert rate.startswith("Learning rate: lr0.1, lr0.05 and lr0.01 are equal, at 0.500 (")
    assert "worst" not in rate + scheduler


def test_levels_with_equal_hold_rates_keep_their_own_intervals(ledger: Ledger) -> None:
    """Both levels have 0.8: from 1 and 0.6, or from two runs of 0.8, which vary less."""
    study = replace(load_study("smallest-4884"), seeds=(1, 2))
    below = {"padded-4884": (0, 2), "lower-floor": (1, 1)}
    for run in study.runs():
        count = below[run.recipe.name][run.seed - 1]
        ledger.write(scripted_record(run, [9_945] * (15 - count) + [9_930] * count))
    (said,) = answers.effects(Bundle(gather(study, ledger)))
    apart, equal = (
        shown_ends(bounded_mean(rates, 0.95, "declared")) for rates in ((1, 0.6), (0.8, 0.8))
    )
    assert said == (
        f"Scheduler: CosinePlateau ({apart}, n = 2) and CosinePlateau-0.003 ({equal}, n = 2) are "
        "equal, at 0.800."
    )


@pytest.mark.parametrize(
    ("wrong", "taken", "said"),
    [
        (6, 4, "is misclassified by 6 runs, 4 of which take it for b."),
        (6, 6, "is misclassified by 6 runs, all of which take it for b."),
        (1, 1, "is misclassified by 1 run, which takes it for b."),
    ],
)
def test_how_many_runs_take_an_image_for_what(wrong: int, taken: int, said: str) -> None:
    row = GalleryRow(
        image=7, label=0, wrong=wrong, runs=12, error_rate=wrong / 12, taken_for=1,
        taken_for_runs=taken,
    )  # fmt: skip
    shown, nearest = Gallery(Rows(GalleryRow, (row, row)), ("a", "b"), []).sentences
    assert "of the 12 runs; no other image's share is nearer to one half." in shown
    assert nearest == f"The nearest, image 7, a, {said}"


def test_a_recipe_equal_to_the_leader_is_not_0_images_below_it(ledger: Ledger) -> None:
    study = part(published_recipes(4), "iteration1", "iteration2")
    found = evidence(study, ledger, {"iteration1": 4, "iteration2": 4})
    _, second, _ = answers.deficits(Bundle(found))
    assert second.startswith("It is equal in hold rate (")
    assert second.endswith(" and its mean final count is equal to the leader's.")


def test_without_common_seeds_nothing_is_said_of_a_further_run() -> None:
    study = part(published_recipes(4), "iteration1", "iteration2")
    found = evidence_of(study, iteration1={1: 9_945}, iteration2={2: 9_930})
    first, second = answers.deficits(Bundle(found))
    assert first == "The only recipe behind iteration1, iteration2, is undecided."
    assert second.endswith(" and its mean final count is an unknown distance from the leader's.")


def test_equally_steady_recipes_are_all_named(ledger: Ledger) -> None:
    study = part(published_recipes(4), "iteration1", "iteration2")
    found = evidence(study, ledger, {"iteration1": 4, "iteration2": 0})
    assert spread.spread(Bundle(found))[1] == (
        "It is smallest for iteration1 and iteration2, for which a mean of 9,939.5 would put 95% "
        "of epochs at the threshold; the mean of iteration1 is 9,945.0."
    )


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ([9_940], [9_940], "With one run per recipe, the spread between runs is unknown."),
        ([9_940], [None], "With one run per recipe, the spread between runs is unknown."),
        ([9_940, None], [None], "Only one run did not diverge, so the spread between runs is "
         "unknown."),
        ([9_940, None], [9_940], "Each recipe has at most one run that did not diverge, so the "
         "spread between runs is unknown."),
    ],
)  # fmt: skip
def test_why_there_is_no_spread(
    first: list[int | None], second: list[int | None], said: str
) -> None:
    assert spread.spread(Bundle(ended(first, second))) == [said]


def test_recipes_without_a_spread_are_named_beside_those_that_have_one() -> None:
    found = spread.spread(Bundle(ended([9_940, 9_942], [None, 9_940])))
    assert found[0].endswith(" between runs, in images: iteration1 1.4 (n = 2).")
    assert found[1] == "Fewer than two runs of iteration2 have a final count."
    assert len(found) == 3


def ended(first: list[int | None], second: list[int | None]) -> Evidence:
    """Runs of two recipes by their counts at every epoch; None for one that diverged."""
    iteration1, iteration2 = (
        {seed: "diverged" if end is None else end for seed, end in enumerate(ends, start=1)}
        for ends in (first, second)
    )
    study = part(published_recipes(5), "iteration1", "iteration2")
    return evidence_of(study, iteration1=iteration1, iteration2=iteration2)


def test_no_mean_is_more_than_all_images() -> None:
    """At a target of all images; the standard deviation is 5 times the root of 2."""
    declared = part(published_recipes(2), "final")
    criterion = declared.criterion.model_copy(update={"target": 1.0})
    found = evidence_of(replace(declared, criterion=criterion), final={1: 9_990, 2: 10_000})
    assert spread.spread(Bundle(found))[1] == (
        "No mean would put 95% of epochs at the threshold, since it would have to be 10,011.1, "
        "more than all 10,000 test images; the mean is 9,995.0."
    )


def test_intervals_of_counts_end_at_0_and_at_the_total() -> None:
    """Of two counts, Student's interval is the mean +- 12.7 times half their distance."""
    study = part(published_recipes(2), "final", "iteration1")
    found = evidence_of(study, final={1: 9_990, 2: 10_000}, iteration1={1: 0, 2: 10})
    bundle = Bundle(replace(found, study=replace(study, published={"final": (9_990,) * 15})))
    best, worst = bundle.ranked
    assert best.over.final_interval == Interval(pytest.approx(9_931.47, abs=0.01), 10_000)
    assert worst.over.final_interval == Interval(0, pytest.approx(68.53, abs=0.01))
    assert (best.over.prediction.high, worst.over.prediction.low) == (10_000, 0)
    (published,) = bundle.published
    assert published.prediction == best.over.prediction
    shown = show(bundle.ranked)
    cell, _ = (row[shown.names.index("final_mean")].text for row in shown.rows)
    assert cell == "99.950%: 9,995.0 (9,931.5 to 10,000.0)"


@pytest.mark.parametrize(
    ("target", "at", "threshold"),
    [
        (0.994, "99.4%", "9,940 of 10,000 test images (99.40%)"),
        (0.99996, "99.996%", "10,000 of 10,000 test images (100.00%)"),
        (0.99400001, "99.400001%", "9,941 of 10,000 test images (99.41%)"),
    ],
)
def test_targets_have_all_their_digits(
    one: Evidence, target: float, at: str, threshold: str
) -> None:
    criterion = one.study.criterion.model_copy(update={"target": target})
    found = replace(one, study=replace(one.study, criterion=criterion))
    assert target_words(criterion, found.measure) == at
    assert at_threshold_words(found) == f"at or above {threshold}"


def test_targets_of_other_measures_have_all_their_digits() -> None:
    found = evidence_in(frame({"a": [[0.4, 0.6]] * 2}), target=0.9999996)
    assert threshold_words(found) == "value ≥ 0.9999996"
    assert at_threshold_words(found) == "at or above 0.9999996 in value"


def test_an_interval_below_0_does_not_include_it(ledger: Ledger) -> None:
    """Runs with equal counts of different mistakes vary less than independent errors would."""
    study = part(published_recipes(3), "final")
    for run in study.runs():
        wrong = [(100 * run.seed + index, 3) for index in range(60)]
        record = scripted_record(run, [9_940] * 15, mistakes=[wrong] * 15)
        ledger.write(record)
    shown, *_, why = answers.noise(Bundle(gather(study, ledger)))
    assert shown.endswith(" (the 95% interval of the remaining variance is below 0).")
    assert why.startswith("No variance can be below 0: the runs of final ended closer together")


def test_all_recipes_with_the_largest_variance_are_named(ledger: Ledger) -> None:
    study = part(published_recipes(3), "final", "iteration1")
    for run in study.runs():
        ledger.write(scripted_record(run, [9_900 - 100 * run.seed] * 15))
    *_, most = answers.noise(Bundle(gather(study, ledger)))
    assert most.startswith("The largest remaining variance is that of iteration1 and final, ")
    assert " (iteration1: " in most
    assert most.endswith(
        "; 200 test images are misclassified by every run of iteration1, 200 by some."
    )


@pytest.mark.parametrize(
    ("seeds", "least"),
    [(2, "0.5"), (4, "0.857")],  # 2^(1 - 2); of a look ahead, 2 over the mean capital of 2 bets
)
def test_the_smallest_p_has_three_digits(seeds: int, least: str) -> None:
    runs = {1: 9_945, 2: 9_930}
    study = part(published_recipes(seeds), "final", "iteration1")
    said = " ".join(steps(Bundle(evidence_of(study, final=runs, iteration1=runs))))
    assert f"With 2 pairs of runs, p cannot be lower than {least}, even before" in said
    assert 2 / np.mean((1 + np.linspace(0.05, 0.95, 10)) ** 2) == pytest.approx(0.857, abs=5e-4)


@pytest.mark.parametrize(
    ("value", "needed", "said"),
    [
        (9_946.75, 9_946.779, ", just below it"),
        (9_946.779, 9_946.75, ", just above it"),
        (9_946.75, 9_946.75, ""),
        (0.1, 0.1 + 1e-17 + 2**-56, ""),  # by rounding alone
        (9_946.7, 9_946.8, ""),
        (9_946.7, None, ""),
    ],
)
def test_what_looks_the_same_but_is_not(value: float, needed: float | None, said: str) -> None:
    assert spread.just_beside(value, needed, "{:,.1f}".format) == said


def test_a_deviation_that_is_that_of_one_run_says_so() -> None:
    study = part(published_recipes(12), "final", "iteration1")
    ends = {seed: 9_940 + seed for seed in range(1, 13)}
    found = evidence_of(study, final=ends | {3: 9_800}, iteration1=ends)
    (said, *_) = spread.spread(Bundle(found))
    assert "iteration1 3.6 (n = 12)" in said
    assert "final 42.5 (n = 12; 3.6 without the run that ended at 9,800)" in said
