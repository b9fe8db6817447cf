"""Thresholds as exact counts."""

import pytest
from reprobench.harness.study.declaration import Criterion


def criterion(target: float) -> Criterion:
    return Criterion(target=target, epochs=15, parameters=10_000, window=5)


@pytest.mark.parametrize(
    ("target", "total", "count"),
    [
        (0.994, 10_000, 9_940),  # in binary, 0.994 * 10,000 is a little less
        (0.994, 5_000, 4_970),
        (0.29, 100, 29),  # in binary, 0.29 * 100 is 28.999999999999996
        (0.57, 100, 57),  # 56.99999999999999
        (0.07, 100, 7),  # 7.000000000000001: rounding up in binary would give 8
        (0.9999, 10, 10),  # rounded up
        (1.0, 10_000, 10_000),
        (1 / 3, 3, 1),  # no decimal is a third
        (0.9002507662301477, 3_589, 3_231),  # as a decimal, it is a little more
        (0.900251, 3_589, 3_232),
    ],
)
def test_the_threshold_is_decimal_and_rounded_up(target: float, total: int, count: int) -> None:
    assert criterion(target).threshold(total) == count
