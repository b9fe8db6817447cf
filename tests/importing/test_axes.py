"""What columns say of recipes, where they say nothing of some, and names made of numbers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from longform import declared, found_in, frame, refused
from reprobench.harness.base.errors import InputError
from reprobench.harness.base.words import shorten
from reprobench.harness.importing.readers import read_tables

GOOD, BAD = [0.6, 0.7, 0.8], [0.6, 0.7, 0.4]


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA])
@pytest.mark.parametrize("said", ["x", 0.9])
def test_a_column_may_say_nothing_of_a_recipe(nothing: object, said: object) -> None:
    table = frame({"a": [GOOD, BAD], "b": [BAD, BAD]})
    found = found_in(table.assign(momentum=[said] * 6 + [nothing] * 6))
    assert found.records["a"][0].axes == {"momentum": str(said)}
    assert found.records["b"][0].axes == {}
    assert not any("ignored" in line for line in found.remarks)
    some = found_in(table.assign(momentum=[said] * 3 + [nothing] * 9))
    assert some.records["a"][0].axes == {}
    assert some.remarks[-1].endswith("hence ignored: momentum")


def test_parameters_that_only_some_recipes_state_are_kept() -> None:
    table = frame({"a": [GOOD], "b": [BAD]}).assign(parameters=[100.0] * 3 + [np.nan] * 3)
    found = found_in(table)
    assert [own[0].parameters for own in found.records.values()] == [100, 0]


@pytest.mark.parametrize("said", ["0000000000019999999999999", "9" * 190, "0", "1e3", "-1", "²"])
def test_what_is_no_number_of_parameters_is_refused(said: str) -> None:
    assert refused(frame({"a": [GOOD]}).assign(parameters=said)) == (
        f"runs.csv: column parameters: {shorten(said)}, of recipe a, is not a number of "
        "parameters; give a whole number from 1 to 2,147,483,647"
    )


def test_a_number_of_parameters_may_begin_with_zeros() -> None:
    table = frame({"a": [GOOD]}).assign(parameters="0000000000000000000000123.0")
    assert found_in(table).records["a"][0].parameters == 123


def test_of_many_columns_those_that_tell_recipes_apart_are_axes() -> None:
    """As of the hundred and more arguments that a trainer gives to a tracker."""
    many = {f"argument {number}": number for number in range(120)}
    table = frame({"a": [GOOD], "b": [BAD]}, **many).assign(lr=[0.1] * 3 + [0.2] * 3)
    found = found_in(table.assign(parameters=100))
    assert [own[0].axes["lr"] for own in found.records.values()] == ["0.1", "0.2"]
    assert (len(found.records["a"][0].axes), found.records["a"][0].parameters) == (100, 100)
    assert {*found.study.levels} == {"lr"}
    assert found.remarks[-1].endswith(
        "argument 98, argument 99, argument 100, argument 101, "
        "argument 102, argument 103 and 16 more"
    )


def test_what_is_there_beside_empty_cells_is_named(tmp_path: Path) -> None:
    table = frame({"a": [GOOD, BAD]}).assign(split=[None] * 3 + ["test"] * 3)
    table.to_parquet(tmp_path / "runs.parquet")
    columns = declared(only={"split": "dev"}).columns
    with pytest.raises(InputError, match="with split = dev, but an empty cell and test; say"):
        read_tables([tmp_path / "runs.parquet"], columns)


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32", "float[pyarrow]"])
def test_a_recipe_is_named_by_the_decimal_that_was_rounded(dtype: str) -> None:
    table = frame({"a": [GOOD]}).assign(lr=pd.Series([0.1] * 3, dtype=dtype))
    assert [*found_in(table, recipe=["recipe", "lr"]).records] == ["recipe=a-lr=0.1"]


def test_a_column_that_is_there_twice_is_refused() -> None:
    table = frame({"a": [GOOD]}, note="x")
    twice = "runs.csv: column note is there twice; drop one"
    assert refused(pd.concat([table, table[["note"]]], axis=1)) == twice
    named = table.set_index([pd.Index(["x"] * 3, name="level")] * 2)
    assert refused(named) == "runs.csv: column level is there twice; drop one"


def test_decimals_are_numbers() -> None:
    """As Parquet has them from databases."""
    values = [Decimal("0.6"), Decimal("0.90"), Decimal("NaN")]
    (record,) = found_in(frame({"a": [GOOD]}).assign(value=values)).records["a"]
    assert (record.values, record.status) == ((0.6, 0.9), "diverged")
    half = frame({"a": [GOOD]}).assign(seed=[Decimal("1.5")] * 3)
    assert "row 1, column seed: Decimal('1.5') cannot be the seed" in refused(half)
    large = frame({"a": [GOOD]}).assign(seed=[Decimal(2**53 + 1)] * 3)
    assert found_in(large).records["a"][0].seed == 2**53 + 1
