"""A study of networks of many sizes: rates over the number of parameters, and the fewest that
do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.plots.style import style
from reprobench.harness.reporting.words.frontier import parameters
from reprobench.harness.reporting.words.questions import Question, questions
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import load_study
from scripted import evidence, scripted_record

STUDY = """
name = "frontier"
data_set = "mnist"
seeds = {seeds}
[criterion]
target = 0.994
epochs = 15
parameters = 10_000
window = 5
[defaults]
lr = 0.1
batch_size = 64
optimiser = {{ name = "SGD" }}
"""
RECIPE = """
[[recipes]]
name = "n{size}"
architecture = "padded-{size}"
"""
SIZES = (3_202, 3_990, 4_318, 4_884, 7_398, 9_634)
NOTHING = {f"n{size}": 0 for size in SIZES}


@pytest.fixture
def networks(tmp_path: Path) -> Callable[..., Study]:
    """A study of one recipe for each size, with this number of seeds."""

    def study(seeds: int, sizes: tuple[int, ...] = SIZES) -> Study:
        file = tmp_path / "frontier.toml"
        names = "\n".join(RECIPE.format(size=size) for size in sizes)
        file.write_text(STUDY.format(seeds=seeds) + names)
        return load_study(str(file))

    return study


def asked(study: Study, ledger: Ledger, holding: dict[str, int]) -> Question:
    """The question about parameters."""
    style()
    found = questions(Bundle(evidence(study, ledger, holding)))
    return next(question for question in found if "parameters" in question.plot)


@pytest.mark.parametrize(
    ("best", "reliably", "rest"),
    [
        # 24 of 24 at a sixth of 0.05 are at least 0.819; of 20 runs, no number would be enough.
        (
            24,
            "Reliably: the smallest network shown to meet a pass rate of 0.800 (tested as one of 6",
            "Of the smaller networks, those with 3,202, 3,990 and 4,318 are shown to fail it.",
        ),
        (
            20,
            "Reliably: no network is shown to meet a pass rate of 0.800",
            "Of these networks, those with 4,884, 7,398 and 9,634 are undecided; those with 3,202, "
            "3,990 and 4,318 are shown to fail it.",
        ),
    ],
)
def test_how_few_parameters_it_takes(
    networks: Callable[..., Study], ledger: Ledger, best: int, reliably: str, rest: str
) -> None:
    holding = {"n3202": 0, "n3990": 1, "n4318": 1, "n4884": best, "n7398": best, "n9634": best}
    question = asked(networks(best), ledger, holding)
    once, often = question.sentences
    assert question.plot == "rates_by_parameters"
    assert once == (
        "Once: the smallest network that held 99.4% in any run has 3,990 parameters "
        f"(1 of {best} runs)."
    )
    assert often.startswith(reliably)
    assert ("4,884 parameters" in often) == (best == 24)
    assert " That takes at least 22 runs, even if all of them hold. " in often
    assert often.endswith(rest)
    (axes,) = question.figure.axes
    (passing,) = [line for line in axes.get_lines() if line.get_label() == "pass rate"]
    assert list(passing.get_ydata()) == [0, 1 / best, 1 / best, 1, 1, 1]
    assert [text.get_text() for text in axes.texts] == [*([str(best)] * 6), "n"]


def test_nothing_held(networks: Callable[..., Study], ledger: Ledger) -> None:
    question = asked(networks(2), ledger, NOTHING)
    assert question.sentences[0] == "No run of these 6 networks held 99.4%."


def test_few_sizes_are_grouped(networks: Callable[..., Study], ledger: Ledger) -> None:
    question = asked(networks(2, SIZES[:4]), ledger, NOTHING)
    assert question.plot == "hold_rate_by_parameters"


@pytest.mark.parametrize(
    ("holding", "said"),
    [
        (
            (0, 1, 2, 2),
            "The recipe with the fewest parameters, n3202, has a hold rate of 0.000 (n = 2); the "
            "highest hold rate is that of n4318 and n4884, 1.000 with 4,318 to 4,884 parameters "
            "(n = 2).",
        ),
        (
            (2, 1, 2, 2),
            "The recipe with the fewest parameters, n3202, has the highest hold rate, 1.000 "
            "(n = 2), and so have n4318 and n4884, with 4,318 to 4,884 parameters (n = 2).",
        ),
        (
            (2, 1, 0, 0),
            "The recipe with the fewest parameters, n3202, has the highest hold rate, 1.000 "
            "(n = 2).",
        ),
        ((1, 1, 1, 1), "All have the same hold rate, 0.500 (n = 2)."),
    ],
)
def test_all_that_have_the_highest_hold_rate_are_named(
    networks: Callable[..., Study], ledger: Ledger, holding: tuple[int, ...], said: str
) -> None:
    study = networks(2, SIZES[:4])
    found = evidence(study, ledger, dict(zip(NOTHING, holding, strict=False)))
    assert parameters(Bundle(found))[1] == said


def test_adaptive_seeds_are_not_asked_at_a_declared_number(
    networks: Callable[..., Study], ledger: Ledger
) -> None:
    question = asked(networks(2).until_decided(40), ledger, NOTHING)
    assert question.plot == "hold_rate_by_parameters"


def test_seeds_that_are_still_missing_are_not_asked_as_if_declared(
    networks: Callable[..., Study], ledger: Ledger
) -> None:
    study = networks(30)
    for run in study.runs():
        if run.seed <= 24:
            ledger.write(scripted_record(run, [9_945] * 15))
    found = questions(Bundle(gather(study, ledger)))
    style()
    assert "rates_by_parameters" not in [question.plot for question in found]
