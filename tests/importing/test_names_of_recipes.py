"""Remarks on the names of recipes: those that were changed, and those that are nearly the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from longform import found_in, frame

GOOD = [0.6, 0.7, 0.8]


def remarks_on(names: Sequence[str]) -> list[str]:
    found = found_in(frame({name: [GOOD] for name in names}))
    return [line for line in found.remarks if line.startswith("names ")]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["größe 😀 steady"], "'größe 😀 steady' is gro-e-steady"),
        (["=cmd|steady", "plain"], "'=cmd|steady' is cmd-steady"),
        (["Ǻngström", "Łódź"], "'Ǻngström' is Angstrom and 'Łódź' is odz"),
        (["a b", "\x1b[2J"], r"'a b' is a-b and '\x1b[2J' is 2J"),
        (
            [f"net {number}" for number in range(9)],
            "'net 0' is net-0, 'net 1' is net-1, 'net 2' is net-2, 'net 3' is net-3, "
            "'net 4' is net-4, 'net 5' is net-5 and 3 more",
        ),
    ],
)
def test_changed_names_are_told(names: list[str], said: str) -> None:
    assert remarks_on(names) == [f"names that were changed: {said}"]


def test_names_that_stay_are_not_told() -> None:
    assert remarks_on(["steady", "lr=0.1-width=8", "-0.5", "B"]) == []


def test_names_that_differ_only_in_capitals_are_told() -> None:
    assert remarks_on(["Steady", "fast", "steady", "FAST", "other"]) == [
        "names that differ only in capitals: Steady beside steady and fast beside FAST; write "
        "them alike if they are one recipe"
    ]
