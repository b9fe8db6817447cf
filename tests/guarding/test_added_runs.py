"""Which runs of a store that was added to are committed ones, and so not new."""

from __future__ import annotations

import pytest
from reprobench.harness.guarding.added_runs import without_committed
from reprobench.harness.results.elsewhere.record import ImportedRecord


def run(seed: int, *values: float) -> ImportedRecord:
    return ImportedRecord.model_construct(
        recipe="a", seed=seed, status="completed", values=values, total=None
    )


@pytest.mark.parametrize(
    ("committed", "stored"),
    [
        (0.123465, 0.12346),  # a tie, rounded to even
        (0.123465, 0.12347),  # and up
        (0.12, 0.12000000000000001),
        (9_940.0, 9_940),
    ],
)
def test_a_rounded_value_is_the_same(committed: float, stored: float) -> None:
    kept, (said,) = without_committed(
        {"a": [run(1, committed)]}, {"a": [run(1, stored), run(2, 0.5)]}
    )
    assert [one.seed for one in kept["a"]] == [2]
    assert said == "left out, since they are committed, with the same values: 1 run of a"


@pytest.mark.parametrize(
    ("committed", "stored"), [(0.123465, 0.12348), (0.9724, 0.9725), (9_940, 9_941), (0.5, 0.51)]
)
def test_another_value_is_that_of_a_run_trained_again(committed: float, stored: float) -> None:
    kept, said = without_committed({"a": [run(1, committed)]}, {"a": [run(1, stored), run(2, 0.5)]})
    assert [one.seed for one in kept["a"]] == [1, 2]
    assert not said
