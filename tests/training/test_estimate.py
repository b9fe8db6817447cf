"""How long a plan takes: never less than its longest run."""

import pytest
from reprobench.harness.training.estimate import makespan


@pytest.mark.parametrize(
    ("durations", "workers", "expected"),
    [
        ([120.0], 8, 120.0),  # one run trains on one worker
        ([10.0, 10.0, 10.0], 2, 20.0),
        ([30.0, 10.0, 10.0, 10.0], 2, 30.0),
        ([], 2, 0.0),
        ([30.0, 10.0], 10**20, 30.0),
    ],
)
def test_each_run_is_one_workers(durations: list[float], workers: int, expected: float) -> None:
    assert makespan(durations, workers) == expected
