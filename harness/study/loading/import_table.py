"""The `[import]` of a study file: what the columns mean in the files of runs trained elsewhere."""

from __future__ import annotations

import numbers
import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from ..fields import Ascending, Default, Flag, Number, Strict
from ..measure import Direction

TABLE: Final = "import"


def _names(value: object) -> object:
    if not isinstance(value, str | list | tuple):
        raise ValueError("should be a column, or a list of columns")
    return [value] if isinstance(value, str) else value


def _column(value: object) -> object:
    if isinstance(value, numbers.Number):
        raise ValueError("should be the name of a column; give the value in a column of that name")
    return value


Column = Annotated[str, BeforeValidator(_column)]


def _fields_differ(pattern: str) -> str:
    fields = re.findall(r"\{(\w+)\}", pattern)
    if not fields or len(set(fields)) < len(fields) or not all(map(str.isidentifier, fields)):
        raise ValueError("should have fields in braces, each once: {recipe}/{seed}")
    return pattern


class ImportTable(Strict):
    """`[import]`: what the columns, tags and parameters of the files mean."""

    recipe: Annotated[
        tuple[Column, ...], BeforeValidator(_names), Field(min_length=1), Default("`recipe`")
    ] = ("recipe",)
    """The column that names the recipe, or several that together make up its name."""
    seed: Annotated[Column, Field(validate_default=True)] = "seed"
    """The column with the seed."""
    epoch: Annotated[Column, Field(validate_default=True)] = "epoch"
    """The column with the epoch; epochs count from 1 or, in all runs, from 0."""
    value: Annotated[Column | None, Default("`correct`, with `total`, or `value`")] = None
    """The column with what is measured after each epoch."""
    total: Annotated[Column | None, Default("`total` for `correct`, else none: no count")] = None
    """The column with the number of examples that `value` is a count out of."""
    direction: Direction = "higher"
    """Whether higher or lower values are better, if they are not counts."""
    bounds: Annotated[tuple[Number, Number] | None, Ascending, Default("none")] = None
    """Values beyond these are refused."""
    only: Annotated[dict[str, str], Field(default_factory=dict), Default("all rows")]
    """Import only the rows with these texts in these columns: `{ experiment = "final" }`."""
    folders: Annotated[str, AfterValidator(_fields_differ)] = "{recipe}/{seed}"
    """Where recipe and seed are found in the names of TensorBoard's folders, in those of files in a
    folder, or in those of the runs in a chart exported from W&B: `{recipe}/seed-{seed}`."""
    in_order: Flag = False
    """Whether `epoch` only gives the order of a run's epochs, so that its numbers may have gaps."""
    resumed: Flag = False
    """Whether runs were resumed: where an epoch comes again, it takes the place of what its run had
    from there on. The rows of a run are in the order in which they were logged."""

    @field_validator("seed", "epoch")
    @classmethod
    def _is_apart(cls, column: str, info: ValidationInfo) -> str:
        """Columns of the recipe cannot be columns of the seed or epoch, which vary within it."""
        if column in info.data.get("recipe", ()):
            raise ValueError(
                f"is also a column of the recipe: each {info.field_name} would be a "
                "recipe of its own; leave it out there"
            )
        return column
