"""Errors of `reprobench.judge` say what to do in Python, not on the command line."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import reprobench
from longform import frame

GOOD = frame({"a": [[0.6, 0.7, 0.8]] * 3})
TWICE = pd.concat([GOOD, GOOD[:1]])
GAP = GOOD[GOOD["epoch"] != 2]
HALVES = GOOD.assign(epoch=GOOD["epoch"] / 2)
COUNTS = GOOD.rename(columns={"value": "correct"}).assign(total=0.5)


@pytest.mark.parametrize(
    ("table", "more", "said"),
    [
        (GOOD.rename(columns={"value": "acc"}), {}, '; to use another, say `value="..."`'),
        (
            TWICE,
            {},
            "say `resumed=True` if the run was resumed, or say which to take: "
            '`only={"COLUMN": "text"}`',
        ),
        (GAP, {}, "say `in_order=True` to take them as epochs in their order"),
        (
            HALVES,
            {},
            "; with `in_order=True` they may have gaps, as steps in another column (`epoch`) do",
        ),
        (COUNTS, {}, ', or say `value="correct"` if that is no count'),
        (GOOD, {"only": {"seed": 9}}, 'say which to take: `only={"seed": "text"}`'),
        (GOOD, {"only": "seed=1"}, "judge: only = 'seed=1': should be a dict"),
        (GOOD, {"bounds": 1}, "judge: bounds = 1: should be a pair, such as (0, 1)"),
        (GOOD, {"resumed": 2.5}, "should be True or False"),
    ],
)
def test_errors_name_arguments(table: pd.DataFrame, more: dict[str, Any], said: str) -> None:
    with pytest.raises(reprobench.HarnessError) as caught:
        reprobench.judge(table, target=0.5, window=1, **more)
    (line,) = caught.value.lines
    assert line.endswith(said)
    assert "--" not in line
    assert "[import]" not in line
