"""Our sine, cosine and exponential compared with the platform's."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from reprobench.harness.engines.draws.portable import cosine, exponential, sine


@pytest.mark.parametrize(("ours", "platform"), [(sine, math.sin), (cosine, math.cos)])
@pytest.mark.parametrize("reach", [1e-3, 7.0, 1000.0])
def test_sine_and_cosine(
    ours: Callable[[object], np.ndarray], platform: Callable[[float], float], reach: float
) -> None:
    x = np.linspace(-reach, reach, 20_001)
    expected = np.array([platform(value) for value in x])
    assert np.abs(ours(x) - expected).max() <= 2**-52


def test_exponential() -> None:
    x = np.linspace(-20, 20, 20_001)
    expected = np.array([math.exp(value) for value in x])
    assert (np.abs(exponential(x) - expected) <= 2 * np.spacing(expected)).all()


def test_exact_points() -> None:
    assert float(sine(0.0)) == 0.0
    assert float(cosine(0.0)) == 1.0
    assert float(exponential(0.0)) == 1.0
