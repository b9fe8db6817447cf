"""Lines and tables on a terminal."""

from __future__ import annotations

import io

import pytest
from reprobench.harness.base.console import cut_inside, say, show_list, table, width_of
from rich.console import Console

HOSTILE = "[red]a[/red] \x1b[31mb\x07 :smile:"


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=40)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_line_is_as_it_is_but_for_control_characters(console: Console) -> None:
    say(console, HOSTILE)
    assert written(console) == "[red]a[/red]  [31mb  :smile:\n"


def test_cells_are_as_they_are_but_for_control_characters(console: Console) -> None:
    console.print(table(["A"], [[HOSTILE]]))
    assert "[red]a[/red]  [31mb  :smile:" in written(console)


def test_a_title_is_as_it_is_too(console: Console) -> None:
    console.print(table(["A"], [["a" * 30]], title=HOSTILE))
    assert "[red]a[/red]  [31mb  :smile:" in written(console)


def test_numbers_stand_to_the_right_and_one_row_is_bold() -> None:
    console = Console(file=io.StringIO(), width=40, force_terminal=True, color_system="truecolor")
    made = table(["Name", "Count"], [["a", "1"], ["b", "20"]], bold=1)
    console.print(made)
    plain = Console(file=io.StringIO(), width=40)
    plain.print(made)
    _, head, _, first, second, *_ = written(plain).splitlines()
    assert head.rstrip() == "  Name   Count"
    assert first.rstrip() == "  a          1"
    assert second.rstrip() == "  b         20"
    assert [line for line in written(console).splitlines() if "\x1b[1mb" in line]


def test_a_name_that_is_too_long_is_shown_to_its_end(console: Console) -> None:
    names = [f"{'recipe-' * 6}{end}" for end in ("first", "second")]
    console.print(table(["Name", "Count"], [[name, "1"] for name in names]))
    shown = "".join(line[2:34].strip() for line in written(console).splitlines())
    assert all(name in shown.replace("1", "") for name in names)
    assert "…" not in shown


def test_the_width_is_that_of_unbroken_cells(console: Console) -> None:
    made = table(["Name"], [["x" * 100]])
    assert width_of(made, console) > 100


LONG = ["iteration-lr0.05-none-rotation7-scale0.1", "final"]
HEAD = ("Key", "Recipe", "Status", "Engine")
ROWS = [("0" * 12, name, "completed", "native") for name in LONG]


@pytest.mark.parametrize(
    ("width", "headings", "name"),
    [
        (85, list(HEAD), LONG[0]),
        (75, ["Key", "Recipe", "Status"], LONG[0]),
        (60, ["Key", "Recipe", "Status"], "   iteration-lr0...ion7-scale0.1   "),
        (50, ["Key", "Recipe", "Status"], "   iteratio...scale0.1   "),
    ],
)
def test_a_list_has_a_line_for_each_thing(width: int, headings: list[str], name: str) -> None:
    """On a terminal, without the columns that can be spared, and with names cut inside."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    show_list(console, HEAD, ROWS, left=(0, 1, 2, 3), name=1, spare=(3,))
    first, head, _, row, other, *_ = written(console).splitlines()
    assert first.strip() == ""
    assert head.split() == headings
    assert name in row
    assert "final" in other
    assert row.rstrip().removesuffix("native").rstrip().endswith("completed")
    assert len(row) <= width


def test_an_empty_list_on_a_narrow_terminal() -> None:
    console = Console(file=io.StringIO(), width=20, force_terminal=True, color_system=None)
    show_list(console, HEAD, [], left=(0, 1, 2, 3), name=1, spare=(3,))
    assert "Key" in written(console)


def test_names_that_are_cut_can_be_told_apart() -> None:
    assert cut_inside("iteration-lr0.05-none", 21) == "iteration-lr0.05-none"
    assert cut_inside("iteration-lr0.05-none", 13) == "itera...-none"
    assert cut_inside("iteration-lr0.05-none", 0) == "ite...ne"


def test_a_list_is_whole_where_no_terminal_shows_it(console: Console) -> None:
    """However narrow it is, and without a blank line before or after it."""
    show_list(console, HEAD, ROWS, left=(0, 1), name=1, spare=(3,))
    head, rule, *rows = written(console).splitlines()
    assert head.split() == list(HEAD)
    assert set(rule) == {"─"}
    assert [row.split() for row in rows] == [list(row) for row in ROWS]
