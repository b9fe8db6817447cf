"""The recipes of a study file, as tables that are merged with `[defaults]`."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from math import prod
from typing import Any, Final

from ...base.words import cut
from ..axes import AXES
from .grid import expand
from .problems import Location, Problems
from .toml import Table

MOST_RECIPES: Final = 1_000
Owner = Callable[[Location], str]
"""Returns the name of the table that a key was written in."""
RecipeTable = tuple[str, Table, Owner]
"""A recipe's title, its content, and the owner of its keys."""


def recipe_tables(raw: Table, problems: Problems) -> Iterator[RecipeTable]:
    """All recipes of the study: those under `[[recipes]]`, then those of `[grid]`."""
    defaults = subtable(raw, "defaults", problems)
    axes = _axes(subtable(raw, "grid", problems), problems)
    if not raw.get("recipes") and not axes:
        problems.add("recipes", "missing; declare at least one under [[recipes]], or a [grid]")
    yield from listed_tables("recipes", raw.get("recipes", []), defaults, problems)
    combinations = prod(map(len, axes.values()))
    if combinations > MOST_RECIPES:
        text = f"multiplies out into {combinations:,} recipes; declare at most {MOST_RECIPES:,}"
        problems.add("grid", text)
    elif axes:
        keys = {AXES[axis][0].partition(".")[0] for axis in axes}
        owner = _owner("grid", {"name", *keys}, defaults)
        yield from (("grid", table, owner) for table in expand(axes, defaults))


def listed_tables(
    key: str, listed: object, defaults: Table, problems: Problems
) -> Iterator[RecipeTable]:
    """All recipes under headings `[[key]]`."""
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        problems.add(key, f"write each recipe under a heading [[{key}]]", listed)
        return
    if len(listed) > MOST_RECIPES:
        problems.add(key, f"has {len(listed):,} entries; declare at most {MOST_RECIPES:,}")
        return
    for number, table in enumerate(listed, start=1):
        name = table.get("name")
        title = f"{key}[{cut(name) if isinstance(name, str) else number}]"
        yield title, defaults | table, _owner(title, table, defaults)


def subtable(raw: Table, key: str, problems: Problems) -> Table:
    """The table under `key`; empty if there is none or, with a problem, if it is not a table."""
    table = raw.get(key, {})
    if isinstance(table, dict):
        return table
    problems.add(key, "should be a table", table)
    return {}


def _axes(grid: Table, problems: Problems) -> dict[str, list[Any]]:
    axes = {}
    for axis, values in grid.items():
        if axis not in AXES:
            problems.unknown(f"grid.{axis}", axis, AXES, values)
        elif not isinstance(values, list) or not values:
            problems.add(f"grid.{axis}", "should be a list of at least one value", values)
        else:
            axes[axis] = values
    return axes


def _owner(own: str, keys: Container[object], defaults: Table) -> Owner:
    """The owner of a merged recipe's keys: its own table, or `defaults`."""

    def place(location: Location) -> str:
        inherited = location and location[0] in defaults and location[0] not in keys
        return "defaults" if inherited else own

    return place
