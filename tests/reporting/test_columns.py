"""Row classes: what they become in the CSV files, and in the page that documents them."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import Annotated

import pandas as pd
import pytest
from reprobench.harness.reporting.files_page import FILES_PAGE, TABLES, files_page
from reprobench.harness.reporting.tables.columns import Ends, Inline, Row, Rows, Told, columns_of
from reprobench.harness.reporting.tables.shown import show
from reprobench.harness.statistics.intervals import Interval
from scripted import ROOT


@dataclass(frozen=True)
class Part:
    """A part that is nested in another row."""

    mean: Annotated[float | None, Told("mean {of}", "Mean {of}", cell=lambda row: f"~{row.mean}")]
    interval: Annotated[Interval | None, Ends("mean", "the {of} interval")]


@dataclass(frozen=True)
class Sample(Row):
    """A row with every kind of column."""

    FILE = "sample"
    SHOWN = ("dip_mean", "name")

    name: Annotated[str, Told("a name", "Name")]
    sure: Annotated[bool, Told("a flag")]
    count: Annotated[int | None, Told("a count")]
    part: Annotated[Part, Inline("dip_", "dip")]
    hidden: int


FULL = Sample("a", True, 12_345_678_901, Part(1 / 3, Interval(0.0, math.inf)), 7)
BARE = Sample("b", False, None, Part(None, None), 7)


def test_columns_are_those_that_say_what_they_mean() -> None:
    assert [column.name for column in columns_of(Sample)] == [
        *("name", "sure", "count", "dip_mean", "dip_mean_low", "dip_mean_high"),
    ]
    docs = {column.name: column.told.doc for column in columns_of(Sample)}
    assert docs["dip_mean"] == "mean dip"
    assert docs["dip_mean_high"] == "upper end of the dip interval"
    types = [column.type for column in columns_of(Sample)]
    assert types == [str, bool, int, float, float, float]


def test_csv_has_eight_digits_and_says_never_and_undefined() -> None:
    assert Rows(Sample, (FULL, BARE)).csv() == (
        "name,sure,count,dip_mean,dip_mean_low,dip_mean_high\n"
        "a,True,12345678901,0.33333333,0,inf\n"
        "b,False,,,,\n"
    )
    assert Rows(Sample, ()).csv() == "name,sure,count,dip_mean,dip_mean_low,dip_mean_high\n"


def test_a_data_frame_keeps_integers_beside_what_is_undefined() -> None:
    frame = Rows(Sample, (FULL, BARE)).frame()
    assert frame["count"].tolist() == [12_345_678_901, pd.NA]
    assert frame["dip_mean"].isna().tolist() == [False, True]
    assert list(Rows(Sample, ()).frame().columns) == list(frame.columns)


def test_people_are_shown_the_columns_that_are_named_in_that_order() -> None:
    shown = show(Rows(Sample, (FULL, BARE)))
    assert shown.head == ("Mean dip", "Name")
    assert [[cell.text for cell in row] for row in shown.rows] == [
        ["~0.3333333333333333", "a"], ["~None", "b"],
    ]  # fmt: skip
    assert [row[0].key for row in shown.rows] == [1 / 3, None]
    assert shown.texts == [False, True]
    assert shown.only(["name"]).head == ("Name",)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("@SUM(1+1)", "'@SUM(1+1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("\n=1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("red \x1b[31m and \x07", "red  [31m and  "),
        ("two\nlines", "two lines"),
        ("a-b=c", "a-b=c"),
        ('quoted "so", and so', 'quoted "so", and so'),
    ],
)
def test_no_spreadsheet_takes_text_for_a_formula(text: str, cell: str) -> None:
    row = Sample(text, True, -1, Part(-0.5, None), 7)
    (_, written) = csv.reader(io.StringIO(Rows(Sample, (row,)).csv()))
    assert written == [cell, "True", "-1", "-0.5", "", ""]


def test_the_page_on_files_is_not_stale() -> None:
    assert (ROOT / FILES_PAGE).read_text() == files_page(), "run `make docs`"


def test_the_page_has_every_table_of_a_committed_report() -> None:
    page = files_page()
    for path in sorted((ROOT / "reports").glob("*/*.csv")):
        section = page.partition(f"## {path.name}\n")[2].partition("\n## ")[0]
        header = path.read_text().partition("\n")[0].split(",")
        assert [line.split("`")[1] for line in section.splitlines() if line[:3] == "| `"] == header
    assert len({kind.FILE for kind in TABLES}) == len(TABLES)


def test_every_column_that_is_shown_has_a_heading() -> None:
    for kind in TABLES:
        heads = {column.name: column.told.head for column in columns_of(kind)}
        assert all(heads[name] for name in (*kind.SHOWN, *kind.ESSENTIAL))
        assert set(kind.ESSENTIAL) <= set(kind.SHOWN)
