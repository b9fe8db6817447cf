"""Plots: their words and colours, and the files made from them."""

import re
from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from reprobench.harness.reporting.plots import epochs, grounds, recipes
from reprobench.harness.reporting.plots.style import (
    MOST_COLOURS,
    PALETTE,
    colours,
    count_axis,
    name_ends,
    panels,
    single,
    style,
    to_png,
)
from reprobench.harness.reporting.plots.svg import THEMED, to_svg
from reprobench.harness.reporting.tables.columns import Row, Rows
from reprobench.harness.reporting.tables.epochs import EpochsRow
from reprobench.harness.reporting.tables.grounds import NoiseRow
from reprobench.harness.reporting.tables.survival import SurvivalRow
from reprobench.harness.statistics.intervals import Interval
from reprobench.harness.study.measure import Measure

Numbers = tuple[float, float, float]

NAMES = ["slow", "quick", "wide"]


def recipe(name: str, runs: int, parameters: int, hold: Numbers, passing: Numbers) -> Any:
    """A row of the consistency table; `hold` and `passing`: a rate, and its interval."""
    over = SimpleNamespace(
        runs=runs,
        hold_rate=hold[0], hold_interval=Interval(*hold[1:]),
        pass_rate=passing[0], pass_interval=Interval(*passing[1:]),
    )  # fmt: skip
    return SimpleNamespace(recipe=name, parameters=parameters, over=over)


def table(*rows: Any) -> Rows[Any]:
    return Rows(Row, rows)


RANKED = table(
    recipe("slow", 20, 8_546, (0.8, 0.6, 0.9), (0.7, 0.5, 0.9)),
    recipe("wide", 5, 9_770, (0.6, 0.1, 1.0), (0.4, 0.1, 0.9)),
    recipe("quick", 20, 9_770, (0.4, 0.2, 0.6), (0.1, 0.0, 0.3)),
)


def behind(name: str, pairs: int, difference: Numbers, outcome: str) -> Any:
    """A row of the table of comparisons."""
    hold = SimpleNamespace(
        pairs=pairs, difference=difference[0], interval=Interval(*difference[1:])
    )
    return SimpleNamespace(
        recipe=name, leader="slow", hold=hold, outcome=outcome, shown_outcome=outcome
    )


COMPARISONS = table(
    behind("quick", 20, (0.4, 0.1, 0.6), "falls"),
    behind("wide", 5, (0.2, -0.3, 0.7), "undecided"),
)
NOISE = table(
    NoiseRow("slow", 20, 30.0, 25.0, 5.0, Interval(-8.0, 40.0), 1, 1),
    NoiseRow("quick", 20, 12.0, 26.0, -14.0, Interval(-20.0, 3.0), 1, 1),
    NoiseRow("wide", 5, 60.0, 24.0, 36.0, Interval(-2.0, 480.0), 1, 1),
)


@pytest.fixture(autouse=True)
def the_look() -> None:
    """The style of all plots."""
    style()


def survival(names: list[str]) -> Rows[SurvivalRow]:
    """Each recipe reaches the threshold with one more of ten seeds per epoch, each one sooner."""
    return table(
        *(
            SurvivalRow(name, epoch, min(1.0, (epoch + place) / 10), max(0.0, (epoch - 3) / 10), 10)
            for place, name in enumerate(names)
            for epoch in range(1, 6)
        )
    )


def reached(row: SurvivalRow) -> float:
    return row.reached


def words(figure: Figure) -> list[str]:
    """All that is written in a figure."""
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_a_recipe_has_one_colour_in_all_plots_and_its_n_beside_its_name() -> None:
    own = colours(NAMES)["quick"]
    figures = [
        recipes.forest(RANKED, NAMES, "slow", 0.8),
        recipes.deficits(COMPARISONS, NAMES, 0.1, "leader"),
        grounds.hold_rate_by_parameters(RANKED, NAMES, ["slow"]),
        grounds.noise(NOISE, NAMES),
        epochs.share_by_epoch(survival(NAMES), NAMES, reached, "share"),
    ]
    for figure in figures:
        lines = [line for axes in figure.axes for line in axes.get_lines()]
        assert own in {to_hex(line.get_color()) for line in lines}
        assert any("quick" in text and "(n = " in text for text in words(figure))


def test_the_chosen_one_and_the_required_pass_rate_are_marked() -> None:
    figure = recipes.forest(RANKED, NAMES, "slow", 0.8)
    found = words(figure)
    assert "chosen: slow (n = 20)" in found
    assert "required" in found
    passing, holding = figure.axes
    points = [line for line in holding.get_lines() if line.get_marker() == "o"]
    # The best on top: slow, wide, quick; only the chosen one is filled.
    assert [line.get_xdata()[0] for line in points] == [0.8, 0.6, 0.4]
    filled = [to_hex(line.get_markerfacecolor()) == line.get_color() for line in points]
    assert filled == [True, False, False]
    assert [0.8, 0.8] in [list(line.get_xdata()) for line in passing.get_lines()]


def test_deficits_say_what_came_of_them() -> None:
    figure = recipes.deficits(COMPARISONS, NAMES, 0.1, "leader")
    found = words(figure)
    assert "quick: falls (n = 20)" in found
    assert "wide: undecided (n = 5)" in found
    assert "shaded: within ±0.1 of the leader" in found


def test_recipes_stand_under_their_parameters_and_nowhere_between() -> None:
    figure = grounds.hold_rate_by_parameters(RANKED, NAMES, ["slow"])
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        *("8,546 parameters", "slow (n = 20)"),
        *("9,770 parameters", "wide (n = 5)", "quick (n = 20)"),
    ]
    places = [line.get_ydata()[0] for line in axes.get_lines() if line.get_marker() == "o"]
    assert places == [1, 3, 4]


def test_a_variance_below_zero_is_drawn_where_it_is() -> None:
    axes = grounds.noise(NOISE, NAMES).axes[0]
    points = [x for line in axes.get_lines() if line.get_marker() == "o" for x in line.get_xdata()]
    assert -14 in points
    assert axes.get_xlim()[0] < -20
    assert axes.get_xlim()[1] > 480


def test_names_at_the_ends_of_lines_lie_apart_and_inside() -> None:
    figure, axes = single()
    axes.set_ylim(0, 1)
    ends = [(1.0, "a", "k"), (1.0, "b", "k"), (0.5, "c", "k"), (0.0, "d\ne", "k"), (0.0, "f", "k")]
    name_ends(axes, ends)
    figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
    (middle,) = [text for text in axes.texts if text.get_text() == "c"]
    assert middle.xy[1] == pytest.approx(0.5)


def test_many_recipes_are_cells_with_the_last_share_in_figures() -> None:
    names = [f"recipe{number}" for number in range(MOST_COLOURS + 1)]
    found = words(epochs.share_by_epoch(survival(names), names, reached, "share"))
    assert "recipe3 (n = 10)" in found
    assert "0.800" in found


def test_recipes_of_equal_learning_rates_share_a_line() -> None:
    rates = table(
        *(
            SimpleNamespace(recipe=name, epoch=epoch, lr=0.05 if name == "wide" else 0.01)
            for name in NAMES
            for epoch in (1, 2)
        )
    )
    found = words(epochs.learning_rates(rates, NAMES))
    assert "slow\nquick" in found
    assert "wide" in found


def test_a_plot_in_the_page_has_the_colours_of_its_theme_and_ids_of_its_own() -> None:
    figure = recipes.forest(RANKED, NAMES, "slow", 0.8)
    svg = to_svg(figure, "forest", 'a "b" <c> & d')
    assert 'role="img" aria-label="a &quot;b&quot; &lt;c&gt; &amp; d"' in svg
    assert not [colour for colour in THEMED if colour in svg]
    assert "var(--recipe-0)" in svg
    assert "var(--ink)" in svg
    assert all(name.startswith("forest-") for name in re.findall(r' id="([^"]*)"', svg))
    assert all(name.startswith("forest-") for name in re.findall(r'href="#([^"]*)"', svg))
    assert all(name.startswith("forest-") for name in re.findall(r"url\(#([^)]*)\)", svg))
    assert "<dc:date>" not in svg


def test_the_same_tables_give_the_same_bytes() -> None:
    one, two = (recipes.forest(RANKED, NAMES, "slow", 0.8) for _ in range(2))
    assert to_png(one) == to_png(two)
    assert to_svg(one, "forest", "x") == to_svg(two, "forest", "x")


def test_every_recipe_colour_is_one_of_the_themes() -> None:
    assert set(PALETTE) < set(THEMED)
    assert len(set(PALETTE)) == MOST_COLOURS


def test_only_what_is_shown_is_filled() -> None:
    """Neither an undecided recipe nor an open one."""
    rows = table(
        behind("quick", 20, (0.4, 0.1, 0.6), "settled"),
        behind("wide", 20, (0.2, -0.3, 0.7), "open"),
        behind("slow", 20, (0.2, -0.3, 0.7), "undecided"),
    )
    figure = recipes.deficits(rows, NAMES, 0.1, "choice")
    (axes,) = figure.axes
    points = [line for line in axes.get_lines() if line.get_marker() == "o"]
    shown = [to_hex(line.get_markerfacecolor()) == to_hex(line.get_color()) for line in points]
    assert shown == [True, False, False]
    assert "hold rate of the choice minus that of the recipe" in words(figure)


@pytest.mark.parametrize(
    ("plots", "shape"),
    [(1, (1, 1)), (3, (1, 3)), (4, (2, 2)), (6, (2, 3)), (8, (2, 4)), (10, (3, 4))],
)
def test_panels_fill_their_rows(plots: int, shape: tuple[int, int]) -> None:
    figure, axes = panels([f"recipe{place}" for place in range(plots)])
    grid = axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == shape
    figure.draw_without_rendering()
    labelled = [
        any(label.get_visible() for label in panel.get_xticklabels()) for panel in axes[:plots]
    ]
    below = [place + shape[1] < plots for place in range(plots)]
    assert labelled == [not covered for covered in below]


def test_ticks_of_counts_are_whole_numbers() -> None:
    """Between 9,937 and 9,955, ticks 2.5 apart would be shown rounded, in unequal steps."""
    figure, axes = single()
    axes.plot([9_937, 9_955], [0, 1])
    count_axis(axes.xaxis)
    figure.draw_without_rendering()
    shown = [label.get_text() for label in axes.get_xticklabels()]
    counts = [int(text.replace(",", "")) for text in shown]
    assert counts == list(axes.get_xticks())
    assert len({after - before for before, after in pairwise(counts)}) == 1


def counts(*values: Sequence[int]) -> Figure:
    """The plot of a recipe's runs with these counts by epoch, and a threshold of 400 of 500."""
    rows = [
        EpochsRow("slow", seed, epoch, 0.1, 1.0, 1, 1.0, count, 500, count >= 400, 1.0, "")
        for seed, own in enumerate(values)
        for epoch, count in enumerate(own, start=1)
    ]
    measure = Measure(total=500)
    figure = epochs.counts_by_epoch(
        Rows(EpochsRow, tuple(rows)), {"slow": len(values)}, 400, {}, measure, "correct test images"
    )
    figure.draw_without_rendering()
    return figure


def test_a_panel_says_how_many_of_all_runs_have_a_line() -> None:
    assert "slow (n = 2)" in words(counts([300, 420], [310, 440]))
    assert "slow (2 of 3 runs)" in words(counts([300, 420], [], [310]))


def test_of_a_single_epoch_the_axis_has_one_tick_and_each_run_a_point() -> None:
    axes = counts([398], [402]).axes[0]
    low, high = axes.get_xlim()
    assert [tick for tick in axes.get_xticks() if low <= tick <= high] == [1]
    assert [line.get_marker() for line in axes.get_lines()[:2]] == ["o", "o"]


@pytest.mark.parametrize(
    ("first", "note"), [(100, "\n(lowest values cut off)"), (401, "")], ids=["low", "high"]
)
def test_values_are_said_to_be_cut_off_only_if_some_are(first: int, note: str) -> None:
    assert counts([first, 401, 400, 402]).get_supylabel() == f"correct test images{note}"


def test_large_variances_have_marks_with_separators() -> None:
    wide = NoiseRow("slow", 2, 3_000.0, 40.0, 2_960.0, Interval(-30.0, 2_900_000.0), 1, 1)
    figure = grounds.noise(table(wide), NAMES)
    figure.draw_without_rendering()
    assert "1,000,000" in [label.get_text() for label in figure.axes[0].get_xticklabels()]
