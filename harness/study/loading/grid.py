"""The `[grid]` of a study file: axes that multiply out into named recipes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from ..axes import AXES, label
from .toml import Table


def expand(axes: dict[str, list[Any]], defaults: Table) -> Iterator[Table]:
    """A recipe table for each combination of the axes' values, named after it."""
    for values in product(*axes.values()):
        recipe = dict(defaults)
        for axis, value in zip(axes, values, strict=True):
            _put(recipe, AXES[axis][0], value)
        labels = [label(axis, value) for axis, value in zip(axes, values, strict=True)]
        yield recipe | {"name": "-".join(labels)}


def _put(recipe: Table, place: str, value: object) -> None:
    table, _, key = place.partition(".")
    if not key:
        recipe[table] = value
        return
    inner = recipe.get(table, {})
    inner = {"name": inner} if isinstance(inner, str) else inner
    if isinstance(inner, dict):  # anything else is left as it is, for the recipe's own check
        recipe[table] = {**inner, key: value}
