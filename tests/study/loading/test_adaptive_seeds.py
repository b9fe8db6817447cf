"""Adaptive seeds in a study file, and a study that continues until it is decided."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.study.loading.file import load_study

Write = Callable[..., Path]


def head(seeds: str) -> str:
    return f'name = "s"\ndata_set = "mnist"\nseeds = {seeds}'


def test_adaptive_seeds_are_all_that_the_budget_allows(study_file: Write) -> None:
    study = load_study(str(study_file(head=head('"adaptive"\nbudget = 60'))))
    assert study.seeds == tuple(range(1, 61))
    assert study.budget == 60
    assert study.until_decided() is study


def test_a_declared_number_of_seeds_has_no_budget(study_file: Write) -> None:
    assert load_study(str(study_file())).budget is None


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [
        (
            '"adaptive"',
            'budget: missing; seeds = "adaptive" needs the largest number of seeds per recipe, '
            "for example budget = 200",
        ),
        (
            '"adaptive"\nbudget = 4',
            "budget = 4: should be a number of seeds per recipe, from 5 to 100,000",
        ),
        (
            '"adaptive"\nbudget = true',
            "budget = true: should be a number of seeds per recipe, from 5 to 100,000",
        ),
        (
            "20\nbudget = 60",
            'budget = 60: is only for seeds = "adaptive"; leave it out, or declare these',
        ),
        (
            '"adaptiv"\nbudget = 60',
            'budget = 60: is only for seeds = "adaptive"; leave it out, or declare these',
        ),
    ],
)
def test_what_is_wrong_with_it(study_file: Write, seeds: str, expected: str) -> None:
    path = study_file(head=head(seeds))
    with pytest.raises(InputError) as caught:
        load_study(str(path))
    assert f"{path}: {expected}" in caught.value.lines


def test_seeds_of_the_budget_do_not_confirm(study_file: Write) -> None:
    path = study_file(head=head('"adaptive"\nbudget = 1000\nconfirmation = 3'))
    with pytest.raises(InputError) as caught:
        load_study(str(path))
    assert "confirmation = 1000: is among the seeds too" in str(caught.value)


def test_until_decided_goes_on_after_the_declared_seeds(study_file: Write) -> None:
    study = load_study(str(study_file()))
    odd = replace(study, seeds=(7, 3), confirmation_seeds=(1, 4))
    further = odd.until_decided(6)
    assert further.seeds == (7, 3, 2, 5, 6, 8)
    assert further.budget == 6
    assert odd.until_decided(1).seeds == (7,)
