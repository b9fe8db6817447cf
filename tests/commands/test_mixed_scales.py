"""The question whether the runs of a recipe are on one scale."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
import reprobench
from longform import frame
from reprobench.harness.commands.imports import judge
from reprobench.harness.commands.options.reports import JudgeOptions
from rich.console import Console
from theirs import bring, guard, losses, write

SHARE, PERCENT = [0.45, 0.81, 0.96], [45.0, 81.0, 96.0]
ODD = [PERCENT, SHARE] * 5
STEADY = [SHARE] * 10

SAID_OF_ODD = (
    "runs a seed 1, a seed 3, a seed 5, a seed 7 and a seed 9: the values, from 45 to 96, are "
    "about 100 times those of the other runs of the recipe, from 0.45 to 0.96; are they on the "
    "same scale?"
)


@pytest.mark.usefixtures("no_pictures", "no_ledger")
def test_runs_apart_are_named_by_the_command(
    tmp_path: Path, console: Console, heard: io.StringIO
) -> None:
    path = tmp_path / "mixed.csv"
    frame({"a": ODD, "b": STEADY}).to_csv(path, index=False)
    judge(JudgeOptions(files=[path], target=0.9, window=1, out=tmp_path / "out"), console)
    assert SAID_OF_ODD in heard.getvalue()
    for name in ("report.md", "report.html"):
        assert SAID_OF_ODD in (tmp_path / "out" / "mixed" / name).read_text()


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ({"a": ODD, "b": STEADY}, SAID_OF_ODD),
        (
            {"a": [PERCENT, *STEADY], "b": [*STEADY, PERCENT]},
            "runs a seed 1 and b seed 11: the values, from 45 to 96, are about 100 times those of "
            "the other runs of their recipes, from 0.45 to 0.96; are they on the same scale?",
        ),
        (
            {"a": [[96.0], [97.0], [98.0], [0.96], [0.97]]},
            "runs a seed 4 and a seed 5: the values, from 0.96 to 0.97, are about a hundredth of "
            "those of the other runs of the recipe, from 96 to 98; are they on the same scale?",
        ),
        ({"a": ODD * 2}, "a seed 9, a seed 11 and 4 more: the values, from 45 to 96"),
    ],
)
def test_runs_apart_are_named_in_python(runs: dict[str, list[list[float]]], said: str) -> None:
    with pytest.warns(UserWarning, match=re.escape(said)):
        reprobench.judge(frame(runs), target=0.9, window=1)


def test_an_error_rate_may_be_on_two_scales_as_well() -> None:
    runs = {"a": [[0.55, 0.19, 0.06], [0.6, 0.2, 0.05], [55.0, 19.0, 6.0]]}
    with pytest.warns(UserWarning, match="^run a seed 3: the values, from 6 to 55, are about 100 "):
        reprobench.judge(frame(runs), target=0.5, window=1, direction="lower")


NAN = float("nan")


@pytest.mark.filterwarnings("ignore:target 0.5")
@pytest.mark.parametrize(
    ("runs", "direction"),
    [
        ([[0.9, 0.1, 0.02], [0.9, 0.1, 0.01], [0.9, 1.4, 2.3]], "lower"),  # one that got worse
        ([[0.9, 0.1, 0.02], [0.9, 0.1, 0.01], [0.9, 80.0, NAN]], "lower"),
        ([[0.02], [0.03], [2.3]], "lower"),  # one that does not learn
        ([[50.0, 90.0, 94.0], [52.0, 91.0, 94.0], [1.0, 1.0, 1.0]], "higher"),
        ([[71.2], [70.4], [71.9], [1.0]], "higher"),  # of 100 classes, one is always right
        ([[44.0, 72.0], [45.0, 71.0], [0.98, 1.0]], "higher"),
        ([[0.5, 0.9, 0.94], [0.5, 0.9, 0.94], [0.01, 0.01, 0.01]], "higher"),
        ([[50.0, 90.0, 94.0], [52.0, 91.0, 94.0], [0.0, 0.0, 0.0]], "higher"),
        ([[300.0, 2_000.0], [290.0, 2_000.0], [3.0, 20.0]], "higher"),
    ],
)
def test_runs_that_are_only_worse_are_not_doubted(
    runs: list[list[float]], direction: Literal["higher", "lower"]
) -> None:
    """A warning of anything but the target would be an error here."""
    table = pd.concat([frame({"a": runs}), frame({"b": runs[:2]})])
    reprobench.judge(table, target=0.5, window=1, direction=direction)


def percent(table: Path, *seeds: int) -> Path:
    """The file with the losses of recipe a on these seeds times 100."""
    found = pd.read_csv(table)
    found.loc[(found["recipe"] == "a") & found["seed"].isin(seeds), "val_loss"] *= 100
    found.to_csv(table, index=False)
    return table


@pytest.mark.usefixtures("theirs", "no_pictures")
def test_runs_imported_before_are_compared_too() -> None:
    bring(losses("first.csv", seeds=3))
    runs = {"a": [[55.0, 44.0, 36.0]]}
    second = write("second.csv", runs)
    table = pd.read_csv(second).assign(seed=4)
    table.to_csv(second, index=False)
    assert "\nrun a seed 4: the values, from 36 to 55, are about 100 times " in bring(second)


@pytest.mark.usefixtures("committed_theirs")
@pytest.mark.parametrize(
    ("seeds", "said"), [((2,), "run a seed 2: "), ((1, 2, 3, 4, 5), "runs a seed 1, a seed 2, ")]
)
def test_new_runs_are_compared_with_committed_ones(seeds: tuple[int, ...], said: str) -> None:
    code, told = guard(percent(losses("new.csv", seeds=5, worse=0.001), *seeds))
    assert code != 4
    lines = [line for line in told.splitlines() if line.startswith(said)]
    assert len(lines) == 1
    assert "are about 100 times those of committed runs, from 0." in told
