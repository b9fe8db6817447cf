"""Lines and tables on a terminal."""

from __future__ import annotations

import io

import pytest
from reprobench.harness.base.console import say, table, width_of
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
