"""Plots with names as long as a study may have: no warning, nothing cut off, nothing covered."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import reprobench
from matplotlib.figure import Figure
from reprobench.harness.judging.decision import decide
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.plots import course, epochs
from reprobench.harness.reporting.plots.labels import UNKNOWN, in_lines
from reprobench.harness.reporting.plots.style import note, style, to_png
from reprobench.harness.reporting.tables.columns import Row, Rows
from reprobench.harness.reporting.words.questions import picture, questions
from reprobench.harness.reporting.words.sources import ACROSS

LONGEST = 80
BLUR = 0.05
"""Inches that a drawing may extend beyond its page: half of a line of small letters."""
MEASURE = "cost of $x$ in \N{YEN SIGN}, by the reckoning of whoever wrote this, which is long"


def named(number: int) -> str:
    """A name of 80 letters that differs from the others at its end."""
    return f"{'very_long_name_' * 5}"[: LONGEST - 2] + f"{number:02}"


def frame(recipes: int) -> pd.DataFrame:
    """Runs of recipes with such names, and with axes of texts that are even longer."""
    rows = [
        {
            "recipe": named(number),
            "seed": seed,
            "epoch": epoch,
            MEASURE: 0.1 * epoch + 0.01 * ((7 * seed + 3 * number + epoch) % 11),
            "kind": ("a \N{CJK UNIFIED IDEOGRAPH-9CE5} " if number % 2 else "$\\bad$ ") * 40,
            "parameters": 1_000 + number // 2,
        }
        for number in range(recipes)
        for seed in range(1, 5)
        for epoch in range(1, 5)
    ]
    return pd.DataFrame(rows)


def drawn(recipes: int) -> dict[str, Figure]:
    """All plots of a report on these runs, with the note that some have."""
    style()
    judged = reprobench.judge(frame(recipes), target=0.4, window=2, value=MEASURE)
    bundle = Bundle(judged.evidence, None, decide(judged.evidence.compared))
    asked = [*questions(bundle.compared), picture(bundle.compared)]
    found = {question.plot: question.figure for question in asked if question}
    found |= of_training([named(number) for number in range(recipes)])
    for figure in found.values():
        note(figure, ACROSS)
    return found


def of_training(names: list[str]) -> dict[str, Figure]:
    """Plots of what imported runs lack."""
    rounds = Rows[Any](
        Row,
        [
            SimpleNamespace(
                recipe=name, tested=names[number > 6], runs=number, evidence=number / 5,
                ahead=number / 9, behind=None, behind_evidence=None,
                required_evidence=2.0, seeds=number, place="open",
            )
            for name in names
            for number in range(1, 9)
        ],
    )  # fmt: skip
    rates = Rows[Any](
        Row,
        [
            SimpleNamespace(recipe=name, epoch=epoch, lr=0.1 / (1 + place // 2))
            for place, name in enumerate(names)
            for epoch in (1, 2)
        ],
    )
    return {
        "evidence_by_runs": course.evidence_by_runs(rounds, names),
        "seeds_by_recipe": course.seeds_by_recipe(rounds, names, final=False),
        "learning_rates": epochs.learning_rates(rates, names),
    }


@pytest.mark.parametrize("recipes", [5, 10])
def test_all_is_inside_and_leaves_room(recipes: int) -> None:
    """Warnings are errors here: matplotlib warns where labels leave no room for a plot."""
    for name, figure in drawn(recipes).items():
        to_png(figure)
        figure.draw_without_rendering()
        drawn_in, page = figure.get_tightbbox(), figure.bbox_inches
        assert drawn_in.x0 >= -BLUR, name
        assert drawn_in.y0 >= -BLUR, name
        assert drawn_in.x1 <= page.x1 + BLUR, name
        assert drawn_in.y1 <= page.y1 + BLUR, name
        for axes in figure.axes:
            assert not axes.get_visible() or axes.get_position().width > 0.12, name
            extents = [label.get_window_extent() for label in axes.get_yticklabels()]
            rows = sorted(extents, key=lambda box: box.y0)
            assert all(low.y1 <= high.y0 + 2 for low, high in pairwise(rows)), name


def test_lines_are_few_and_whole() -> None:
    assert in_lines("a" * 56) == "a" * 56
    assert in_lines("name (n = 20)", 8, 9) == "name\n(n = 20)"
    assert in_lines("a-b" * 20, 50, 40) == f"{'a-b' * 12}a-\n{'b' + 'a-b' * 7}"
    assert in_lines("a" * 60) == f"{'a' * 52}\n{'a' * 8}"
    shortened = in_lines(f"{'a' * 200}z").replace("\n", "")
    assert (len(shortened), shortened[0], shortened[-1]) == (104, "a", "z")
    assert in_lines("\N{CJK UNIFIED IDEOGRAPH-9CE5}\N{GREEK SMALL LETTER ALPHA}") == (
        f"{UNKNOWN}\N{GREEK SMALL LETTER ALPHA}"
    )
