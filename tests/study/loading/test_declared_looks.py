"""Declared looks: numbers of seeds after which a verdict is sought."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.study.loading.file import load_study

Write = Callable[..., Path]

HEAD = 'name = "s"\ndata_set = "mnist"\n'


def test_looks_are_read(study_file: Write) -> None:
    study = load_study(str(study_file(head=f"{HEAD}seeds = 60\nlooks = [20, 60]")))
    assert study.looks == (20, 60)
    assert study.until_decided().looks == ()


@pytest.mark.parametrize(
    ("seeds", "looks", "expected"),
    [
        ("60", "[60, 20]", "looks = [60, 20]: should ascend and end with the number of seeds, 60"),
        ("60", "[20, 20, 60]", "looks = [20, 20, 60]: should ascend"),
        ("60", "[20]", "looks = [20]: should ascend and end with the number of seeds, 60"),
        ("60", "[0, 60]", "looks[1] = 0: should be greater than 0"),
        ("60", "20", "looks = 20: should be a list"),
        ('"adaptive"\nbudget = 60', "[20, 60]", "looks = [20, 60]: is for a declared number"),
    ],
)
def test_wrong_looks_are_a_line(study_file: Write, seeds: str, looks: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        load_study(str(study_file(head=f"{HEAD}seeds = {seeds}\nlooks = {looks}")))
    (line,) = caught.value.lines
    assert expected in line
