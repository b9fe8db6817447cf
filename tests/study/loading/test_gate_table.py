"""The `[gate]` of a study file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.study.loading.file import load_study

GATE = "[gate]\nepochs = 2\nmargin = 20\n"
SHORT = (
    '[[gate.short.recipes]]\nname = "short"\narchitecture = "final"\nbatch_size = 64\nlr = 0.1\n'
)
SHORT += 'optimiser = "SGD"\nscheduler = "OneCycleLR"\n'

WriteStudy = Callable[..., Path]


def test_all_recipes_are_watched_unless_some_are_named(study_file: WriteStudy) -> None:
    study = load_study(str(study_file(GATE + "limit = 3\n")))
    assert study.gate
    assert study.gate.margins == {"a": 20}
    assert (study.gate.seeds, study.gate.limit, study.gate.alpha) == (2, 3, 0.05)
    assert study.short is None
    assert load_study(str(study_file())).gate is None


@pytest.mark.parametrize(
    ("declared", "seeds", "limit"), [(1, 1, 1), (2, 2, 2), (8, 2, 8), (16, 2, 16), (50, 2, 16)]
)
def test_a_bare_gate_takes_what_seeds_there_are(
    study_file: WriteStudy, declared: int, seeds: int, limit: int
) -> None:
    head = f'name = "s"\ndata_set = "mnist"\nseeds = {declared}'
    gate = load_study(str(study_file(GATE, head=head))).gate
    assert gate
    assert (gate.seeds, gate.limit) == (seeds, limit)


def test_short_recipes_are_declared_for_the_epochs_of_the_gate(study_file: WriteStudy) -> None:
    text = GATE + "limit = 2\nrecipes = []\n[gate.short]\nmargin = 5\n" + SHORT
    study = load_study(str(study_file(text)))
    assert study.gate
    assert study.gate.margins == {"short": 5}
    assert study.short
    assert study.short.seeds == (1, 2)
    assert [run.epochs for run in study.short.runs()] == [2, 2]


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        ("gate = 3\n", ["gate = 3: should be a table"]),
        (
            "[gate]\nepoch = 2\nmargin = 0\n",
            [
                "gate.margin = 0: should be greater than 0",
                "gate.epoch = 2: unknown; allowed are epochs, margin, seeds, limit, alpha, "
                "recipes, short; did you mean epochs?",
            ],
        ),
        (
            "[gate]\nepochs = 9\nmargin = 1\nlimit = 8\nseeds = 10\nrecipes = ['b']\n",
            [
                "gate.recipes = 'b': unknown; allowed are a",
                "gate.epochs = 9: is more than criterion.epochs (4); give at most that",
                "gate.limit = 8: is more than the number of declared seeds (3); give at most that",
                "gate.seeds = 10: is more than gate.limit (8); give at most that",
            ],
        ),
        (
            GATE + "limit = 2\n[gate.short]\n" + SHORT,
            ["gate.short.margin: missing; it has no default"],
        ),
        (
            GATE + "limit = 2\n[gate.short]\nmargin = 1\n" + SHORT.replace('"short"', '"a"'),
            [
                "gate.short.recipes.name = 'a': is the name of a recipe of the study too; names "
                "must differ"
            ],
        ),
        (
            GATE + "limit = 2\n[gate.short]\nmargin = 1\n" + SHORT + "momentun = 0.9\n",
            [
                "gate.short.recipes[short].momentun = 0.9: unknown; allowed are name, "
                "architecture, batch_size, lr, optimiser, scheduler, augmentation, regulariser"
            ],
        ),
        (
            GATE + "limit = 2\nrecipes = []\n",
            ["gate.recipes: is empty, and there are no [[gate.short.recipes]]; name one"],
        ),
        (  # nothing is said of the gate, whose only recipe is wrong
            GATE
            + "limit = 2\nrecipes = []\n[gate.short]\nmargin = 1\n"
            + SHORT.replace('"short"', '"größte"'),
            [
                "gate.short.recipes[größte].name = 'größte': should begin with a letter or digit, "
                "and have at most 80 of A-Z, a-z, 0-9, '.', '_', '+' and '-'"
            ],
        ),
        (
            GATE + "limit = 2\n[gate.short]\nmargin = 1\nrecipes = 3\n",
            ["gate.short.recipes = 3: write each recipe under a heading [[gate.short.recipes]]"],
        ),
    ],
)
def test_every_problem_is_a_line(study_file: WriteStudy, gate: str, expected: list[str]) -> None:
    head = 'name = "sound"\ndata_set = "mnist"\nseeds = 3'
    inline = gate.startswith("gate =")
    path = study_file("" if inline else gate, head=f"{head}\n{gate}" if inline else head)
    with pytest.raises(InputError) as raised:
        load_study(str(path))
    assert raised.value.lines == tuple(f"{path}: {line}" for line in expected)


def test_recipes_that_are_wrong_are_still_known_by_their_names(study_file: WriteStudy) -> None:
    claim = '[[claims]]\nrecipe = "a"\nagainst = ["a"]\nabout = "hold rate"\nwords = "so"\n'
    wrong = '[[recipes]]\nname = "a"\narchitecture = "final"\nbatch_size = 64\nlr = "x"'
    path = study_file(f"{GATE}limit = 3\nrecipes = ['a']\n{claim}", recipe=wrong)
    with pytest.raises(InputError) as raised:
        load_study(str(path))
    assert raised.value.lines == (f"{path}: recipes[a].lr = 'x': should be a valid number",)
