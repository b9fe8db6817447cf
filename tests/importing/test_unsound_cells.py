"""Cells of a data frame that no file could hold, and names of its columns: a line for each."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
import reprobench
from longform import frame, refused
from reprobench.harness.base.errors import InputError

TABLE = frame({"a": [[0.6, 0.7, 0.8]]})
HALF = "b\udcff"
"""Half of a surrogate pair."""


@pytest.mark.parametrize("said", ["Infinity", "1E+400", "1E+999999999"])
@pytest.mark.parametrize("column", ["epoch", "seed"])
def test_a_vast_decimal_is_no_number_of_an_epoch_or_a_seed(column: str, said: str) -> None:
    """Nor is it written out, which would take memory without end."""
    table = TABLE.assign(**{column: [Decimal(1), Decimal(said), Decimal(3)]})
    assert refused(table).startswith(
        f"runs.csv: row 2, column {column}: Decimal('{said}') cannot be the {column}; give a whole"
    )


@pytest.mark.parametrize("dtype", [object, "string[python]"])
@pytest.mark.parametrize("column", ["recipe", "note", "value"])
def test_half_of_a_surrogate_pair_is_refused(column: str, dtype: object) -> None:
    cells = pd.Series(["0.5", HALF, "0.5"], dtype=dtype)  # type: ignore[call-overload]
    assert refused(TABLE.assign(**{column: cells})) == (
        f"runs.csv: row 2, column {column}: 'b\\udcff' cannot be stored; correct it"
    )


def test_half_of_a_surrogate_pair_in_the_index_is_refused() -> None:
    index = pd.Index(["a", HALF, "a"], name="recipe", dtype=object)
    assert refused(TABLE.drop(columns="recipe").set_index(index)) == (
        r"runs.csv: row 2, column recipe: 'b\udcff' cannot be stored; correct it"
    )


@pytest.mark.parametrize("column", ["note", "value", "epoch"])
def test_a_signalling_nan_is_refused(column: str) -> None:
    cells = [Decimal(1), Decimal("sNaN"), Decimal(3)]
    assert refused(TABLE.assign(**{column: cells})) == (
        f"runs.csv: row 2, column {column}: Decimal('sNaN') cannot be stored; correct it"
    )


def test_names_and_texts_that_are_asked_for() -> None:
    columns = pd.Index([*TABLE.columns[:-1], HALF], dtype=object)
    named = TABLE.set_axis(columns, axis=1)
    assert refused(named) == r"runs.csv: column 'b\udcff' cannot be stored; correct it"
    with pytest.raises(InputError, match="holds no row with recipe = "):
        reprobench.judge(TABLE, target=0.5, window=1, only={"recipe": HALF})
