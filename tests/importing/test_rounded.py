"""Floats of 32 bits that a program has written with the digits of 64."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from longform import evidence_in, frame
from reprobench.harness.importing.cells import numbers
from reprobench.harness.importing.frames import table_from_frame

SHARES = [0.9, 0.95, 0.96, 0.994, 0.7, 1e-7]


def read(values: list[float]) -> list[float]:
    table = table_from_frame(pd.DataFrame({"value": values}), "frame")
    return numbers(table, "value").tolist()


def test_they_are_what_was_rounded_to_them() -> None:
    written = [float(np.float32(value)) for value in SHARES]
    assert written[0] == 0.8999999761581421
    assert read(written) == SHARES
    assert read([*written, 1.0, 0.5]) == [*SHARES, 1.0, 0.5]
    *found, lost = read([*written, math.nan])
    assert (found, math.isnan(lost)) == (SHARES, True)
    assert read([*written, 0.1 + 0.2]) == [*SHARES, 0.1 + 0.2]


@pytest.mark.parametrize(("scale", "step"), [(10, 1), (1_000, 7), (10_000, 97)])
def test_decimals_of_any_size(scale: int, step: int) -> None:
    """Shares and percentages; of some, the float of 32 bits has few bits."""
    meant = [count / scale for count in range(0, 100 * scale, step)]
    assert read([float(np.float32(value)) for value in meant]) == meant


def test_each_by_itself_whatever_is_beside_it() -> None:
    """A recipe that was logged with 64 bits changes nothing in another one."""
    narrow = float(np.float32(0.95))
    runs = {"a": [[0.25, narrow, narrow]], "b": [[0.25, 0.94, 0.9431]]}
    found = {
        recipe.name: run.holds for recipe, _, run in evidence_in(frame(runs), target=0.95).runs()
    }
    assert found == {"a": True, "b": False}


@pytest.mark.parametrize(
    "values",
    [
        [123_456_792.0, 0.5],  # their shortest decimal of 32 bits is 123456790
        [1011 / 8192],  # exactly 0.1234130859375
        [1e300, 0.5],
    ],
)
def test_other_numbers_stay_as_they_are(values: list[float]) -> None:
    assert read(values) == values


def test_a_run_at_the_target_is_there() -> None:
    """As Keras and Lightning log an accuracy of 0.95."""
    written = float(np.float32(0.95))
    assert written < 0.95
    (run,) = evidence_in(frame({"a": [[0.25, written, written]]}), target=0.95).runs()
    assert run[2].holds
